// The entry of a page that holds everything: opens what lies in it, to be read and played.
import { openStandalonePort } from "./hosts/standalone";
import { mountEditor } from "./ui/mount";

async function start(): Promise<void> {
  const element = document.getElementById("avseg");
  if (!element) return;
  element.textContent = "Opening…";
  try {
    const port = await openStandalonePort(document);
    element.textContent = "";
    const dispose = mountEditor(element, port);
    window.addEventListener(
      "pagehide",
      (event) => {
        if (event.persisted) return;
        dispose();
        port.dispose();
      },
      { once: true },
    );
  } catch (error) {
    const message = document.createElement("p");
    message.setAttribute("role", "alert");
    message.textContent = error instanceof Error ? error.message : "The page can't be opened.";
    element.replaceChildren(message);
  }
}

void start();
