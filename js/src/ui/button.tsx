// The one kind of button the editor has: an icon, a text or both, always with a name and a tooltip.
import type { ComponentChildren } from "preact";
import { type IconName, iconLook } from "./icon";

export interface ButtonProps {
  readonly name: string;
  readonly icon?: IconName;
  readonly keys?: string;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  readonly look?: "plain" | "main" | "record" | "quiet";
  readonly filled?: boolean;
  readonly onClick: () => void;
  readonly children?: ComponentChildren;
}

export function Button({
  name,
  icon,
  keys,
  disabled,
  pressed,
  look = "plain",
  filled,
  onClick,
  children,
}: ButtonProps) {
  return (
    <button
      type="button"
      class={`avseg-button avseg-button-${look}${icon ? " avseg-icon-before" : ""}`}
      {...(icon ? { style: iconLook(icon, filled) } : {})}
      aria-label={name}
      title={keys ? `${name} (${keys})` : name}
      disabled={disabled ?? false}
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
