// What the simulated page says of itself: that it is one, and the answer as it would be stored. Shows text only.

const STYLE = `
  :host { display: block; color-scheme: light dark; font: 13px/1.5 system-ui, sans-serif; }
  p, details { margin: 0; padding: 0.3em 1em; color: CanvasText; background: color-mix(in srgb, CanvasText 8%, Canvas); }
  details { border-top: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); }
  pre { max-height: 40vh; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
`;

/** A strip at the top of the page. */
export interface Notice {
  /** Show a remark, and unless it is null an answer as it would be stored. */
  show(remark: string, stored: unknown): void;
}

/** Puts the strip into a page, with what it always says; empty for nothing. */
export function createNotice(body: HTMLElement, always: string): Notice {
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = STYLE;
  const banner = document.createElement("p");
  banner.textContent = always;
  banner.hidden = always === "";
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  status.hidden = true;
  const details = document.createElement("details");
  details.hidden = true;
  details.open = true;
  const summary = document.createElement("summary");
  summary.textContent = "The answer as Ground Truth would store it";
  const text = document.createElement("pre");
  text.tabIndex = 0;
  details.append(summary, text);
  root.append(style, banner, status, details);
  body.prepend(host);
  return {
    show(remark, stored) {
      status.textContent = remark;
      status.hidden = false;
      text.textContent = JSON.stringify(stored, null, 2);
      details.hidden = stored === null;
      host.scrollIntoView({ block: "start" });
    },
  };
}
