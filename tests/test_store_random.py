"""Random edits, crashes and damage: whatever happens to the files of a store, what it acknowledged is there."""

from __future__ import annotations

import random
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from avseg_widget import Store
from avseg_widget.store import record as record_module

from .labeling import Child, answer, begun, edit, put, remove, texts

IDS = st.sampled_from(["a", "b", "c", "d"])


class Labeling(RuleBasedStateMachine):
    """One item, edited; the model is what was acknowledged."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="avseg-random-"))
        self.crashes = 0
        self.segments: dict[str, str] = {}
        self.rate = None
        self.revision = 1
        self.every = record_module.SNAPSHOT_EVERY
        record_module.SNAPSHOT_EVERY = 5

    def teardown(self):
        record_module.SNAPSHOT_EVERY = self.every
        if hasattr(self, "store"):
            self.store.close()
        shutil.rmtree(self.folder)

    @property
    def path(self):
        return self.folder / f"{self.crashes}" / "labels.db"

    @initialize()
    def begin(self):
        self.path.parent.mkdir()
        self.open()

    def open(self):
        self.store = Store(self.path)
        self.record = begun(self.store)

    def crash(self):
        """Go on with the files as they are at this moment."""
        before = self.path.parent
        self.crashes += 1
        shutil.copytree(before, self.path.parent, ignore=shutil.ignore_patterns("*-shm"))
        self.store.close()
        shutil.rmtree(before)

    @rule(id_=IDS, text=st.text("xyz", min_size=1, max_size=4))
    def put(self, id_, text):
        edit(self.record, put(id_, text=text))
        self.segments[id_] = text
        self.revision += 1

    @rule(id_=IDS)
    def remove(self, id_):
        edit(self.record, remove(id_))
        self.segments.pop(id_, None)
        self.revision += 1

    @rule(rate=st.integers(1, 5))
    def rate_it(self, rate):
        self.record.apply(answer(rate=rate), "", 0, self.record.revision)
        self.rate = rate
        self.revision += 1

    @rule()
    def refuse(self):
        self.record.refuse("page", self.record.seen.get("page", 0) + 1, "no", put("x"))

    @rule()
    def close_and_open(self):
        self.store.close()
        self.open()

    @rule()
    def crash_and_open(self):
        self.crash()
        self.open()

    @rule(part=st.floats(0, 1))
    def lose_some_of_the_log(self, part):
        self.crash()
        log = self.path.with_name("labels.db-wal")
        if log.exists():
            with log.open("r+b") as file:
                file.truncate(int(log.stat().st_size * part))
        self.open()

    @rule(seed=st.integers(0, 1000))
    def damage_the_database(self, seed):
        self.crash()
        chance = random.Random(seed)
        with self.path.open("r+b") as file:
            for _ in range(20):
                file.seek(chance.randrange(100, self.path.stat().st_size))
                file.write(bytes([chance.randrange(256)]))
        self.open()

    @rule()
    def lose_the_database(self):
        self.crash()
        self.path.unlink()
        self.open()

    @rule()
    def lose_the_backup(self):
        self.crash()
        self.path.with_name("labels.db.backup").unlink(missing_ok=True)
        self.open()

    @rule()
    def tear_the_journal(self):
        self.crash()
        with self.path.with_name("labels.db.journal").open("ab") as file:
            file.write(b"\n0123abcd 7 {")
        self.open()

    @rule()
    def back_up(self):
        self.store.backup()

    @rule(keep=st.integers(0, 3))
    def compact(self, keep):
        self.store.compact(keep)

    @invariant()
    def everything_is_there(self):
        if not hasattr(self, "store"):
            return
        assert texts(self.record) == self.segments
        assert self.record.document.content.get("rate") == self.rate
        assert self.record.revision == self.revision
        with Store(self.path) as other:
            assert other.annotation("call.wav") == self.record.document.annotation
            assert other.check() == []


TestLabeling = Labeling.TestCase
TestLabeling.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)


def numbers_of(path, client):
    """Return the numbers of the edits that a child made, as its store has them."""
    with Store(path) as store:
        found = [
            next(iter(item.diff.segments.put.values())) for item in store.history("call.wav") if item.client == client
        ]
        assert store.check() == []
    return [int(str(segment.fields["text"]).split()[1]) for segment in found]


@pytest.mark.parametrize("seed", range(8))
def test_a_process_that_is_killed_loses_nothing_it_acknowledged(tmp_path, seed):
    path = tmp_path / "labels.db"
    with Store(path) as store:
        begun(store)
    chance = random.Random(seed)
    acknowledged = []
    for start in (0, 1000):
        child = Child(path, client="c")
        child.tell(*range(start, start + 500))
        acknowledged += [child.hear() for _ in range(chance.randrange(1, 60))]
        acknowledged += child.kill()
        stored = numbers_of(path, "c")
        assert stored[: len(acknowledged)] == acknowledged
        assert len(stored) <= len(acknowledged) + 1
        acknowledged = stored


def test_two_processes_edit_one_item_at_once(tmp_path):
    path = tmp_path / "labels.db"
    with Store(path) as store:
        record = begun(store)
        children = [Child(path, client) for client in ("one", "two")]
        for child in children:
            child.tell(*range(60))
        for _ in range(30):
            record.sync()
            edit(record, put("here", text=str(record.revision)), "here")
        for child in children:
            assert [child.hear() for _ in range(60)] == [*range(60)]
            child.kill()
        record.sync()
        assert record.revision == 1 + 60 + 60 + 30
        assert numbers_of(path, "one") == numbers_of(path, "two") == [*range(60)]
        assert {id_: text for id_, text in texts(record).items() if id_ == "two3"} == {"two3": "two 59"}
        assert store.annotation("call.wav") == record.document.annotation


def test_processes_that_open_a_new_store_at_once_share_it(tmp_path):
    path = tmp_path / "labels.db"
    children = [Child(path, client, annotator=client) for client in ("x", "y", "z")]
    for child in children:
        child.tell(1)
    assert [child.hear() for child in children] == [1, 1, 1]
    for child in children:
        child.kill()
    with Store(path) as store:
        assert [entry.annotator for entry in store.items()] == ["x", "y", "z"]
        assert store.notices == []
