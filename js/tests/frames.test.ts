// What is prepared once for each frame, however often it was asked for.
import { beforeEach, expect, test, vi } from "vitest";

let drawn: (() => void)[] = [];

async function fresh() {
  vi.resetModules();
  return import("../src/ui/frames");
}

function frame(): void {
  for (const call of drawn.splice(0)) call();
}

beforeEach(() => {
  drawn = [];
  vi.stubGlobal("requestAnimationFrame", (call: () => void) => drawn.push(call));
});

test("what was asked for several times is done once, in the next frame", async () => {
  const { onFrame } = await fresh();
  const task = vi.fn();
  for (let time = 0; time < 3; time += 1) onFrame(task);
  expect(task).not.toHaveBeenCalled();
  expect(drawn).toHaveLength(1);
  frame();
  expect(task).toHaveBeenCalledTimes(1);
  frame();
  expect(task).toHaveBeenCalledTimes(1);
  onFrame(task);
  frame();
  expect(task).toHaveBeenCalledTimes(2);
});

test("what another task asks for is done in the same frame, and what was taken back is not", async () => {
  const { onFrame, offFrame } = await fresh();
  const said: string[] = [];
  const [draw, gone] = [() => said.push("draw"), () => said.push("gone")];
  onFrame(() => {
    said.push("turn");
    onFrame(draw);
    offFrame(gone);
  });
  onFrame(gone);
  frame();
  expect(said).toEqual(["turn", "draw"]);
  expect(drawn).toEqual([]);
});

test("after an error the others have their turn in the frame that follows", async () => {
  const { onFrame } = await fresh();
  const other = vi.fn();
  onFrame(() => {
    throw new Error("no picture");
  });
  onFrame(other);
  expect(frame).toThrow("no picture");
  frame();
  expect(other).toHaveBeenCalledTimes(1);
  expect(drawn).toEqual([]);
});
