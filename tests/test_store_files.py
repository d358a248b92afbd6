"""The files of a store: damaged, gone, foreign, locked, read-only, on a full disk; nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from avseg_widget import Store, StoreError
from avseg_widget.store import Record
from avseg_widget.store.schema import MIGRATIONS

from .edits import FIXTURES
from .labeling import TASK, Child, answer, begun, edit, put, texts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.db"


def beside(path: Path, kind: str) -> Path:
    return path.with_name(f"{path.name}.{kind}")


def names(path: Path) -> set[str]:
    return {file.name for file in path.parent.iterdir() if not file.name.endswith("-shm")}


def fill(path: Path, count: int = 30, *, reopen: bool = True) -> None:
    """Make edits; with ``reopen`` some are in the backup, and the rest in the journal."""
    for part in range(2 if reopen else 1):
        with Store(path) as store:
            record = begun(store)
            for number in range(count):
                edit(record, put(f"s{part}-{number}", text="x" * 50))
            store.set_mark("call.wav", "ann", note=f"note {part}")


def content(store: Store) -> tuple[object, ...]:
    return (
        store.annotation("call.wav"),
        store.mark("call.wav", "ann"),
        [item.diff for item in store.history("call.wav")],
    )


def expected(path: Path) -> tuple[object, ...]:
    with Store(path) as store:
        return content(store)


class TestWholeFiles:
    def test_a_new_store_is_one_file_and_its_journal(self, path):
        with Store(path) as store:
            assert names(path) == {"labels.db", "labels.db-wal", "labels.db.journal"}
            assert store.notices == []
        assert names(path) == {"labels.db", "labels.db.journal"}
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
            assert connection.execute("PRAGMA application_id").fetchone() == (0x61767367,)

    def test_a_backup_is_made_at_opening_when_something_changed(self, path):
        fill(path, 100, reopen=False)
        assert not beside(path, "backup").exists()
        with Store(path) as store:
            wanted = content(store)
            assert store.notices == []
        with Store(beside(path, "backup")) as backup:
            assert content(backup) == wanted
        made = beside(path, "backup").stat().st_mtime_ns
        assert len(beside(path, "journal").read_bytes()) < 200
        Store(path).close()
        assert beside(path, "backup").stat().st_mtime_ns == made
        assert not names(path) & {"labels.db.backup.new", "labels.db.journal.new"}

    def test_a_copy_is_a_store(self, path, tmp_path):
        fill(path)
        with Store(path) as store:
            target = store.backup(tmp_path / "copy.db")
            with Store(target) as copy:
                assert content(copy) == content(store)
            assert store.backup() == beside(path, "backup")
            with pytest.raises(StoreError, match="is the store itself"):
                store.backup(path)
            with pytest.raises(StoreError, match="there is no folder"):
                store.backup(tmp_path / "no folder" / "copy.db")

    def test_closing_twice_and_using_it_again_is_fine(self, path):
        store = Store(path)
        record = begun(store)
        store.close()
        store.close()
        edit(record, put("a"))
        assert texts(record) == {"a": ""}
        store.close()

    def test_threads_may_read(self, path):
        from concurrent.futures import ThreadPoolExecutor

        with Store(path) as store, ThreadPoolExecutor(4) as pool:
            record = begun(store)
            reads = [pool.submit(store.annotation, "call.wav") for _ in range(20)]
            for number in range(20):
                edit(record, put(f"s{number}"))
            assert all(len(read.result().segments) <= 20 for read in reads)


class TestWhatIsNoStore:
    @pytest.mark.parametrize("data", [b"hello", b"SQLite format 4\0" + b"x" * 5000, b"\0" * 4096])
    def test_a_file_of_something_else_is_left_as_it_is(self, path, data):
        path.write_bytes(data)
        with pytest.raises(StoreError, match="is no store of avseg-widget, and was left as it is"):
            Store(path)
        assert path.read_bytes() == data
        assert names(path) == {"labels.db"}

    def test_a_database_of_another_program_too(self, path):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE heads (a)")
        before = path.read_bytes()
        with pytest.raises(StoreError, match="is a database of another program"):
            Store(path)
        assert path.read_bytes() == before

    def test_a_folder_no_folder_and_an_empty_file(self, path, tmp_path):
        with pytest.raises(StoreError, match=r"is a folder: name a file in it, such as .*labels\.db"):
            Store(tmp_path)
        with pytest.raises(StoreError, match=r"there is no folder .*missing for labels\.db"):
            Store(tmp_path / "missing" / "labels.db")
        path.touch()
        with Store(path) as store:
            begun(store)

    def test_a_newer_version_is_refused_in_words(self, path):
        fill(path, 1)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        with pytest.raises(StoreError, match=r"written by a newer avseg-widget .* pip install -U"):
            Store(path)


class TestVersions:
    @pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
    def test_a_store_of_each_version_opens_with_all_it_held(self, path, version):
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript((FIXTURES / f"store_v{version}.sql").read_text(encoding="utf-8"))
        with Store(path) as store:
            assert store.notices == []
            assert store.check() == []
            record = store.open("call.wav", TASK, annotator="ann", duration=60.0)
            assert texts(record) == {"a": "मैं", "b": ""}
            assert record.document.content == {"rate": 3}
            assert record.seen == {"page": 5}
            assert len(store.history("call.wav")) == 4
            assert [item.reason for item in store.refused("call.wav")] == ["no"]
            assert (store.mark("call.wav", "ann").note, store.cursor("q", "ann")) == ("loud", "call.wav")
            edit(record, put("c"))


class TestDamage:
    def test_a_log_that_is_gone_is_put_back_from_the_journal(self, path, tmp_path):
        fill(path)
        with Store(path) as store:
            record = begun(store)
            edit(record, put("last"))
            wanted = content(store)
            crashed = tmp_path / "crashed"
            crashed.mkdir()
            for kind in ("", ".journal", ".backup"):
                shutil.copy(f"{path}{kind}", crashed)
        with Store(crashed / "labels.db") as store:
            assert content(store) == wanted
            (notice,) = store.notices
        assert notice == "labels.db lacked its last 1 change; put back from labels.db.journal."
        with Store(crashed / "labels.db") as store:
            assert (content(store), store.notices) == (wanted, [])

    @pytest.mark.parametrize("seed", range(25))
    def test_random_bytes_in_the_log_lose_nothing(self, path, tmp_path, seed):
        chance = random.Random(seed)
        fill(path, 5)
        with Store(path) as store:
            record = begun(store)
            for number in range(20):
                edit(record, put(f"t{number}", text=str(number)))
            wanted = content(store)
            crashed = tmp_path / "crashed"
            shutil.copytree(path.parent, crashed, ignore=lambda *_: ["crashed"])
        wal = crashed / "labels.db-wal"
        data = bytearray(wal.read_bytes())
        for _ in range(chance.randrange(1, 20)):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        wal.write_bytes(data[: chance.randrange(len(data))] if seed % 3 == 0 else data)
        (crashed / "labels.db-shm").unlink()
        with Store(crashed / "labels.db") as store:
            assert content(store) == wanted
            assert store.check() == []

    @pytest.mark.parametrize("seed", range(60))
    def test_random_bytes_in_the_database_lose_nothing(self, path, seed):
        chance = random.Random(seed)
        fill(path, 12)
        wanted = expected(path)
        data = bytearray(path.read_bytes())
        for _ in range(1 if seed % 2 else 30):
            data[chance.randrange(100 if seed % 5 == 0 else len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        try:
            with Store(path) as store:
                record = begun(store)
                assert record.document.annotation == wanted[0]
                edit(record, put("after"))
        except StoreError as error:  # its version, which no checksum holds
            assert "newer avseg-widget" in str(error)  # noqa: PT017
            return
        with Store(path) as store:
            assert texts(begun(store)).keys() >= {"after"}
            assert len(store.history("call.wav")) == len(wanted[2]) + 1

    def test_a_changed_letter_that_sqlite_does_not_notice_is_found(self, path):
        fill(path)
        wanted = expected(path)
        data = path.read_bytes()
        for text in (b'"x', b"note 1"):
            path.write_bytes(data.replace(text, text[:-1] + b"?"))
            with Store(path) as store:
                assert store.mark("call.wav", "ann").note == "note 1"
                assert content(store) == wanted or store.check()
                begun(store)
                assert content(store) == wanted
                assert store.check() == []
                assert any("was made again from labels.db.backup" in notice for notice in store.notices)

    @pytest.mark.parametrize("how", ["gone", "empty", "cut", "no header", "all zeros"])
    def test_a_lost_database_is_made_again_and_the_user_is_told(self, path, how):
        fill(path)
        wanted = expected(path)
        size = path.stat().st_size
        if how == "gone":
            path.unlink()
        else:
            data = path.read_bytes()
            path.write_bytes(
                {
                    "empty": b"",
                    "cut": data[: size // 2],
                    "no header": b"x" * 100 + data[100:],
                    "all zeros": bytes(size),
                }[how]
            )
        with Store(path) as store:
            assert content(store) == wanted
            assert "was made again from labels.db.backup, with " in store.notices[0]
            assert ("The damaged file is kept as labels.db.damaged-" in store.notices[0]) == (how != "gone")
            assert store.identity
        assert any(name.startswith("labels.db.damaged-") for name in names(path)) == (how != "gone")
        with Store(path) as store:
            assert (content(store), store.notices) == (wanted, [])

    def test_without_a_backup_the_journal_alone_is_enough(self, path):
        fill(path, reopen=False)
        wanted = expected(path)
        fresh = path.parent / "fresh"
        fresh.mkdir()
        fill(fresh / "labels.db", reopen=False)
        (fresh / "labels.db").write_bytes(b"no database")
        with Store(fresh / "labels.db") as store:
            assert content(store) == wanted

    def test_a_damaged_backup_is_not_trusted(self, path):
        fill(path)
        beside(path, "backup").write_bytes(b"SQLite format 3\0" + b"?" * 9000)
        path.write_bytes(path.read_bytes()[:5000])
        with pytest.raises(StoreError, match=r"damaged.*its backup is damaged too: put back a copy"):
            Store(path)
        assert path.stat().st_size == 5000

    def test_a_torn_line_of_the_journal_and_a_void_one_are_passed_over(self, path, tmp_path):
        fill(path, 3)
        journal = beside(path, "journal")
        with Store(path) as store:
            record = begun(store)
            edit(record, put("a"))
            crashed = tmp_path / "crashed"
            crashed.mkdir()
            for kind in ("", ".journal"):
                shutil.copy(f"{path}{kind}", crashed)
            last = journal.read_bytes().rpartition(b"\n")[2]
        with (crashed / "labels.db.journal").open("ab") as file:
            file.write(b"\n" + last[:-9])
        with Store(crashed / "labels.db") as store:
            assert "a" in texts(begun(store))
            edit(begun(store), put("b"))
            assert len(store.notices) == 1
        (crashed / "labels.db").unlink()
        with Store(crashed / "labels.db") as store:
            assert {"a", "b"} <= texts(begun(store)).keys()

    def test_a_journal_or_backup_of_another_store_is_set_aside(self, path, tmp_path):
        fill(path)
        other = tmp_path / "other"
        other.mkdir()
        fill(other / "labels.db")
        with Store(path) as store:
            edit(begun(store), put("mine"))
        for kind in ("journal", "backup"):
            shutil.copy(beside(other / "labels.db", kind), beside(path, kind))
        with Store(path) as store:
            assert "mine" in texts(begun(store))
            assert "labels.db.journal belonged to another store" in store.notices[0]
        kept = [name for name in names(path) if ".other-" in name]
        assert {name.partition(".other-")[0] for name in kept} == {"labels.db.journal", "labels.db.backup"}

    def test_an_old_copy_does_not_undo_what_came_after(self, path, tmp_path):
        fill(path, 5, reopen=False)
        shutil.copy(path, tmp_path / "old")
        fill(path)
        wanted = expected(path)
        shutil.copy(tmp_path / "old", path)
        with Store(path) as store:
            assert content(store) == wanted
            assert "was older than its own journal: it was made again" in store.notices[0]

    def test_a_journal_that_is_taken_away_in_between_begins_anew(self, path):
        with Store(path) as store:
            record = begun(store)
            beside(path, "journal").unlink()
            edit(record, put("a"))
        with Store(path) as store:
            assert store.notices == []
            edit(begun(store), put("b"))
        path.unlink()
        with Store(path) as store:
            assert texts(begun(store)) == {"a": "", "b": ""}

    def test_mended_by_one_process_the_other_goes_on(self, path):
        fill(path)
        with Store(path) as first:
            record = begun(first)
            edit(record, put("first"))
            path.rename(beside(path, "taken"))
            with pytest.raises(StoreError, match=r"labels\.db is not there any more: put it back"):
                edit(record, put("lost"))
            assert "lost" not in texts(record)
            with Store(path) as second:
                other = begun(second)
                edit(record, put("again"))
                other.sync()
                edit(other, put("other"), "other")
                record.sync()
                assert texts(record) == texts(other)
                assert {"first", "again", "other"} <= texts(record).keys()


class TestHindrances:
    def test_a_locked_file_is_said_to_be(self, path):
        fill(path, 1)
        with Store(path, patience=0.05) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
            record = begun(store)
            other.execute("BEGIN EXCLUSIVE")
            before = record.document
            with pytest.raises(StoreError, match=r"labels\.db is locked by another program"):
                edit(record, put("a"))
            assert record.document is before
            with pytest.raises(StoreError, match="is locked"):
                store.set_mark("x", note="y")
            other.execute("ROLLBACK")
            edit(record, put("a"))
        with Store(path) as store:
            assert "a" in texts(begun(store))

    def test_a_file_locked_by_another_process_says_which(self, path):
        fill(path, 1)
        code = f"""
