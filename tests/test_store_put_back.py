"""A store's folder that is put back to an older state while a notebook has it open: the notebook loses nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from avseg_widget import Store

from .labeling import begun, edit, put, texts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "live").mkdir()
    return tmp_path / "live" / "labels.db"


def keep(path: Path) -> Path:
    """Copy the folder of a store that nobody has open; return the copy."""
    return Path(shutil.copytree(path.parent, path.parent.with_name("copy")))


def put_back(path: Path, copy: Path) -> None:
    """Put a folder in place of the store's, with new files, as programs that restore backups do."""
    shutil.rmtree(path.parent)
    shutil.copytree(copy, path.parent)


def stored(path: Path, item: str) -> set[str]:
    with Store(path) as store:
        return {segment.id for segment in store.annotation(item).segments}


def test_an_item_that_the_older_state_lacks_is_stored_again_and_not_as_another(path: Path) -> None:
    Store(path).close()
    copy = keep(path)
    with Store(path) as store:
        record = begun(store, "a.wav")
        edit(record, put("before"))
        put_back(path, copy)
        with Store(path) as second:
            edit(begun(second, "b.wav"), put("of b"))
        edit(record, put("after"))
        assert texts(record).keys() == {"before", "after"}
        assert any("what it lacks of a.wav is stored with the next edit" in news for news in record.news())
    assert stored(path, "a.wav") == {"before", "after"}
    assert stored(path, "b.wav") == {"of b"}


def test_edits_that_the_older_state_lacks_are_stored_again_with_the_next(path: Path) -> None:
    with Store(path) as store:
        edit(begun(store), put("first"))
    copy = keep(path)
    with Store(path) as store, Store(path) as second:
        record, other = begun(store), begun(second)
        for name in ("second", "third"):
            edit(record, put(name, text=name))
        put_back(path, copy)
        assert record.sync() == []
        assert texts(record).keys() == {"first", "second", "third"}
        edit(record, put("fourth"))
        other.sync()
        assert texts(other) == texts(record) == {"first": "", "second": "second", "third": "third", "fourth": ""}
        edit(other, put("fifth"), "another page")
        record.sync()
        assert texts(record) == texts(other)
    assert stored(path, "call.wav") == {"first", "second", "third", "fourth", "fifth"}
    with Store(path) as store:
        assert store.check() == []


def test_a_refusal_after_that_is_noted_for_the_right_item(path: Path) -> None:
    Store(path).close()
    copy = keep(path)
    with Store(path) as store:
        record = begun(store, "a.wav")
        put_back(path, copy)
        with Store(path) as second:
            begun(second, "b.wav")
        record.refuse("page", 9, "no")
        assert [one.reason for one in store.refused("a.wav")] == ["no"]
        assert store.refused("b.wav") == []
