// Puts an editor into an element and takes it out again without a trace.
import { computed, effect, signal } from "@preact/signals";
import { render } from "preact";
import { newId } from "../core/commands";
import type { RefusedTexts } from "../core/refused";
import { DocumentStore } from "../core/store";
import type { Port } from "../hosts/port";
import { MediaClock } from "../player/clock";
import { PeakCache } from "../player/peaks";
import { BUSY } from "../player/stream-feeder";
import { EditorContext } from "./context";
import { Controller } from "./controller";
import { Editor } from "./editor";
import { unknownActions } from "./help";
import { listen } from "./listening";
import { loadMedia, playRanges } from "./load-media";
import { colorsOf, watchTheme } from "./theme";

/** Views of one document share its store; without one the editor makes its own. */
export function mountEditor(element: HTMLElement, port: Port, store?: DocumentStore): () => void {
  return openEditor(element, port, store).dispose;
}

/** An editor together with what its controls do; `refused` are texts that an editor of the document did not take before. */
export function openEditor(element: HTMLElement, port: Port, store?: DocumentStore, refused?: RefusedTexts) {
  const own = store ? null : new DocumentStore(port);
  const document = element.ownerDocument;
  const media = document.createElement(port.media.info.kind);
  const clock = new MediaClock(media);
  const stopRanges = playRanges(clock, port.media, document);
  const controller = new Controller(store ?? (own as DocumentStore), clock, port, refused);
  const theme = watchTheme(document);
  element.classList.add("avseg");
  element.dataset.lmSuppressShortcuts = "true";
  element.dataset.theme = theme.dark.peek() ? "dark" : "light";
  const colors = signal(colorsOf(theme.dark.peek()));
  const peaks = new PeakCache(port.media, port.media.info.duration ?? 0);
  const stops = [
    effect(() => {
      element.dataset.theme = theme.dark.value ? "dark" : "light";
      colors.value = colorsOf(theme.dark.value);
    }),
    follow(controller),
    reportFaults(controller, peaks),
    loadMedia(controller),
  ];
  render(
    <EditorContext.Provider value={{ controller, peaks, colors, prefix: `avseg-${newId()}` }}>
      <Editor />
    </EditorContext.Provider>,
    element,
  );
  const dispose = () => {
    render(null, element);
    for (const stop of stops) stop();
    theme.dispose();
    controller.channels.dispose();
    controller.frames.dispose();
    clock.dispose();
    stopRanges();
    controller.keymap.dispose();
    peaks.dispose();
    own?.dispose();
    element.classList.remove("avseg");
  };
  return { controller, dispose };
}

/** A page is not left without a word where only it has the edits. */
function holdPage(store: DocumentStore): () => void {
  const hold = (event: BeforeUnloadEvent): void => {
    if (store.unsaved.peek() > 0 && !store.lasting.peek()) event.preventDefault();
  };
  window.addEventListener("beforeunload", hold);
  return () => window.removeEventListener("beforeunload", hold);
}

/** What goes on while it plays: the window follows, a recording ends with the media, Python hears where the user is. */
function follow(controller: Controller): () => void {
  const { clock, session, port, store } = controller;
  const isOpen = computed(() => store.document.value !== null);
  const stops = [
    effect(() => {
      if (isOpen.value && port.greeting) controller.say(port.greeting);
    }),
    effect(() => session.learnDuration(clock.duration.value)),
    listen(controller),
    holdPage(store),
    port.assistance?.onStatus((status) => {
      controller.assistance.value = status;
      if (status?.message) controller.say(status.message);
    }) ?? (() => {}),
    effect(() => {
      const over = !clock.playing.value && clock.time.value >= session.duration.peek() && session.duration.peek() > 0;
      if (over && session.recording.peek()) controller.stopRecording();
    }),
    effect(() => port.shareSession({ selectedIds: [...session.selectedIds.value], currentTime: clock.time.value })),
    effect(() => {
      const { unknown } = controller.keymap;
      if (unknown.value.length) port.report(unknownActions(unknown.value));
    }),
    effect(() => {
      if (!store.document.value) return;
      controller.keepSelection();
      controller.keepRecording();
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** What is shown of media that does not come is told to the host as well; that it is busy, it knows. */
function reportFaults({ clock, port, session }: Controller, peaks: PeakCache): () => void {
  const { name } = session.info;
  const stops = [
    effect(() => {
      if (clock.error.value) port.report(`${name} does not play: ${clock.error.value}`);
    }),
    effect(() => {
      const trouble = clock.trouble.value;
      if (trouble && trouble !== BUSY) port.report(`${name} can't be played on: ${trouble}`);
    }),
    effect(() => {
      if (peaks.error.value) port.report(peaks.error.value);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
