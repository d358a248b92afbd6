// What a view refuses, on locked tracks and while it records: it says so, changes nothing and keeps the selection.
// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from "vitest";
import { removeTrack } from "../src/core/commands";
import type { Field, Segment } from "../src/core/types";
import { copySegments, cutSegments, pasteSegments } from "../src/ui/clipboard";
import { addNew, commitGesture, editFields } from "../src/ui/editing";
import { deleteTrack, toggleLock } from "../src/ui/track-options";
import { ANNA, BERT, CLEO, openView } from "./view";

type View = ReturnType<typeof openView>;
let view: View;

beforeEach(() => {
  view = openView();
});

/** Choose an option of the dialog that an action opened. */
function choose({ controller }: View, label: string): void {
  const panel = controller.panel.peek();
  if (panel?.kind !== "choice") throw new Error("nothing is asked");
  panel.options.find((option) => option.label === label)?.run();
}

function extendLater({ controller, run }: View): void {
  controller.seek(4.5);
  run("extend");
}

describe("on a locked track", () => {
  const edits: [string, string, string[], (view: View) => void][] = [
    ["a tag", "set tag", ["a"], ({ run }) => run("tag-2")],
    ["a nudge", "nudge start of segment", ["a"], ({ run }) => run("nudge-start-right")],
    ["a split", "split segment", ["a"], ({ run }) => run("split")],
    ["a merge", "merge 2 segments", ["a", "b"], ({ run }) => run("merge")],
    ["a deletion", "delete 2 segments", ["a", "b"], ({ run }) => run("delete-segment")],
    ["a new segment", "add segment", ["a"], ({ run }) => run("add-segment")],
    ["an extension", "extend to the playhead", ["a"], extendLater],
    ["a cut", "cut segment", ["a"], ({ controller }) => cutSegments(controller)],
    [
      "a paste",
      "paste segment",
      ["a"],
      ({ controller }) => {
        const text = copySegments(controller);
        pasteSegments(controller, text, true);
      },
    ],
    ["the same answers", "edit 2 segments", ["a", "c"], ({ run }) => run("edit-segments")],
    [
      "answers of a form that was open",
      "edit 2 segments",
      ["a", "c"],
      (v) => editFields(v.controller, new Map([["text", "x"]])),
    ],
    [
      "a copy",
      "duplicate segment",
      ["c"],
      (v) => {
        v.run("duplicate");
        choose(v, "speaker: Anna");
      },
    ],
    [
      "a move",
      "move segment",
      ["c"],
      (v) => {
        v.run("move-to-track");
        choose(v, "speaker: Anna");
      },
    ],
    [
      "a drag",
      "move 2 segments",
      ["a", "c"],
      ({ controller }) => {
        const previews = [
          { id: "c", track: BERT, start: 11, end: 13 },
          { id: "a", track: ANNA, start: 2, end: 5 },
        ];
        commitGesture(controller, { kind: "move", previews, guide: null });
      },
    ],
  ];
  it.each(edits)("%s is not done, and it says why", (_, edit, selected, act) => {
    toggleLock(view.controller, ANNA);
    view.controller.seek(2);
    view.select(...selected);
    const before = view.document();
    act(view);
    expect(view.said()).toBe(`Not done (${edit}): speaker: Anna is locked. Unlock it in its options first.`);
    expect(view.document()).toBe(before);
    expect(view.selected()).toEqual(selected);
    expect(view.controller.store.canUndo.peek()).toBeNull();
    expect(view.controller.panel.peek()?.kind).not.toBe("fields");
  });

  it("recording does not begin, and several locked tracks are all named", () => {
    toggleLock(view.controller, ANNA);
    toggleLock(view.controller, BERT);
    view.session.selectedTracks.value = new Set([ANNA, BERT]);
    view.run("record");
    expect(view.said()).toBe(
      "Not done (record): speaker: Anna, speaker: Bert are locked. Unlock them in their options first.",
    );
    expect(view.session.recording.peek()).toBeNull();
  });
});

describe("what is not locked", () => {
  it("is done, said and selected", () => {
    view.controller.seek(2);
    view.select("a");
    view.run("split");
    expect(view.said()).toBe("Split at 2.000 s.");
    expect(view.selected()).not.toEqual(["a"]);
    view.select("a", ...view.selected());
    view.run("merge");
    expect(view.said()).toBe("2 segments merged into one.");
    view.run("tag-2");
    expect(view.said()).toBe("Tag Bert set.");
    view.run("nudge-start-right");
    expect(view.said()).toBe("Start at 1.010000 s.");
    expect(cutSegments(view.controller)).toContain("Bert");
    expect(view.said()).toBe("1 segment cut.");
    expect(view.selected()).toEqual([]);
  });
});

