// How much of a text fits into a width, from widths of single characters, measured once for each font.

// Widths of a font never change; there are few fonts, and the characters of a page are few thousand at most.
const widthsOf = new Map<string, Map<string, number>>();

/** The text, or as many of its first characters as fit into `width` px in the context's font. */
export function fitText(context: CanvasRenderingContext2D, text: string, width: number): string {
  let widths = widthsOf.get(context.font);
  if (!widths) {
    widths = new Map();
    widthsOf.set(context.font, widths);
  }
  let left = width;
  let length = 0;
  for (const character of text) {
    let size = widths.get(character);
    if (size === undefined) {
      size = context.measureText(character).width;
      widths.set(character, size);
    }
    left -= size;
    if (left < 0) return text.slice(0, length);
    length += character.length;
  }
  return text;
}
