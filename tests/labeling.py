"""What the tests of stores share: a task, edits, and a child process that edits until it is killed. Knows no widget."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from avseg_widget import Segment, Store, Task, Track, fields
from avseg_widget.model import ContentChange, Diff, SegmentChange, TrackChange
from avseg_widget.store import Record

TASK = Task(
    tracks={"speaker": ["Customer", "Agent"]},
    segment_fields=[fields.Text("text")],
    content_fields=[fields.Rating("rate"), fields.Text("notes")],
)
AGENT = "speaker:Agent"
WITH_TRACK = Diff(TrackChange({AGENT: Track("speaker", "Agent")}))


def put(id_: str, start: float = 0.0, end: float = 1.0, text: str = "", track: str = AGENT) -> Diff:
    """Return the change that puts one segment."""
    return Diff(segments=SegmentChange({id_: Segment(track, start, end, {"text": text} if text else {}, id_)}))


def remove(*ids: str) -> Diff:
    """Return the change that removes segments."""
    return Diff(segments=SegmentChange(remove=list(ids)))


def answer(**answers: object) -> Diff:
    """Return the change that answers content fields."""
    return Diff(content=ContentChange(answers))  # type: ignore[arg-type]


def edit(record: Record, diff: Diff, client: str = "page", base: int | None = None) -> int:
    """Make a client's next edit; return its number."""
    seq = record.seen.get(client, 0) + 1
    record.apply(diff, client, seq, record.revision if base is None else base)
    return seq


def begun(store: Store, item: str = "call.wav", annotator: str = "ann") -> Record:
    """Open an item and give it its track."""
    record = store.open(item, TASK, annotator=annotator, duration=60.0)
    if not record.revision:
        edit(record, WITH_TRACK)
    return record


def texts(record: Record) -> dict[str, object]:
    """Return the text of each segment by its id."""
    return {segment.id: segment.fields.get("text", "") for segment in record.document.segments}


_CHILD = """
    import sys
    from avseg_widget import Store
    from tests.labeling import begun, edit, put
    record = begun(Store({path!r}), annotator={annotator!r})
    client = {client!r}
    print("ready", flush=True)
    for line in sys.stdin:
        number = int(line)
        edit(record, put(f"{{client}}{{number % 7}}", 0, 1, f"{{client}} {{number}}"), client)
        print(number, flush=True)
"""


class Child:
    """A process that makes an edit for each number it is told, and says so when it is acknowledged."""

    def __init__(self, path: Path, client: str = "c", annotator: str = "ann") -> None:
        code = textwrap.dedent(_CHILD).format(path=str(path), client=client, annotator=annotator)
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.said = iter(self.process.stdout or ())
        assert next(self.said) == "ready\n"

    def tell(self, *numbers: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{number}\n" for number in numbers))
        self.process.stdin.flush()

    def hear(self) -> int:
        return int(next(self.said))

    def kill(self) -> list[int]:
        """Kill it at once; return what it acknowledged before."""
        self.process.kill()
        self.process.wait()
        rest = [int(line) for line in self.said if line.endswith("\n")]
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        return rest
