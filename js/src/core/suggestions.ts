// What a program suggested: which segments nobody has looked at, and what becomes of them. Pure.
import type { Document } from "./document";
import type { Diff, Origin, Problem, Segment } from "./types";

export const isSuggested = (segment: Segment): boolean => segment.origin?.status === "suggested";

interface Parts {
  /** Suggestions that nobody has accepted or changed. */
  readonly open: readonly Segment[];
  readonly others: readonly Segment[];
}

// Lists are never changed in place, so what is known of one stays true as long as it lives.
const partsOf = new WeakMap<readonly Segment[], Parts>();

/** The suggestions of a list apart from its other segments, both in its order. */
export function parted(list: readonly Segment[]): Parts {
  const known = partsOf.get(list);
  if (known) return known;
  const open = list.filter(isSuggested);
  const parts = { open, others: open.length ? list.filter((segment) => !isSuggested(segment)) : list };
  partsOf.set(list, parts);
  return parts;
}

function withStatus(segments: readonly Segment[], status: Origin["status"]): Record<string, Segment> {
  return Object.fromEntries(
    segments.flatMap((segment) =>
      segment.origin ? [[segment.id, { ...segment, origin: { ...segment.origin, status } }]] : [],
    ),
  );
}

/** Take suggestions as they are. */
export function acceptSegments(segments: readonly Segment[]): Diff {
  const put = withStatus(segments.filter(isSuggested), "accepted");
  return Object.keys(put).length ? { segments: { put } } : {};
}

/**
 * The same change, with each suggestion that it changes, and each piece of one, marked as corrected. Commands keep what
 * they do not change, so that answers which are the same object are the same answers.
 */
export function markCorrected(document: Document, diff: Diff): Diff {
  const corrected = Object.values(diff.segments?.put ?? {}).filter((segment) => {
    const before = document.segments.get(segment.id);
    const same =
      before?.start === segment.start &&
      before.end === segment.end &&
      before.track === segment.track &&
      before.fields === segment.fields;
    return segment.origin && !same;
  });
  if (corrected.length === 0) return diff;
  return {
    ...diff,
    segments: { ...diff.segments, put: { ...diff.segments?.put, ...withStatus(corrected, "corrected") } },
  };
}

/** What `find_problems` in model.py says of suggestions. */
export function findSuggestions(document: Document): Problem[] {
  return parted(document.sorted).open.map(({ id }) => ({
    field: "origin",
    message: "is a suggestion nobody has accepted or corrected",
    segment: id,
  }));
}

/** How sure the maker of a segment is, and who it is; what may be cut off comes last. */
export function sourceOf({ source, confidence }: Origin): string {
  return confidence === null ? source : `${Math.round(confidence * 100)}% ${source}`;
}

/** What a search finds of where a segment comes from. */
export function originText({ origin }: Segment): string {
  return origin ? `${origin.status} ${origin.source}` : "";
}
