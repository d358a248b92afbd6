// The labeling queue's entry: one host for all views of a widget, which holds the document of each item.

import type { WidgetModel } from "./hosts/notebook";
import { QueueHost } from "./hosts/queue";
import { mountQueue } from "./ui/queue/mount";

export default () => {
  const opened = new WeakMap<WidgetModel, QueueHost>();

  const open = (model: WidgetModel): QueueHost => {
    const found = opened.get(model) ?? new QueueHost(model);
    opened.set(model, found);
    return found;
  };

  return {
    initialize({ model }: { model: WidgetModel }) {
      const host = open(model);
      return () => {
        opened.delete(model);
        host.dispose();
      };
    },
    render({ model, el }: { model: WidgetModel; el: HTMLElement }) {
      return mountQueue(el, open(model));
    },
  };
};
