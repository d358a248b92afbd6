// The notebook's entry: one document for all views of a widget, each view an editor of its own.
import { DocumentStore } from "./core/store";
import type { Setup } from "./core/types";
import { NotebookPort, type WidgetModel } from "./hosts/notebook";
import { mountEditor } from "./ui/mount";

interface Opened {
  readonly port: NotebookPort;
  readonly store: DocumentStore;
}

export default () => {
  // By the document's name: each call is given another object for the one model.
  const opened = new Map<string, Opened>();
  const nameOf = (model: WidgetModel): string => (model.get("_setup") as Setup).document;

  const open = (model: WidgetModel): Opened => {
    let found = opened.get(nameOf(model));
    if (!found) {
      const port = new NotebookPort(model);
      found = { port, store: new DocumentStore(port) };
      opened.set(nameOf(model), found);
    }
    return found;
  };

  return {
    initialize({ model }: { model: WidgetModel }) {
      const { port, store } = open(model);
      return () => {
        opened.delete(nameOf(model));
        store.dispose();
        port.dispose();
      };
    },
    render({ model, el }: { model: WidgetModel; el: HTMLElement }) {
      const { port, store } = open(model);
      const root = el.ownerDocument.createElement("div");
      el.append(root);
      const dispose = mountEditor(root, port, store);
      return () => {
        dispose();
        root.remove();
      };
    },
  };
};
