"""What each kind of field takes, stores, and counts as an answer; most cases are shared with TypeScript."""

from __future__ import annotations

import math
import re

import msgspec
import numpy as np
import pytest

from avseg_widget import fields
from avseg_widget.errors import TaskError
from avseg_widget.fields import Field
from avseg_widget.model import Annotation, Task, defaults
from avseg_widget.problems import Problem, find_problems
from avseg_widget.values import FrozenList

from .edits import read_fixture

SHARED = read_fixture("fields.json")


def name_of(case):
    return f"{case['field']['kind']} {str(case['value'])[:20]!r}"


@pytest.mark.parametrize("case", SHARED["cases"], ids=name_of)
def test_shared_cases(case):
    field = msgspec.convert(case["field"], Field)
    if not case["fits"]:
        with pytest.raises(ValueError, match=re.escape(case["error"])):
            field.check(case["value"])
        return
    stored = field.check(case["value"])
    assert stored == case["stored"]
    assert field.check(stored) == stored
    assert field.is_answer(stored) is case["answer"]


@pytest.mark.parametrize("case", SHARED["problems"])
def test_shared_problems(case):
    task = msgspec.convert(SHARED["task"], Task)
    problems = find_problems(msgspec.convert(case["annotation"], Annotation), task)
    assert problems == [msgspec.convert(problem, Problem) for problem in case["problems"]]


ALL = [
    fields.Text("f"),
    fields.Select("f", ["a"]),
    fields.Radio("f", ["a"]),
    fields.MultiSelect("f", ["a"]),
    fields.Checkboxes("f", ["a"]),
    fields.Checkbox("f"),
    fields.Number("f"),
    fields.Rating("f"),
]


@pytest.mark.parametrize("field", ALL, ids=lambda field: type(field).__name__)
def test_every_kind(field):
    assert field.label == "f"
    assert field.default is None
    assert not field.required
    assert not field.is_answer(None)
    assert msgspec.json.decode(msgspec.json.encode(field), type=Field) == field
    assert hash(field) == hash(msgspec.convert(msgspec.to_builtins(field), Field))
    with pytest.raises(AttributeError):
        field.label = "other"
    for misfit in (None, {"a": 1}, b"a", math.nan, math.inf, 10**400, object()):
        with pytest.raises(ValueError, match="must"):
            field.check(misfit)


def test_options_are_kept_read_only_and_apart_from_their_source():
    options = ["a", "b"]
    field = fields.MultiSelect("f", options, default=["b", "a"])
    options.append("c")
    assert field.options == ["a", "b"]
    assert field.default == ["a", "b"]
    assert isinstance(field.options, FrozenList)
    assert fields.Select("f", (letter for letter in "ab")).options == ["a", "b"]


def test_numbers_are_stored_as_floats_and_ratings_whole():
    assert type(fields.Number("f").check(3)) is float
    assert type(fields.Rating("f").check(3.0)) is int
    assert type(fields.Number("f").check(np.float32(0.5))) is float
    bounded = fields.Number("f", min=np.int64(1), max=np.float32(2))
    assert msgspec.json.decode(msgspec.json.encode(bounded), type=Field) == bounded


def test_half_a_character_is_refused_as_it_cannot_be_sent():
    with pytest.raises(ValueError, match="half characters"):
        fields.Text("f").check("broken \ud83d")


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: fields.Text("a b"), "Text('a b'): a field's name starts with a letter or '_'"),
        (lambda: fields.Text("{{ x }}"), "its label may be any text"),
        (lambda: fields.Text(None), "a field's name starts with a letter"),
        (lambda: fields.Text("f", default=3), "Text('f'): the default must be a text, not 3"),
        (lambda: fields.Select("f", "ab"), "options is a list of texts"),
        (lambda: fields.Select("f", None), "options is a list of texts"),
        (lambda: fields.Select("f", [1, 2]), "options is a list of texts that are not empty"),
        (lambda: fields.Select("f", []), "options must be given"),
        (lambda: fields.Select("f", ["a", "a"]), "each of them once"),
        (lambda: fields.Radio("f", ["a"], default="b"), "Radio('f'): the default must be one of 'a', not 'b'"),
        (lambda: fields.MultiSelect("f", ["a"], default="a"), "the default must be a list of some of 'a', not 'a'"),
        (lambda: fields.Checkbox("f", default=1), "the default must be true or false"),
        (lambda: fields.Number("f", min="0"), "min, max and step must be finite numbers"),
        (lambda: fields.Number("f", max=math.inf), "min, max and step must be finite numbers"),
        (lambda: fields.Number("f", min=2, max=1), "min (2) is above max (1)"),
        (lambda: fields.Number("f", step=0), "step must be above 0"),
        (lambda: fields.Rating("f", 1), "max is from 2 to 10, not 1"),
        (lambda: fields.Rating("f", 2.5), "max is from 2 to 10, not 2.5"),
        (lambda: fields.Rating("f", "5"), "max is from 2 to 10, not '5'"),
        (lambda: fields.Rating("f", 3, default=4), "the default must be a whole number from 1 to 3"),
    ],
)
def test_fields_that_make_no_sense_are_refused(make, error):
    with pytest.raises(TaskError, match=re.escape(error)):
        make()


def test_defaults_are_those_that_are_given():
    given = [fields.Text("a", default=""), fields.Checkbox("b", default=False), fields.Number("c")]
    assert defaults(given) == {"a": "", "b": False}
