"""Random annotations with the tasks that they fit, and what of them is compared when a format has brought them back."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from avseg_widget import (
    Annotation,
    Completion,
    FormatError,
    Origin,
    Provenance,
    Segment,
    Task,
    Track,
    fields,
    formats,
)
from avseg_widget.formats import registry
from avseg_widget.formats.format import Format

#: What formats mistake for their own: separators, comments, quotes, markup, line ends, what is cut off or left empty.
_PITFALLS = [
    *(
        '"',
        '""',
        "'",
        "\\",
        "\\n",
        "\t",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        " ",
        "  x  ",
        ",",
        ";",
        ";;",
        "|",
        "#",
        "!",
        "%",
        ":",
    ),
    *(
        "<exists>",
        "<NA>",
        "N/A",
        "null",
        "None",
        "nan",
        "true",
        "0",
        "1.5",
        "-1",
        "=1+1",
        "item [1]:",
        '"IntervalTier"',
    ),
    *(
        "xmin = 0",
        'text = "a"',
        "-->",
        "&amp;",
        "<b>x</b>",
        "]]>",
        "{\\an8}",
        "\\N",
        "WEBVTT",
        "NOTE x",
        "00:00:01.000",
    ),
    *(
        "[1]",
        "{}",
        "a:b",
        "a%3Ab",
        "\x00",
        "\x0b",
        "\x1f",
        "\x85",
        "\u2028",
        "\ufeff",
        "\ufffe",
        "é",
        "e\u0301",
        "語",
        "\U0001f600",
    ),
]
_LETTERS = st.characters(exclude_categories=["Cs"])
texts = st.one_of(
    st.sampled_from(_PITFALLS),
    st.text(_LETTERS, max_size=12),
    st.lists(st.sampled_from([*_PITFALLS, "word", "two words"]), max_size=4).map("".join),
)
names = texts.filter(lambda text: len(text.strip()) > 0 and len(text) <= 200)
#: Times to the bit, such as people type, on the grid of 48 kHz audio, and of 29.97 frames.
times = st.one_of(
    st.floats(0, 100_000),
    st.integers(0, 100_000).map(lambda hundredths: hundredths / 100),
    st.integers(0, 10_000_000).map(lambda sample: sample / 48_000),
    st.integers(0, 100_000).map(lambda frame: frame * 1001 / 30_000),
)
#: One question of each kind, as a task may ask them of a segment and of the media.
SEGMENT_FIELDS = [
    fields.Text("text"),
    fields.Text("note", multiline=True),
    fields.Checkbox("loud"),
    fields.Number("score"),
    fields.Rating("stars"),
    fields.Select("mood", ["calm", "angry, or so", "n/a"]),
    fields.MultiSelect("marks", ["a", "b;c", "d,e", '"f"']),
]
CONTENT_FIELDS = [fields.Text("summary"), fields.Checkbox("usable"), fields.Checkboxes("topics", ["x", "y z"])]


def _answer(field: fields.Field) -> st.SearchStrategy[Any]:
    if isinstance(field, fields.Text):
        return texts
    if isinstance(field, fields.Checkbox):
        return st.booleans()
    if isinstance(field, fields.Number):
        return st.floats(allow_nan=False, allow_infinity=False)
    if isinstance(field, fields.Rating):
        return st.integers(1, field.max)
    if isinstance(field, (fields.Select, fields.Radio)):
        return st.sampled_from(field.options)
    chosen = st.lists(st.sampled_from(field.options), unique=True)
    return chosen.map(lambda some: sorted(some, key=field.options.index))


def answers(asked: list[fields.Field]) -> st.SearchStrategy[dict[str, Any]]:
    """Return answers to some of the fields."""
    return st.fixed_dictionaries({}, optional={field.name: _answer(field) for field in asked})


origins = st.builds(Origin, names, st.sampled_from(["suggested", "accepted", "corrected"]), st.none() | st.floats(0, 1))
provenances = st.builds(
    Provenance,
    annotator=texts,
    media=texts,
    accepted=st.sampled_from(["", "2024-05-01T10:00:00Z"]),
    submitted=st.sampled_from(["", "2024-05-01T10:05:00.250Z"]),
    seconds=st.none() | st.floats(0, 1e6),
    subject=texts,
)
_tracks = st.lists(
    st.builds(
        Track,
        st.sampled_from(["speaker", "tier", "event"]) | names,
        names,
        st.just("") | st.text("abc", min_size=1, max_size=8),
        st.just(0.0) | st.floats(-10, 10),
    ),
    max_size=4,
    unique_by=(lambda track: (track.category, track.tag), lambda track: track.id),
)


@st.composite
def annotations(draw: st.DrawFn) -> Annotation:
    """Draw an annotation: tracks in any order, segments that overlap, touch, lie in each other and apart."""
    tracks = draw(_tracks)
    # Few times for many segments: they touch, overlap and repeat.
    edges = sorted(draw(st.sets(times, min_size=2, max_size=8)))
    spans = (
        st.tuples(st.sampled_from(edges), st.sampled_from(edges)).filter(lambda span: span[0] != span[1]).map(sorted)
    )
    made = []
    for number in range(draw(st.integers(0, 8)) if tracks else 0):
        start, end = draw(spans)
        id_ = draw(st.just(f"s{number}") | st.just("") | texts.map(lambda text, number=number: f"{text}{number}"))
        track = draw(st.sampled_from(tracks)).id
        origin = draw(st.none() | origins)
        made.append(Segment(track, start, end, draw(answers(SEGMENT_FIELDS)), id_, origin))
    completion = draw(st.builds(Completion, st.booleans(), texts))
    return Annotation(
        tracks,
        list({segment.id: segment for segment in made}.values()),
        draw(answers(CONTENT_FIELDS)),
        draw(provenances),
        completion,
    )


def task_of(*given: Annotation) -> Task:
    """Return the task that annotations of this module are answers to."""
    tags: dict[str, dict[str, None]] = {}
    for annotation in given:
        for track in annotation.tracks:
            tags.setdefault(track.category, {})[track.tag] = None
    offered = {category: list(some) for category, some in tags.items()}
    return Task(tracks=offered, segment_fields=SEGMENT_FIELDS, content_fields=CONTENT_FIELDS)


def comparable(annotation: Annotation, chosen: Format) -> dict[str, Any]:
    """Return everything that an annotation says, tracks by name and order, segments by id only where those are kept."""
    tracks = {track.id: (track.category, track.tag) for track in annotation.tracks}
    plain: dict[str, Any] = msgspec.to_builtins(annotation)
    for segment in plain["segments"]:
        segment["track"] = tracks[segment["track"]]
        if not chosen.keeps_ids:
            del segment["id"]
    plain["segments"].sort(
        # The order of answers says nothing.
        key=lambda segment: (segment["start"], segment["end"], msgspec.json.encode(segment, order="sorted"))
    )
    return {**plain, "tracks": list(tracks.values())}


def check_round_trip(name: str, path: Path, *, examples: int) -> None:
    """Check of random annotations, with their task and without, that a format brings back just what it says it does.

    What is not carried is in the loss report then, as that compares with the same.
    """
    chosen = registry._load(name)

    @settings(max_examples=examples, deadline=None)
    @given(annotations(), st.booleans())
    def check(annotation: Annotation, with_task: bool) -> None:
        given_task = task_of(annotation) if with_task else None
        carry = chosen.carry(*registry._said(chosen, [annotation], given_task), given_task)
        # A format may call tracks otherwise: then the task that was written with does not offer them.
        task = task_of(annotation, carry) if with_task else None
        report = formats.write(annotation, path, task=task, format=name)
        # Of an annotation that nothing is left of, there may be nothing in the file.
        [read] = formats.read(path, task, format=name).annotations or [Annotation()]
        assert comparable(read, chosen) == comparable(carry, chosen)
        differs = comparable(read, chosen) != comparable(annotation, chosen)
        assert any(loss.subject != "segments.id" for loss in report.losses) == differs

    check()


def check_damaged(content: bytes, path: Path, chance: random.Random, *, rounds: int) -> None:
    """Check that a file cut at any place, or with bytes changed, is read or refused with a FormatError."""
    for number in range(rounds):
        damaged = bytearray(content[: chance.randrange(len(content))] if number % 2 else content)
        for _ in range(chance.randrange(1, 8) if damaged else 0):
            damaged[chance.randrange(len(damaged))] = chance.choice([0, 9, 10, 34, 45, 60, chance.randrange(256)])
        path.write_bytes(damaged)
        with contextlib.suppress(FormatError):
            formats.read(path)
