"""Peaks of one hour of 48 kHz stereo in 16 bits, made as the kernel makes them, beside what merely reads the sound.

WAV beside audiowaveform where it is installed, else beside one `np.max` of all samples after reading them; MP3, FLAC
and AAC beside `ffmpeg -f null` with its defaults, which decodes on as many threads as it likes. Each is a process of
its own; times are those of the work inside it (of the whole process for the programs), the least of some rounds that
take turns. `peak_mb` is by how much the process that opens a file and makes its peaks grows at most, for one hour and
for many, for films as well, and for MP4 in fragments.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from .common import finish

RATE = 48000
#: Lengths whose memory is compared: ten hours of WAV would be 7 GB, and so is FLAC of 20.
HOURS = {
    "wav": (1, 3),
    "mp3": (1, 10, 30),
    "flac": (1, 10),
    "m4a": (1, 10, 30),
    "mp4": (1, 10),
    "mkv": (10,),
    "avi": (10,),
    "fragments.m4a": (1, 10, 30),
    "fragments.mp4": (1, 10),
}
#: Fragments of two seconds, as recorders and packagers write them.
FRAGMENTS = ["-movflags", "frag_keyframe+empty_moov", "-frag_duration", "2000000"]
ROUNDS = 3
#: Minutes that are encoded.
SHORT = 5
CODECS = {
    "mp3": ["-c:a", "libmp3lame", "-b:a", "128k"],
    "flac": ["-c:a", "flac"],
    "m4a": ["-c:a", "aac", "-b:a", "128k"],
}
#: A small film: what its packets are does not matter, how many there are does.
FILM = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25", "-shortest", "-c:v", "libx264", "-preset", "ultrafast"]
FILMS = {ending: [*FILM, *CODECS["m4a"]] for ending in ("mp4", "mkv")} | {
    "avi": [*FILM[:-4], "-c:v", "mpeg4", *CODECS["mp3"]]
}
LIMITS = {"mp3_vs_ffmpeg": 1.25, "flac_vs_ffmpeg": 1.25, "aac_vs_ffmpeg": 1.25, "peak_mb": 150}
WAV_LIMITS = {"wav_vs_audiowaveform": 0.5, "wav_vs_npmax": 2.5}

#: Makes the peaks of a file, all of them, kept on disk as always, and some pictures of a film; prints seconds of the
#: peaks, growth in MB and a check.
OURS = """
import json, sys, time
from avseg_widget.media import open_media
import av, numpy, soundfile
def memory(name):
    # Not getrusage: its maximum begins with that of the process that started this one.
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name))
before = memory("VmRSS:")
media = open_media(sys.argv[1])
began = time.perf_counter()
columns = len(media.peak_tile(4, 0))
took = time.perf_counter() - began
if media.info().kind == "video":
    end = media.info().duration
    media.thumbnails([end / 2, end - 5], 0.0)
    media.picture_fragment(end - 5, end - 3, ["h264"], resume=False)
