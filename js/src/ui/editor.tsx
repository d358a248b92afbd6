// The editor of one view: media and tracks at the left, segments and content at the right, state below.
import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ActionButton } from "./action-button";
import { AddTrack } from "./add-track";
import { AskPanel } from "./choice";
import { useClipboard } from "./clipboard";
import { ContentForm, Problems } from "./content-form";
import { useEditor } from "./context";
import { Finish } from "./finish";
import { HelpDialog, unknownActions } from "./help";
import { Icon } from "./icon";
import { ItemDetails } from "./item-details";
import { handleKey } from "./keys";
import { ListeningBar } from "./listening-bar";
import { PaletteDialog } from "./palette";
import { Refusals, Saved } from "./saved";
import { SegmentPane } from "./segment-pane";
import { SegmentTools } from "./segment-tools";
import { Stage } from "./stage";
import { SuggestionsBar } from "./suggestions-bar";
import { HistoryButtons, Transport } from "./transport";

export function Editor() {
  const { controller } = useEditor();
  const { task } = controller.store;
  const root = useRef<HTMLElement>(null);
  useClipboard(root);
  const opening = useComputed(() => controller.store.document.value === null).value;
  // Built before there is a document, so that less is to be done when one comes.
  return (
    <section
      ref={root}
      class={opening ? "avseg-editor avseg-opening" : "avseg-editor"}
      tabIndex={-1}
      aria-label={task.title || "Segmentation editor"}
      onKeyDown={(event) => handleKey(event, controller)}
      onPointerDown={(event) => focusEditor(event, root.current)}
    >
      {opening ? (
        <p class="avseg-loading" role="status">
          Opening…
        </p>
      ) : null}
      <div class="avseg-head">
        {task.title ? <h2 dir="auto">{task.title}</h2> : null}
        <span class="avseg-spring" />
        <ActionButton id="command-palette" icon="search" look="quiet" />
        <ActionButton id="help" icon="keyboard" look="quiet" />
      </div>
      <div class="avseg-brief">
        {task.instructions ? (
          <details class="avseg-instructions" open={!controller.reading}>
            <summary>Instructions</summary>
            <p dir="auto">{task.instructions}</p>
          </details>
        ) : null}
        <ItemDetails />
      </div>
      {opening ? null : <Messages />}
      <div class="avseg-panes">
        <div class="avseg-left">
          {controller.clock.element instanceof HTMLVideoElement ? <Picture element={controller.clock.element} /> : null}
          <Transport />
          <ListeningBar />
          <Stage />
          {controller.reading ? null : <EditRow />}
        </div>
        <div class="avseg-right">
          <SegmentPane />
          {task.content_fields.length ? <h3>Content</h3> : null}
          <ContentForm />
          {controller.reading ? null : (
            <>
              <Problems />
              <Finish />
            </>
          )}
        </div>
      </div>
      <StatusLine />
      {opening ? null : <Dialogs />}
    </section>
  );
}

function EditRow() {
  return (
    <>
      <div class="avseg-edit-row">
        <AddTrack />
        <span class="avseg-spring" />
        <SegmentTools />
        <HistoryButtons />
      </div>
      <SuggestionsBar />
      <AskPanel />
    </>
  );
}

function Dialogs() {
  const { dialog } = useEditor().controller.session;
  if (dialog.value === "help") return <HelpDialog />;
  return dialog.value === "palette" ? <PaletteDialog /> : null;
}

/** A press anywhere that takes no focus itself gives it to the editor, so that its keys work. */
function focusEditor(event: PointerEvent, root: HTMLElement | null): void {
  const taken = event
    .composedPath()
    .some(
      (node) =>
        node instanceof Element && node.matches("input, select, textarea, button, summary, label, [tabindex='0']"),
    );
  if (!taken) root?.focus({ preventScroll: true });
}

function Picture({ element }: { element: HTMLVideoElement }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.append(element);
    return () => element.remove();
  }, [element]);
  const { info } = useEditor().controller.session;
  return (
    <div
      class="avseg-picture"
      ref={box}
      style={info.width && info.height ? { aspectRatio: `${info.width} / ${info.height}` } : {}}
    />
  );
}

function Messages() {
  const { controller } = useEditor();
  const { info } = controller.session;
  const failure = controller.clock.error.value;
  const trouble = controller.clock.trouble.value;
  const assistance = controller.assistance.value;
  return (
    <div class="avseg-messages">
      {failure ? (
        <p class="avseg-message avseg-message-error" role="alert">
          <Icon name="warning" />
          <span>
            {info.name} does not play: {failure}
          </span>
        </p>
      ) : null}
      {trouble ? (
        <p class="avseg-message avseg-message-error" role="alert">
          <Icon name="warning" />
          <span>
            {info.name} can't be played on: {trouble}{" "}
            <button type="button" class="avseg-button" onClick={() => controller.clock.retry()}>
              Try again
            </button>
          </span>
        </p>
      ) : null}
      <Refusals />
      {assistance?.state === "failed" ? (
        <p class="avseg-message avseg-message-error" role="alert">
          <Icon name="warning" />
          <span>{assistance.message}</span>
        </p>
      ) : null}
      {controller.keymap.unknown.value.length ? (
        <p class="avseg-message">
          <Icon name="info" />
          <span>{unknownActions(controller.keymap.unknown.value)}</span>
        </p>
      ) : null}
      {[...info.warnings, ...(controller.port.media.stream ? [] : info.hindrances)].map((warning) => (
        <p class="avseg-message" key={warning}>
          <Icon name="info" />
          <span>{warning}</span>
        </p>
      ))}
    </div>
  );
}

function StatusLine() {
  const { session } = useEditor().controller;
  return (
    <footer class="avseg-status">
      <span role="status" aria-label="Notice">
        {session.notice.value}
      </span>
      <Saved />
    </footer>
  );
}
