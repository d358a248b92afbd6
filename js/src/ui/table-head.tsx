// The head of the table: the name of each column, a button that sorts by it, and how wide the column is.
import type { ComponentChildren } from "preact";
import { useEditor } from "./context";
import { iconLook } from "./icon";
import { flowingWidth, type TableShape, widthOf } from "./table-shape";

/** Cells that flow are no table's to the browser: what they are is said in words. */
export const AS_ROW = { role: "row" } as const;
const AS_HEAD = { role: "columnheader" } as const;

export function TableHead({ shape }: { shape: TableShape }) {
  const { controller, prefix } = useEditor();
  const fields = controller.store.task.segment_fields;
  const open = !fields.some((field) => field.kind === "text");
  return (
    <tr {...AS_ROW} class="avseg-table-head" aria-rowindex={1}>
      <th {...AS_HEAD} scope="col" style={{ width: `${shape.listen}px` }}>
        <span class="avseg-hidden">Listen</span>
      </th>
      <SortHead by="start" width={shape.time}>
        Start
      </SortHead>
      <SortHead by="end" width={shape.time}>
        End
      </SortHead>
      <SortHead by="track" width={open ? undefined : shape.track}>
        Track
      </SortHead>
      {fields.map((field) => (
        <SortHead
          key={field.name}
          by={field.name}
          title={field.help || field.label}
          flowing={flowingWidth(field)}
          width={field.kind === "text" ? undefined : widthOf(field)}
          required={field.required}
        >
          <span dir="auto" class="avseg-clip">
            {field.label}
          </span>
          {field.help ? (
            <span class="avseg-hidden" aria-hidden="true" id={`${prefix}-help-${field.name}`}>
              {field.help}
            </span>
          ) : null}
        </SortHead>
      ))}
    </tr>
  );
}

interface SortHeadProps {
  readonly by: string;
  readonly width: number | undefined;
  /** In a head that flows. */
  readonly flowing?: number;
  readonly title?: string;
  readonly required?: boolean;
  readonly children: ComponentChildren;
}

function SortHead({ by, width, flowing, title, required, children }: SortHeadProps) {
  const { list } = useEditor().controller.session;
  const order = list.order.value;
  const sorted = order.by === by ? (order.down ? "descending" : "ascending") : undefined;
  return (
    <th
      {...AS_HEAD}
      scope="col"
      {...(sorted ? { "aria-sort": sorted } : {})}
      style={{ width: width ? `${width}px` : "", "--avseg-column": flowing ? `${flowing}px` : "" }}
    >
      <button
        type="button"
        class={`avseg-sort${sorted ? " avseg-icon-after" : ""}`}
        style={sorted ? iconLook("down") : {}}
        title={`${title ? `${title}: ` : ""}sort${sorted === "ascending" ? " the other way round" : ""}`}
        onClick={() => list.sortBy(by)}
      >
        {children}
        {required ? (
          <span class="avseg-star-mark" aria-hidden="true">
            *
          </span>
        ) : null}
      </button>
    </th>
  );
}
