// Accepting, rejecting and finding suggestions as actions.
import { acceptSuggestions, goToSuggestion, rejectSuggestions } from "../suggestions";
import type { Action } from "./action";

const group = "Suggestions";

export const SUGGESTIONS: readonly Action[] = [
  {
    id: "next-suggestion",
    label: "Next suggestion",
    group,
    keys: ["F7"],
    reading: true,
    run: (c) => goToSuggestion(c, 1),
  },
  {
    id: "previous-suggestion",
    label: "Previous suggestion",
    group,
    keys: ["Shift+F7"],
    reading: true,
    run: (c) => goToSuggestion(c, -1),
  },
  {
    id: "accept-suggestions",
    label: "Accept selected suggestions",
    group,
    keys: ["Q"],
    run: (c) => acceptSuggestions(c, "selected"),
  },
  {
    id: "reject-suggestions",
    label: "Reject selected suggestions",
    group,
    keys: ["Shift+Q"],
    run: (c) => rejectSuggestions(c, "selected"),
  },
  {
    id: "accept-all-suggestions",
    label: "Accept all suggestions",
    group,
    keys: [],
    run: (c) => acceptSuggestions(c, "all"),
  },
  {
    id: "reject-all-suggestions",
    label: "Reject all suggestions",
    group,
    keys: [],
    run: (c) => rejectSuggestions(c, "all"),
  },
  {
    id: "only-suggestions",
    label: "Show only suggestions",
    group,
    keys: [],
    reading: true,
    run: ({ session: { list } }) => list.narrow({ suggestions: !list.filter.peek().suggestions }),
  },
  {
    id: "cancel-assistance",
    label: "Cancel the search for suggestions",
    group,
    keys: [],
    enabled: (c) => c.assistance.value?.state === "running",
    run: (c) => c.port.assistance?.cancel(),
  },
];
