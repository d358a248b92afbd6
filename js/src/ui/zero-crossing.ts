// Moves edges of segments to where the sound crosses zero, which its samples tell. Draws nothing.
import { zeroCrossings } from "../core/snapping";
import { PEAK_TILE_COLUMNS } from "../hosts/port";
import type { Controller } from "./controller";
import { counted, edgeMoved, placeAll, selectedSegments } from "./editing";

/** How far from an edge a zero crossing is looked for, in seconds. */
const REACH = 0.05;

/** Move an edge of each selected segment to the nearest zero crossing. */
export async function moveToZeroCrossing(controller: Controller, edge: "start" | "end"): Promise<void> {
  const asked = selectedSegments(controller);
  if (asked.length === 0) return controller.say("Select a segment first.");
  try {
    const found = await Promise.all(asked.map((segment) => nearestCrossing(controller, segment[edge])));
    const times = new Map(asked.map((segment, place) => [segment.id, found[place] ?? null]));
    const wanted = selectedSegments(controller).flatMap(({ id, track, start, end }) => {
      const time = times.get(id) ?? null;
      const to = { start, end, ...(time === null ? {} : { [edge]: time }) };
      return time === null || to.end <= to.start ? [] : [{ id, track, ...to }];
    });
    if (wanted.length === 0) return controller.say(`No zero crossing lies within ${REACH * 1000} ms of the ${edge}.`);
    const label = `move ${edge} of ${counted(wanted.length)} to a zero crossing`;
    placeAll(controller, wanted, label, (placed) => edgeMoved(placed, edge));
  } catch (error) {
    controller.say(`Not moved: the samples did not come: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The zero crossing nearest to a time; null where the sound has none within reach. */
async function nearestCrossing({ port, session }: Controller, time: number): Promise<number | null> {
  const rate = session.info.sample_rate;
  const [from, to] = [Math.max(0, time - REACH), time + REACH];
  const tileAt = (at: number) => Math.floor((at * rate) / PEAK_TILE_COLUMNS);
  let nearest: number | null = null;
  for (let tile = tileAt(from); tile <= tileAt(to); tile += 1) {
    const { channels } = await port.media.peaks(0, tile);
    for (const found of zeroCrossings({ level: 0, first: tile * PEAK_TILE_COLUMNS, channels }, rate, from, to)) {
      if (nearest === null || Math.abs(found - time) < Math.abs(nearest - time)) nearest = found;
    }
  }
  return nearest;
}
