// The buttons that work on segments: snapping, extending, splitting, merging, copying to a track, answers for several.
import { ActionButton } from "./action-button";
import { useEditor } from "./context";

export function SegmentTools() {
  const { controller } = useEditor();
  if (Object.keys(controller.store.task.tracks).length === 0) return null;
  return (
    <div class="avseg-segment-tools" role="toolbar" aria-label="Segment tools">
      <ActionButton id="snapping" icon="snap" name="Snap" pressed={controller.session.editing.snapping.value}>
        <span class="avseg-tool-name">Snap</span>
      </ActionButton>
      <ActionButton id="extend" icon="extend" />
      <ActionButton id="split" icon="split" />
      <ActionButton id="merge" icon="merge" />
      <ActionButton id="duplicate" icon="duplicate" />
      {controller.store.task.segment_fields.length ? <ActionButton id="edit-segments" icon="edit" /> : null}
    </div>
  );
}
