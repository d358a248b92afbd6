"""The kinds of question a task asks, of a segment or of the whole media. Knows no widget and no page."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any, TypeAlias

import msgspec

from .errors import TaskError
from .values import FrozenDict, FrozenList

__all__ = [
    "Checkbox",
    "Checkboxes",
    "Field",
    "FieldValue",
    "MultiSelect",
    "Number",
    "Radio",
    "Rating",
    "Select",
    "Text",
]

#: What a field may hold. "No answer" is the absence of the field's name, never ``None``.
FieldValue: TypeAlias = bool | int | float | str | list[str]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


class _Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", kw_only=True):
    """What every field has: a label (by default its name), a help text, and when an answer is asked.

    ``visible_if`` names other fields with the answers that make this one appear, all of them needed:
    ``visible_if={"emotion": ["Angry", "Sad"]}``. ``categories`` limits a segment field to tracks of those categories.
    """

    label: str = ""
    help: str = ""
    required: bool = False
    visible_if: dict[str, list[str | bool | int]] = {}
    categories: list[str] = []

    def __post_init__(self) -> None:
        name = self._name()
        if not isinstance(self.name, str) or not NAME.fullmatch(name):  # type: ignore[attr-defined]
            raise TaskError(
                f"{type(self).__name__}({name!r}): a field's name starts with a letter or '_' and has at most 64 "
                "letters, digits, '_', '.' or '-'; its label may be any text"
            )
        self._set("label", self.label or name)
        visible_if = _lists(self.visible_if)
        if visible_if is None or name in visible_if or not all(visible_if.values()):
            raise self._wrong(
                "visible_if names other fields, each with a list of the answers that make this one appear"
            )
        if not _is_list(self.categories):
            raise self._wrong(f"categories is a list of categories, not {self.categories!r}")
        self._set("visible_if", visible_if)
        self._set("categories", FrozenList(self.categories))
        self._settle()
        default = getattr(self, "default", None)
        if default is not None:
            try:
                self._set("default", self.check(default))
            except ValueError as error:
                raise self._wrong(f"the default {error}") from None

    def _name(self) -> str:
        return str(self.name)  # type: ignore[attr-defined]

    def _set(self, key: str, value: Any) -> None:
        msgspec.structs.force_setattr(self, key, value)

    def _wrong(self, what: str) -> TaskError:
        return TaskError(f"{type(self).__name__}({self._name()!r}): {what}")

    def _settle(self) -> None:
        """Check what only this kind has."""

    def check(self, value: Any) -> FieldValue:
        """Return the value as it is stored; raise ValueError, saying what the field takes, when it does not fit."""
        raise NotImplementedError

    def is_answer(self, value: FieldValue | None) -> bool:
        """Whether a stored value (None: nothing stored) satisfies ``required``."""
        return value is not None

    def is_asked(self, answers: Mapping[str, FieldValue], category: str = "") -> bool:
        """Whether the field is shown, given the other answers and the category of the segment's track."""
        if category and self.categories and category not in self.categories:
            return False
        return all(_is_among(answers.get(name), wanted) for name, wanted in self.visible_if.items())

    def find_fault(self, _value: FieldValue, _answers: Mapping[str, FieldValue]) -> str:
        """Say what is wrong with a stored answer in its place, in words; empty when it is right."""
        return ""


def _is_among(value: FieldValue | None, wanted: list[str | bool | int]) -> bool:
    given = value if isinstance(value, list) else [value]
    # True and 1 are equal in Python but other answers; 1 and 1.0 are not.
    return any(
        isinstance(answer, bool) is isinstance(one, bool) and answer == one for answer in given for one in wanted
    )


