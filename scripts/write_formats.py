"""Write the table of docs/formats.md: what each format carries of one annotation that has everything.

``--check`` writes nothing and fails when the table is stale.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from avseg_widget import Annotation, Completion, Origin, Provenance, Segment, Task, Track, fields, formats
from avseg_widget.formats import registry
from avseg_widget.formats.loss import compare

TARGET = Path(__file__).parent.parent / "docs" / "formats.md"
_START, _END = "<!-- table: scripts/write_formats.py -->\n", "<!-- end of the table -->\n"
#: What a segment may be asked, and its name in the table.
_ANSWERS: dict[str, tuple[str, fields.FieldValue]] = {
    "text": ("text", "hello\n\nthere"),
    "note": ("2nd text", "=1+1"),
    "loud": ("yes/no", True),
    "score": ("number", 2.5),
    "mood": ("choice", "calm"),
    "marks": ("choices", ["a", "b"]),
}
_TASK = Task(
    tracks={"speaker": ["Ann", "Bob", "Eve"]},
    segment_fields=[
        fields.Text("text", multiline=True),
        fields.Text("note"),
        fields.Checkbox("loud"),
        fields.Number("score"),
        fields.Select("mood", ["calm", "loud"]),
        fields.MultiSelect("marks", ["a", "b"]),
    ],
    content_fields=[fields.Radio("language", ["English", "German"])],
)
_WHO = {
    "media": "call.wav",
    "annotator": "me",
    "accepted": "2024-05-01T10:00:00Z",
    "submitted": "2024-05-01T10:05:00Z",
    "seconds": 300.0,
    "provider": "Cognito",
    "issuer": "https://issuer.invalid",
    "subject": "1",
}
FULL = Annotation(
    [Track("speaker", "Bob", position=1), Track("speaker", "Ann", position=2), Track("speaker", "Eve", position=3)],
    [
        Segment("speaker:Bob", 1 / 3, 2 / 3, {name: value for name, (_, value) in _ANSWERS.items()}, "a"),
        Segment("speaker:Bob", 0.5, 1.5, {"text": "it overlaps"}, "b", Origin("silero-vad", "suggested", 0.75)),
        Segment("speaker:Ann", 1, 2, {"text": "accepted"}, "c", Origin("silero-vad", "accepted")),
        Segment("speaker:Ann", 3, 4, {"text": "corrected"}, "d", Origin("silero-vad", "corrected", 0.25)),
    ],
    {"language": "English"},
    msgspec.convert(_WHO, Provenance),
    Completion(done=True, reason="checked"),
)


def table() -> str:
    """Return the table as Markdown."""
    rows = [
        ["format", "files", "in one file", "times", "ids", "tracks", "answers", "origin", "of the whole", "who"],
        ["---"] * 10,
        *(_row(name) for name in formats.names()),
    ]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def _row(name: str) -> list[str]:
    one = registry._load(name)  # noqa: SLF001
    after = one.carry(FULL, _TASK)
    lost = {loss.path: loss for loss in compare(FULL, after, keeps_ids=one.keeps_ids)}
    kept = {segment.id: segment for segment in after.segments}
    first = kept.get("a")
    answers = [label for field, (label, _) in _ANSWERS.items() if _keeps(lost, f"segments['a'].fields[{field!r}]")]
    if "text" not in answers and first and "text" in first.fields:
        answers.insert(0, "text*")
    origins = ["segments['b'].origin", "segments['c'].origin", "segments['d'].origin"]
    origin = "yes" if not any(path in lost for path in origins) else _part(lost, origins)
    who = [part for part in _WHO if _keeps(lost, f"provenance.{part}")]
    return [
        f"{one.title} (`{name}`)",
        ", ".join(f"`{end}`" for end in one.suffixes) or "`format=`",
        "several" if one.many else "one",
        _grain(first.start, first.end) if first else "-",
        "yes" if one.keeps_ids else "-",
        _tracks(lost),
        "all" if len(answers) == len(_ANSWERS) else ", ".join(answers) or "-",
        origin,
        "yes" if _keeps(lost, "content['language']") else "-",
        ("all, done" if _keeps(lost, "completion.done") else "all") if len(who) == len(_WHO) else ", ".join(who) or "-",
    ]


def _keeps(lost: dict[str, formats.Loss], path: str) -> bool:
    whole = path.partition(".fields")[0]
    return path not in lost and (whole == path or whole not in lost)


def _tracks(lost: dict[str, formats.Loss]) -> str:
    if any(f"tracks['speaker:Bob'].{part}" in lost for part in ("category", "tag")):
        return "renamed"
    return "yes, empty ones too" if _keeps(lost, "tracks['speaker:Eve']") else "yes"


def _part(lost: dict[str, formats.Loss], paths: list[str]) -> str:
    return "-" if all(path in lost and lost[path].kind == "dropped" for path in paths) else "in part"


def _grain(start: float, end: float) -> str:
    """Say how times are rounded, by those of a third and two thirds."""
    if (start, end) == (1 / 3, 2 / 3):
        return "exact"
    digits = next(
        (number for number in range(1, 18) if (round(1 / 3, number), round(2 / 3, number)) == (start, end)), 0
    )
    return {3: "1 ms", 6: "1 µs"}.get(digits, f"{digits} digits" if digits else "changed")


def main(*, check: bool) -> int:
    """Write the table, or say whether it is up to date; returns the exit code."""
    text = TARGET.read_text(encoding="utf-8")
    before, rest = text.split(_START)
    _, after = rest.split(_END)
    made = f"{before}{_START}{table()}{_END}{after}"
    if check and made != text:
        print("docs/formats.md is stale: run python scripts/write_formats.py")
        return 1
    if not check:
        TARGET.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
