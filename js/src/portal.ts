// The entry of a worker's page on the portal: the bar above the task, and the task in a sandboxed frame.
import { WorkerPage } from "./portal/page";

const start = (): void => {
  const element = document.getElementById("portal");
  if (element) new WorkerPage(element, new URL(".", location.href).href).open();
};
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start, { once: true });
else start();