class Text(_Field, frozen=True, tag="text"):
    """Free text, on one line or several.

    ``pattern`` is a regular expression that the whole text must match (what Python and JavaScript both take);
    ``min_length`` and ``max_length`` count characters. A text against them is kept and shown as a problem.

    >>> Text("notes", multiline=True).label
    'notes'
    """

    name: str
    multiline: bool = False
    default: str | None = None
    pattern: str = ""
    min_length: int = 0
    max_length: int | None = None

    def _settle(self) -> None:
        try:
            re.compile(self.pattern, re.ASCII)
        except re.error as error:
            raise self._wrong(f"pattern {self.pattern!r} is no regular expression: {error}") from None
        if self.min_length < 0 or (self.max_length is not None and self.max_length < max(1, self.min_length)):
            raise self._wrong(f"lengths must have 0 <= min <= max, not {self.min_length} and {self.max_length}")

    def check(self, value: Any) -> FieldValue:
        if not isinstance(value, str):
            raise ValueError(f"must be a text, not {value!r}")
        if not _is_encodable(value):
            raise ValueError("must be a text without half characters, which cannot be stored; type it again")
        return value

    def is_answer(self, value: FieldValue | None) -> bool:
        return isinstance(value, str) and bool(value.strip())

    def find_fault(self, value: FieldValue, _answers: Mapping[str, FieldValue]) -> str:
        text = str(value)
        if len(text) < self.min_length:
            return f"{self.label} needs at least {self.min_length} characters"
        if self.max_length is not None and len(text) > self.max_length:
            return f"{self.label} takes at most {self.max_length} characters"
        if self.pattern and not re.fullmatch(self.pattern, text, re.ASCII):
            return f"{self.label} does not have the form asked for"
        return ""


class _Choice(_Field, frozen=True, kw_only=True):
    """A choice of options; ``options_for`` gives the ones that fit each answer to the field ``depends_on``."""

    depends_on: str = ""
    options_for: dict[str, list[str]] = {}

    def _settle(self) -> None:
        options: Any = self.options  # type: ignore[attr-defined]
        if isinstance(options, (str, bytes)) or not isinstance(options, Iterable):
            raise self._wrong(f"options is a list of texts, not {options!r}")
        options = FrozenList(options)
        if not all(isinstance(option, str) and option for option in options):
            raise self._wrong(f"options is a list of texts that are not empty, not {options!r}")
        if not options or len(set(options)) != len(options):
            raise self._wrong(f"options must be given, each of them once, not {options!r}")
        self._set("options", options)
        options_for = _lists(self.options_for)
        if options_for is None or any(not set(fitting) <= set(options) for fitting in options_for.values()):
            raise self._wrong("options_for gives, for each answer to the other field, a list of some of the options")
        if bool(self.depends_on) is not bool(options_for) or self.depends_on == self._name():
            raise self._wrong("depends_on names another field, and options_for the options that fit each answer to it")
        self._set("options_for", options_for)

    def options_given(self, answers: Mapping[str, FieldValue]) -> list[str]:
        """Return the options that fit the other answers; all of them where nothing limits them."""
        options: list[str] = self.options  # type: ignore[attr-defined]
        other = answers.get(self.depends_on) if self.depends_on else None
        return self.options_for.get(other, FrozenList()) if isinstance(other, str) else options

    def find_fault(self, value: FieldValue, answers: Mapping[str, FieldValue]) -> str:
        other = answers.get(self.depends_on) if self.depends_on else None
        if not isinstance(other, str):
            return ""
        given = self.options_given(answers)
        strange = [item for item in (value if isinstance(value, list) else [value]) if item not in given]
        return f"{self.label}: {strange[0]} does not fit {other}" if strange else ""


class _One(_Choice, frozen=True):
    def check(self, value: Any) -> FieldValue:
        return _one_of(value, self.options)  # type: ignore[attr-defined]


class _Some(_Choice, frozen=True):
    def check(self, value: Any) -> FieldValue:
        options = self.options  # type: ignore[attr-defined]
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"must be a list of some of {_names(options)}, not {value!r}")
        chosen = [_one_of(option, options) for option in value]
        if len(set(chosen)) != len(chosen):
            raise ValueError(f"must name each option at most once, not {value!r}")
        return FrozenList(sorted(chosen, key=options.index))

    def is_answer(self, value: FieldValue | None) -> bool:
        return bool(value)


