"""Files whose end is missing: each says so, plays what is there, and no whole file is taken for one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from avseg_widget.media import open_media
from avseg_widget.media.cut_end import warnings_of_end
from avseg_widget.media.source import find

from .media_makers import encode

RATE = 16000
KINDS = ["wav", "aiff", "au", "caf", "w64", "flac", "ogg", "opus"]


def write(path: Path) -> Path:
    tone = 0.5 * np.sin(np.arange(6 * RATE) / 9)
    how = {"format": "OGG", "subtype": "OPUS"} if path.suffix == ".opus" else {}
    soundfile.write(path, tone + np.random.default_rng(1).normal(0, 0.1, len(tone)), RATE, **how)
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_file_says_so_and_plays_what_is_there(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"a.{kind}")
    assert not open_media(path).info().warnings
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    media = open_media(path)
    (told,) = media.info().warnings
    assert told.startswith("The file is damaged or cut: ")
    assert ("of 6.0 s." in told) == (kind not in {"ogg", "opus"})
    assert 2 < media.info().duration < 4
    assert media.sound_fragment(1, 2).end == 2


@pytest.mark.parametrize("kind", ["ogg", "opus"])
def test_ogg_that_ends_with_a_page_is_whole_though_more_follows_or_should(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"a.{kind}")
    data = path.read_bytes()
    # As recorders of radio leave it, and as tags of other formats are put behind.
    path.write_bytes(data[: data.rindex(b"OggS")])
    assert not open_media(path).info().warnings
    path.write_bytes(data + b"TAG" + bytes(125))
    assert not open_media(path).info().warnings


@pytest.mark.parametrize(("kind", "at"), [("au", 8), ("caf", None), ("w64", None)])
def test_a_length_that_was_never_written_is_no_cut(kind: str, at: int | None, tmp_path: Path) -> None:
    path = write(tmp_path / f"a.{kind}")
    data = bytearray(path.read_bytes())
    if at is not None:
        data[at : at + 4] = b"\xff" * 4
    else:
        place = data.index(b"data") + (4 if kind == "caf" else 16)
        data[place : place + 8] = b"\xff" * 8 if kind == "caf" else bytes(8)
    path.write_bytes(data)
    assert not open_media(path).info().warnings


@pytest.mark.parametrize(("kind", "at"), [("caf", 12), ("w64", 56), ("wma", 46)])
def test_a_length_beyond_all_bounds_is_no_place_to_go_to(kind: str, at: int, tmp_path: Path) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "wma":
        encode(path, 3, audio="wmav2", rate=44100, audio_options={"b": "64000"})
    else:
        write(path)
    data = bytearray(path.read_bytes())
    data[at : at + 8] = (b"\x7f" + b"\xff" * 7)[:: 1 if kind == "caf" else -1]
    path.write_bytes(data)
    assert warnings_of_end(find(path), 3) == []
