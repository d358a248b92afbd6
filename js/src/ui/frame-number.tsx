// The number of the frame on the screen, counted from 1; typing one goes to that frame.
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useEditor } from "./context";
import { focusEditor } from "./focus";

export function FrameNumber() {
  const { controller } = useEditor();
  const { frames, session } = controller;
  const count = frames.times.value.length;
  const typed = useSignal<string | null>(null);
  const wrong = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const asks = session.listening.frameAsks.value;
  const seen = useRef(asks);
  useEffect(() => {
    if (asks !== seen.current) input.current?.select();
    if (asks !== seen.current) input.current?.focus();
    seen.current = asks;
  }, [asks]);
  if (session.info.kind !== "video") return null;
  const shown = frames.shown.value;
  const drop = () => {
    typed.value = null;
    wrong.value = false;
  };
  const press = (event: KeyboardEvent) => {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    if (event.key === "Enter" && typed.peek() !== null) {
      const problem = controller.goToFrame(Number(typed.peek() || Number.NaN));
      wrong.value = problem !== "";
      if (problem) return controller.say(`${problem}.`);
    }
    drop();
    focusEditor(input.current);
  };
  return (
    <label class="avseg-frame">
      Frame
      <input
        ref={input}
        class="avseg-input"
        aria-label={count ? `Frame, of ${count}` : "Frame"}
        title="The frame on the screen; type another one's number and press Enter"
        inputMode="numeric"
        autocomplete="off"
        disabled={count === 0}
        style={{ width: `${Math.max(String(count).length, 3) + 3}ch` }}
        aria-invalid={wrong.value}
        value={typed.value ?? (shown === null ? "" : String(shown + 1))}
        onFocus={(event) => event.currentTarget.select()}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
        }}
        onBlur={drop}
        onKeyDown={press}
      />
      {count ? `of ${count}` : ""}
    </label>
  );
}
