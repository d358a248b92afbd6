// The head of the table: the name of each column, a button that sorts by it, and how wide the column is.
import type { ComponentChildren } from "preact";
import type { Field } from "../core/types";
import { useEditor } from "./context";
import { iconLook } from "./icon";

const TEXT = 7;

/** Width in px that a field's control needs, so that columns stay as they are while rows come and go. */
function widthOf(field: Field): number {
  switch (field.kind) {
    case "text":
      return 128;
    case "number":
      return 84;
    case "checkbox":
      return 64;
    case "select":
    case "multi_select":
      return 100;
    case "rating":
      return field.max * 27 + 8;
    default:
      return field.options.reduce((sum, option) => sum + Math.min(option.length, 30) * TEXT + 34, 30);
  }
}

/** What the whole table needs before it scrolls sideways. */
export function tableWidth(fields: readonly Field[]): number {
  return fields.reduce((sum, field) => sum + widthOf(field), 36 + 2 * 94 + 108);
}

export function TableHead() {
  const { controller, prefix } = useEditor();
  const fields = controller.store.task.segment_fields;
  const open = !fields.some((field) => field.kind === "text");
  return (
    <tr class="avseg-table-head" aria-rowindex={1}>
      <th scope="col" style={{ width: "36px" }}>
        <span class="avseg-hidden">Listen</span>
      </th>
      <SortHead by="start" width={94}>
        Start
      </SortHead>
      <SortHead by="end" width={94}>
        End
      </SortHead>
      <SortHead by="track" width={open ? undefined : 108}>
        Track
      </SortHead>
      {fields.map((field) => (
        <SortHead
          key={field.name}
          by={field.name}
          title={field.help || field.label}
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
  readonly title?: string;
  readonly required?: boolean;
  readonly children: ComponentChildren;
}

function SortHead({ by, width, title, required, children }: SortHeadProps) {
  const { list } = useEditor().controller.session;
  const order = list.order.value;
  const sorted = order.by === by ? (order.down ? "descending" : "ascending") : undefined;
  return (
    <th scope="col" {...(sorted ? { "aria-sort": sorted } : {})} style={width ? { width: `${width}px` } : {}}>
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
