// Marking the annotation as done, or handing it in: only without problems, or with a reason.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Button } from "./button";
import { useEditor } from "./context";
import { focusEditor } from "./focus";

export function Finish() {
  const { controller } = useEditor();
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const aim = useRef<DOMRect | null>(null);
  const { submit } = controller.port.capabilities;
  const completion = controller.store.document.value?.completion;
  const verb = submit ? "Submit" : "Mark as done";
  const problems = controller.problems.value.length;
  useEffect(() => {
    if (problems === 0) controller.asksReason.value = 0; // else the form came back with the next problem
  }, [controller, problems]);
  // The button that was pressed goes: without this the next key would be the notebook's.
  const leave = () => focusEditor(box.current);
  const start = () => {
    button.current?.focus(); // what is being typed elsewhere is taken before problems are counted
    if (controller.start() && !submit) leave();
  };
  const reopen = () => {
    leave();
    controller.reopen();
  };
  if (completion?.done && !submit) {
    return (
      <div class="avseg-done" ref={box}>
        <span>Marked as done{completion.reason ? `: ${completion.reason}` : "."}</span>
        <Button name="Open again" onClick={reopen}>
          Open again
        </Button>
      </div>
    );
  }
  return (
    <div class="avseg-finish" ref={box}>
      <button
        ref={button}
        type="button"
        class="avseg-button avseg-button-main avseg-submit"
        // Were the focus taken by the press, problems solved by what was typed would go, and the button move away.
        onMouseDown={(event) => event.preventDefault()}
        // Typing may come to rest meanwhile: the press is then let go where the button was.
        onPointerDown={({ currentTarget, pointerId }) => {
          aim.current = currentTarget.getBoundingClientRect();
          currentTarget.setPointerCapture(pointerId);
        }}
        onClick={(event) => {
          const isAimed = [aim.current, event.currentTarget.getBoundingClientRect()].some((at) => isIn(at, event));
          if (event.detail === 0 || isAimed) start(); // 0: by a key
        }}
      >
        {verb}
      </button>
      {controller.asksReason.value && problems ? (
        <ReasonForm
          verb={verb}
          close={() => {
            button.current?.focus();
            controller.asksReason.value = 0;
          }}
        />
      ) : null}
    </div>
  );
}

function isIn(box: DOMRect | null, { clientX, clientY }: MouseEvent): boolean {
  return box !== null && clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}

function ReasonForm({ verb, close }: { verb: string; close: () => void }) {
  const { controller } = useEditor();
  const reason = useSignal("");
  const input = useRef<HTMLInputElement>(null);
  const asked = controller.asksReason.value;
  useEffect(() => {
    if (asked) input.current?.focus();
  }, [asked]);
  const count = controller.problems.value.length;
  const send = (event: Event) => {
    event.preventDefault();
    if (reason.value.trim() === "") return;
    void controller.finish(reason.value.trim());
    close();
  };
  return (
    <form
      class="avseg-reason"
      aria-label="Reason"
      onSubmit={send}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.isComposing) return;
        event.preventDefault(); // it would select nothing, too
        close();
      }}
    >
      <p>
        {count === 1 ? "One problem is" : `${count} problems are`} left: see the list above. Solve{" "}
        {count === 1 ? "it" : "them"}, or say why it is right as it is.
      </p>
      <input
        ref={input}
        class="avseg-input"
        aria-label="Reason"
        value={reason.value}
        onInput={(event) => {
          reason.value = event.currentTarget.value;
        }}
      />
      <div class="avseg-group">
        <button type="submit" class="avseg-button avseg-button-main" disabled={reason.value.trim() === ""}>
          {verb} with this reason
        </button>
        <button type="button" class="avseg-button" onClick={close}>
          Cancel
        </button>
      </div>
    </form>
  );
}
