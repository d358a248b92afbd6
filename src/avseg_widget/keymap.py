"""Keymaps as users write them: a preset or keystrokes of actions, checked. Pure: knows no action and no widget."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, TypeAlias, get_args

import msgspec

from .errors import KeymapError
from .values import FrozenDict, FrozenList

PresetName: TypeAlias = Literal["default", "cvat", "elan", "praat"]

_MODIFIERS: Final = ("Ctrl", "Alt", "Shift")
_ALIASES: Final = {
    "cmd": "Ctrl",
    "meta": "Ctrl",
    "control": "Ctrl",
    "ctrl": "Ctrl",
    "option": "Alt",
    "alt": "Alt",
    "shift": "Shift",
}
#: How some keys are written; the same table as in keymap.ts.
_NAMES: Final = {
    " ": "Space",
    "arrowleft": "Left",
    "arrowright": "Right",
    "arrowup": "Up",
    "arrowdown": "Down",
    "escape": "Esc",
    "del": "Delete",
    "return": "Enter",
    "+": "Plus",
}
_NAMED: Final = (
    *("Space", "Left", "Right", "Up", "Down", "Esc", "Plus"),
    *("Delete", "Backspace", "Insert", "Enter", "Home", "End", "PageUp", "PageDown"),
)
#: Keys of some keyboards and pedals, as browsers name them; the same as in keymap.ts.
_SPECIAL: Final = re.compile(
    r"(?:Audio|Browser|Launch|Media)[A-Za-z0-9]+|ContextMenu|Pause|PrintScreen|ScrollLock|NumLock|Clear"
)

#: Keystrokes that browsers keep for themselves; the same as in keymap.ts.
BROWSERS_OWN: Final = ("Ctrl+N", "Ctrl+T", "Ctrl+W", "Ctrl+Shift+N", "Ctrl+Shift+T", "Ctrl+Shift+W", "F11")


class KeymapChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A preset and what differs from it: the keystrokes of actions, by the action's id."""

    preset: PresetName = "default"
    keys: dict[str, list[str]] = {}


def read_stroke(text: Any) -> str | None:
    """Return a keystroke in the form of ``Ctrl+Alt+Shift+Z``; None when it is none. Like normalizeStroke in keymap.ts.

    >>> read_stroke("shift + cmd + z"), read_stroke("Tab")
    ('Ctrl+Shift+Z', None)
    """
    if not isinstance(text, str):
        return None
    *written, key = (part.strip() for part in text.split("+"))
    modifiers = [_ALIASES.get(part.lower()) for part in written]
    if not key or None in modifiers or key.lower() in _ALIASES:
        return None
    plain = _NAMES.get(key.lower()) or next((name for name in _NAMED if name.lower() == key.lower()), None)
    if plain is None and re.fullmatch(r"f([1-9]|1[0-9]|2[0-4])", key, re.IGNORECASE):
        plain = key.upper()
    if plain is None and (len(key) == 1 or _SPECIAL.fullmatch(key)):
        # The capital of some letters, such as ß, is not one letter.
        plain = key.upper() if len(key.upper()) == 1 else key
    if plain is None:
        return None
    # Shift is part of how a sign such as ? is typed; it makes another keystroke of letters, digits and named keys.
    shifted = plain != "Plus" and (len(plain) > 1 or plain.isalpha() or plain in "0123456789")
    return "+".join([*(name for name in _MODIFIERS if name in modifiers and (name != "Shift" or shifted)), plain])


def read_keymap(value: Any) -> KeymapChoice:
    """Return a keymap as it was written: a preset's name, or a dict of keystrokes, with the preset as ``"preset"``.

    Raises
    ------
    KeymapError
        When it is neither, names a preset or a keystroke that there is not, gives one keystroke to two actions, or one
        that browsers keep for themselves.

    Examples
    --------
    >>> read_keymap({"preset": "cvat", "split": "alt+m", "play": ["Space", "K"]}).keys
    {'split': ['Alt+M'], 'play': ['Space', 'K']}
    """
    if value is None:
        return KeymapChoice()
    if isinstance(value, str):
        return KeymapChoice(preset=_preset(value))
    if not isinstance(value, Mapping):
        raise KeymapError(
            f'a keymap is the name of a preset or a dict such as {{"split": "Alt+M", "play": ["Space", "K"]}}, '
            f"not {value!r}"
        )
    keys = {_action(name): _strokes(name, strokes) for name, strokes in value.items() if name != "preset"}
    _check_free(keys)
    return KeymapChoice(preset=_preset(value.get("preset", "default")), keys=keys)


def show_keymap(choice: KeymapChoice) -> FrozenDict[str, Any]:
    """Return a keymap as a dict that `read_keymap` takes."""
    return FrozenDict({"preset": choice.preset, **{name: FrozenList(keys) for name, keys in choice.keys.items()}})


def _preset(name: Any) -> PresetName:
    known: dict[Any, PresetName] = {preset: preset for preset in get_args(PresetName)}
    preset = known.get(name.lower()) if isinstance(name, str) else None
    if preset is None:
        raise KeymapError(f"there is no preset {name!r}: take one of {', '.join(map(repr, known))}")
    return preset


def _action(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise KeymapError(f'an action is named by its id, such as "split", not {name!r}')
    return name


def _check_free(keys: Mapping[str, list[str]]) -> None:
    given: dict[str, str] = {}
    for action, strokes in keys.items():
        for stroke in strokes:
            if stroke in BROWSERS_OWN:
                raise KeymapError(
                    f"{action}: browsers keep {stroke} for themselves, and no page hears it; take another"
                )
            if stroke in given:
                raise KeymapError(f"{stroke} is given to {given[stroke]} and to {action}: it can start one of them")
            given[stroke] = action


def _strokes(action: str, value: Any) -> list[str]:
    if not isinstance(value, Iterable) or isinstance(value, Mapping):
        raise KeymapError(f'{action}: expected a keystroke such as "Alt+M", or a list of them, not {value!r}')
    found = []
    for text in [value] if isinstance(value, str) else value:
        stroke = read_stroke(text)
        if stroke is None:
            raise KeymapError(
                f"{action}: {text!r} is not a keystroke; it is one key after any of Ctrl, Alt and Shift, such as "
                f'"Ctrl+Shift+Z", "Space", "Left", "F2", "?" or "Plus"; Tab always moves the focus'
            )
        found.append(stroke)
    return list(dict.fromkeys(found))
