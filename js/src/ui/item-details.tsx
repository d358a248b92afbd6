// What is known of the item beside its media: names with their values, as text. Knows no host.
import { useMemo } from "preact/hooks";
import { useEditor } from "./context";

/** Levels of values within values that are shown as lists of their own. */
const MOST_LEVELS = 4;
/** More than that would push the editor out of sight, and scrolls. In characters. */
const MOST_AT_ONCE = 800;

type Entries = readonly (readonly [string, unknown])[];

export function ItemDetails() {
  const { metadata } = useEditor().controller.port;
  // The same element again is not looked through again, however much there is.
  return useMemo(() => {
    const entries = Object.entries(metadata ?? {});
    if (entries.length === 0) return null;
    const long = lengthOf(entries) > MOST_AT_ONCE;
    return (
      <details class="avseg-item" open>
        <summary>About this item</summary>
        <div
          {...(long
            ? { class: "avseg-item-long", tabIndex: 0, role: "group" as const, "aria-label": "About this item" }
            : {})}
        >
          <Values entries={entries} level={1} />
        </div>
      </details>
    );
  }, [metadata]);
}

function Values({ entries, level }: { readonly entries: Entries; readonly level: number }) {
  return (
    <dl>
      {entries.map(([name, value]) => {
        const within = level < MOST_LEVELS ? entriesOf(value) : null;
        return (
          <div key={name}>
            <dt dir="auto">{name}</dt>
            <dd dir="auto">{within ? <Values entries={within} level={level + 1} /> : inWords(value)}</dd>
          </div>
        );
      })}
    </dl>
  );
}

/** What a value is a list of; null where it is better read in one line. */
function entriesOf(value: unknown): Entries | null {
  if (!isNested(value)) return null;
  if (!Array.isArray(value)) return Object.entries(value).length ? Object.entries(value) : null;
  return value.some(isNested) ? value.map((item, place) => [`${place + 1}`, item] as const) : null;
}

function inWords(value: unknown): string {
  if (typeof value === "string") return value || "(empty)";
  if (value === null) return "(none)";
  if (Array.isArray(value) && !value.some(isNested)) return value.map(inWords).join(", ") || "(empty)";
  if (!isNested(value)) return String(value);
  if (Object.keys(value).length === 0) return "(empty)";
  try {
    return JSON.stringify(value);
  } catch {
    return "(more than can be shown)"; // thousands of levels
  }
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** About how many characters entries are, up to what tells them long. */
function lengthOf(entries: Entries, level = 1): number {
  let length = 0;
  for (const [name, value] of entries) {
    const within = level < MOST_LEVELS ? entriesOf(value) : null;
    // A line of a short value takes room too.
    length += 60 + name.length + (within ? lengthOf(within, level + 1) : inWords(value).length);
    if (length > MOST_AT_ONCE) break;
  }
  return length;
}
