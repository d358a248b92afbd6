// The entry of the portal's own pages: a worker's, with the task in a sandboxed frame, and the lead's.
import { LeadPage } from "./portal/lead";
import { WorkerPage } from "./portal/page";

const start = (): void => {
  const element = document.getElementById("portal");
  if (!element) return;
  const page = element.dataset.page === "lead" ? new LeadPage(element) : new WorkerPage(element);
  page.open();
};
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start, { once: true });
else start();
