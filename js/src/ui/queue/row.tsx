// One row of the list: a small picture of the media, the name, and what was done with it.
import { type RowPicture, SMALL_COLUMNS, showLength, statusOf } from "../../core/queue";
import type { QueueRow } from "../../core/types";
import { Icon } from "../icon";
import { useQueue } from "./context";
import { type ItemIcon, itemIcon } from "./icons";

const STATUS_WORDS = { new: "New", started: "Started", done: "Done" } as const;

/** Characters of a name's end that are always shown. */
const NAME_END = 10;
/** Height of the small waveform's box; each column is one unit wide. */
const TALL = 24;

export function ItemMark({ icon, children }: { icon: ItemIcon; children?: string }) {
  return (
    <span class={`avseg-item-mark avseg-item-${icon}`}>
      <span class="avseg-icon avseg-item-icon" style={itemIcon(icon)} aria-hidden="true" />
      {children ? <span>{children}</span> : null}
    </span>
  );
}

interface ItemRowProps {
  readonly row: QueueRow;
  readonly place: number;
  readonly count: number;
  readonly top: number;
  /** The keyboard is on it. */
  readonly active: boolean;
  readonly open: () => void;
}

export function ItemRow({ row, place, count, top, active, open }: ItemRowProps) {
  const { queue, prefix } = useQueue();
  const picture = queue.list.pictures.value.get(row.index);
  const status = statusOf(row);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the list that holds it.
    <div
      id={`${prefix}-item-${row.index}`}
      class="avseg-item"
      role="option"
      tabIndex={-1}
      data-item={row.item}
      data-active={active}
      aria-selected={row.index === queue.list.current.value}
      aria-posinset={place + 1}
      aria-setsize={count}
      title={row.problem ? `${row.item}: ${row.problem}` : row.item}
      style={{ top: `${top}px` }}
      onPointerDown={(event) => event.preventDefault()}
      onClick={open}
    >
      <SmallPicture picture={picture} />
      <div class="avseg-item-words">
        <ItemName item={row.item} />
        <span class="avseg-item-line">
          {row.problem ? <Broken row={row} /> : <ItemMark icon={status}>{STATUS_WORDS[status]}</ItemMark>}
          {row.flagged ? <ItemMark icon="flagged">Flagged</ItemMark> : null}
          {row.note ? (
            <span title={row.note}>
              <ItemMark icon="note" />
              <span class="avseg-hidden">, has a note</span>
            </span>
          ) : null}
          {picture?.length ? <span class="avseg-item-length">{showLength(picture.length)}</span> : null}
        </span>
      </div>
    </div>
  );
}

/** The reason without the name, which stands above it: there is room for few words, and a tooltip has it all. */
function Broken({ row: { item, problem = "" } }: { row: QueueRow }) {
  const file = item.slice(fileAt(item));
  return (
    <span class="avseg-item-mark avseg-item-broken">
      <Icon name="warning" />
      <span class="avseg-clip">
        <span class="avseg-hidden">Can’t be opened: </span>
        {problem.startsWith(`${file} `) ? problem.slice(file.length + 1) : problem}
      </span>
    </span>
  );
}

/** Where the name of the file begins in that of an item. */
const fileAt = (item: string): number => Math.max(item.lastIndexOf("/"), item.lastIndexOf("\\")) + 1;

/** Names of files often differ at their end only, and a path says more there: it is never cut off. */
export function ItemName({ item }: { item: string }) {
  const at = fileAt(item);
  const end = item.length - at > 2 * NAME_END ? item.length - NAME_END : item.length;
  return (
    <span class="avseg-item-name" dir="auto">
      {at ? <span class="avseg-item-folder">{item.slice(0, at)}</span> : null}
      <span class="avseg-item-file">{item.slice(at, end)}</span>
      <span>{item.slice(end)}</span>
    </span>
  );
}

function SmallPicture({ picture }: { picture: RowPicture | undefined }) {
  const { peaks, url } = picture ?? {};
  return (
    <span class="avseg-item-picture" aria-hidden="true">
      {url ? <img src={url} alt="" /> : null}
      {peaks ? (
        <svg viewBox={`0 0 ${SMALL_COLUMNS} ${TALL}`} preserveAspectRatio="none" role="presentation">
          <path d={outline(peaks)} />
        </svg>
      ) : null}
    </span>
  );
}

/** The peaks as one line from bar to bar; silence is a thin line too. */
function outline(peaks: Uint8Array): string {
  return [...peaks]
    .map((peak, column) => {
      const half = Math.max(0.5, (peak / 255) * (TALL / 2 - 1));
      return `M${column + 0.5} ${TALL / 2 - half}v${2 * half}`;
    })
    .join("");
}
