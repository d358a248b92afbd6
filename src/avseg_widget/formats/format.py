"""What a format is, and how all of them name tracks and find a segment's text. Knows no format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from urllib.parse import unquote

from .. import fields as kinds
from ..errors import FormatError
from ..model import Annotation, Task, Track, track_id
from .reading import Reading


class Format(ABC):
    """One format of files, by its name, its title for the reader and the ends of its files' names (lower case)."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    #: Whether segments' ids come back.
    keeps_ids = False
    #: Whether a file may hold several annotations.
    many = False
    #: Whether a segment has one text and no other answers.
    one_text = False

    def based_on(self, path: Path) -> Format:
        """Return the format that writes into a file, all of which stays that an annotation does not say."""
        raise FormatError(
            f"{self.title} is written anew, not into {path.name}, as only ELAN documents are; leave out like=",
            parameter="like",
        )

    @abstractmethod
    def sniff(self, head: bytes) -> bool:
        """Return whether a file that begins so is surely of this format."""

    @abstractmethod
    def read(self, path: Path, task: Task | None) -> Reading:
        """Return what is in a file; raises FormatError saying what is wrong, and where."""

    @abstractmethod
    def carry(self, annotation: Annotation, task: Task | None) -> Annotation:
        """Return what would be read of an annotation that was written, with the ids that it has here.

        The loss report compares with it, and a test that reading what was written gives just this.
        """

    def carry_all(self, annotations: list[Annotation], task: Task | None) -> list[Annotation]:
        """Return what :meth:`carry` does, of all in one file; overridden where one changes how another is read."""
        return [self.carry(annotation, task) for annotation in annotations]

    @abstractmethod
    def write(self, annotations: list[Annotation], path: Path, task: Task | None) -> None:
        """Write a file; raises FormatError for what cannot be written at all."""


def name_of(track: Track, category: str) -> str:
    """Return a track's name where a format has one name only; ``category`` goes without saying.

    >>> name_of(Track("tier", "words"), "tier"), name_of(Track("speaker", "Ann"), "tier")
    ('words', 'speaker:Ann')
    """
    plain = track.category == category and ":" not in track.tag and "%" not in track.tag
    return track.tag if plain else track_id(track.category, track.tag)


def track_named(name: str, category: str) -> Track:
    """Return the track that :func:`name_of` gave a name to; any other name is a tag of ``category``.

    >>> track_named("words", "tier").id, track_named("speaker:Ann", "tier").id
    ('tier:words', 'speaker:Ann')
    """
    before, _, after = name.partition(":")
    own, tag = unquote(before), unquote(after)
    # Only what name_of writes: then no two names are one track but "category:tag" and "tag".
    is_id = own.strip() and tag.strip() and track_id(own, tag) == name
    return Track(own, tag) if is_id else Track(category, name)


def text_field(annotation: Annotation, task: Task | None) -> str:
    """Return the field with a segment's text: ``text`` where there is one, else the first text asked or answered."""
    if task is not None:
        texts = [field.name for field in task.segment_fields if isinstance(field, kinds.Text)]
        if texts:
            return "text" if "text" in texts else texts[0]
    given = [
        name for segment in annotation.segments for name, value in segment.fields.items() if isinstance(value, str)
    ]
    return "text" if "text" in given or not given else given[0]
