// A mounted editor in step with its document and its host.
// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import { removeTrack } from "../src/core/commands";
import type { Segment } from "../src/core/types";
import { BUSY } from "../src/player/stream-feeder";
import { goToTyped } from "../src/ui/listening";
import { openEditor } from "../src/ui/mount";
import { CLEO, openView } from "./view";

test("keys still step frames and start actions after a button was clicked, which keeps its own keys", () => {
  const view = openView();
  const element = document.body.appendChild(document.createElement("div"));
  const { controller, dispose } = openEditor(element, view.controller.port, view.controller.store);
  const button = element.querySelector<HTMLElement>('button[aria-label="Next frame"]');
  const press = (key: string) =>
    button?.dispatchEvent(new KeyboardEvent("keydown", { key, code: key, bubbles: true, cancelable: true }));
  controller.seek(2);
  button?.focus();
  press("ArrowRight");
  expect(controller.clock.time.peek()).toBeCloseTo(2.01, 9);
  press("ArrowLeft");
  expect(controller.clock.time.peek()).toBeCloseTo(2, 9);
  // Not played: the button is pressed by it.
  expect(press(" ")).toBe(true);
  dispose();
  element.remove();
});

test("a track that is removed elsewhere while it is recorded on ends the recording", () => {
  const view = openView();
  const element = document.createElement("div");
  const { controller, dispose } = openEditor(element, view.controller.port, view.controller.store);
  controller.session.recording.value = { start: 30, tracks: [CLEO] };
  view.assign(removeTrack(view.document(), CLEO));
  expect(controller.session.recording.peek()).toBeNull();
  expect(controller.session.notice.peek()).toMatch(/^Recording stopped/);
  dispose();
});

test("an editor that begins to play has the others of its page pause", () => {
  const tell = (name: string) =>
    function (this: HTMLMediaElement) {
      this.dispatchEvent(new Event(name));
      return Promise.resolve();
    };
  vi.spyOn(HTMLMediaElement.prototype, "play").mockImplementation(tell("play"));
  vi.spyOn(HTMLMediaElement.prototype, "pause").mockImplementation(tell("pause"));
  const open = () => openEditor(document.createElement("div"), openView().controller.port);
  const [one, other] = [open(), open()];
  const playing = () => [one, other].map(({ controller }) => controller.clock.playing.value);
  one.controller.clock.play();
  expect(playing()).toEqual([true, false]);
  other.controller.clock.play();
  expect(playing()).toEqual([false, true]);
  one.controller.clock.play();
  expect(playing()).toEqual([true, false]);
  one.dispose();
  other.dispose();
});

test("a time is typed as it is shown, also the end of the media", () => {
  const { controller, session, clock } = openView();
  session.duration.value = 12.34567;
  expect(goToTyped(controller, "12.346")).toBe("");
  expect(clock.time.value).toBe(12.34567);
  expect(goToTyped(controller, "12.347")).toBe("The media ends at 0:12.346");
});

test("what was typed last is taken when the page goes", async () => {
  const view = openView();
  const element = document.createElement("div");
  const { dispose } = openEditor(element, view.controller.port, view.controller.store);
  const notes = element.querySelector<HTMLTextAreaElement>("textarea");
  if (!notes) throw new Error("no field to type in");
  // Preact runs effects after a frame.
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  notes.value = "typed just now";
  notes.dispatchEvent(new Event("input", { bubbles: true }));
  expect(view.document().content.notes).toBeUndefined();
  window.dispatchEvent(new Event("pagehide"));
  expect(view.document().content.notes).toBe("typed just now");
  dispose();
});

test("what is shown of media that does not come is told to the host as well", () => {
  const view = openView();
  const { port, store } = view.controller;
  const report = vi.fn();
  const { controller, dispose } = openEditor(document.createElement("div"), { ...port, report }, store);
  const { name } = controller.session.info;
  controller.clock.trouble.value = BUSY;
  controller.clock.trouble.value = "a.wav is gone";
  controller.clock.error.value = "the connection was lost";
  expect(report.mock.calls.flat()).toEqual([
    `${name} can't be played on: a.wav is gone`,
    `${name} does not play: the connection was lost`,
  ]);
  dispose();
});

test("the dialogue asks for no text where the table does not, and lets one that is there be taken back", async () => {
  const view = openView();
  const { port, store, document: before } = view.controller;
  const { segment_fields } = store.task;
  const [text, ...others] = segment_fields;
  Object.assign(store.task, { segment_fields: [{ ...text, label: "text", categories: ["noise"] }, ...others] });
  const a = before?.segments.get("a") as Segment;
  view.assign({ segments: { put: { a: { ...a, fields: { text: "said" } } } } });
  const element = document.body.appendChild(document.createElement("div"));
  const { controller, dispose } = openEditor(element, port, store);
  controller.session.list.view.value = "dialogue";
  await new Promise((resolve) => setTimeout(resolve, 20));
  const lines = [...element.querySelectorAll<HTMLTextAreaElement>("li textarea")];
  expect(lines.map(({ value, readOnly, title }) => [value, readOnly, title])).toEqual([
    ["said", false, ""],
    ["", true, "text is not asked for here"],
    ["", true, "text is not asked for here"],
    ["", true, "text is not asked for here"],
  ]);
  dispose();
  Object.assign(store.task, { segment_fields });
  element.remove();
});
