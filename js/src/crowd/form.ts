// Stand-ins for crowd-form and crowd-button: gather the answer and hand it over. They know no server.
import { isCrowdControl, serialize, type Unproven } from "./serialize";

/** What is done with an answer. */
export type Submit = (answer: Record<string, unknown>) => void;

/** The part of crowd-form that pages use. */
export interface CrowdForm extends HTMLElement {
  readonly form: HTMLFormElement;
  submit(): void;
  reset(): void;
}

/** Makes the class of crowd-form elements that hand their answers to `onAnswer`. */
export function crowdFormElement(unproven: Unproven, onAnswer: Submit): CustomElementConstructor {
  return class extends HTMLElement implements CrowdForm {
    readonly form = document.createElement("form");

    connectedCallback(): void {
      // While the page is still being read, the children are not there yet.
      if (this.form.parentNode) return;
      if (document.readyState !== "loading") this.#adopt();
      else document.addEventListener("DOMContentLoaded", () => this.#adopt(), { once: true });
    }

    submit(): void {
      const controls = [...this.querySelectorAll<HTMLElement>("*")];
      const missing = controls.filter(isCrowdControl).find((control) => control.missing);
      if (
        !controls.every((control) => !("reportValidity" in control) || (control as HTMLInputElement).reportValidity())
      )
        return;
      if (missing) {
        missing.focus();
        return;
      }
      const event = new Event("submit", { bubbles: true, cancelable: true });
      if (this.dispatchEvent(event)) onAnswer(serialize(this, unproven));
    }

    reset(): void {
      this.form.reset();
      for (const control of this.querySelectorAll("*")) if (isCrowdControl(control)) control.reset();
    }

    #adopt(): void {
      if (unproven.children === "move") this.form.append(...this.childNodes);
      this.append(this.form);
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        event.stopPropagation();
        this.submit();
      });
      const root = this.attachShadow({ mode: "open" });
      root.append(document.createElement("slot"));
      if (!this.querySelector('crowd-button[form-action="submit"]')) root.append(submitButton(this));
    }
  };
}

function submitButton(form: CrowdForm): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "submit";
  button.className = "awsui-button";
  button.textContent = "Submit";
  button.addEventListener("click", () => form.submit());
  return button;
}

/** A button; with `form-action` it submits or resets the form that it is in. */
export function crowdButtonElement(): CustomElementConstructor {
  return class extends HTMLElement {
    connectedCallback(): void {
      if (this.shadowRoot) return;
      const button = document.createElement("button");
      button.type = "button";
      button.disabled = this.hasAttribute("disabled");
      button.append(document.createElement("slot"));
      this.attachShadow({ mode: "open", delegatesFocus: true }).append(button);
      this.addEventListener("click", () => this.#act());
    }

    #act(): void {
      const form = this.closest<CrowdForm>("crowd-form");
      if (!form || this.hasAttribute("disabled")) return;
      if (this.getAttribute("form-action") === "submit") form.submit();
      if (this.getAttribute("form-action") === "reset") form.reset();
    }
  };
}
