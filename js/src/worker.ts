// The entry of the task page: opens the task that the page describes in the editor.
import { ANSWER_FIELD, openWorkerPort } from "./hosts/worker";
import { mountEditor } from "./ui/mount";

const CUT = "The page broke off while it was loaded, and the task is not whole: reload it.";

async function start(): Promise<void> {
  const element = document.getElementById("avseg") ?? document.body.appendChild(document.createElement("div"));
  const form = document.querySelector<HTMLElement>("crowd-form");
  element.textContent = "Opening the task…";
  try {
    // The field is the last that the page brings.
    if (!form?.querySelector(`[name="${ANSWER_FIELD}"]`)) throw new Error(CUT);
    const port = await openWorkerPort(element, form);
    element.textContent = "";
    const dispose = mountEditor(element, port);
    const close = (): void => {
      dispose();
      port.dispose();
    };
    window.addEventListener("pagehide", (event) => event.persisted || close(), { once: true });
    await port.started.catch((error: unknown) => {
      close();
      throw error;
    });
  } catch (error) {
    const message = document.createElement("p");
    message.setAttribute("role", "alert");
    message.textContent = error instanceof Error ? error.message : "The task can't be opened: reload it.";
    element.replaceChildren(message);
    // A portal's page around may open the task anew.
    document.dispatchEvent(new Event("avseg-failed"));
  }
}

if (document.readyState === "loading")
  document.addEventListener("DOMContentLoaded", () => void start(), { once: true });
else void start();
