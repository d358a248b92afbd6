"""Praat TextGrids in the short form of their text. Knows the long one."""

from .textgrid import TextGrid


class ShortTextGrid(TextGrid):
    """Read as any TextGrid; to be asked for by its name, as the ends of files' names are the same."""

    suffixes = ()


FORMAT = ShortTextGrid("textgrid-short", "Praat TextGrid (short)", short=True)
