"""Conditions that can never be met are refused when the task is made, in words that name them."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from avseg_widget import Task, fields
from avseg_widget.errors import TaskError


@pytest.mark.parametrize(
    ("named", "answer", "why"),
    [
        (fields.Select("g", ["Happy", "Sad"]), "sad", "it must be one of 'Happy', 'Sad', not 'sad'"),
        (fields.Radio("g", ["Happy", "Sad"]), True, "it must be one of 'Happy', 'Sad', not True"),
        (fields.Checkboxes("g", ["car", "dog"]), "cat", "it must be one of 'car', 'dog', not 'cat'"),
        (fields.MultiSelect("g", ["car", "dog"]), 1, "it must be one of 'car', 'dog', not 1"),
        (fields.Checkbox("g"), "yes", "it must be true or false, not 'yes'"),
        (fields.Rating("g", 5), 6, "it must be a whole number from 1 to 5, not 6"),
        (fields.Number("g", min=0), -1, "it must lie from 0 to"),
        (fields.Text("g"), 3, "it must be"),
    ],
)
@pytest.mark.parametrize("what", ["segment_fields", "content_fields"])
def test_an_answer_that_cannot_be_given_is_no_condition(what, named, answer, why):
    error = f"{what}: 'f' waits for 'g' to be {answer!r}, which it never is: {why}"
    with pytest.raises(TaskError, match=re.escape(error)):
        Task(**{what: [fields.Text("f", visible_if={"g": [answer]}), named]})


def test_an_answer_that_can_be_given_is_one():
    task = Task(
        content_fields=[
            fields.Select("mood", ["Happy", "Sad"]),
            fields.Checkboxes("sounds", ["car", "dog"], visible_if={"mood": ["Sad"]}),
            fields.Checkbox("sure", visible_if={"sounds": ["dog"], "mood": ["Happy", "Sad"]}),
            fields.Rating("rate", visible_if={"sure": [True, False], "mood": ["Sad"]}),
            fields.Number("count", visible_if={"rate": [1, 5]}),
            fields.Text("why", visible_if={"count": [2], "rate": [3]}),
        ]
    )
    assert len(task.content_fields) == 6


def test_fields_that_wait_for_each_other_are_refused():
    ring = [
        fields.Checkbox("a", visible_if={"b": [True]}),
        fields.Checkbox("b", visible_if={"c": [True]}),
        fields.Checkbox("c", visible_if={"d": [True], "a": [True]}),
        fields.Checkbox("d"),
    ]
    with pytest.raises(TaskError, match="content_fields: fields that wait for each other are never visible") as caught:
        Task(content_fields=ring)
    names = re.findall(r"'(\w)'", str(caught.value))
    assert set(pairwise(names)) == {("a", "b"), ("b", "c"), ("c", "a")}
