"""Task, Track, Segment, Annotation and Diff: the words of the project as values. Knows no widget, page or file."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

import msgspec

from .conditions import check_conditions
from .errors import AnnotationError, TaskError
from .fields import Field, FieldValue, is_number
from .values import FrozenDict, FrozenList, freeze_mapping
from .views import Shown

#: Longest category or tag, in characters.
MAX_NAME = 200
#: Names that no segment field may have, as tables of segments use them for columns.
RESERVED = frozenset({"id", "track", "category", "tag", "start", "end", "fields", "origin"})


#: Longest id, in characters: a track's default id holds its category and tag with some of it escaped.
MAX_ID = 6 * MAX_NAME + 1


def _is_name(value: Any, longest: int = MAX_NAME) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= longest


class _Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    def _set(self, key: str, value: Any) -> None:
        msgspec.structs.force_setattr(self, key, value)


def track_id(category: str, tag: str) -> str:
    """Return the id a track has unless it is given another: ``category:tag``, with ``%`` and ``:`` in them escaped.

    >>> track_id("speaker", "Customer")
    'speaker:Customer'
    >>> track_id("a:b", "100%")
    'a%3Ab:100%25'
    """
    return ":".join(part.replace("%", "%25").replace(":", "%3A") for part in (category, tag))


class Track(_Value, frozen=True):
    """A row of the timeline, named by a category and a tag.

    Rows are in the order of ``position``, of equal ones in that of their ids; any finite number will do.
    """

    category: str
    tag: str
    id: str = ""
    position: float = 0.0

    def __post_init__(self) -> None:
        for name in (self.category, self.tag):
            if not _is_name(name):
                raise AnnotationError(
                    f"a track's category and tag are texts of 1 to {MAX_NAME} characters, not {name!r}"
                )
        if not is_number(self.position):
            raise AnnotationError(f"a track's position must be a finite number, not {self.position!r}")
        self._set("position", float(self.position))
        self._set("id", self.id or track_id(self.category, self.tag))

    @property
    def order(self) -> tuple[float, str]:
        """What tracks are sorted by: position, then id."""
        return (self.position, self.id)


def in_order(tracks: Iterable[Track]) -> FrozenList[Track]:
    """Return tracks sorted by position; where equal positions would change their order, all are numbered anew.

    >>> [(track.tag, track.position) for track in in_order([Track("a", "2"), Track("a", "1")])]
    [('2', 0.0), ('1', 1.0)]
    """
    by_position = sorted(tracks, key=lambda track: track.position)
    if by_position != sorted(by_position, key=lambda track: track.order):
        by_position = [msgspec.structs.replace(track, position=place) for place, track in enumerate(by_position)]
    return FrozenList(by_position)


#: What became of a suggestion.
OriginStatus = Literal["suggested", "accepted", "corrected"]


class Origin(_Value, frozen=True):
    """What made a segment that no annotator drew, and what an annotator made of it.

    ``source`` names the maker, such as ``"silero-vad"``. A segment is ``"suggested"`` until an annotator takes it as it
    is (``"accepted"``) or changes it (``"corrected"``). ``confidence`` is the maker's own, from 0 to 1, None where it
    gives none.
    """

    source: str
    status: OriginStatus = "suggested"
    confidence: float | None = None

    def __post_init__(self) -> None:
        if not _is_name(self.source):
            raise AnnotationError(f"origin.source is a text of 1 to {MAX_NAME} characters, not {self.source!r}")
        if self.status not in get_args(OriginStatus):
            statuses = ", ".join(map(repr, get_args(OriginStatus)))
            raise AnnotationError(f"origin.status is one of {statuses}, not {self.status!r}")
        if self.confidence is not None and not (is_number(self.confidence) and 0 <= self.confidence <= 1):
            raise AnnotationError(f"origin.confidence is a number from 0 to 1, or None, not {self.confidence!r}")


class Segment(_Value, frozen=True, omit_defaults=True):
    """``[start, end)`` in seconds on one track, with the answers to the task's segment fields.

    ``track`` is a track's id, by default ``"category:tag"``; ``id`` is made when it is not given; ``origin`` is None
    for what an annotator drew.

    >>> Segment("speaker:Customer", 0.5, 1.25, {"text": "hello"}, id="a").duration
    0.75
    """

    track: str
    start: float
    end: float
    # Factories' defaults are written too: only a missing origin is left out.
    fields: dict[str, FieldValue] = msgspec.field(default_factory=FrozenDict)
    id: str = msgspec.field(default_factory=str)
    origin: Origin | None = None

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            time = getattr(self, name)
            if not is_number(time):
                raise AnnotationError(f"{name} must be a finite number of seconds, not {time!r}")
            if type(time) is not float:
                self._set(name, float(time))
        if self.start < 0 or self.end <= self.start:
            raise AnnotationError(
                f"a segment must have 0 <= start < end, not start={self.start!r} and end={self.end!r}"
            )
        if not _is_name(self.track, MAX_ID):
            raise AnnotationError(f"track must be a track's id such as 'speaker:Customer', not {self.track!r}")
        if not isinstance(self.id, str):
            raise AnnotationError(f"a segment's id is a text, not {self.id!r}")
        if not isinstance(self.fields, Mapping):
            raise AnnotationError(f"a segment's fields are answers by field name, not {self.fields!r}")
        if not self.id:
            self._set("id", uuid.uuid4().hex[:12])
        self._set("fields", freeze_mapping(self.fields))

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start

    @property
    def order(self) -> tuple[float, float, str]:
        """What segments are sorted by: start, then end, then id."""
        return (self.start, self.end, self.id)


class Provenance(_Value, frozen=True, omit_defaults=True):
    """Who made an annotation, of what, and when.

    ``accepted`` and ``submitted`` are times in ISO 8601, ``seconds`` is the time spent on it, None where nobody
    measured it. ``provider``, ``issuer`` and ``subject`` are who the annotator is to the service they signed in with.
    """

    # A factory's default is written too, an omitted one is not: what is of no use in an editor is left out.
    annotator: str = msgspec.field(default_factory=str)
    media: str = msgspec.field(default_factory=str)
    accepted: str = ""
    submitted: str = ""
    seconds: float | None = None
    provider: str = ""
    issuer: str = ""
    subject: str = ""


class Completion(_Value, frozen=True):
    """Whether the annotator is done; ``reason`` says why in spite of problems."""

    done: bool = False
    reason: str = ""


class Annotation(_Value, Shown, frozen=True):
    """What one annotator said of one media.

    Segments are kept in the order of their start, end and id, tracks in that of their position.
    """

    tracks: list[Track] = []
    segments: list[Segment] = []
    content: dict[str, FieldValue] = {}
    provenance: Provenance = Provenance()
    completion: Completion = Completion()
    version: Literal[1] = 1

    def __post_init__(self) -> None:
        self._set("tracks", in_order(self.tracks))
        self._set("segments", FrozenList(sorted(self.segments, key=lambda segment: segment.order)))
        self._set("content", freeze_mapping(self.content))
        for what, items in (("track", self.tracks), ("segment", self.segments)):
            ids = [item.id for item in items]
            if len(set(ids)) != len(ids):
                twice = next(id_ for id_ in ids if ids.count(id_) > 1)
                raise AnnotationError(f"two {what}s have the id {twice!r}; each needs its own")


class TrackChange(_Value, frozen=True, omit_defaults=True):
    """Tracks added or replaced, by id, and the ids of those removed."""

    put: dict[str, Track] = {}
    remove: list[str] = []


class SegmentChange(_Value, frozen=True, omit_defaults=True):
    """Segments added or replaced, by id, and the ids of those removed."""

    put: dict[str, Segment] = {}
    remove: list[str] = []


class ContentChange(_Value, frozen=True, omit_defaults=True):
    """Content answers given, by field name, and the names of those taken back."""

    put: dict[str, FieldValue] = {}
    remove: list[str] = []


class Diff(_Value, frozen=True, omit_defaults=True):
    """One change of a document: the only thing that travels for an edit."""

    tracks: TrackChange = TrackChange()
    segments: SegmentChange = SegmentChange()
    content: ContentChange = ContentChange()
    completion: Completion | None = None


#: What segments of one track that overlap mean; see :class:`Task`.
OverlapRule = Literal["allow", "forbid", "trim"]


class Task(_Value, frozen=True):
    """What is to be labeled.

    Parameters
    ----------
    title
        Shown above the editor.
    tracks
        The tags offered in each category, ``{"speaker": ["Customer", "Representative"]}``.
    segment_fields, content_fields
        The questions asked of each segment and of the whole media; see :mod:`avseg_widget.fields`.
    instructions
        Plain text for the annotator; line breaks are kept.
    overlap
        What two segments of one track that overlap mean, by category; ``"allow"`` where none is given. ``"forbid"``:
        such an edit is kept, and is a problem until it is mended. ``"trim"``: a segment that is drawn, recorded,
        pasted, moved or resized in the editor is cut at the edges of the track's other segments, before the eyes of
        whoever does it; an overlap that comes from elsewhere, a typed time or Python, is kept and is a problem as with
        ``"forbid"``. Segments of different tracks may always overlap, those of one category too.

    Raises
    ------
    TaskError
        When a name is missing, too long or given twice, an overlap rule is not one or is of no category, or a field's
        condition can never be met.
    """

    title: str = ""
    tracks: dict[str, list[str]] = {}
    segment_fields: list[Field] = []
    content_fields: list[Field] = []
    instructions: str = ""
    overlap: dict[str, OverlapRule] = {}

    def __post_init__(self) -> None:
        self._set("tracks", FrozenDict({category: _tags(category, tags) for category, tags in self.tracks.items()}))
        for what in ("segment_fields", "content_fields"):
            fields = getattr(self, what)
            if not all(isinstance(field, Field) for field in fields):
                raise TaskError(f'{what} is a list of fields such as fields.Text("text"), not {fields!r}')
            names = [field.name for field in fields]
            for name in names:
                if names.count(name) > 1:
                    raise TaskError(f"{what} names {name!r} twice; each field needs its own name")
            for field in fields:
                self._check_links(what, field, set(names))
            check_conditions(what, fields)
            self._set(what, FrozenList(fields))
        taken = RESERVED & {field.name for field in self.segment_fields}
        if taken:
            raise TaskError(f"segment_fields: {min(taken)!r} is a column that every segment has; choose another name")
        self._set("overlap", _overlap(self.overlap, self.tracks))

    def _check_links(self, what: str, field: Field, names: set[str]) -> None:
        linked = {*field.visible_if, *filter(None, [getattr(field, "depends_on", "")])}
        for name in sorted(linked - names):
            raise TaskError(f"{what}: {field.name!r} refers to a field {name!r} that is not among them")
        for category in field.categories:
            if what == "content_fields" or category not in self.tracks:
                raise TaskError(f"{what}: {field.name!r} is for tracks of {category!r}, a category that there is not")

    def offered_tracks(self) -> dict[str, Track]:
        """Return every track that an annotator may add, by its default id."""
        tracks = (Track(category, tag) for category, tags in self.tracks.items() for tag in tags)
        return {track.id: track for track in tracks}

    def first_annotation(self) -> Annotation:
        """Return the annotation of media that nobody has labeled: no tracks, content at its defaults."""
        return Annotation(content=defaults(self.content_fields))


def _tags(category: str, tags: Any) -> FrozenList[str]:
    if isinstance(tags, (str, bytes)) or not isinstance(tags, Iterable):
        raise TaskError(f"tracks[{category!r}] is a list of tags, not {tags!r}")
    names: FrozenList[str] = FrozenList(tags)
    for name in (category, *names):
        if not _is_name(name):
            raise TaskError(f"tracks: a category or tag is a text of 1 to {MAX_NAME} characters, not {name!r}")
    if not names or len(set(names)) != len(names):
        raise TaskError(f"tracks[{category!r}] needs at least one tag, each of them once, not {names!r}")
    return names


def _overlap(rules: Mapping[str, OverlapRule], tracks: Mapping[str, Any]) -> FrozenDict[str, OverlapRule]:
    known = get_args(OverlapRule)
    if not isinstance(rules, Mapping):
        raise TaskError(f'overlap is a rule for each category such as {{"speaker": "forbid"}}, not {rules!r}')
    for category, rule in rules.items():
        if category not in tracks:
            raise TaskError(f"overlap: {category!r} is not a category of tracks; those are {list(tracks)!r}")
        if rule not in known:
            raise TaskError(f"overlap[{category!r}] is one of {', '.join(map(repr, known))}, not {rule!r}")
    return FrozenDict(rules)


def defaults(fields: Iterable[Field]) -> dict[str, FieldValue]:
    """Return the answers that fields start with, by name."""
    return {field.name: field.default for field in fields if field.default is not None}
