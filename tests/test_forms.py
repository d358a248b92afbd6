"""When a field is asked, what its answer must be, and when an annotation is done; cases shared with TypeScript."""

from __future__ import annotations

import re

import msgspec
import pytest

from avseg_widget import fields
from avseg_widget.document import Document
from avseg_widget.errors import AnnotationError, TaskError
from avseg_widget.fields import Field
from avseg_widget.model import Annotation, Completion, Diff, Segment, Task, Track
from avseg_widget.problems import Problem, find_problems

from .edits import read_fixture

SHARED = read_fixture("forms.json")
TASK = msgspec.convert(SHARED["task"], Task)
CUSTOMER = "speaker:Customer"
OPEN = Completion()


@pytest.mark.parametrize("case", SHARED["asked"])
def test_shared_conditions(case):
    assert msgspec.convert(case["field"], Field).is_asked(case["answers"], case["category"]) is case["asked"]


@pytest.mark.parametrize("case", SHARED["options"])
def test_shared_options(case):
    assert msgspec.convert(case["field"], Field).options_given(case["answers"]) == case["options"]


@pytest.mark.parametrize("case", SHARED["faults"])
def test_shared_faults(case):
    field = msgspec.convert(case["field"], Field)
    assert field.find_fault(field.check(case["value"]), case["answers"]) == case["fault"]


@pytest.mark.parametrize("case", SHARED["problems"], ids=lambda case: case["name"])
def test_shared_problems(case):
    annotation = msgspec.convert(case["annotation"], Annotation)
    assert find_problems(annotation, TASK) == [msgspec.convert(problem, Problem) for problem in case["problems"]]
    assert Document(TASK, None, annotation).annotation == annotation


def test_a_number_is_compared_as_a_number():
    field = fields.Text("f", visible_if={"count": [2]})
    assert field.is_asked({"count": fields.Number("count").check(2)})


def test_conditions_and_options_are_kept_read_only():
    given = {"mood": ["Sad"]}
    field = fields.Text("f", visible_if=given)
    given["mood"].append("Happy")
    assert field.visible_if == {"mood": ["Sad"]}
    choice = fields.Select("f", ["a", "b"], depends_on="g", options_for={"x": ("a",)})
    assert choice.options_for == {"x": ["a"]}
    for change in (
        lambda: field.visible_if["mood"].append("x"),
        lambda: choice.options_for.update(y=[]),
        lambda: choice.options_given({"g": "x"}).append("b"),
    ):
        with pytest.raises(TypeError, match="read-only"):
            change()


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: fields.Text("f", visible_if={"g": "Sad"}), "Text('f'): visible_if names other fields, each with a"),
        (lambda: fields.Text("f", visible_if=["g"]), "visible_if names other fields"),
        (lambda: fields.Text("f", categories="speaker"), "categories is a list of categories, not 'speaker'"),
        (lambda: fields.Radio("f", ["a"], depends_on="g", options_for={"x": "a"}), "options_for gives, for each"),
        (lambda: fields.Radio("f", ["a"], depends_on="g", options_for=["a"]), "options_for gives, for each"),
        (lambda: fields.Checkboxes("f", ["a"], depends_on="g"), "depends_on names another field, and options_for"),
    ],
)
def test_rules_that_make_no_sense_are_refused(make, error):
    with pytest.raises(TaskError, match=re.escape(error)):
        make()


def labeled(completion=OPEN, **answers):
    segment = Segment(CUSTOMER, 0, 1, answers, "a")
    return Document(TASK, 10.0, Annotation([Track("speaker", "Customer")], [segment], completion=completion))


class TestDone:
    def test_needs_a_reason_while_problems_are_left(self):
        for reason in ("", "  "):
            with pytest.raises(
                AnnotationError, match="not done without a reason: 1 problem is left, the first: Text is required"
            ):
                labeled().apply(Diff(completion=Completion(True, reason)))
        assert labeled().apply(Diff(completion=Completion(True, "inaudible"))).completion.reason == "inaudible"
        assert labeled(text="x").apply(Diff(completion=Completion(True))).completion == Completion(True)

    def test_counts_the_problems_after_the_same_change(self):
        document = labeled()
        put = {
            "segments": {"put": {"a": {"track": CUSTOMER, "start": 0, "end": 1, "fields": {"text": "x"}, "id": "a"}}}
        }
        diff = msgspec.convert({**put, "completion": {"done": True}}, Diff)
        assert document.apply(diff).completion.done

    def test_is_kept_by_a_diff_without_it(self):
        document = labeled(Completion(True, "as it is"))
        assert document.apply(Diff()).completion == Completion(True, "as it is")

    def test_ends_when_python_changes_something(self):
        document = labeled(Completion(True), text="x")
        assert document.diff_to(document.segments, document.content) == Diff()
        assert document.apply(document.diff_to(content={"rate": 1})).completion == Completion()
        assert document.apply(document.diff_to(segments=[])).completion == Completion()

    def test_is_taken_over_from_an_annotation(self):
        document = labeled(text="x")
        done = msgspec.structs.replace(document.annotation, completion=Completion(True, "fine"))
        assert document.apply(document.diff_to_annotation(done)).annotation == done
        changed = msgspec.structs.replace(done, content={"rate": 1})
        assert labeled(Completion(True, "fine")).diff_to_annotation(changed).completion is None
