// Light or dark, as the page around the editor is; and the colours that canvases are drawn with.
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

/**
 * What canvases are drawn with; the style sheet's variables of the same names have the same values. They are not read
 * from the page: a notebook draws an editor before it is in the page and before its style sheet is.
 */
export const CANVAS = {
  light: {
    lane: "#fafbfc",
    line: "#d5d9de",
    "lane-selected": "#e3effb",
    text: "#1b1f24",
    muted: "#57606a",
    accent: "#0b5cad",
    danger: "#b3261e",
    wave: "#6f8299",
    "wave-played": "#0b5cad",
  },
  dark: {
    lane: "#1b1f24",
    line: "#3a414a",
    "lane-selected": "#1c3550",
    text: "#e8ebef",
    muted: "#a3acb7",
    accent: "#6cb0f5",
    danger: "#ffa69e",
    wave: "#8496ab",
    "wave-played": "#6cb0f5",
  },
} as const;

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

export function colorsOf(dark: boolean): Colors {
  const of = CANVAS[dark ? "dark" : "light"];
  return {
    lane: of.lane,
    line: of.line,
    selectedLane: of["lane-selected"],
    text: of.text,
    muted: of.muted,
    accent: of.accent,
    danger: of.danger,
    font: FONT,
    wave: of.wave,
    progress: of["wave-played"],
    palette: paletteOf(dark, [of.lane, of["lane-selected"]]),
  };
}
