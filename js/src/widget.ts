// The notebook's entry: one document for all views of a widget, each view an editor of its own.
import { DocumentStore } from "./core/store";
import { NotebookPort, type WidgetModel } from "./hosts/notebook";
import { mountEditor } from "./ui/mount";

interface Opened {
  readonly port: NotebookPort;
  readonly store: DocumentStore;
}

export default () => {
  const opened = new WeakMap<WidgetModel, Opened>();

  const open = (model: WidgetModel): Opened => {
    let found = opened.get(model);
    if (!found) {
      const port = new NotebookPort(model);
      found = { port, store: new DocumentStore(port) };
      opened.set(model, found);
    }
    return found;
  };

  return {
    initialize({ model }: { model: WidgetModel }) {
      const { port, store } = open(model);
      return () => {
        opened.delete(model);
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
