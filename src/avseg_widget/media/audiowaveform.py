"""Peaks as BBC audiowaveform writes and reads them: ``.dat``, ``.json``. Knows no reader's format and no cache.

The format: https://github.com/bbc/audiowaveform/blob/master/doc/DataFormat.md
"""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np

from ..errors import MediaError
from ..replacing import replaced
from ..wire import MediaInfo
from .peaks import BASE_LEVEL, MAX_LEVEL, Columnizer, Columns, Pyramid, joined
from .reader import AudioReader
from .tiles import TileStore
from .waveform import Waveform

_BASE_SAMPLES = 4**BASE_LEVEL
_8_BIT = 1
#: Most samples per pixel that the header holds.
_MOST_PER_PIXEL = (1 << 31) - 1
#: Largest file of numbers as text that is read, as all of it is in memory: an hour has some 10 MB.
_MOST_TEXT = 64 << 20
#: By how much the length may differ from the media's: decoders disagree on what an encoder added at the ends.
_TOLERANCE_SECONDS, _TOLERANCE_SHARE = 0.5, 0.001
#: Pixels read or written at once.
_AT_ONCE = 1 << 16


class Header(msgspec.Struct):
    """What a file says of itself; the text has the values in ``data``, the other after these."""

    sample_rate: int
    samples_per_pixel: int
    bits: int
    length: int
    version: int = 1
    channels: int = 1


class _Text(Header):
    data: list[int] = []


