"""Which way media takes to the browser, and why: its own address, or a stream from Python. Knows no widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from ..errors import MediaError
from ..wire import MediaSource
from .probe import Facts
from .server import marimo_url, served_url
from .source import Place

Way: TypeAlias = Literal["auto", "stream"]


@dataclass(frozen=True)
class Choice:
    """The way and its reason in one line; ``url`` is "" for the stream."""

    line: str
    url: str = ""


def source_of(place: Place, facts: Facts, asked: Way) -> MediaSource:
    """Describe media as the browser gets it."""
    choice = choose(place, facts, asked)
    info = msgspec.structs.replace(facts.info, way=choice.line, warnings=[*place.warnings, *facts.info.warnings])
    return MediaSource(info=info, url=choice.url, stream=facts.info.duration is not None)


def choose(place: Place, facts: Facts, asked: Way) -> Choice:
    """Choose the browser's own loading where it is exact and there is an address for it, else the stream."""
    if asked not in {"auto", "stream"}:
        raise MediaError(f"there is no way {asked!r} to the browser: give 'auto' or 'stream'")
    if facts.info.duration is None:
        return Choice("url: the browser loads it by itself, as Python could not open it", place.url)
    if asked == "stream":
        return Choice("stream: as was asked for")
    if facts.info.hindrances:
        return Choice(f"stream: {facts.info.hindrances[0].rpartition(': ')[0]}")
    return _by_address(place) or Choice("stream: there is no address from which the browser could load it")


def _by_address(place: Place) -> Choice | None:
    if place.url:
        return Choice("url: the browser loads it by itself", place.url)
    if place.path is not None:
        for server, url in (("the Jupyter server", served_url(place.path)), ("marimo", marimo_url(place.path))):
            if url:
                return Choice(f"file: {server} sends it at {url}", url)
    return None
