// A mounted editor in step with its document.
// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { removeTrack } from "../src/core/commands";
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
