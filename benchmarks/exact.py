"""Whether the playhead is where the sound is, segments end on their samples, and frames are those asked for.

Sound: three hours of marks in six formats (see ``clicks``), opened in JupyterLab, each by the way that it takes. Every
media element is led through an AudioContext that keeps each rendered sample with the moment of its rendering; the marks
in it tell which place of the media was heard then. The place that the editor draws is noted as it changes.

`av_offset_p99_ms`: after each of 102 random seeks, at 0.5x, 1x and 2x in turn, the median of the drawn place less the
heard one over three seconds, or three of the media where it runs slowly. Beside it `drawn_1x_p99_ms` is that of every
single drawing at normal speed; at the others a drawing may be farther off, as pieces of sound are moved by up to 0.015
s to fit when the pitch is kept, and no place on a line can follow that; three seconds of marks tell the middle of such
pieces to 1.5 ms (standard deviation), one second to 2. The recorder's own delay is that of a short WAV file played in
an element of its own without a seek, whose time browsers tell right but for some ms that differ from one play to the
next: the median of all plays, some for each format, is taken off. What a sound card adds is not in it: browsers account
for it in the time that they tell. A recording in which the sound device stood still for some time is made anew
(`taken_again`).

`overshoot_p99_ms`: segments, which begin and end in noise, are played by their key, at each speed; pieces of 4 ms of
the first and the last 60 ms that sounded are looked for in the media as it was sent, which tells to the sample of which
place sound was heard first and last (see `hearing.extent`). What was heard from before the segment or from after it
counts. At normal speed so does the moment of the last sample, as the marks before it tell it, before its time and after
it alike. Beside it: `left_out_ms`, the most of the segment's first and last sound that was not heard, and `longer_ms`,
by how much of the media segments at other speeds sounded longer (below 0: shorter) than their length.
`loop_gap_ms`: how much later than the length of a short looped segment its sound comes again, the most of all rounds.

Frames: see ``exact_frames``; `wrong_frames` over all its clips.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import soundfile

from tests.e2e.servers import JupyterServer

from . import clicks, exact_frames, hearing
from .common import finish, percentile
from .player import Player, link

T = TypeVar("T")

LIMITS = {
    "av_offset_p99_ms": 5,
    "drawn_1x_p99_ms": 5,
    "overshoot_p99_ms": 5,
    "left_out_ms": 5,
    "loop_gap_ms": 20,
    "wrong_frames": 0,
}
SPEEDS = (0.5, 1.0, 2.0)
#: Of each of the six formats, at the speeds in turn: seeks, 102 in all; segments played to their end; and loops.
SEEKS, SEGMENTS, LOOPS = 17, 12, 1
FULL_SEEKS = 100
#: Seconds of a recording, longer where the media runs slowly: it takes many marks to tell the middle of moved pieces.
HEARD = 3.0
#: Ms by which the sound device may be late within a recording, and how often one is made at most: where a machine gives
#: others its time, the device of a headless browser stops for a while, and what is heard then is late for all players.
STEADY, TRIES = 9.0, 20
FRAME_MOVES = 200
#: Seconds beside a segment in which what was heard is looked for.
AROUND = 0.1
#: Seconds after a mark's quarter began between which segments begin and end.
NOISE = (0.215, 0.285)
#: How often the recorder's delay is taken for each format, and for how many seconds.
LOOKS, LOOK = 7, 1.6
#: Of the DevTools protocol.
SHIFT = 8
CALIBRATION = "calibration.wav"


class Listener:
    """Plays one media and measures what is heard; offsets are ms by which the playhead is ahead of the sound."""

    def __init__(self, player: Player, path: Path) -> None:
        self.player = player
        self.path = path
        self.shift = clicks.shift_of(path)

    def seek(self, share: float, speed: float) -> dict[str, Any]:
        """Seek and play, again where the sound device was not steady; return what `hear` does, and how often."""
        found, tries = until_steady(lambda: self.hear(share, speed), lambda found: found["unsteady_ms"])
        return {**found, "tries": tries}

    def hear(self, share: float, speed: float) -> dict[str, Any]:
        """Seek and play; return the offsets of the drawings and the greatest step of the sound off its line."""
        player = self.player
        player.chrome.run("heard.clear()")
        player.press_at(share)
        player.space()
        player.chrome.until("heard.places.length > 8 && !heard.silent(8)", 20)
        time.sleep(HEARD / min(1.0, speed))
        taken = player.take()
        player.rest()
        return offsets(taken, speed, self.shift)

    def segment(self, start: float, end: float, speed: float) -> dict[str, float]:
        """Play a segment; return what `ends_of` does, with the speed."""
        self.begin(start)
        self.player.chrome.until("heard.places.length > 1 && !heard.silent(8)", 20)
        time.sleep((end - start) / speed + 0.3)
        self.player.chrome.until("heard.silent()", 20)
        return {"speed": speed, **self.ends_of(hearing.recording(self.player.take()).samples, start, end, speed)}

    def ends_of(self, samples: hearing.Floats, start: float, end: float, speed: float) -> dict[str, float]:
        """Return by how many ms the sound began and ended after the segment, and by how many it lasted longer."""
        first, last = hearing.sounding(samples)
        media_from = max(0.0, start - AROUND)
        media = clicks.sound_of(self.path, media_from, end + AROUND)
        places = hearing.extent(media, samples[first:last])
        begun, ended = (media_from + place / clicks.RATE for place in places)
        found = {"began": (begun - start) * 1000, "over": (ended - end) * 1000}
        if speed == 1:
            marks = hearing.find_marks(samples, speed, start + 0.2, self.shift)
            line = float(np.median(marks.media - marks.at / clicks.RATE))
            return {**found, "late": (line + last / clicks.RATE - end) * 1000}
        return {**found, "longer": ((last - first) / clicks.RATE * speed - (end - start)) * 1000}

    def loop(self, start: float, end: float, rounds: int = 4) -> float:
        """Play a segment over and over; return the longest pause between two rounds in ms."""
        chrome = self.player.chrome
        toggle = "document.querySelector('.avseg button[aria-label=\"Loop\"]').click()"
        chrome.run(toggle)
        self.begin(start)
        chrome.until("!heard.silent(8)", 20)
        time.sleep((end - start) * rounds)
        taken = self.player.take()
        chrome.run(toggle)
        self.player.rest()
        sound = hearing.recording(taken)
        marks = hearing.find_marks(sound.samples, 1, start + 0.2, self.shift)
        # The pitches tell the place in the segment; the time between the same mark of two rounds is the round's.
        numbers = np.round((marks.media - self.shift) / clicks.STEP - 0.5).astype(int) % clicks.PITCHES
        pauses = []
        for number in set(numbers.tolist()):
            found = marks.at[numbers == number]
            pauses += [(step / clicks.RATE - (end - start)) * 1000 for step in np.diff(found)]
        if len(pauses) < rounds - 1:
            raise RuntimeError(f"{len(pauses)} rounds were heard")
        return max(pauses, key=abs)

    def begin(self, start: float) -> None:
        """Go to the segment that starts there from a little before it, and play it."""
        self.player.press_at((start - 15) / self.player.duration)
        self.player.key(".", "Period")
        self.player.chrome.until(f"Math.abs(heard.place() - {start}) < 0.01", 20)
        time.sleep(0.2)
        self.player.chrome.run("heard.clear()")
        self.player.key(" ", "Space", modifiers=SHIFT)


def offsets(taken: dict[str, Any], speed: float, shift: float) -> dict[str, Any]:
    sound = hearing.recording(taken)
    first, last = hearing.sounding(sound.samples)
    places = np.array(taken["places"])
    # The first is that of the press, drawn before anything is heard.
    asked = places[0, 1]
    marks = hearing.find_marks(sound.samples, speed, asked + 0.2, shift)
    if len(marks.at) < 2:
        raise RuntimeError(f"{len(marks.at)} marks were heard after {asked} s")
    at = sound.place(places[:, 0])
    heard = hearing.heard_at(marks, at, speed)
    drawn = ((places[:, 1] - heard) * 1000)[(at > first) & (at < last)]
    away = (marks.media - marks.media[0]) - (marks.at - marks.at[0]) / clicks.RATE * speed
    return {"asked": round(asked, 3), "speed": speed, "offset": float(np.median(drawn)), "drawn": drawn.tolist(),
            "unsteady_ms": round(sound.unsteady, 1), "uneven_ms": round(float(np.ptp(away)) * 1000, 1)}  # fmt: skip


def until_steady(take: Callable[[], T], unsteady: Callable[[T], float]) -> tuple[T, int]:
    """Take something, again where the sound device stood still or sound was lost; return it and how often."""
    for tries in range(1, TRIES + 1):
        with suppress(hearing.LostSoundError):
            found = take()
            if unsteady(found) <= STEADY:
                return found, tries
    raise RuntimeError(f"the sound device was not steady in {TRIES} tries: this machine is too busy to measure on")


def calibrate(player: Player, address: str) -> list[float]:
    """Return by how many ms a recorded sound comes after the time that a plain element tells, of some plays."""

    def take() -> tuple[dict[str, Any], hearing.Recording]:
        player.chrome.run(f"heard.calibrate({address!r}, {LOOK})", wait=True)
        taken = player.take()
        player.rest()
        return taken, hearing.recording(taken)

    found = []
    for _ in range(LOOKS):
        (taken, sound), _ = until_steady(take, lambda found: found[1].unsteady)
        marks = hearing.find_marks(sound.samples, 1, 0.2)
        places = np.array(taken["places"])
        told = np.interp(sound.moment(marks.at), places[:, 0], places[:, 1])
        found.append(float(np.median(told - marks.media) * 1000))
    return found


def measure(server: JupyterServer, folder: Path, format_: str, counts: tuple[int, int, int]) -> dict[str, Any]:
    """Return what was heard of one format: ``counts`` seeks, segments played once, and loops."""
    path = clicks.make(format_)
    chance = random.Random(format_)
    seeks, segments, loops = counts
    # Far apart, so that a press before one is after the one before it.
    apart = (clicks.HOURS * 3600 - 120) / (segments + loops)
    starts = [in_noise(60 + apart * (turn + chance.uniform(0, 0.5)), chance) for turn in range(segments + loops)]
    spans = [(start, in_noise(start + chance.uniform(1.0, 1.9), chance)) for start in starts]
    player = Player(server, folder, link(server, path), spans=spans)
    try:
        player.press_at(0.5)
        player.space()
        player.chrome.until("heard.quanta.length > 1000")
        player.rest()
        delays = calibrate(player, f"/files/{CALIBRATION}?token={server.token}")
        listener = Listener(player, path)
        heard = []
        for turn in range(seeks):
            speed = SPEEDS[turn % len(SPEEDS)]
            player.speed(speed)
            heard.append(listener.seek(chance.uniform(0.01, 0.98), speed))
        ends = []
        for turn, (start, end) in enumerate(spans[:segments]):
            speed = SPEEDS[turn % len(SPEEDS)]
            player.speed(speed)
            ends.append(until_steady(partial(listener.segment, start, end, speed), lambda _: 0)[0])
        player.speed(1)
        gaps = [until_steady(partial(listener.loop, *span), lambda _: 0)[0] for span in spans[segments:]]
    finally:
        player.close()
    found = {
        "way": player.way,
        "delays_ms": [round(delay, 2) for delay in delays],
        "seeks": heard,
        "ends": ends,
        "gaps": gaps,
    }
    print(format_, json.dumps(figures_of([found])), flush=True)
    return found


def in_noise(about: float, chance: random.Random) -> float:
    """Give a time where no mark is heard for 20 ms, late as a file may be: a piece of a tone is like many others."""
    return round(about // clicks.STEP * clicks.STEP + chance.uniform(*NOISE), 4)


def figures_of(found: list[dict[str, Any]]) -> dict[str, float]:
    seeks = [seek for each in found for seek in each["seeks"]]
    # The recorder is the same for all.
    delay = statistics.median(delay for each in found for delay in each["delays_ms"])
    drawn = {
        speed: [abs(each - delay * speed) for seek in seeks if seek["speed"] == speed for each in seek["drawn"]]
        for speed in SPEEDS
    }
    return {
        "av_offset_p99_ms": round(percentile([abs(each["offset"] - delay * each["speed"]) for each in seeks], 0.99), 2),
        **{f"drawn_{speed:g}x_p99_ms": round(percentile(values, 0.99), 2) for speed, values in drawn.items() if values},
        "overshoot_p99_ms": round(percentile([off(end) for each in found for end in each["ends"]], 0.99), 2),
        "left_out_ms": round(max(max(end["began"], -end["over"]) for each in found for end in each["ends"]), 2),
        "longer_ms": round(max((end.get("longer", 0.0) for each in found for end in each["ends"]), key=abs), 2),
        "loop_gap_ms": round(max(abs(gap) for each in found for gap in each["gaps"]), 2),
        "taken_again": sum(seek["tries"] - 1 for seek in seeks),
    }


def off(end: dict[str, float]) -> float:
    return max(end["over"], -end["began"], abs(end.get("late", 0.0)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--formats", nargs="*", choices=clicks.FORMATS, default=list(clicks.FORMATS))
    parser.add_argument("--seeks", type=int, default=SEEKS, help="of each format")
    parser.add_argument("--full", action="store_true", help="100 seeks of each format, 1,000 seeks and steps of frames")
    parser.add_argument("--no-frames", action="store_true", help="leave out the videos: no summary of wrong frames")
    chosen = parser.parse_args()
    counts = (FULL_SEEKS if chosen.full else chosen.seeks, SEGMENTS, LOOPS)
    with tempfile.TemporaryDirectory(prefix="avseg-bench-") as name:
        folder = Path(name)
        server = JupyterServer("lab", folder)
        soundfile.write(server.folder / CALIBRATION, clicks.block()[: 6 * clicks.RATE], clicks.RATE)
        try:
            found = {format_: measure(server, folder, format_, counts) for format_ in chosen.formats}
        finally:
            server.stop()
    figures: dict[str, Any] = figures_of(list(found.values()))
    frames: dict[str, Any] = {}
    if not chosen.no_frames:
        frames = exact_frames.measure(count=exact_frames.COUNT if chosen.full else FRAME_MOVES)
        figures["wrong_frames"] = frames["wrong_frames"]
    for each in found.values():
        for seek in each["seeks"]:
            seek["drawn_p99"] = round(percentile([abs(value) for value in seek.pop("drawn")], 0.99), 2)
    limits = {name: limit for name, limit in LIMITS.items() if name in figures}
    finish(figures, limits, {"formats": found, "frames": frames, "counts": counts})


if __name__ == "__main__":
    main()
