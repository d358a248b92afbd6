// Work that is not handed in yet, kept in its tab for a page that is loaded again. Knows no document.

/** How the name of a window begins that holds a draft, and what tells the page around a frame of one. */
export const DRAFT = "avseg-draft:";
/** The most that may be lost when a page ends without a word, in ms. */
const SOON = 300;

/**
 * Keeps one text under what it belongs to. A sandboxed frame has no storage: there the window's name holds it, which
 * outlives the frame's own loading, and the page around is told, which may give the frame that name again.
 */
export class DraftKeeper {
  readonly #window: Window;
  readonly #belongsTo: readonly string[];
  #name = "";
  readonly #storage: Storage | null;
  #make: (() => string) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(window: Window, ...belongsTo: readonly string[]) {
    this.#window = window;
    this.#belongsTo = belongsTo;
    this.#storage = storageOf(window);
  }

  /** Found when it is needed, as what it belongs to may be long: it is not copied either. */
  get #key(): string {
    this.#name ||= `${DRAFT}${hash(this.#belongsTo)}:`;
    return this.#name;
  }

  /** The text that was kept; empty when there is none. */
  read(): string {
    const { name } = this.#window;
    if (!this.#storage) return isDraft(name) && name.startsWith(this.#key) ? name.slice(this.#key.length) : "";
    return Object.keys(this.#storage).some(isDraft) ? (this.#storage.getItem(this.#key) ?? "") : "";
  }

  /** Keep soon what `make` gives then. */
  keep(make: () => string): void {
    this.#make = make;
    this.#timer ??= setTimeout(() => this.flush(), SOON);
  }

  /** Keep it now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#make) this.#write(this.#make());
    this.#make = null;
  }

  #write(text: string): void {
    if (this.#storage) {
      try {
        // One is enough: whether an answer arrived is not told, and those of tasks before would fill the storage.
        for (const key of Object.keys(this.#storage)) {
          if (isDraft(key) && key !== this.#key) this.#storage.removeItem(key);
        }
        this.#storage.setItem(this.#key, text);
      } catch {
        // A full storage: the work is still on the screen.
      }
      return;
    }
    this.#window.name = this.#key + text;
    if (this.#window.parent !== this.#window) this.#window.parent.postMessage(DRAFT + this.#window.name, "*");
  }
}

function isDraft(name: string): boolean {
  return name.startsWith(DRAFT);
}

function storageOf(window: Window): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}

/** A short name for long texts (FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/). */
function hash(texts: readonly string[]): string {
  let value = 0x811c9dc5;
  for (const text of texts) {
    for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  return [(value >>> 0).toString(36), ...texts.map((text) => text.length)].join("-");
}
