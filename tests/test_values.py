"""Read-only lists and dicts refuse every change, and are otherwise like those they are made of."""

from __future__ import annotations

import copy
import json
import operator
import pickle

import msgspec
import pytest

from avseg_widget.values import FrozenDict, FrozenList, freeze_mapping

DICT_CHANGES = {
    "set": lambda value: operator.setitem(value, "a", 2),
    "delete": lambda value: operator.delitem(value, "a"),
    "or": lambda value: operator.ior(value, {"b": 1}),
    "clear": lambda value: value.clear(),
    "pop": lambda value: value.pop("a"),
    "popitem": lambda value: value.popitem(),
    "setdefault": lambda value: value.setdefault("b", 1),
    "update": lambda value: value.update(b=1),
}
LIST_CHANGES = {
    "set": lambda value: operator.setitem(value, 0, 2),
    "set slice": lambda value: operator.setitem(value, slice(None), []),
    "delete": lambda value: operator.delitem(value, 0),
    "add": lambda value: operator.iadd(value, [1]),
    "multiply": lambda value: operator.imul(value, 2),
    "append": lambda value: value.append(1),
    "clear": lambda value: value.clear(),
    "extend": lambda value: value.extend([1]),
    "insert": lambda value: value.insert(0, 1),
    "pop": lambda value: value.pop(),
    "remove": lambda value: value.remove(3),
    "reverse": lambda value: value.reverse(),
    "sort": lambda value: value.sort(),
}


@pytest.mark.parametrize("change", DICT_CHANGES.values(), ids=DICT_CHANGES)
def test_a_dict_refuses_changes_and_says_what_to_do(change):
    value = FrozenDict(a=1)
    with pytest.raises(TypeError, match=r"read-only: assign a new one, for example w\.segments = "):
        change(value)
    assert value == {"a": 1}


@pytest.mark.parametrize("change", LIST_CHANGES.values(), ids=LIST_CHANGES)
def test_a_list_refuses_changes_and_says_what_to_do(change):
    value = FrozenList([3, 1])
    with pytest.raises(TypeError, match="read-only"):
        change(value)
    assert value == [3, 1]


@pytest.mark.parametrize("value", [FrozenDict(a=1, b=[2]), FrozenList([1, "b"]), FrozenDict(), FrozenList()])
def test_copies_and_json_hold_the_same(value):
    for copied in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert copied == value
        assert type(copied) is type(value)
    assert json.loads(json.dumps(value)) == value
    assert msgspec.json.decode(msgspec.json.encode(value)) == value


def test_what_is_made_of_one_may_be_changed():
    assert [*FrozenList([1]), 2] == [1, 2]
    assert {**FrozenDict(a=1), "b": 2} == {"a": 1, "b": 2}
    assert FrozenDict(a=1) | {"b": 2} == {"a": 1, "b": 2}


def test_equal_ones_have_equal_hashes():
    assert hash(FrozenDict(a=1, b=2)) == hash(FrozenDict(b=2.0, a=True))
    assert hash(FrozenList([1, 2])) == hash(FrozenList([1.0, 2]))
    assert len({FrozenDict(a=FrozenList(["x"])), FrozenDict(a=FrozenList(["x"]))}) == 1


def test_freeze_mapping_copies_and_freezes_the_lists_inside():
    source = {"list": ["a"], "tuple": ("a",), "text": "abc", "number": 1}
    frozen = freeze_mapping(source)
    source["list"].append("b")
    assert frozen == {"list": ["a"], "tuple": ["a"], "text": "abc", "number": 1}
    assert isinstance(frozen["list"], FrozenList)
    assert isinstance(frozen["tuple"], FrozenList)