class Select(_One, frozen=True, tag="select"):
    """One of several options, from a list that opens."""

    name: str
    options: list[str]
    default: str | None = None


class Radio(_One, frozen=True, tag="radio"):
    """One of several options, all of them in sight."""

    name: str
    options: list[str]
    default: str | None = None


class MultiSelect(_Some, frozen=True, tag="multi_select"):
    """Some of several options, from a list that opens; kept in the options' order."""

    name: str
    options: list[str]
    default: list[str] | None = None


class Checkboxes(_Some, frozen=True, tag="checkboxes"):
    """Some of several options, all of them in sight; kept in the options' order."""

    name: str
    options: list[str]
    default: list[str] | None = None


class Checkbox(_Field, frozen=True, tag="checkbox"):
    """Yes or no. Required means that it must be ticked."""

    name: str
    default: bool | None = None

    def check(self, value: Any) -> FieldValue:
        if not isinstance(value, bool):
            raise ValueError(f"must be true or false, not {value!r}")
        return value

    def is_answer(self, value: FieldValue | None) -> bool:
        return value is True


class Number(_Field, frozen=True, tag="number"):
    """A number from ``min`` to ``max``, both included; ``step`` is what the arrow keys add."""

    name: str
    min: float | None = None
    max: float | None = None
    step: float | None = None
    default: float | None = None

    def _settle(self) -> None:
        for key in ("min", "max", "step"):
            bound = getattr(self, key)
            if bound is not None and not is_number(bound):
                raise self._wrong("min, max and step must be finite numbers")
            if type(bound) not in (int, float, type(None)):
                self._set(key, float(bound))  # a number of numpy, which JSON has not
        if self.min is not None and self.max is not None and self.min > self.max:
            raise self._wrong(f"min ({self.min}) is above max ({self.max})")
        if self.step is not None and self.step <= 0:
            raise self._wrong(f"step must be above 0, not {self.step}")

    def check(self, value: Any) -> FieldValue:
        if not is_number(value):
            raise ValueError(f"must be a number, not {value!r}")
        if (self.min is not None and value < self.min) or (self.max is not None and value > self.max):
            low = "-∞" if self.min is None else self.min
            high = "∞" if self.max is None else self.max
            raise ValueError(f"must lie from {low} to {high}, not {value!r}")
        return float(value)


class Rating(_Field, frozen=True, tag="rating"):
    """A whole number from 1 to ``max``, shown as stars."""

    name: str
    max: int = 5
    default: int | None = None

    def _settle(self) -> None:
        if type(self.max) is not int or not 2 <= self.max <= 10:
            raise self._wrong(f"max is from 2 to 10, not {self.max!r}")

    def check(self, value: Any) -> FieldValue:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if isinstance(value, bool) or not whole or not 1 <= value <= self.max:
            raise ValueError(f"must be a whole number from 1 to {self.max}, not {value!r}")
        return int(value)


#: Any kind of field, told apart by ``kind``.
Field: TypeAlias = Text | Select | Radio | MultiSelect | Checkboxes | Checkbox | Number | Rating


def is_number(value: Any) -> bool:
    """Whether a value is a number that a float holds: not NaN, not infinite, not an integer of 400 digits."""
    if type(value) is float:  # most are; what follows takes three times as long
        return math.isfinite(value)
    try:
        return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(value)
    except OverflowError:
        return False


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


def _lists(values: Any) -> FrozenDict[str, FrozenList[Any]] | None:
    """Return a mapping to lists as a read-only one; None when it is something else."""
    if not isinstance(values, Mapping) or not all(map(_is_list, values.values())):
        return None
    return FrozenDict({key: FrozenList(items) for key, items in values.items()})


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _names(options: list[str]) -> str:
    return ", ".join(map(repr, options))


def _one_of(value: Any, options: list[str]) -> str:
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"must be one of {_names(options)}, not {value!r}")
    return value
