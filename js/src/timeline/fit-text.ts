// How much of a text fits into a width, from widths of single characters, measured once for each font.

// Widths of a font never change; there are few fonts, and the characters of a page are few thousand at most.
const widthsOf = new Map<string, Map<string, number>>();

/**
 * The text, or as many of its first characters as fit into `width` px with an ellipsis. `font` is what the context's
 * font was set to: asking the context takes longer than all the rest.
 */
export function fitText(context: CanvasRenderingContext2D, font: string, text: string, width: number): string {
  let widths = widthsOf.get(font);
  if (!widths) {
    widths = new Map();
    widthsOf.set(font, widths);
  }
  let left = width;
  let length = 0;
  let whole = 0;
  const more = widthOf(context, widths, "…");
  for (const character of text) {
    left -= widthOf(context, widths, character);
    if (left < 0) return whole ? `${text.slice(0, whole)}…` : "";
    length += character.length;
    if (left >= more) whole = length;
  }
  return text;
}

function widthOf(context: CanvasRenderingContext2D, widths: Map<string, number>, character: string): number {
  let width = widths.get(character);
  if (width === undefined) {
    width = context.measureText(character).width;
    widths.set(character, width);
  }
  return width;
}
