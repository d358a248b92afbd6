// The controls of listening: stretches to play, loop, following, and going from place to place.
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { FollowMode } from "../core/listening";
import { ActionButton } from "./action-button";
import { useEditor } from "./context";
import { focusEditor, focusWhenDrawn, idsOfProblem } from "./focus";
import { goToTyped } from "./listening";

export function ListeningButtons() {
  const { clock, session } = useEditor().controller;
  return (
    <>
      <div class="avseg-group">
        <ActionButton id="play-visible" icon="playVisible" />
        <ActionButton id="play-selection" icon="playSelection" />
        <ActionButton id="play-segment" icon="playSegment" />
        <ActionButton id="play-around" icon="playAround" />
        <ActionButton id="loop" icon="loop" pressed={clock.loop.value} />
      </div>
      <div class="avseg-group">
        <ActionButton id="previous-segment" icon="previous" />
        <ActionButton id="next-segment" icon="next" />
        <ActionButton id="next-gap" icon="gap" />
        <ActionButton id="next-problem" icon="problem" />
        <ActionButton id="go-to-time" icon="clock" pressed={session.listening.asking.value} />
      </div>
      <Follow />
    </>
  );
}

/** What the buttons lead to: a time to type, the control of a problem. */
export function ListeningBar() {
  const { asking } = useEditor().controller.session.listening;
  return (
    <>
      {asking.value ? <GoToTime /> : null}
      <ProblemFocus />
    </>
  );
}

function Follow() {
  const { follow } = useEditor().controller.session.listening;
  return (
    <label class="avseg-follow">
      <span>Follow</span>
      <select
        class="avseg-select"
        title="How the visible part follows the playhead; scrolling while it plays holds it until the next play"
        value={follow.value}
        onChange={(event) => {
          follow.value = event.currentTarget.value as FollowMode;
        }}
      >
        <option value="page">by page</option>
        <option value="center">by centre</option>
        <option value="off">off</option>
      </select>
    </label>
  );
}

function GoToTime() {
  const { controller, prefix } = useEditor();
  const { asking } = controller.session.listening;
  const input = useRef<HTMLInputElement>(null);
  const problem = useSignal("");
  const close = () => {
    asking.value = false;
    focusEditor(input.current);
  };
  useLayoutEffect(() => input.current?.focus(), []);
  const go = (event: Event) => {
    event.preventDefault();
    problem.value = goToTyped(controller, input.current?.value ?? "");
    if (!problem.peek()) close();
  };
  const id = `${prefix}-go-to`;
  return (
    <form
      class="avseg-go-to"
      aria-label="Go to time"
      onSubmit={go}
      onKeyDown={(event) => event.key === "Escape" && close()}
    >
      <label>
        <span>Time</span>
        <input
          ref={input}
          class="avseg-input"
          placeholder="1:02:03.456 or 48000#"
          autocomplete="off"
          aria-invalid={problem.value !== ""}
          aria-describedby={id}
        />
      </label>
      <button type="submit" class="avseg-button avseg-button-main">
        Go
      </button>
      <button type="button" class="avseg-button" onClick={close}>
        Cancel
      </button>
      <span id={id} class="avseg-problem" role="alert">
        {problem.value}
      </span>
    </form>
  );
}

/** Puts the focus on the control of the problem that was gone to. */
function ProblemFocus() {
  const { controller, prefix } = useEditor();
  const mark = useRef<HTMLSpanElement>(null);
  const problem = controller.session.listening.problem.value;
  useEffect(() => {
    if (!problem) return;
    // A field that had the focus would take what is typed next, where the other one cannot have it.
    focusEditor(mark.current);
    return focusWhenDrawn(mark.current?.getRootNode() as Document | ShadowRoot, idsOfProblem(prefix, problem));
  }, [problem, prefix]);
  return <span ref={mark} hidden />;
}
