"""The peaks of one media: kept on disk, given, or made in a thread while they are asked for. Knows no widget."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from ..errors import MediaError
from ..wire import PEAK_TILE_COLUMNS, PeakProgress
from .peak_cache import VERSION, Kept, PeakCache, content_key, far_key
from .peaks import BASE_LEVEL, Columnizer, Columns, Pyramid, check_tile, columns_of
from .ranged import changed
from .reader import AudioReader
from .samples import Block
from .source import Place
from .tiles import DamagedError

_BASE_SAMPLES = 4**BASE_LEVEL
#: Most samples of all channels that are read for one tile which the pass has not reached yet: some 50 ms of work.
_CHEAP = 1 << 23
#: Seconds that the first request waits, so that short media show no progress at all.
_SHORT_WAIT = 0.1
#: Seconds that stopping waits for the thread.
_STOP_WAIT = 1.0


@dataclass(frozen=True)
class Tile:
    """Columns of one tile; not ``complete`` when the pass will add to them."""

    columns: Columns
    complete: bool


class Waveform:
    """Peaks from one pass over the sound, in a thread that starts when they are first asked for.

    Parameters
    ----------
    reader
        The sound.
    place
        Where it is from, for keeping the peaks of a file; None keeps none.
    length
        Samples that there should be, for the progress.
    explained
        Makes a MediaError, in words for the user, of what reading may raise.
    given
        Peaks that make the pass needless.
    """

    def __init__(
        self,
        reader: AudioReader,
        place: Place | None,
        length: int,
        explained: Callable[[Exception], MediaError],
        given: Pyramid | None = None,
    ) -> None:
        self._reader = reader
        self._place = place
        self._length = max(1, length)
        self._explained = explained
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        # Asked instead of the thread: one whose join() was interrupted counts as ended while it goes on.
        self._ended = threading.Event()
        self._ended.set()
        self._wanted = True
        self._pass: _Pass | None = None
        self._pyramid: Pyramid | None = given
        #: The peaks are another program's.
        self.is_given = given is not None
        #: Why the pass failed, in words for the user.
        self.problem = ""

    @property
    def frames(self) -> int:
        """How many samples the pass has read."""
        return self._pass.frames if self._pass else 0

    def progress(self, *, complete: bool = True) -> PeakProgress:
        """Say how far the pass is."""
        finished = self._pyramid is not None and self._pyramid.finished
        done = 1.0 if finished else min(0.999, self.frames / self._length)
        running = not finished and not self._ended.is_set()
        problem = self.problem or (self._news() if finished else "")
        return PeakProgress(progress=done, running=running, complete=complete, problem=problem)

    def _news(self) -> str:
        """Say in words that the file is not any more what is drawn: a browser may play what is there now."""
        try:
            if self._place is not None:
                self._place.check()
        except MediaError as error:
            return str(error)
        return ""

    def start(self) -> bool:
        """Begin the pass, or go on where it was stopped; after a failure begin anew. False when it runs or is done."""
        with self._lock:
            self._wanted = True
            if self._pyramid is not None and self._pyramid.finished:
                return False
            if not self._ended.is_set():
                if not self._stopping.is_set():
                    return False
                self._ended.wait()
            if self.problem:
                self._pass, self.problem = None, ""
            stopping, ended = threading.Event(), threading.Event()
            # The thread holds only a weak reference: media that nobody has any more ends its pass.
            self._thread = threading.Thread(
                target=_run, args=(weakref.ref(self), stopping, ended), name="avseg-peaks", daemon=True
            )
            self._stopping, self._ended = stopping, ended
            try:
                self._thread.start()
            except RuntimeError:
                # The system has no thread to give.
                ended.set()
                raise
            return True

    def stop(self, *, wanted: bool = False) -> None:
        """Stop the pass; what there is stays. It goes on by ``start``, when ``wanted`` also by the next request."""
        self._wanted = wanted
        self._stopping.set()
        if self._thread is not threading.current_thread():
            # A network may let it wait; it ends by itself then.
            self._ended.wait(_STOP_WAIT)

    def wait(self) -> Pyramid:
        """Give the whole pyramid, when the pass is done; Ctrl-C meanwhile stops it until it is asked for again.

        Raises
        ------
        MediaError
            when it failed or was stopped meanwhile.
        """
        self.start()
        try:
            self._ended.wait()
        except KeyboardInterrupt:
            self.stop(wanted=True)
            raise
        if self.problem:
            raise MediaError(self.problem)
        if self._pyramid is None or not self._pyramid.finished:
            raise MediaError("making the peaks was stopped: ask for them again")
        return self._pyramid

    def base_columns(self) -> Columns:
        """Give all columns of ``BASE_LEVEL``, when the pass is done."""
        self.wait()
        tiles, found = 0, [np.empty((self._reader.channels, 0, 2), np.int16)]
        while (part := self.whole_tile(BASE_LEVEL, tiles)).shape[1]:
            found.append(part)
            tiles += 1
        return np.concatenate(found, axis=1)

    def whole_tile(self, level: int, tile: int) -> Columns:
        """Give a tile of the finished pyramid, or of the samples themselves."""
        check_tile(level, tile)
        pyramid = self.wait()
        if level < pyramid.base:
            return self._finer(pyramid, level, tile)
        try:
            return pyramid.tile(level, tile)
        except (DamagedError, OSError):
            self._forget()
            return self.wait().tile(level, tile)

    def tile(self, level: int, tile: int) -> Tile:
        """Give what there is of a tile, at once; the pass starts if nobody stopped it."""
        check_tile(level, tile)
        if self._wanted and not self.problem and self.start():
            self._ended.wait(_SHORT_WAIT)
        pyramid = self._pyramid
        base = pyramid.base if pyramid is not None else BASE_LEVEL
        finished = pyramid is not None and pyramid.finished
        if level < base:
            found = self._samples(level, tile) if pyramid is None else self._finer(pyramid, level, tile)
            return Tile(found, self._reader.is_exact or finished)
        columns: Columns = np.empty((self._reader.channels, 0, 2), np.int16)
        if pyramid is not None:
            try:
                columns = pyramid.tile(level, tile)
            except (DamagedError, OSError):
                self._forget()
                return Tile(columns, complete=False)
        if finished or columns.shape[1] == PEAK_TILE_COLUMNS:
            return Tile(columns, complete=True)
        if self._is_cheap(level):
            return Tile(self._samples(level, tile), self._reader.is_exact)
        return Tile(columns, complete=False)

    def _is_cheap(self, level: int) -> bool:
        is_near = self._place is None or not self._place.is_far
        return is_near and PEAK_TILE_COLUMNS * 4**level * self._reader.channels <= _CHEAP

    def _finer(self, pyramid: Pyramid, level: int, tile: int) -> Columns:
        """Read samples; where peaks that were given are so coarse that this takes long, repeat their columns."""
        if level < BASE_LEVEL or self._is_cheap(level):
            return self._samples(level, tile)
        times = 4 ** (pyramid.base - level)
        places = (tile * PEAK_TILE_COLUMNS + np.arange(PEAK_TILE_COLUMNS)) // times
        coarse = pyramid.tile(pyramid.base, int(places[0]) // PEAK_TILE_COLUMNS)
        places %= PEAK_TILE_COLUMNS
        return coarse[:, places[places < coarse.shape[1]]]

    def _samples(self, level: int, tile: int) -> Columns:
        width = 4**level
        start = tile * PEAK_TILE_COLUMNS * width
        # Only what was read is known to be there, when it all was.
        length = self.frames if self._pass is not None and self._pass.is_done else self._length
        stop = min(start + PEAK_TILE_COLUMNS * width, length)
        if start >= stop:
            return np.empty((self._reader.channels, 0, 2), np.int16)
        (block,) = self._reader.windows([(start, stop)])
        return columns_of(block, width)

    def _forget(self) -> None:
        """Kept peaks turned out damaged: make them anew."""
        with self._lock:
            if self._pass is not None:
                self._pass.forget()
            self._pass, self._pyramid = None, None

    def step(self) -> bool:
        """Do a part of the pass; True when there is more to do. Only for the thread."""
        try:
            if self._pass is None:
                self._pass = _Pass(self._reader, self._place)
                self._pyramid = self._pass.pyramid
            return self._pass.step()
        except Exception as error:  # noqa: BLE001 - whatever goes wrong is shown, and nobody else would hear of it
            self.problem = str(self._explained(error))
            return False


def _run(waveform: weakref.ref[Waveform], stopping: threading.Event, ended: threading.Event) -> None:
    try:
        while not stopping.is_set():
            held = waveform()
            if held is None or not held.step():
                return
            del held
    finally:
        ended.set()


class _Pass:
    """One pass over the sound, step by step, or what an earlier one left on disk."""

    def __init__(self, reader: AudioReader, place: Place | None) -> None:
        self._reader = reader
        self._cache = PeakCache.of_user()
        self._place = place
        self._stamp = self._stamped()
        self.key = self._content()
        self.frames = 0
        self.is_done = False
        self._ready: list[Columns] = []
        found = self._cache.find(self.key) if self.key else None
        if found is not None and found[0].channels == reader.channels:
            kept, store = found
            self.pyramid = Pyramid.loaded(kept.channels, store, kept.base, kept.levels)
            self.frames, self.is_done = kept.frames, True
            reader.index = kept.index
            return
        self.pyramid = Pyramid(reader.channels, self._cache.new_store(self.key))
        self._columnizer = Columnizer(_BASE_SAMPLES, reader.channels)
        self._blocks: Iterator[Block] = reader.blocks()

    def step(self) -> bool:
        if self.is_done:
            return False
        block = next(self._blocks, None)
        if block is None:
            self._finish()
            return False
        self.frames += len(block)
        self._ready.append(self._columnizer.add(block))
        if sum(part.shape[1] for part in self._ready) >= PEAK_TILE_COLUMNS:
            self._hand_over()
        return True

    def _hand_over(self) -> None:
        columns = np.concatenate(self._ready, axis=1)
        self._ready = []
        if columns.shape[1]:
            self.pyramid.extend(columns)

    def _finish(self) -> None:
        self._ready.append(self._columnizer.finish())
        self._hand_over()
        if self._stamped() != self._stamp and self._place is not None:
            raise changed(self._place.name)
        self.is_done = True
        self.pyramid.finish()
        if self.key:
            levels, index = self.pyramid.entries, self._reader.index
            kept = Kept(VERSION, self.key, self._reader.channels, self.frames, self.pyramid.base, levels, index)
            with self.pyramid.lock:
                self._cache.keep(self.pyramid.store, kept)

    def forget(self) -> None:
        """Remove what is kept on disk."""
        if self.key:
            self._cache.forget(self.key)

    def _stamped(self) -> tuple[int, int]:
        """Give what tells a change of the file: its size and the time of its last change."""
        if self._place is None or self._place.path is None:
            return 0, 0
        self._place.check()
        status = self._place.path.stat()
        return status.st_size, status.st_mtime_ns

    def _content(self) -> str:
        place = self._place
        if place is None or not self._cache.is_on:
            return ""
        with suppress(OSError):
            if place.path is not None:
                return content_key(place.path)
            if place.blocks is not None and place.blocks.source.version:
                with place.open() as file:
                    return far_key(place.address, place.blocks.source.version, file)
        return ""