import sqlite3, sys
connection = sqlite3.connect({str(path)!r}, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""
        other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with other, Store(path, patience=0.05) as store:
            assert other.stdout.readline() == b"locked\n"
            record = begun(store)
            who = rf" \(\S+, process {other.pid}\)" if Path("/proc/locks").exists() else ""
            with pytest.raises(StoreError, match=rf"is locked by another program{who}: end it"):
                edit(record, put("a"))
            other.stdin.close()
            other.wait()
            edit(record, put("a"))

    def test_opening_it_again_keeps_the_locks_of_this_process(self, path):
        """Of all processes only the last one may take away the log; else what others write later is lost."""
        with Store(path) as store:
            record = begun(store)
            Store(path).close()
            child = Child(path)
            child.tell(1)
            assert child.hear() == 1
            assert child.process.stdin is not None
            child.process.stdin.close()
            child.process.wait()
            assert path.with_name("labels.db-wal").exists()
            edit(record, put("a"))
            child.kill()
        with Store(path) as store:
            assert {"a", "c1"} <= texts(begun(store)).keys()

    def test_a_full_disk(self, tmp_path):
        with small_disk(tmp_path / "disk") as disk:
            path = disk / "labels.db"
            with Store(path) as store:
                record = begun(store)
                filler = disk / "filler"
                acknowledged = []
                for number in range(400):
                    if number == 50:
                        free = os.statvfs(disk)
                        with suppress_full(), filler.open("wb", buffering=0) as file:
                            file.write(bytes(free.f_bavail * free.f_frsize - 200_000))
                    try:
                        edit(record, put(f"s{number}", text="x" * 2000))
                        acknowledged.append(f"s{number}")
                    except StoreError as error:
                        assert f"the disk that {path} lies on is full: free some space" in str(error)  # noqa: PT017
                assert 50 <= len(acknowledged) < 400
                assert list(texts(record)) == sorted(acknowledged)
                with Store(path) as second:
                    assert texts(begun(second)).keys() == set(acknowledged)
                filler.unlink()
                edit(record, put("after"))
                edit(record, answer(rate=1))
            with Store(path) as store:
                assert texts(begun(store)).keys() == {*acknowledged, "after"}
                assert store.check() == []

    def test_a_disk_that_is_full_at_opening_shows_what_there_is(self, tmp_path):
        with small_disk(tmp_path / "disk") as disk:
            path = disk / "labels.db"
            fill(path, 10)
            wanted = expected(path)
            with suppress_full(), (disk / "filler").open("wb", buffering=0) as file:
                for _ in range(1000):
                    file.write(bytes(4096))
                    file.flush()
            with Store(path) as store:
                assert content(store) == wanted
                record = begun(store)
                with pytest.raises(StoreError, match="is full"):
                    until_refused(record)
                kept = texts(record)
                (disk / "filler").unlink()
                edit(record, put("after"))
            with Store(path) as store:
                assert texts(begun(store)) == {**kept, "after": ""}

    def test_a_read_only_disk_shows_what_there_is_and_takes_edits_when_it_is_not_any_more(self, tmp_path):
        with small_disk(tmp_path / "disk") as disk:
            path = disk / "labels.db"
            fill(path, 10)
            with Store(path) as writer:
                edit(begun(writer), put("in the log"))
                with closing(sqlite3.connect(path)):  # the last edits stay in the log, as after a crash
                    shutil.copytree(disk, tmp_path / "crashed")
            for file in (tmp_path / "crashed").iterdir():
                shutil.copy(file, disk / file.name)
            (disk / "labels.db-shm").unlink(missing_ok=True)
            mount("-o", "remount,ro", str(disk))
            with Store(path) as store:
                record = begun(store)
                assert "in the log" in texts(record)
                assert "Edits are not stored for now:" in store.notices[0]
                assert "labels.db is read-only: allow writing" in store.notices[0]
                for _ in range(2):
                    with pytest.raises(StoreError, match="is read-only"):
                        edit(record, put("a"))
                    with pytest.raises(StoreError, match="is read-only"):
                        store.set_mark("x", flagged=True)
                assert "a" not in texts(record)
                with pytest.raises(StoreError, match="is read-only"):
                    begun(store, "another")
                with pytest.raises(StoreError, match="read-only"):
                    Store(disk / "new.db")
                mount("-o", "remount,rw", str(disk))
                edit(record, put("a"))
            with Store(path) as store:
                assert {"in the log", "a"} <= texts(begun(store)).keys()

    def test_a_disk_that_becomes_read_only_or_goes_away_while_it_is_used(self, tmp_path):
        with small_disk(tmp_path / "disk") as disk:
            path = disk / "labels.db"
            fill(path, 3)
            with Store(path) as store:
                record = begun(store)
                edit(record, put("a"))
                store.close()  # an open file keeps a disk from being read-only
                mount("-o", "remount,ro", str(disk))
                with pytest.raises(StoreError, match="is read-only"):
                    edit(record, put("b"))
                mount("-o", "remount,rw", str(disk))
                edit(record, put("b"))
                store.close()
                subprocess.run(["umount", str(disk)], check=True)
                with pytest.raises(StoreError, match=r"labels\.db is not there any more: put it back"):
                    edit(record, put("c"))
                assert texts(record).keys() >= {"a", "b"}


def until_refused(record: Record) -> None:
    for number in range(100):
        edit(record, put(f"n{number}", text="x" * 2000))


@contextmanager
def suppress_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        assert error.errno == 28  # noqa: PT017


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Give a disk of 4 MB."""
    folder.mkdir()
    if not shutil.which("mount"):
        pytest.skip("no disk can be mounted here")
    mount("-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False)
