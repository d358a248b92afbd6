"""The editor's colours of tracks on a light ground, as attributes of SVG; js/src/ui/track-colors.ts has the same."""

from __future__ import annotations

#: Fill and edge of each hue.
HUES = (
    ("#0072b2", "#0072b2"),
    ("#d55e00", "#aa4b00"),
    ("#009e73", "#00916a"),
    ("#cc79a7", "#b46a93"),
    ("#e69f00", "#af7900"),
    ("#56b4e9", "#264f67"),
    ("#994fa3", "#87468f"),
    ("#787878", "#656565"),
)
#: Opacity of a fill.
FILL_SHARE = 0.35

GROUND, LANE, LINE, TEXT, MUTED = "#ffffff", "#fafbfc", "#d5d9de", "#1b1f24", "#57606a"
