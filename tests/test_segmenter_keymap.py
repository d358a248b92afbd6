"""The widget's keymap: given, changed by the browser, passed on."""

from __future__ import annotations

from typing import Any

import pytest

from avseg_widget import KeymapError, Segmenter, Task, sample

TASK = Task(tracks={"speaker": ["Customer", "Representative"]})


def changed_in_browser(widget: Any, keymap: dict[str, Any]) -> None:
    widget.set_state({"keymap": keymap})


def test_the_keymap_goes_to_the_editor_and_comes_back() -> None:
    widget = Segmenter(sample.audio(), TASK, keymap={"preset": "cvat", "split": "alt+m"})
    assert widget._setup["keymap"] == {"preset": "cvat", "keys": {"split": ["Alt+M"]}}
    assert widget.get_state("keymap") == {"keymap": {"preset": "cvat", "keys": {"split": ["Alt+M"]}}}
    assert widget.keymap == {"preset": "cvat", "split": ["Alt+M"]}

    heard: list[Any] = []
    widget.observe(lambda change: heard.append(change["new"]), "keymap")
    changed_in_browser(widget, {"preset": "elan", "keys": {"split": ["Alt+M"], "play": ["K"]}})
    assert heard == [{"preset": "elan", "split": ["Alt+M"], "play": ["K"]}]
    assert Segmenter(sample.audio(), TASK, keymap=widget.keymap).keymap == widget.keymap


def test_a_keymap_may_be_assigned() -> None:
    widget = Segmenter(sample.audio(), TASK)
    assert widget.keymap == {"preset": "default"}
    widget.keymap = "praat"
    assert widget.keymap == {"preset": "praat"}
    with pytest.raises(KeymapError, match="'Alt-M' is not a keystroke"):
        widget.keymap = {"split": "Alt-M"}
    assert widget.keymap == {"preset": "praat"}


def test_a_keymap_can_not_be_changed_in_place() -> None:
    widget = Segmenter(sample.audio(), TASK)
    with pytest.raises(TypeError, match="read-only"):
        widget.keymap["split"] = ["A"]


def test_a_wrong_keymap_is_refused_at_once() -> None:
    with pytest.raises(KeymapError, match="there is no preset 'vim'"):
        Segmenter(sample.audio(), TASK, keymap="vim")
