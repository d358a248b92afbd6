// What a view's controls do, without drawing it: a controller on a document in memory whose edits all stand.
import { fromAnnotation } from "../src/core/document";
import { DocumentStore, type StoreEvent } from "../src/core/store";
import type { Diff, Segment, Task } from "../src/core/types";
import type { Port } from "../src/hosts/port";
import { MediaClock } from "../src/player/clock";
import { actionOf } from "../src/ui/actions";
import { Controller } from "../src/ui/controller";
import { SETUP } from "./core/kernel";
import { EMPTY, TASK } from "./core/make";

export const ANNA = "speaker:Anna";
export const BERT = "speaker:Bert";
export const CLEO = "speaker:Cleo";

/** What of the media does not come. */
const never = () => new Promise<never>(() => {});

const VIEW_TASK: Task = { ...TASK, tracks: { speaker: ["Anna", "Bert", "Cleo"] } };

export const onTrack = (id: string, track: string, start: number, end: number): Segment => ({
  id,
  track,
  start,
  end,
  fields: {},
});

/** Three tracks of a media of 100 s: Anna with a and b, Bert with c, Cleo with d. */
export function openView() {
  const tags = ["Anna", "Bert", "Cleo"];
  const tracks = tags.map((tag, position) => ({ category: "speaker", tag, id: `speaker:${tag}`, position }));
  const segments = [
    onTrack("a", ANNA, 1, 4),
    onTrack("b", ANNA, 5, 6),
    onTrack("c", BERT, 10, 12),
    onTrack("d", CLEO, 20, 22),
  ];
  let tell: (event: StoreEvent) => void = () => {};
  let revision = 0;
  const annotation = { ...EMPTY, tracks, segments };
  const port = {
    capabilities: { save: true, submit: false },
    task: VIEW_TASK,
    media: {
      info: { ...SETUP.media.info, duration: 100, sample_rate: 1000 },
      url: never,
      peaks: never,
      frames: never,
    },
    load: () => tell({ type: "state", annotation, revision, seen: {} }),
    publish({ client, seq, diff }: { client: string; seq: number; diff: Diff }) {
      revision += 1;
      tell({ type: "applied", diff, revision, client, seq });
    },
    onRemote(listener: (event: StoreEvent) => void) {
      tell = listener;
      return () => {};
    },
    report() {},
    shareSession() {},
  } as unknown as Port;
  const store = new DocumentStore(port);
  const clock = new MediaClock(document.createElement("audio"));
  const controller = new Controller(store, clock, port);
  const { session } = controller;
  return {
    controller,
    session,
    clock,
    /** Start an action as its key does. */
    run: (id: string) => controller.run(actionOf(id)),
    select: (...ids: string[]) => session.select(ids),
    selected: () => [...session.selectedIds.peek()],
    said: () => session.notice.peek(),
    segment: (id: string) => controller.document?.segments.get(id),
    document: () => controller.document ?? fromAnnotation(EMPTY),
    /** A change made in Python. */
    assign(diff: Diff) {
      revision += 1;
      tell({ type: "applied", diff, revision, client: "", seq: 0 });
    },
  };
}
