// Asks for the category and tag of a new track.
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "./button";
import { useEditor } from "./context";
import { focusEditor } from "./focus";

export function AddTrack() {
  const { controller } = useEditor();
  const open = useSignal(false);
  const box = useRef<HTMLDivElement>(null);
  const { tracks } = controller.store.task;
  if (Object.keys(tracks).length === 0) return null;
  return (
    <div class="avseg-add" ref={box}>
      <Button
        name="Add new track"
        icon="plus"
        onClick={() => {
          open.value = !open.peek();
        }}
      >
        Add new track
      </Button>
      {open.value ? (
        <AddTrackForm
          close={(added) => {
            open.value = false;
            if (added) focusEditor(box.current);
            else box.current?.querySelector("button")?.focus();
          }}
        />
      ) : null}
    </div>
  );
}

function AddTrackForm({ close }: { close: (added: boolean) => void }) {
  const { controller } = useEditor();
  const { tracks } = controller.store.task;
  const there = [...(controller.store.document.value?.tracks.values() ?? [])];
  const isFree = (category: string, tag: string) =>
    !there.some((track) => track.category === category && track.tag === tag);
  const free = (category: string) => (tracks[category] ?? []).filter((tag) => isFree(category, tag));
  const categories = Object.keys(tracks);
  const category = useSignal(categories.find((name) => free(name).length) ?? categories[0] ?? "");
  const tag = useSignal("");
  const first = useRef<HTMLSelectElement>(null);
  // At once: a key pressed next is the form's.
  useLayoutEffect(() => first.current?.focus(), []);
  const tags = free(category.value);
  const chosen = tags.includes(tag.value) ? tag.value : (tags[0] ?? "");
  const leave = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    close(false);
  };
  const add = (event: Event) => {
    event.preventDefault();
    if (!chosen) return;
    controller.addTrack(category.value, chosen);
    close(true);
  };
  return (
    <form class="avseg-add-form" aria-label="New track" onSubmit={add} onKeyDown={leave}>
      <label>
        <span>Category</span>
        <select
          ref={first}
          class="avseg-select"
          aria-label="Category"
          value={category.value}
          onChange={(event) => {
            category.value = event.currentTarget.value;
          }}
        >
          {categories.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Tag</span>
        <select
          class="avseg-select"
          aria-label="Tag"
          value={chosen}
          disabled={tags.length === 0}
          onChange={(event) => {
            tag.value = event.currentTarget.value;
          }}
        >
          {tags.length ? null : <option value="">all are there already</option>}
          {tags.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="avseg-button avseg-button-main" disabled={!chosen}>
        Add
      </button>
      <button type="button" class="avseg-button" onClick={() => close(false)}>
        Cancel
      </button>
    </form>
  );
}
