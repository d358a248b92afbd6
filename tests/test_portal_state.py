"""The portal's state: any sequence of what workers do against a model of it, restarts, late answers, other files."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from avseg_widget.groundtruth.portal_records import PortalError
from avseg_widget.groundtruth.portal_state import PortalState

LINES = [f'{{"source": "{number}"}}' for number in range(4)]
SECONDS = 10.0


class Work(RuleBasedStateMachine):
    """Three workers, four items, two answers each; a clock that only the rules move."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "portal.db"
        self.now = 0.0
        self.answered: dict[tuple[int, int], str] = {}
        self.skipped: set[tuple[int, int]] = set()
        self.given: dict[int, tuple[int, int]] = {}

    @initialize()
    def open(self) -> None:
        self.state = PortalState(self.path, LINES, answers=2, seconds=SECONDS)
        self.workers = [self.state.worker_of(self.state.invite(name)) for name in ("Ada", "Ben", "Cleo")]

    def teardown(self) -> None:
        self.state.close()
        self.folder.cleanup()

    @rule(who=st.integers(0, 2))
    def take(self, who: int) -> None:
        found = self.state.take(self.workers[who], self.now)
        if found is None:
            return
        assert self.now < found.expires
        assert found.line == LINES[found.item]
        assert (who, found.item) not in self.answered
        assert (who, found.item) not in self.skipped
        self.given[found.id] = (who, found.item)

    @precondition(lambda self: self.given)
    @rule(data=st.data(), text=st.text(max_size=3))
    def submit(self, data: st.DataObject, text: str) -> None:
        assignment = data.draw(st.sampled_from(sorted(self.given)))
        key = self.given[assignment]
        try:
            fresh = self.state.submit(self.workers[key[0]], assignment, text, self.now)
        except PortalError:
            assert key not in self.answered
            return
        assert fresh == (key not in self.answered)
        self.answered.setdefault(key, text)

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def skip(self, data: st.DataObject) -> None:
        assignment = data.draw(st.sampled_from(sorted(self.given)))
        key = self.given[assignment]
        try:
            self.state.skip(self.workers[key[0]], assignment)
        except PortalError:
            assert key in self.answered
            return
        self.skipped.add(key)

    @rule(seconds=st.sampled_from([1.0, SECONDS, 3 * SECONDS]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(paused=st.booleans())
    def pause(self, paused: bool) -> None:
        self.state.pause(paused=paused)

    @rule()
    def restart(self) -> None:
        self.state.close()
        self.state = PortalState(self.path, LINES, answers=2, seconds=SECONDS)

    @invariant()
    def holds_what_was_acknowledged(self) -> None:
        found = {
            (item.worker.id - 1, item.item): item.answer
            for number in range(len(LINES))
            for item in self.state.submissions(number)
        }
        assert found == self.answered
        for item in range(len(LINES)):
            assert sum(key[1] == item for key in found) <= 2
        progress = self.state.progress(self.now)
        assert progress.submitted == len(found)
        assert progress.wanted == 8
        assert progress.done == sum(sum(key[1] == item for key in found) == 2 for item in range(len(LINES)))
        assert [worker.submitted for worker, _ in self.state.invitations()] == [
            sum(key[0] == who for key in found) for who in range(3)
        ]
        assert self.state.answered() == sorted({key[1] for key in found})


TestWork = Work.TestCase
TestWork.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)


@pytest.fixture
def state(tmp_path: Path):
    opened = PortalState(tmp_path / "portal.db", LINES, answers=1, seconds=SECONDS)
    yield opened
    opened.close()


def invited(state: PortalState, name: str):
    worker = state.worker_of(state.invite(name))
    assert worker is not None
    return worker


def test_each_item_goes_to_one_worker_until_its_time_is_over(state: PortalState) -> None:
    ada, ben = invited(state, "Ada"), invited(state, "Ben")
    first = state.take(ada, 0.0)
    assert first is not None
    assert state.take(ada, 5.0) == first
    other = state.take(ben, 5.0)
    assert other is not None
    assert (first.item, other.item) == (0, 1)
    state.skip(ben, other.id)
    taken_over = state.take(ben, SECONDS)
    assert taken_over is not None
    assert taken_over.item == 0
    with pytest.raises(PortalError, match="others have it now"):
        state.submit(ada, first.id, "{}", SECONDS)
    assert state.submit(ben, taken_over.id, "{}", SECONDS)


def test_a_late_answer_counts_while_nobody_else_has_the_item(state: PortalState) -> None:
    ada = invited(state, "Ada")
    held = state.take(ada, 0.0)
    assert held is not None
    again = state.take(ada, 2 * SECONDS)
    assert again is not None
    assert state.submit(ada, held.id, "{}", 9 * SECONDS)
    assert not state.submit(ada, held.id, '{"other": 1}', 9 * SECONDS)
    assert [found.answer for found in state.submissions(held.item)] == ["{}"]


def test_nothing_is_given_out_while_paused(state: PortalState) -> None:
    ada, ben = invited(state, "Ada"), invited(state, "Ben")
    held = state.take(ada, 0.0)
    assert held is not None
    state.pause(paused=True)
    assert state.take(ben, 0.0) is None
    assert state.take(ada, 0.0) == held
    assert state.submit(ada, held.id, "{}", 1.0)
    state.pause(paused=False)
    assert state.take(ben, 1.0) is not None


def test_a_link_stays_until_it_is_renewed_and_only_its_owner_may_read_the_file(state: PortalState) -> None:
    old = state.invite("Ada")
    assert state.invite(" Ada ") == old
    assert len({old, state.invite("Ben"), state.derived("lead")}) == 3
    new = state.invite("Ada", renew=True)
    assert state.invite("Ada") == new
    assert state.worker_of(old) is None
    assert state.invitations()[0] == (state.worker_of(new), new)
    assert state.worker_of("\ud800") is None
    for name in ("", " ", "a\nb", "x" * 101):
        with pytest.raises(PortalError, match="printable"):
            state.invite(name)
    if os.name == "posix":
        assert state.path.stat().st_mode & 0o077 == 0
    state.close()
    again = PortalState(state.path, LINES, answers=1, seconds=SECONDS)
    assert again.invite("Ada") == new
    again.close()


def test_lines_are_read_a_part_at_a_time(tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(1200)]
    many = PortalState(tmp_path / "many.db", iter(lines), answers=1, seconds=SECONDS)
    assert list(many.lines()) == lines
    assert many.line(1199) == lines[-1]
    assert many.line(1200) is None
    many.close()


def test_refuses_what_it_was_not_made_for(tmp_path: Path, state: PortalState) -> None:
    with pytest.raises(PortalError, match="in use by another portal"):
        PortalState(state.path, LINES, answers=1, seconds=SECONDS)
    state.close()
    with pytest.raises(PortalError, match="another manifest"):
        PortalState(state.path, LINES[:2], answers=1, seconds=SECONDS)
    with pytest.raises(PortalError, match="1 workers an item, not 3"):
        PortalState(state.path, LINES, answers=3, seconds=SECONDS)
    (tmp_path / "text.db").write_text("no database, only words " * 100)
    with pytest.raises(PortalError, match=r"text\.db cannot be used"):
        PortalState(tmp_path / "text.db", LINES, answers=1, seconds=SECONDS)
    with pytest.raises(PortalError, match="cannot be used"):
        PortalState(tmp_path / "no" / "folder.db", LINES, answers=1, seconds=SECONDS)
    with sqlite3.connect(tmp_path / "later.db") as later:
        later.execute("PRAGMA user_version = 9")
    later.close()
    with pytest.raises(PortalError, match="another version"):
        PortalState(tmp_path / "later.db", LINES, answers=1, seconds=SECONDS)


def test_an_answer_needs_an_item_that_was_given(state: PortalState) -> None:
    stranger = invited(state, "Ada")
    with pytest.raises(PortalError, match="never given"):
        state.submit(stranger, 77, "{}", 0.0)
