// What a page still sends when its kernel has ended: nothing, whatever is edited.
import { describe, expect, it } from "vitest";
import { DocumentStore } from "../../src/core/store";
import { NotebookPort, type WidgetModel } from "../../src/hosts/notebook";
import { Kernel, SETUP } from "./kernel";

class Told {
  readonly #listeners = new Set<() => void>();
  connect(listener: () => void): void {
    this.#listeners.add(listener);
  }
  disconnect(listener: () => void): void {
    this.#listeners.delete(listener);
  }
  tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** A model of JupyterLab, with a connection whose state is told. */
function openPage() {
  const lab = {
    connectionStatus: "connected",
    status: "idle",
    isDisposed: false,
    connectionStatusChanged: new Told(),
    statusChanged: new Told(),
    disposed: new Told(),
  };
  const sent: unknown[] = [];
  const values = new Map<string, unknown>([
    ["_setup", { ...SETUP, store: "labels.db" }],
    ["_document", new Kernel().state()],
  ]);
  const model: WidgetModel = {
    widget_manager: { kernel: lab },
    get: (name) => values.get(name),
    set: (name, value) => void values.set(name, value),
    save_changes: () => {},
    send: (message) => void sent.push(message),
    on: () => {},
    off: () => {},
  };
  const port = new NotebookPort(model, {
    open: async () => ({ edits: [], histories: [] }),
    keep() {},
    drop() {},
    keepHistory() {},
  });
  return { lab, sent, port, store: new DocumentStore(port) };
}

describe("a page whose kernel has ended", () => {
  it.each(["autorestarting", "restarting", "dead"])(
    "sends nothing more when it is %s, and keeps the edits",
    async (status) => {
      const { lab, sent, port, store } = openPage();
      await Promise.resolve();
      const draw = (id: string) =>
        store.dispatch("draw", {
          segments: { put: { [id]: { id, track: "a:b", start: 0, end: 1e-4, fields: {} } } },
        } as never);
      draw("one");
      expect(sent.map((message) => (message as { type: string }).type)).toContain("edit");
      sent.length = 0;
      lab.status = status;
      lab.statusChanged.tell();
      draw("two");
      // The kernel that comes next knows nothing of this page.
      lab.status = "idle";
      lab.statusChanged.tell();
      draw("three");
      store.retry();
      port.load();
      expect(sent).toEqual([]);
      expect([store.connection.value, store.unsaved.value]).toEqual(["ended", 3]);
      store.dispose();
      port.dispose();
    },
  );

  it("is refused what it waits for and what it asks, so that nobody waits for ever", async () => {
    const { lab, port, store } = openPage();
    const answers = [port.media.peaks(4, 0), port.media.peaks(4, 1)];
    lab.status = "restarting";
    lab.statusChanged.tell();
    answers.push(port.media.peaks(4, 2));
    for (const answer of answers) await expect(answer).rejects.toThrow("The kernel has ended");
    store.dispose();
    port.dispose();
  });
});
