// Light or dark, as the page around the editor is; and the colours that canvases take from the style sheet.
import { type Signal, signal } from "@preact/signals";
import type { TrackColors } from "../timeline/draw";
import { paletteOf } from "./track-colors";

export interface Theme {
  readonly dark: Signal<boolean>;
  dispose(): void;
}

/** What the page says of itself: JupyterLab, VS Code and marimo mark it, elsewhere the browser's preference holds. */
function pageIsDark(document: Document, browser: MediaQueryList): boolean {
  const { body, documentElement } = document;
  const lab = body.dataset.jpThemeLight;
  if (lab !== undefined) return lab === "false";
  const classes = [...body.classList, ...documentElement.classList];
  if (classes.includes("vscode-dark") || classes.includes("vscode-high-contrast")) return true;
  if (classes.includes("vscode-light")) return false;
  const marked = body.dataset.theme ?? documentElement.dataset.theme;
  if (marked === "dark" || classes.includes("dark")) return true;
  if (marked === "light" || classes.includes("light")) return false;
  return browser.matches;
}

export function watchTheme(document: Document): Theme {
  const view = document.defaultView as Window;
  const browser = view.matchMedia("(prefers-color-scheme: dark)");
  const dark = signal(pageIsDark(document, browser));
  const look = () => {
    dark.value = pageIsDark(document, browser);
  };
  const observer = new MutationObserver(look);
  const attributeFilter = ["class", "data-jp-theme-light", "data-theme"];
  observer.observe(document.body, { attributes: true, attributeFilter });
  observer.observe(document.documentElement, { attributes: true, attributeFilter });
  browser.addEventListener("change", look);
  return {
    dark,
    dispose() {
      observer.disconnect();
      browser.removeEventListener("change", look);
    },
  };
}

export interface Colors extends TrackColors {
  readonly wave: string;
  readonly progress: string;
}

export function readColors(root: HTMLElement, dark: boolean): Colors {
  const style = getComputedStyle(root);
  const get = (name: string) => style.getPropertyValue(`--avseg-${name}`).trim();
  return {
    lane: get("lane"),
    line: get("line"),
    selectedLane: get("lane-selected"),
    text: get("text"),
    muted: get("muted"),
    accent: get("accent"),
    font: `12px ${style.fontFamily}`,
    wave: get("wave"),
    progress: get("wave-played"),
    palette: paletteOf(dark),
  };
}
