// Where the edits are: saved, on their way, kept until somebody answers, or refused. Knows the store, no host.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Connection } from "../core/store";
import { Button } from "./button";
import { useEditor } from "./context";
import { Icon } from "./icon";

/** An edit that is saved sooner than this is not told to be on its way, in ms. */
const SLOW = 400;
const MOST_TOLD = 20;

interface Told {
  readonly text: string;
  readonly hint: string;
}

const OPENING: Told = { text: "Opening…", hint: "This browser is asked for edits that were kept in it." };

/** What is to be told of edits that are not saved; null when all goes well. */
function tellTrouble(connection: Connection, trouble: string, kept: string, savedIn: string): Told | null {
  if (connection === "ended" && savedIn) {
    return {
      text: `Not connected: run the cell again to go on${kept && `; ${kept}, saved then`}`,
      hint: `The kernel has ended or restarted. What was saved is in ${savedIn}.`,
    };
  }
  if (connection === "ended") {
    return {
      text: "Not connected, and no store keeps what is here: copy the segments, run the cell again and paste them",
      hint: "The kernel has ended or restarted. Copying leaves out the answers: note them down.",
    };
  }
  const again = "Edits go to Python, in their order, as soon as it answers.";
  if (connection === "down") return { text: kept ? `Offline: ${kept}` : "Offline", hint: again };
  if (connection === "silent") {
    const text = "Python does not answer. It may be busy; if it was restarted, run the cell again";
    return { text: kept ? `${text}: ${kept}` : text, hint: again };
  }
  if (!trouble) return null;
  return { text: `${trouble.replace(/\.$/, "")}: ${kept}, tried again every few seconds`, hint: again };
}

const counted = (count: number, place: string): string =>
  count ? `${count} ${count === 1 ? "edit" : "edits"} kept in ${place}` : "";

export function Saved() {
  const { controller } = useEditor();
  const { store, port } = controller;
  const slow = useSignal(false);
  const count = store.unsaved.value;
  const busy = count > 0;
  useEffect(() => {
    slow.value = false;
    const timer = busy ? setTimeout(() => (slow.value = true), SLOW) : undefined;
    return () => clearTimeout(timer);
  }, [busy, slow]);
  if (!port.capabilities.save) return null;
  const savedIn = port.savedIn ?? "";
  const kept = counted(count, store.lasting.value ? "this browser" : "this page");
  const trouble = tellTrouble(store.connection.value, store.trouble.value, kept, savedIn);
  const told = trouble ?? (store.opened.value ? tellSaved(savedIn, slow.value && busy) : OPENING);
  return (
    <div class={`avseg-saved ${trouble ? "avseg-saved-not" : ""}`}>
      {trouble ? <Icon name="warning" /> : null}
      <span role="status" aria-label="Saving" title={told.hint} data-unsaved={count}>
        {told.text}
      </span>
      {store.trouble.value && store.connection.value === "up" ? (
        <Button name="Try again now" onClick={() => store.retry()}>
          Try again now
        </Button>
      ) : null}
    </div>
  );
}

function tellSaved(savedIn: string, saving: boolean): Told {
  if (saving) return { text: "Saving…", hint: "Python has not confirmed every edit yet." };
  if (savedIn) return { text: `Saved in ${savedIn}`, hint: "Every edit is in this file." };
  return {
    text: "Saved in Python's memory",
    hint: 'It is gone when the kernel ends. Segmenter(..., store="labels.db") keeps every edit in a file.',
  };
}

/** Edits that were refused: the last one until the next is made, those made long before until they are read. */
export function Refusals() {
  const { store } = useEditor().controller;
  const refusals = store.refusals.value;
  const late = refusals.some((refusal) => refusal.late);
  const shown = refusals.slice(0, MOST_TOLD);
  if (shown.length === 0) return null;
  return (
    <div class="avseg-message avseg-message-error" role="alert">
      <Icon name="warning" />
      <div class="avseg-refusals">
        {shown.map(({ reason, edit }, index) => (
          <p key={index}>
            {late ? "An edit could not be saved and was taken back" : "The last edit was refused and taken back"}:{" "}
            {reason.replace(/\.?$/, ".")}
            {late && edit ? ` It was: ${edit}.` : ""}
          </p>
        ))}
        {refusals.length > MOST_TOLD ? <p>And {refusals.length - MOST_TOLD} more.</p> : null}
        {late ? (
          <Button name="Dismiss" onClick={() => store.dismissRefusals()}>
            Dismiss
          </Button>
        ) : null}
      </div>
    </div>
  );
}
