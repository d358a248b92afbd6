"""Refuses conditions of a task's fields that can never be met. Knows fields, no task and no widget."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from .errors import TaskError
from .fields import Checkboxes, Field, FieldValue, MultiSelect

__all__ = ["check_conditions"]


def check_conditions(what: str, fields: Sequence[Field]) -> None:
    """Raise where a ``visible_if`` waits for an answer that its field cannot have, or, round a circle, for itself.

    Parameters
    ----------
    what
        What the fields are, as the task names them; the error begins with it.
    fields
        Fields that refer to each other only.

    Raises
    ------
    TaskError
        With the names of the fields, the condition, and what may be done.
    """
    by_name = {field.name: field for field in fields}
    for field in fields:
        for name, answers in field.visible_if.items():
            for answer in answers:
                _check_answer(what, field, by_name[name], answer)
    try:
        TopologicalSorter({field.name: list(field.visible_if) for field in fields}).prepare()
    except CycleError as error:
        circle = " waits for ".join(map(repr, reversed(error.args[1])))
        raise TaskError(
            f"{what}: fields that wait for each other are never visible: {circle}; take one of these visible_if away"
        ) from None


def _check_answer(what: str, field: Field, named: Field, answer: FieldValue) -> None:
    try:
        named.check([answer] if isinstance(named, (MultiSelect, Checkboxes)) else answer)
    except ValueError as error:
        raise TaskError(
            f"{what}: {field.name!r} waits for {named.name!r} to be {answer!r}, which it never is: it {error}"
        ) from None
