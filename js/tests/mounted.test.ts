// A mounted editor in step with its document.
// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { removeTrack } from "../src/core/commands";
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
