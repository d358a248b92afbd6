// Finding things by parts of their names, as one types them in a hurry. No DOM, no actions.

/** Where the letters of a query come in a text, one after the other; null when they do not. */
function places(query: string, text: string, next: (letter: string, from: number, last: number) => number) {
  const found: number[] = [];
  for (const letter of query) {
    const last = found.at(-1) ?? -1;
    const at = next(letter, last + 1, last);
    if (at < 0 || at >= text.length) return null;
    found.push(at);
  }
  return found;
}

/**
 * How well a text answers a query, the lower the better; null when it does not: each letter of the query must come in
 * the text, in that order. A whole part is best, then letters that begin words or follow each other.
 */
export function matchScore(query: string, text: string): number | null {
  const wanted = query.toLowerCase().trim();
  const within = text.toLowerCase();
  const whole = within.indexOf(wanted);
  if (whole >= 0) return whole === 0 ? -2 : -1;
  const letters = wanted.replace(/\s+/g, "");
  const near = places(letters, within, (letter, from, last) => {
    if (within[from] === letter) return from;
    // In a text with a space in front, a space and the letter begin where the letter is in the text itself.
    const word = ` ${within}`.indexOf(` ${letter}`, last + 1);
    return word >= 0 ? word : within.indexOf(letter, from);
  });
  const found = near ?? places(letters, within, (letter, from) => within.indexOf(letter, from));
  if (!found) return null;
  const jumps = found.filter((at, index) => at !== (found[index - 1] ?? -1) + 1);
  return jumps.reduce((sum, at) => sum + (at === 0 || within[at - 1] === " " ? 1 : 4), near ? 0 : 100);
}

/** The items that answer a query, the best first; all, in their order, for an empty one. */
export function search<Item>(query: string, items: readonly Item[], text: (item: Item) => string): Item[] {
  if (query.trim() === "") return [...items];
  return items
    .map((item) => ({ item, score: matchScore(query, text(item)) }))
    .filter((found): found is { item: Item; score: number } => found.score !== null)
    .sort((a, b) => a.score - b.score)
    .map(({ item }) => item);
}

/** Whether a text holds every word of a query. */
export function hasWords(query: string, text: string): boolean {
  const within = text.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => within.includes(word));
}
