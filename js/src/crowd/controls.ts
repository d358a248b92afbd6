// Stand-ins for the crowd elements that hold an answer. They know their own control, no form and no server.
import type { CrowdControl } from "./serialize";

const STYLE = `
  :host { display: block; margin: 0.4em 0; font: inherit; }
  :host([hidden]) { display: none; }
  label { display: flex; gap: 0.5em; align-items: center; }
  label.text { flex-direction: column; align-items: stretch; gap: 0.2em; }
  input, textarea { font: inherit; }
`;

/** Builds a shadow tree of one label with a control; all text goes in as text. */
function build(host: HTMLElement, control: HTMLElement, caption: Node, className: string): void {
  const root = host.attachShadow({ mode: "open", delegatesFocus: true });
  const style = document.createElement("style");
  style.textContent = STYLE;
  const label = document.createElement("label");
  label.className = className;
  label.append(...(className === "text" ? [caption, control] : [control, caption]));
  root.append(style, label);
}

abstract class TextControl extends HTMLElement implements CrowdControl {
  protected abstract readonly control: HTMLInputElement | HTMLTextAreaElement;
  #built = false;

  connectedCallback(): void {
    if (this.#built) return;
    this.#built = true;
    const caption = document.createElement("span");
    caption.textContent = this.getAttribute("label") ?? "";
    this.control.setAttribute("aria-label", this.getAttribute("label") || this.getAttribute("name") || "answer");
    this.control.setAttribute("placeholder", this.getAttribute("placeholder") ?? "");
    this.control.toggleAttribute("disabled", this.hasAttribute("disabled"));
    build(this, this.control, caption, "text");
    this.reset();
  }

  get value(): string {
    return this.control.value;
  }

  set value(value: string) {
    this.control.value = value;
  }

  get answer(): CrowdControl["answer"] {
    return { kind: "text", text: this.value };
  }

  get missing(): boolean {
    return this.hasAttribute("required") && !this.value;
  }

  reset(): void {
    this.control.value = this.getAttribute("value") ?? "";
  }
}

class CrowdInput extends TextControl {
  protected readonly control = document.createElement("input");
}

class CrowdTextArea extends TextControl {
  protected readonly control = document.createElement("textarea");
}

class CrowdSlider extends TextControl {
  protected readonly control = document.createElement("input");

  override connectedCallback(): void {
    this.control.type = "range";
    for (const name of ["min", "max", "step"]) {
      const value = this.getAttribute(name);
      if (value !== null) this.control.setAttribute(name, value);
    }
    super.connectedCallback();
  }
}

abstract class ChoiceControl extends HTMLElement implements CrowdControl {
  protected readonly control = document.createElement("input");
  protected abstract readonly type: "checkbox" | "radio";
  #built = false;

  connectedCallback(): void {
    if (this.#built) return;
    this.#built = true;
    this.control.type = this.type;
    this.control.toggleAttribute("disabled", this.hasAttribute("disabled"));
    build(this, this.control, document.createElement("slot"), "choice");
    this.control.addEventListener("change", () => {
      this.changed();
      this.dispatchEvent(new Event("change", { bubbles: true }));
    });
    this.reset();
  }

  get checked(): boolean {
    return this.control.checked;
  }

  set checked(checked: boolean) {
    this.control.checked = checked;
    this.changed();
  }

  get answer(): CrowdControl["answer"] {
    return { kind: "choice", chosen: this.checked };
  }

  get missing(): boolean {
    return this.hasAttribute("required") && !this.checked;
  }

  reset(): void {
    this.control.checked = this.hasAttribute("checked");
  }

  /** Another choice may have to follow. */
  protected changed(): void {}
}

class CrowdCheckbox extends ChoiceControl {
  protected readonly type = "checkbox";
}

class CrowdToggleButton extends ChoiceControl {
  protected readonly type = "checkbox";
}

class CrowdRadioButton extends ChoiceControl {
  protected readonly type = "radio";

  override get missing(): boolean {
    return this.hasAttribute("required") && !this.#group().some((button) => button.checked);
  }

  protected override changed(): void {
    if (!this.checked) return;
    for (const button of this.#group()) if (button !== this) button.checked = false;
  }

  /** The buttons of the same crowd-radio-group, whatever their names; without one, those of the same name. */
  #group(): CrowdRadioButton[] {
    const group = this.closest("crowd-radio-group");
    const root = group ?? this.closest("crowd-form") ?? document;
    const buttons = [...root.querySelectorAll("crowd-radio-button")].filter((item) => item instanceof CrowdRadioButton);
    return group ? buttons : buttons.filter((item) => item.getAttribute("name") === this.getAttribute("name"));
  }
}

/** The constructors by their element's name; made anew at each call, as a constructor can be defined only once. */
export function controlElements(): Record<string, CustomElementConstructor> {
  return {
    "crowd-input": class extends CrowdInput {},
    "crowd-text-area": class extends CrowdTextArea {},
    "crowd-slider": class extends CrowdSlider {},
    "crowd-checkbox": class extends CrowdCheckbox {},
    "crowd-toggle-button": class extends CrowdToggleButton {},
    "crowd-radio-button": class extends CrowdRadioButton {},
  };
}