describe("while it records", () => {
  beforeEach(() => {
    view.session.selectedTracks.value = new Set([CLEO]);
    view.session.recording.value = { start: 30, tracks: [CLEO] };
  });

  it("its track is not deleted", () => {
    deleteTrack(view.controller, CLEO);
    expect(view.document().tracks.has(CLEO)).toBe(true);
    expect(view.said()).toBe("Stop recording first: it records on speaker: Cleo.");
    deleteTrack(view.controller, BERT);
    expect(view.document().tracks.has(BERT)).toBe(false);
  });

  it("what added its track is not undone, nor what removed it done again", () => {
    const { controller, session } = view;
    session.recording.value = null;
    deleteTrack(controller, CLEO);
    controller.undo();
    session.recording.value = { start: 30, tracks: [CLEO] };
    controller.redo();
    expect(view.said()).toBe("Stop recording first: it records on speaker: Cleo.");
    expect(view.document().tracks.has(CLEO)).toBe(true);
    session.recording.value = null;
    controller.redo();
    controller.addTrack("speaker", "Cleo");
    const [added] = session.selectedTracks.peek();
    session.recording.value = { start: 30, tracks: [added ?? ""] };
    controller.undo();
    expect(view.said()).toBe("Stop recording first: it records on speaker: Cleo.");
    expect(view.document().tracks.has(added ?? "")).toBe(true);
  });

  it("a track removed elsewhere ends it, or it goes on with what is left", () => {
    const { controller, session } = view;
    session.recording.value = { start: 30, tracks: [BERT, CLEO] };
    view.assign(removeTrack(view.document(), CLEO));
    controller.keepRecording();
    expect(session.recording.peek()).toEqual({ start: 30, tracks: [BERT] });
    expect(view.said()).toBe("A track that was recorded on was removed; recording goes on on speaker: Bert.");
    view.assign(removeTrack(view.document(), BERT));
    controller.keepRecording();
    expect(session.recording.peek()).toBeNull();
    expect(view.said()).toMatch(/^Recording stopped and no segment was added: its track was removed\./);
  });
});

describe("what is said of an edit", () => {
  it("is that a step of the history would change a locked track", () => {
    view.select("a");
    view.run("nudge-start-right");
    const { start } = view.segment("a") as Segment;
    toggleLock(view.controller, ANNA);
    view.run("undo");
    expect(view.said()).toBe(
      "Not done (undo nudge start of segment): speaker: Anna is locked. Unlock it in its options first.",
    );
    expect(view.segment("a")?.start).toBe(start);
    toggleLock(view.controller, ANNA);
    view.run("undo");
    expect(view.segment("a")?.start).toBe(1);
    toggleLock(view.controller, ANNA);
    view.run("redo");
    expect(view.segment("a")?.start).toBe(1);
  });

  it("is how fast it plays now, and whether in a loop, as keys show nobody", () => {
    view.run("faster");
    expect(view.said()).toBe("Speed 1.25×.");
    view.run("loop");
    expect(view.said()).toBe("Loop on.");
  });

  it("is that it takes back the mark of being done", async () => {
    await view.controller.finish("noisy");
    view.controller.setField("a", view.controller.store.task.segment_fields[0] as Field, "x", "typing");
    expect(view.said()).toBe("No longer marked as done.");
  });

  it("is that a segment that was moved or added was cut where another lies", () => {
    const { task } = view.controller.store;
    Object.assign(task, { overlap: { speaker: "trim" } });
    commitGesture(view.controller, {
      kind: "move",
      previews: [{ id: "b", track: BERT, start: 12, end: 12.5 }],
      guide: 0,
    });
    expect(view.said()).toBe("Cut short: another segment lies there.");
    commitGesture(view.controller, {
      kind: "move",
      previews: [{ id: "b", track: BERT, start: 30, end: 30.5 }],
      guide: 0,
    });
    expect(view.said()).toBe("");
    addNew(view.controller, [BERT], [9, 11], "record");
    expect(view.said()).toBe("Segment added from 9.000 to 10.000 s. Cut short: another segment lies there.");
    Object.assign(task, { overlap: {} });
    addNew(view.controller, [ANNA, CLEO], [40, 41], "record");
    expect(view.controller.store.canUndo.peek()).toBe("record 2 segments");
  });

  it("is that the clipboard is empty", () => {
    pasteSegments(view.controller, " \n", true);
    expect(view.said()).toBe("Nothing pasted: the clipboard holds no text.");
  });

  it("is that nothing was split where the segments that were offered are gone", () => {
    view.controller.seek(11);
    view.assign({ segments: { put: { e: { id: "e", track: CLEO, start: 10, end: 12, fields: {} } } } });
    view.run("split");
    view.assign({ segments: { remove: ["c", "e"] } });
    choose(view, "All 2");
    expect(view.said()).toBe("No segment lies under the playhead.");
  });
});

describe("labels of other editors", () => {
  const LABELS = "0.5\t1.5\thello\n\\\t100\t5000\n2\t3\tworld\n";

  it("are pasted as texts on the selected track", () => {
    view.session.selectedTracks.value = new Set([CLEO]);
    pasteSegments(view.controller, LABELS, true);
    const pasted = view.selected().map((id) => view.segment(id));
    expect(pasted.map((segment) => [segment?.track, segment?.start, segment?.end, segment?.fields])).toEqual([
      [CLEO, 0.5, 1.5, { text: "hello" }],
      [CLEO, 2, 3, { text: "world" }],
    ]);
  });

  it("take no answer's place", () => {
    view.session.selectedTracks.value = new Set([CLEO]);
    pasteSegments(view.controller, '0.5\t1.5\tspeaker\t\t{"text":"said"}', true);
    expect(view.segment(view.selected()[0] as string)?.fields).toEqual({ text: "said" });
  });

  it("need a track", () => {
    pasteSegments(view.controller, LABELS, true);
    expect(view.said()).toBe("0 segments pasted. Left out: no track is named, and none is selected.");
  });
});
