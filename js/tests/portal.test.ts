// What the portal's page says to a worker, and how it asks.
import { afterEach, describe, expect, it, vi } from "vitest";
import { AskError, ask } from "../src/portal/ask";
import { describe as describeState, formatLeft, invite, type PortalState } from "../src/portal/page";

const STATE: PortalState = { title: "Calls", worker: "Ada", own: 1, items: 3, done: 0, paused: false };

describe("a worker's page", () => {
  it("says how far worker and work are", () => {
    expect(describeState(STATE)).toBe("Ada: 1 task submitted. 0 of 3 items are done.");
    expect(describeState({ ...STATE, own: 2 })).toContain("2 tasks");
  });

  it("says what comes in the place of a task", () => {
    expect(invite(STATE, false)[1]).toBe("Start working");
    expect(invite(STATE, true)[0]).toContain("Nothing is left for you");
    expect(invite({ ...STATE, paused: true }, true)).toEqual(["The work is paused: look again later.", "Look again"]);
    expect(invite({ ...STATE, done: 3, paused: true }, true)).toEqual(["All is done: thank you.", ""]);
  });

  it("shows the time left", () => {
    expect([0, 59, 61, 3600, 36061].map(formatLeft)).toEqual(["0:00", "0:59", "1:01", "1:00:00", "10:01:01"]);
  });
});

describe("asking the portal", () => {
  afterEach(() => vi.unstubAllGlobals());

  const answering = (answer: () => Response | Promise<Response>) => vi.stubGlobal("fetch", async () => answer());

  it("gives the answer", async () => {
    answering(() => Response.json({ own: 1 }));
    expect(await ask("/state")).toEqual({ own: 1 });
    answering(() => new Response(null, { status: 204 }));
    expect(await ask("/leave", {})).toBeUndefined();
  });

  it("tells what passes from what does not", async () => {
    answering(() => Promise.reject(new TypeError("refused")));
    await expect(ask("/take", {})).rejects.toEqual(new AskError("The portal does not answer", true));
    const cut = () => new ReadableStream({ start: (stream) => stream.error(new TypeError("Failed to fetch")) });
    for (const status of [200, 409]) {
      answering(() => new Response(cut(), { status }));
      await expect(ask("/take", {})).rejects.toEqual(new AskError("The portal does not answer", true));
    }
    for (const [status, passing] of [
      [429, true],
      [502, true],
      [500, false],
      [409, false],
      [401, false],
    ] as const) {
      answering(() => new Response("why", { status }));
      await expect(ask("/take", {})).rejects.toMatchObject({ message: "why", passing });
    }
  });
});