most = memory("VmHWM:")
print(json.dumps([took, max(0, most - before) / 1e6, columns]))
"""
#: Reads all samples, then one maximum of them.
NPMAX = """
import json, sys, time
import numpy, soundfile
began = time.perf_counter()
samples = soundfile.read(sys.argv[1], dtype="int16")[0]
most = int(numpy.max(samples))
print(json.dumps([time.perf_counter() - began, 0, most]))
"""


def write_wav(path: Path, minutes: int) -> None:
    """Write bursts of noise over a tone, a different stretch of them in each minute."""
    generator = np.random.default_rng(1)
    time_axis = np.arange(60 * RATE) / RATE
    loudness = np.repeat(generator.random(120) ** 2, RATE // 2)[:, None]
    sound = generator.normal(0, 0.2, (60 * RATE, 2)) * loudness + 0.2 * np.sin(2 * np.pi * 220 * time_axis)[:, None]
    minute = np.clip(sound * 32767, -32768, 32767).astype(np.int16)
    with soundfile.SoundFile(path, "w", RATE, 2, "PCM_16") as file:
        for number in range(minutes):
            file.write(np.roll(minute, number * 12345, axis=0))


def ours(path: Path, cache: str) -> tuple[float, float]:
    """Return the seconds of the pass, and the growth in MB."""
    return python(OURS, path, cache)


def python(code: str, path: Path, cache: str = "0") -> tuple[float, float]:
    environment = {**os.environ, "AVSEG_CACHE_DIR": cache}
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    took, grown, check = json.loads(done.stdout.splitlines()[-1])
    if not check:
        raise RuntimeError(f"{path.name}: nothing was read")
    return took, grown


def program(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def ffmpeg() -> str:
    found = os.environ.get("FFMPEG") or shutil.which("ffmpeg")
    if not found:
        raise SystemExit("needs ffmpeg to compare with: install it, or set FFMPEG to the path of one")
    return found


def measure_wav(path: Path, cache: Path) -> dict[str, Any]:
    other = shutil.which("audiowaveform")
    mine, theirs = [], []
    for turn in range(ROUNDS + 1):
        mine.append(ours(path, str(cache / f"wav{turn}"))[0])
        if other:
            arguments = ["-i", str(path), "-o", str(cache / f"{turn}.dat"), "-z", "256", "--split-channels"]
            theirs.append(program(other, *arguments))
        else:
            theirs.append(python(NPMAX, path)[0])
    return {"name": "wav_vs_audiowaveform" if other else "wav_vs_npmax", "ours_s": mine, "theirs_s": theirs}


def measure_codec(path: Path, cache: Path) -> dict[str, Any]:
    name = {"m4a": "aac"}.get(path.suffix[1:], path.suffix[1:])
    mine, theirs = [], []
    for turn in range(ROUNDS):
        mine.append(ours(path, str(cache / f"{name}{turn}"))[0])
        theirs.append(program(ffmpeg(), "-v", "error", "-i", str(path), "-vn", "-f", "null", "-"))
    return {"name": f"{name}_vs_ffmpeg", "ours_s": mine, "theirs_s": theirs}


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="avseg-bench-") as name:
        folder = Path(name)
        write_wav(folder / "short.wav", SHORT)
        for hours in HOURS["wav"]:
            write_wav(folder / f"{hours}.wav", 60 * hours)
        quiet = ["-v", "error", "-y"]
        for ending, codec in {**CODECS, **FILMS}.items():
            program(ffmpeg(), *quiet, "-i", str(folder / "short.wav"), *codec, str(folder / f"short.{ending}"))
        for kind in set(HOURS) - {"wav"}:
            way, _, ending = kind.rpartition(".")
            for hours in HOURS[kind]:
                # The same packets again and again, as to encode hours takes minutes.
                again = ["-stream_loop", str(60 * hours // SHORT - 1), "-i", str(folder / f"short.{ending}")]
                options = ["-c", "copy", *(FRAGMENTS if way else [])]
                program(ffmpeg(), *quiet, *again, *options, str(folder / f"{hours}.{kind}"))
        # Every pass has an empty cache, as one that is full leaves nothing to measure.
        found = [measure_wav(folder / "1.wav", folder)]
        found += [measure_codec(folder / f"1.{ending}", folder) for ending in CODECS]
        grown = {
            f"{kind} {hours} h": round(ours(folder / f"{hours}.{kind}", str(folder / f"memory{kind}{hours}"))[1])
            for kind, all_hours in HOURS.items()
            for hours in all_hours
        }
    figures: dict[str, Any] = {item["name"]: round(min(item["ours_s"]) / min(item["theirs_s"]), 3) for item in found}
    figures["peak_mb"] = max(grown.values())
    limits = LIMITS | {name: limit for name, limit in WAV_LIMITS.items() if name in figures}
    finish(figures, limits, {"grown_mb": grown, "passes": found})


if __name__ == "__main__":
    main()
