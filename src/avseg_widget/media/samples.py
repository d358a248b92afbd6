"""Turn sound of any sample type into int16, and arrays into WAV bytes. Knows no file and no codec."""

from __future__ import annotations

import io
import math
import operator
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import soundfile

from ..errors import MediaError

#: Sound as int16 of shape (frames, channels).
Block: TypeAlias = npt.NDArray[np.int16]

#: Most channels an array may have; browsers play no more.
MAX_CHANNELS = 32
#: The highest sample rate that is believed, in Hz; recorders of bats and machines reach some millions.
MAX_RATE = 10_000_000

_SHAPE_HELP = "give (array, rate) with an array of shape (frames,) or (frames, channels)"
_BLOCK_FRAMES = 1 << 18


def to_int16(array: npt.NDArray[Any]) -> npt.NDArray[np.int16]:
    """Scale floats in [-1, 1] or integer PCM of any width to int16; beyond full scale is clipped.

    >>> to_int16(np.array([0.5, -1.0, 2.0])).tolist()
    [16384, -32768, 32767]
    """
    kind, bits = array.dtype.kind, array.dtype.itemsize * 8
    if kind == "f":
        # float16 would overflow.
        wide = array.astype(np.float32) if bits == 16 else array
        return np.asarray(np.clip(np.rint(np.nan_to_num(wide, posinf=1, neginf=-1) * 32768), -32768, 32767), np.int16)
    if kind == "u":
        return to_int16((array.astype(np.int64) - (1 << (bits - 1))).astype(f"i{bits // 8}"))
    if bits > 16:
        high: npt.NDArray[np.int16] = (array >> (bits - 16)).astype(np.int16)
        return high
    narrow: npt.NDArray[np.int16] = array.astype(np.int16) << np.int16(16 - bits)
    return narrow


def encode_array(array: Any, rate: Any) -> tuple[bytes, tuple[str, ...]]:
    """Encode an array as WAV PCM_16; returns the bytes and warnings.

    Parameters
    ----------
    array
        shape (frames,) or (frames, channels); floats in [-1, 1], or int8, uint8, int16, int32.
    rate
        samples per second, a whole number.
    """
    values, whole_rate = _checked_array(array), whole_rate_of(rate)
    if whole_rate is None:
        raise MediaError(f"the sample rate {rate!r} is not a whole number above 0: {_SHAPE_HELP}, then the rate in Hz")
    clipped = 0
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", whole_rate, values.shape[1], "PCM_16", format="WAV") as file:
        for start in range(0, len(values), _BLOCK_FRAMES):
            block = values[start : start + _BLOCK_FRAMES]
            clipped += _count_beyond(block)
            file.write(to_int16(block))
    warnings = (f"{clipped} values of the array lie beyond -1 to 1 and are clipped.",) if clipped else ()
    return buffer.getvalue(), warnings


def _count_beyond(block: npt.NDArray[Any]) -> int:
    if block.dtype.kind != "f":
        return 0
    if not np.isfinite(block).all():
        raise MediaError("the array holds NaN or infinity: replace them, for example with numpy.nan_to_num(array)")
    return int(np.count_nonzero(np.abs(block) > 1))


def _checked_array(array: Any) -> npt.NDArray[Any]:
    if np.ma.is_masked(array):
        raise MediaError("the array has masked samples: fill them, for example with array.filled(0) for silence")
    try:
        values = np.asarray(array)
    except ValueError:
        raise MediaError(f"the array's rows are not of one length: {_SHAPE_HELP}") from None
    except Exception as error:  # noqa: BLE001 - tensors have errors of their own
        raise MediaError(f"the array cannot be read ({error}): {_SHAPE_HELP}") from None
    if values.dtype.kind in "USO" and not hasattr(array, "dtype"):
        raise MediaError(
            f"the tuple holds no array, but a {type(array).__name__}: {_SHAPE_HELP}; or a list of recordings, "
            "[(recording, offset in seconds), ...]"
        )
    if values.dtype.kind != "f" and values.dtype.str[1:] not in {"i1", "u1", "i2", "i4"}:
        raise MediaError(
            f"the array's type {values.dtype} is not sound: give floats in [-1, 1], or int8, uint8, int16, int32"
        )
    if values.ndim not in {1, 2}:
        raise MediaError(f"the array has shape {values.shape}: {_SHAPE_HELP}")
    if values.size == 0:
        raise MediaError(f"the array is empty (shape {values.shape}): there is nothing to label")
    values = values.reshape(len(values), -1)
    if values.shape[1] > MAX_CHANNELS:
        raise MediaError(
            f"the array has shape {values.shape}, which means {values.shape[1]} channels (at most {MAX_CHANNELS}): "
            f"{_SHAPE_HELP}; for (channels, frames) pass array.T"
        )
    return values


def whole_rate_of(rate: Any) -> int | None:
    """Return a sample rate in Hz as an int, None where it is not a whole number above 0 that a file can hold."""
    try:
        value = operator.index(rate)
    except TypeError:
        is_whole = isinstance(rate, (float, np.floating)) and math.isfinite(rate) and float(rate).is_integer()
        value = int(rate) if is_whole else 0
    return value if 0 < value < 1 << 31 else None