def columns(waveform: Waveform, reader: AudioReader, samples_per_pixel: int) -> Iterator[Columns]:
    """Give the peaks with so many samples in each column, part by part.

    Raises
    ------
    MediaError
        when there can be no such columns.
    """
    if not 2 <= samples_per_pixel <= _MOST_PER_PIXEL:
        raise MediaError(f"samples_per_pixel is {samples_per_pixel}: give 2 to {_MOST_PER_PIXEL}")
    if samples_per_pixel % _BASE_SAMPLES == 0 and not waveform.is_given:
        return _joined(waveform.wait().columns(), samples_per_pixel // _BASE_SAMPLES)
    return _read(reader, samples_per_pixel)


def _joined(parts: Iterable[Columns], count: int) -> Iterator[Columns]:
    rest: Columns | None = None
    for part in parts:
        found = part if rest is None else np.concatenate([rest, part], axis=1)
        whole = found.shape[1] - found.shape[1] % count
        rest = found[:, whole:]
        if whole:
            yield joined(found[:, :whole], count)
    if rest is not None and rest.shape[1]:
        yield joined(rest, count)


def _read(reader: AudioReader, samples_per_pixel: int) -> Iterator[Columns]:
    columnizer = Columnizer(samples_per_pixel, reader.channels)
    for block in reader.blocks():
        yield columnizer.add(block)
    yield columnizer.finish()


def write(path: Path, header: Header, parts: Iterator[Columns]) -> None:
    """Write a file, its length counted here; a reader never sees half of it."""
    put = {".dat": _put_dat, ".json": _put_json}.get(path.suffix.lower())
    if put is None:
        raise MediaError(f"peaks are written as .dat or .json, not as {path.name}: choose one of these endings")
    if header.bits not in {8, 16}:
        raise MediaError(f"there are no peaks of {header.bits} bits: give bits=8 or bits=16")
    if header.version not in {1, 2}:
        raise MediaError(f"there is no version {header.version} of peaks: give version=1 or version=2")
    if header.version == 1 and header.channels != 1:
        raise MediaError(f"version 1 holds one channel and this sound has {header.channels}: give version=2")
    values = (_narrowed(part, header.bits) for part in parts)
    try:
        with replaced(path) as part, part.open("xb") as file:
            put(file, header, values)
    except OSError as error:
        raise MediaError(f"the peaks {path} cannot be written ({error.strerror}): choose another place") from None


def _narrowed(part: Columns, bits: int) -> Columns:
    """Give pixel after pixel, in each channel after channel, lowest and highest; 8 bits as audiowaveform cuts them."""
    pixels = part.transpose(1, 0, 2)
    narrow: Columns = np.trunc(pixels / 256).astype(np.int16) if bits == 8 else pixels
    return narrow


def _put_dat(file: BinaryIO, header: Header, values: Iterator[Columns]) -> None:
    flags = _8_BIT if header.bits == 8 else 0
    start = [header.version, flags, header.sample_rate, header.samples_per_pixel]
    file.write(bytes(20 if header.version == 1 else 24))
    length = 0
    for part in values:
        length += len(part)
        file.write(part.astype("i1" if header.bits == 8 else "<i2").tobytes())
    file.seek(0)
    file.write(struct.pack("<iIiiI", *start, length))
    if header.version == 2:
        file.write(struct.pack("<i", header.channels))


def _put_json(file: BinaryIO, header: Header, values: Iterator[Columns]) -> None:
    # The length stands before the data and is known after it.
    with tempfile.TemporaryFile() as data:
        length = 0
        for part in values:
            if len(part):
                data.write(b"," * bool(length) + ",".join(map(str, part.ravel().tolist())).encode())
                length += len(part)
        fields = {"version": header.version, "channels": header.channels, "sample_rate": header.sample_rate}
        fields |= {"samples_per_pixel": header.samples_per_pixel, "bits": header.bits, "length": length}
        file.write(msgspec.json.encode(fields)[:-1] + b',"data":[')
        data.seek(0)
        while text := data.read(1 << 20):
            file.write(text)
        file.write(b"]}\n")


def read(path: Path, info: MediaInfo) -> Pyramid:
    """Read the peaks of media.

    Raises
    ------
    MediaError
        when the file is of another kind, damaged, or other media's.
    """
    try:
        with path.open("rb") as file:
            start = file.read(64)
            file.seek(0)
            text = start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
            header, parts = _open_json(file, path) if text else _open_dat(file, path)
            _check(header, info, path)
            return _built(header, parts, info.channels)
    except OSError as error:
        raise MediaError(f"the peaks {path} cannot be read ({error.strerror}): check the path") from None


def _refuse(path: Path, reason: str) -> MediaError:
    return MediaError(f"the peaks {path} cannot be used: {reason}; make them anew, or leave them out")


def _open_dat(file: BinaryIO, path: Path) -> tuple[Header, Iterator[Columns]]:
    size = os.fstat(file.fileno()).st_size
    start = file.read(24)
    version = int.from_bytes(start[:4], "little")
    needed = {1: 20, 2: 24}.get(version)
    if needed is None or size < needed:
        raise _refuse(path, "this is no audiowaveform .dat file of version 1 or 2")
    flags, rate, per_pixel, length = struct.unpack_from("<IiiI", start, 4)
    channels = struct.unpack_from("<i", start, 20)[0] if version == 2 else 1
    bits = 8 if flags & _8_BIT else 16
    header = Header(rate, per_pixel, bits, length, version, channels)
    _check_shape(header, path)
    # Nothing is made room for that is not there.
    if size - needed != length * channels * 2 * bits // 8:
        raise _refuse(path, f"it has {size - needed} bytes of values, and its header says {length} pixels")
    file.seek(needed)
    return header, _read_dat(file, header)


def _read_dat(file: BinaryIO, header: Header) -> Iterator[Columns]:
    width = header.channels * 2 * header.bits // 8
    while data := file.read(_AT_ONCE * width):
        values = np.frombuffer(data[: len(data) // width * width], "i1" if header.bits == 8 else "<i2")
        yield _pixels(values, header)


def _open_json(file: BinaryIO, path: Path) -> tuple[Header, Iterator[Columns]]:
    if os.fstat(file.fileno()).st_size > _MOST_TEXT:
        raise _refuse(path, f"text of more than {_MOST_TEXT >> 20} MiB is not read; a .dat file may be larger")
    try:
        found = msgspec.json.decode(file.read().removeprefix(b"\xef\xbb\xbf"), type=_Text)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        raise _refuse(path, f"it is no audiowaveform .json file ({error})") from None
    _check_shape(found, path)
    if len(found.data) != found.length * found.channels * 2:
        raise _refuse(path, f"it has {len(found.data)} values, and says {found.length} pixels")
    limit = 1 << (found.bits - 1)
    if found.data and not -limit <= min(found.data) <= max(found.data) < limit:
        raise _refuse(path, f"a value is beyond {found.bits} bits")
    return found, iter([_pixels(np.array(found.data, np.int16), found)])


def _pixels(values: Any, header: Header) -> Columns:
    scale = np.int16(256 if header.bits == 8 else 1)
    pixels: Columns = values.astype(np.int16) * scale
    by_channel: Columns = pixels.reshape(-1, header.channels, 2).transpose(1, 0, 2)
    return by_channel


def _check_shape(header: Header, path: Path) -> None:
    if header.version not in {1, 2}:
        raise _refuse(path, f"version {header.version} is not known, only 1 and 2 are")
    if header.bits not in {8, 16}:
        raise _refuse(path, f"values of {header.bits} bits are not known, only 8 and 16 are")
    most = 1 if header.version == 1 else 1 << 15
    if not (2 <= header.samples_per_pixel <= _MOST_PER_PIXEL and 1 <= header.channels <= most):
        raise _refuse(path, f"{header.samples_per_pixel} samples per pixel in {header.channels} channels cannot be")
    if header.length < 0:
        raise _refuse(path, f"its length is {header.length}")


def _check(header: Header, info: MediaInfo, path: Path) -> None:
    if header.sample_rate != info.sample_rate:
        raise _refuse(path, f"it is of {header.sample_rate} Hz and {info.name} has {info.sample_rate} Hz")
    if header.channels not in {1, info.channels}:
        raise _refuse(path, f"it has {header.channels} channels and {info.name} has {info.channels}")
    samples = (info.duration or 0) * info.sample_rate
    slack = max(_TOLERANCE_SECONDS * info.sample_rate, _TOLERANCE_SHARE * samples) + header.samples_per_pixel
    if abs(header.length * header.samples_per_pixel - samples) > slack:
        seconds = header.length * header.samples_per_pixel / info.sample_rate
        raise _refuse(path, f"it is of {seconds:.1f} s and {info.name} has {info.duration or 0:.1f} s")


def _built(header: Header, parts: Iterator[Columns], channels: int) -> Pyramid:
    """Make the levels from the one whose columns hold at least a pixel each; one channel stands for all."""
    per_pixel = header.samples_per_pixel
    base = next(level for level in range(BASE_LEVEL, MAX_LEVEL) if 4**level >= per_pixel)
    pyramid = Pyramid(channels, TileStore(), base)
    for part in _placed(parts, per_pixel, 4**base):
        pyramid.extend(np.repeat(part, channels // header.channels, axis=0))
    pyramid.finish()
    return pyramid


def _placed(parts: Iterable[Columns], per_pixel: int, width: int) -> Iterator[Columns]:
    """Give columns of ``width`` samples: each is of all pixels that reach into it."""
    first, rest = 0, None  # the pixel that ``rest`` begins with
    column = 0
    for part in parts:
        found = part if rest is None else np.concatenate([rest, part], axis=1)
        last = (first + found.shape[1]) * per_pixel // width
        if last > column:
            yield _spread(found, first, range(column, last), per_pixel, width)
        column = max(column, last)
        keep = column * width // per_pixel
        rest, first = found[:, keep - first :], keep
    if rest is not None and rest.shape[1]:
        end = -(-(first + rest.shape[1]) * per_pixel // width)
        if end > column:
            yield _spread(rest, first, range(column, end), per_pixel, width)


def _spread(found: Columns, first: int, wanted: range, per_pixel: int, width: int) -> Columns:
    starts = np.arange(wanted.start, wanted.stop, dtype=np.int64) * width
    begins = starts // per_pixel - first
    ends = np.minimum(-(-(starts + width) // per_pixel) - first, found.shape[1])
    # Pairs of begin and end; what lies between an end and the next begin is reduced too, and left out. A last, empty
    # pixel lets an end be the very end.
    padded = np.concatenate([found, found[:, -1:]], axis=1)
    pairs = np.stack([begins, ends], axis=1).ravel()
    low = np.minimum.reduceat(padded[:, :, 0], pairs, axis=1)[:, ::2]
    return np.stack([low, np.maximum.reduceat(padded[:, :, 1], pairs, axis=1)[:, ::2]], axis=2)
