// A mounted editor in step with its document and its host.
// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import { removeTrack } from "../src/core/commands";
import { BUSY } from "../src/player/stream-feeder";
import { openEditor } from "../src/ui/mount";
import { CLEO, openView } from "./view";

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
