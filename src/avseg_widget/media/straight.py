"""Decode a local file from its beginning to its end in C alone, in long blocks. Knows no place on a timeline."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import av.error
from av.filter import Graph

from .browser import family_of
from .container import PLAIN_EDIT
from .layout import sound_edit
from .samples import Block
from .source import Place

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

#: Families of containers that are decoded so, by the name of the demuxer, which is not left to a guess.
_DEMUXERS = {"mp3": "mp3", "flac": "flac", "mp4": "mov"}


def decodes_straight(place: Place, container: str) -> bool:
    """Return whether a file is one that :func:`decode_straight` takes."""
    # What joins a header and a file parts their names by this sign.
    is_named = place.path is not None and not (place.header and "|" in f"{place.path}{tempfile.gettempdir()}")
    return is_named and place.picture is None and family_of(container) in _DEMUXERS


def decode_straight(place: Place, container: str, stream: int, size: int) -> Iterator[tuple[Fraction, Block]]:
    """Yield blocks of ``size`` samples, each with the container's own time of its first sample, in seconds.

    Within a block samples follow each other whatever their stamps say: a gap shows in the time of the next block.
    What is damaged is left out. Half the time of decoding frame by frame in Python goes into handing frames over.

    Raises
    ------
    av.error.FFmpegError
        Where it cannot go on, such as at a change of rate or channels.
    """
    if not place.header:
        yield from _decoded(f"file:{place.path}", place, container, stream, size)
        return
    with tempfile.TemporaryDirectory(prefix="avseg-", ignore_cleanup_errors=True) as folder:
        header = Path(folder, "header")
        header.write_bytes(place.header)
        yield from _decoded(f"concat:{header}|{place.path}", place, container, stream, size)


def _decoded(name: str, place: Place, container: str, stream: int, size: int) -> Iterator[tuple[Fraction, Block]]:
    graph = Graph()
    source = graph.add(
        "amovie",
        filename=name,
        format_name=_DEMUXERS[family_of(container)],
        stream_index=str(stream),
        **({"format_opts": ":".join(map("=".join, PLAIN_EDIT.items()))} if sound_edit(place) is not None else {}),
    )
    sink = graph.add("abuffersink")
    steps = [
        source,
        graph.add("aformat", sample_fmts="s16"),
        graph.add("asetnsamples", nb_out_samples=str(size), pad="0"),
        sink,
    ]
    for first, second in pairwise(steps):
        first.link_to(second)
    graph.configure()
    while True:
        try:
            frame = cast("AudioFrame", graph.pull())
        except (av.error.EOFError, av.error.BlockingIOError):
            return
        if frame.pts is None or frame.time_base is None:
            raise av.error.InvalidDataError(0, "a block without a time stamp")
        samples = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
        yield frame.pts * frame.time_base, cast("Block", samples)
