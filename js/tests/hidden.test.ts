// What is hidden is not selected with the rest, not dragged along, and not counted by the number keys.
// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";
import { drag } from "../src/timeline/gesture";
import { layoutRows } from "../src/timeline/layout";
import { commitGesture } from "../src/ui/editing";
import { hideTrack } from "../src/ui/track-options";
import { ANNA, BERT, CLEO, openView } from "./view";

let view: ReturnType<typeof openView>;

beforeEach(() => {
  view = openView();
});

test("selecting all leaves out hidden tracks and says so, so that nothing is deleted unseen", () => {
  hideTrack(view.controller, BERT);
  view.run("select-all");
  expect(view.selected()).toEqual(["a", "b", "d"]);
  expect(view.said()).toBe("3 segments selected. 1 on hidden tracks left out.");
  view.run("delete-segment");
  expect(view.segment("c")).toBeDefined();
});

test("selecting on tracks leaves out hidden ones, also where a hidden segment was chosen in the list", () => {
  hideTrack(view.controller, BERT);
  view.select("a", "c");
  view.run("select-track");
  expect(view.selected()).toEqual(["a", "b"]);
});

test("what an edit puts on a hidden track is not selected", () => {
  hideTrack(view.controller, BERT);
  view.select("a");
  view.run("tag-2");
  expect(view.segment("a")?.track).toBe(BERT);
  expect(view.selected()).toEqual([]);
});

test("a split does not touch what is hidden unless it is selected", () => {
  hideTrack(view.controller, BERT);
  view.controller.seek(11);
  view.run("split");
  expect(view.said()).toBe("No segment lies under the playhead.");
});

test("a drag of several moves those that are shown", () => {
  const { controller, session } = view;
  hideTrack(controller, CLEO);
  view.select("a", "d");
  const grabbed = view.segment("a");
  if (!grabbed) throw new Error("no segment");
  const scene = {
    document: view.document(),
    rows: layoutRows(view.document(), session.tracks),
    selected: session.selectedIds.peek(),
    duration: 100,
    grid: (time: number) => time,
    snap: (time: number) => ({ time, near: false }),
    fit: <T>(wanted: readonly T[]) => [...wanted],
  };
  const press = { hit: { kind: "body" as const, segment: grabbed }, x: 0, y: 5, time: 2, shift: false };
  const dragged = drag(press, { y: 5, time: 3, slid: true }, scene);
  expect(dragged?.previews).toEqual([{ id: "a", track: ANNA, start: 2, end: 5 }]);
  if (dragged) commitGesture(controller, dragged);
  expect(view.selected()).toEqual(["a"]);
  expect(view.segment("d")?.start).toBe(20);
});

test("the number keys count the tracks that are shown", () => {
  hideTrack(view.controller, ANNA);
  view.run("tag-1");
  expect([...view.session.selectedTracks.peek()]).toEqual([BERT]);
  expect(view.said()).toBe("Track speaker: Bert selected to record on.");
  view.run("tag-3");
  expect([...view.session.selectedTracks.peek()]).toEqual([BERT]);
  expect(view.said()).toMatch(/not possible now/);
});
