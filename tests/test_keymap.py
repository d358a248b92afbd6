"""Keymaps that users give: what is taken, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from avseg_widget import KeymapError
from avseg_widget.keymap import BROWSERS_OWN, KeymapChoice, read_keymap, read_stroke, show_keymap

FIXTURES = Path(__file__).parent / "fixtures"
KEYSTROKES = json.loads((FIXTURES / "keystrokes.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("written", "read"), KEYSTROKES)
def test_keystrokes_are_read_as_in_typescript(written: str, read: str | None) -> None:
    assert read_stroke(written) == read


def test_what_browsers_keep_is_the_same_in_typescript() -> None:
    assert json.loads((FIXTURES / "browsers-own.json").read_text(encoding="utf-8")) == list(BROWSERS_OWN)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (None, KeymapChoice()),
        ("default", KeymapChoice()),
        ("cvat", KeymapChoice(preset="cvat")),
        ("CVAT", KeymapChoice(preset="cvat")),
        ({}, KeymapChoice()),
        ({"split": "alt+m"}, KeymapChoice(keys={"split": ["Alt+M"]})),
        ({"play": ["Space", "k", "K"]}, KeymapChoice(keys={"play": ["Space", "K"]})),
        ({"undo": []}, KeymapChoice(keys={"undo": []})),
        ({"preset": "elan", "split": ("Enter",)}, KeymapChoice(preset="elan", keys={"split": ["Enter"]})),
    ],
)
def test_a_keymap_is_a_preset_or_keystrokes(written: Any, read: KeymapChoice) -> None:
    choice = read_keymap(written)
    assert choice == read
    assert read_keymap(show_keymap(choice)) == choice


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("emacs", "there is no preset 'emacs': take one of 'default', 'cvat', 'elan', 'praat'"),
        ({"preset": 1}, "there is no preset 1"),
        (["split"], "a keymap is the name of a preset or a dict"),
        ({1: "A"}, "an action is named by its id"),
        ({"split": 1}, "split: expected a keystroke"),
        ({"split": {"A": 1}}, "split: expected a keystroke"),
        ({"split": [1]}, "split: 1 is not a keystroke"),
        ({"split": "Alt-M"}, "split: 'Alt-M' is not a keystroke; it is one key after any of Ctrl, Alt and Shift"),
        ({"play": "Tab"}, "Tab always moves the focus"),
        ({"split": "M", "merge": ["Alt+M", "m"]}, "M is given to split and to merge: it can start one of them"),
        ({"split": "cmd+w"}, "split: browsers keep Ctrl+W for themselves"),
    ],
)
def test_what_is_no_keymap_is_refused_in_words(written: Any, said: str) -> None:
    with pytest.raises(KeymapError) as caught:
        read_keymap(written)
    assert said in str(caught.value)
