"""Make the built-in recordings again: a synthesized dialogue and a drawn film. Needs espeak-ng; draws with numpy.

Run ``python scripts/make_samples.py``; it writes into src/avseg_widget/samples.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
import numpy.typing as npt
import soundfile

TARGET = Path(__file__).parent.parent / "src" / "avseg_widget" / "samples"
Floats: TypeAlias = npt.NDArray[np.float64]
Picture: TypeAlias = npt.NDArray[np.uint8]
Point: TypeAlias = tuple[float, float]

# The dialogue.
SPEECH_RATE = 16000
REPRESENTATIVE, CUSTOMER = ("en-us+f3", 165, 52), ("en-gb+m3", 175, 40)
#: Who speaks, what, and the seconds of silence before.
TURNS = [
    (REPRESENTATIVE, "Good morning, North Wind Energy. How can I help you?", 0.4),
    (CUSTOMER, "Hello. My bill is twice as high as last month!", 0.6),
    (REPRESENTATIVE, "I am sorry to hear that. May I have your account number?", 0.5),
    (CUSTOMER, "Yes. It is four, seven, one, one, nine.", 0.7),
    (REPRESENTATIVE, "Thank you. I see it. The meter was read twice.", 0.9),
    (CUSTOMER, "Twice? So it was your mistake?", 0.35),
    (REPRESENTATIVE, "It was. I have corrected it, and you will get a new bill today.", 0.5),
    (CUSTOMER, "Oh, wonderful. Thank you very much!", 0.45),
    (REPRESENTATIVE, "You are welcome. Have a nice day.", 0.4),
]
END_SILENCE = 0.6

# The film.
WIDTH, HEIGHT, FRAME_RATE, SECONDS = 480, 270, 25, 8
SOUND_RATE = 44100
GROUND = 225.0
#: Gaits: name, the second they begin, strides a second, pixels a second, and when in a stride each foot lands.
GAITS = [
    ("walk", 0.0, 1.0, 70.0, (0.0, 0.25, 0.5, 0.75)),
    ("trot", 3.0, 1.5, 140.0, (0.0, 0.5, 0.5, 0.0)),
    ("gallop", 6.0, 2.0, 260.0, (0.0, 0.6, 0.12, 0.72)),
]
SKY, EARTH, FUR, FAR_FUR, INK = (214, 230, 241), (150, 172, 120), (122, 78, 44), (92, 58, 34), (24, 30, 36)
#: Segments of each digit: a is the top one, b to f follow clockwise, g is in the middle.
DIGITS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")


def main() -> None:
    """Write both recordings."""
    if shutil.which("espeak-ng") is None:
        sys.exit("make_samples: espeak-ng is missing: install it (apt-get install espeak-ng) and run again")
    TARGET.mkdir(exist_ok=True)
    make_dialogue(TARGET / "dialogue.flac")
    make_clip(TARGET / "clip.mp4")
    for path in sorted(TARGET.iterdir()):
        print(f"{path.name}: {path.stat().st_size} bytes")


def make_dialogue(path: Path) -> None:
    """Synthesize the turns and write them one after the other."""
    parts: list[Floats] = []
    for voice, text, pause in TURNS:
        parts += [np.zeros(round(pause * SPEECH_RATE)), _speak(voice, text)]
    parts.append(np.zeros(round(END_SILENCE * SPEECH_RATE)))
    soundfile.write(path, np.concatenate(parts), SPEECH_RATE, "PCM_16")


def _speak(voice: tuple[str, int, int], text: str) -> Floats:
    name, speed, pitch = voice
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "turn.wav"
        command = ["espeak-ng", "-v", name, "-s", str(speed), "-p", str(pitch), "-w", str(file), text]
        subprocess.run(command, check=True)
        sound, rate = soundfile.read(file)
    loud = np.flatnonzero(np.abs(sound) > 0.01)
    sound = _resample(sound[loud[0] : loud[-1] + 1], rate)
    return np.asarray(sound * (0.7 / np.abs(sound).max()))


def _resample(sound: Floats, rate: int) -> Floats:
    frame = av.AudioFrame.from_ndarray(sound[np.newaxis].astype(np.float32), format="fltp", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=SPEECH_RATE)
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([part.to_ndarray()[0] for part in frames]).astype(np.float64)


def make_clip(path: Path) -> None:
    """Draw the film and encode it with the sound of the steps."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        # One thread and no lookahead across them: the same file every time.
        quality = {"crf": "25", "preset": "slow", "threads": "1"}
        video = container.add_stream("libx264", rate=FRAME_RATE, options=quality)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.codec_context.gop_size = FRAME_RATE
        audio = container.add_stream("aac", rate=SOUND_RATE, layout="mono")
        audio.bit_rate = 64000
        for number in range(FRAME_RATE * SECONDS):
            frame = av.VideoFrame.from_ndarray(draw_frame(number), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        sound = av.AudioFrame.from_ndarray(steps_sound()[np.newaxis].astype(np.float32), format="fltp", layout="mono")
        sound.sample_rate, sound.pts, sound.time_base = SOUND_RATE, 0, Fraction(1, SOUND_RATE)
        fifo = av.AudioFifo()
        fifo.write(sound)
        while (part := fifo.read(1024, partial=True)) is not None:
            container.mux(audio.encode(part))
        container.mux(audio.encode(None))


def stride_at(time: float) -> tuple[float, float, tuple[float, ...]]:
    """Give how many strides and pixels are behind at a time in seconds, and the landings of the gait of that time."""
    strides = pixels = 0.0
    landings = GAITS[0][4]
    for (_, begin, pace, speed, feet), end in zip(GAITS, [*(gait[1] for gait in GAITS[1:]), SECONDS], strict=True):
        lasted = min(time, end) - begin
        if lasted >= 0:
            strides, pixels, landings = strides + lasted * pace, pixels + lasted * speed, feet
    return strides, pixels, landings


def steps_sound() -> Floats:
    """Make the sound: a dull knock for each foot that lands."""
    sound = np.zeros(SECONDS * SOUND_RATE)
    ticks = np.arange(round(0.09 * SOUND_RATE)) / SOUND_RATE
    noise = np.random.default_rng(7).standard_normal(len(ticks))
    ends = [*(gait[1] for gait in GAITS[1:]), float(SECONDS)]
    for (_, begin, pace, _, feet), end in zip(GAITS, ends, strict=True):
        for foot, landing in enumerate(feet):
            pitch = 150 + 25 * foot
            knock = (np.sin(2 * np.pi * pitch * ticks) + 0.25 * noise) * np.exp(-ticks * 60) * 0.3
            for stride in range(math.ceil((end - begin) * pace)):
                first = round((begin + (stride + landing) / pace) * SOUND_RATE)
                if first < round(end * SOUND_RATE) - len(ticks):
                    sound[first : first + len(ticks)] += knock
    return sound


def draw_frame(number: int) -> Picture:
    """Draw one frame at twice its size, and halve it for smooth edges."""
    time = number / FRAME_RATE
    picture = np.empty((HEIGHT * 2, WIDTH * 2, 3), np.uint8)
    picture[:] = SKY
    picture[round(GROUND * 2) :] = EARTH
    strides, pixels, landings = stride_at(time)
    for post in range(-1, 7):
        _bar(picture, (post * 80.0 + 40, 196), (post * 80.0 + 40, GROUND), 2, (196, 205, 200))
    _draw_dog(picture, (pixels + 160) % (WIDTH + 180) - 90, strides, landings)
    _draw_number(picture, number)
    small = picture.reshape(HEIGHT, 2, WIDTH, 2, 3).mean(axis=(1, 3))
    return np.asarray(np.rint(small), np.uint8)


def _draw_dog(picture: Picture, x: float, strides: float, landings: tuple[float, ...]) -> None:
    bounce = 3 * math.sin(4 * math.pi * strides)
    back = 158 + bounce
    # Order of the feet: left hind, left fore, right hind, right fore; the left ones are farther away.
    for foot in (0, 1, 2, 3):
        hip_x = x - 34 if foot % 2 == 0 else x + 32
        color = FAR_FUR if foot < 2 else FUR
        _draw_leg(picture, (hip_x, back + 14), (strides - landings[foot]) % 1, color)
    _bar(picture, (x - 36, back), (x + 34, back + 2), 20, FUR)
    _bar(picture, (x + 34, back - 4), (x + 56, back - 32), 11, FUR)
    _bar(picture, (x + 56, back - 36), (x + 62, back - 34), 15, FUR)
    _bar(picture, (x + 66, back - 31), (x + 82, back - 28), 7, FUR)
    _bar(picture, (x + 50, back - 40), (x + 44, back - 24), 6, FAR_FUR)
    _bar(picture, (x + 86, back - 30), (x + 87, back - 30), 3, INK)
    _bar(picture, (x + 64, back - 40), (x + 64.5, back - 40), 2, INK)
    wag = 8 * math.sin(6 * math.pi * strides)
    _bar(picture, (x - 52, back - 8), (x - 74, back - 30 + wag), 4, FUR)


def _draw_leg(picture: Picture, hip: Point, phase: float, color: tuple[int, int, int]) -> None:
    # On the ground a foot goes back evenly; in the air it comes forward and up.
    on_ground = 0.6
    if phase < on_ground:
        reach, lift = 22 - 44 * phase / on_ground, 0.0
    else:
        part = (phase - on_ground) / (1 - on_ground)
        reach, lift = -22 + 44 * part, 18 * math.sin(math.pi * part)
    foot = (hip[0] + reach, GROUND - 3 - lift)
    knee = ((hip[0] + foot[0]) / 2 + 5, (hip[1] + foot[1]) / 2 - lift / 3)
    _bar(picture, hip, knee, 8, color)
    _bar(picture, knee, foot, 5, color)
    _bar(picture, foot, (foot[0] + 6, foot[1]), 4, color)


def _bar(picture: Picture, start: Point, end: Point, radius: float, color: tuple[int, int, int]) -> None:
    """Draw a thick line with round ends, in pixels of the finished frame."""
    ax, ay, bx, by, reach = (2 * value for value in (*start, *end, radius))
    left, right = max(0, math.floor(min(ax, bx) - reach)), min(WIDTH * 2, math.ceil(max(ax, bx) + reach) + 1)
    top, bottom = max(0, math.floor(min(ay, by) - reach)), min(HEIGHT * 2, math.ceil(max(ay, by) + reach) + 1)
    if left >= right or top >= bottom:
        return
    y, x = np.mgrid[top:bottom, left:right]
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0, 1) if length else 0.0
    inside = (x - ax - along * (bx - ax)) ** 2 + (y - ay - along * (by - ay)) ** 2 <= reach**2
    picture[top:bottom, left:right][inside] = color


def _draw_number(picture: Picture, number: int) -> None:
    for place, digit in enumerate(f"{number:03d}"):
        x, y, w, h = 20.0 + 26 * place, 18.0, 14.0, 14.0
        ends = {
            "a": ((x, y), (x + w, y)),
            "b": ((x + w, y), (x + w, y + h)),
            "c": ((x + w, y + h), (x + w, y + 2 * h)),
            "d": ((x, y + 2 * h), (x + w, y + 2 * h)),
            "e": ((x, y + h), (x, y + 2 * h)),
            "f": ((x, y), (x, y + h)),
            "g": ((x, y + h), (x + w, y + h)),
        }
        for segment in DIGITS[int(digit)]:
            _bar(picture, *ends[segment], 2.5, INK)


if __name__ == "__main__":
    main()
