// The labeling queue's entry: one host for all views of a widget, which holds the document of each item.

import type { QueueState } from "./core/types";
import type { WidgetModel } from "./hosts/notebook";
import { QueueHost } from "./hosts/queue";
import { mountQueue } from "./ui/queue/mount";

export default () => {
  // By the queue's name: each call is given another object for the one model.
  const opened = new Map<string, QueueHost>();
  const nameOf = (model: WidgetModel): string => (model.get("_queue") as QueueState).id;

  const open = (model: WidgetModel): QueueHost => {
    const found = opened.get(nameOf(model)) ?? new QueueHost(model);
    opened.set(nameOf(model), found);
    return found;
  };

  return {
    initialize({ model }: { model: WidgetModel }) {
      const host = open(model);
      return () => {
        opened.delete(nameOf(model));
        host.dispose();
      };
    },
    render({ model, el }: { model: WidgetModel; el: HTMLElement }) {
      return mountQueue(el, open(model));
    },
  };
};
