"""Media that no address reaches, or that browsers do not play or seek exactly, streamed from Python to real pages."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, Route, expect

from avseg_widget import Annotation, Segment, Task, Track, groundtruth

from ..media_makers import clicks, encode
from ..media_servers import serve
from .editor import Editor
from .hosts import OPEN_TIMEOUT, Opened, open_marimo, open_notebook
from .servers import JupyterServer, MarimoServer

SECONDS = 40.0
RATE = 44100
SETUP = """from avseg_widget import Segmenter, Task, fields
task = Task(tracks={"speaker": ["A"]}, segment_fields=[fields.Text("text")])
"""
#: Of each kind: codecs of sound and picture, options of the sound's encoder.
MADE: dict[str, tuple[str, str | None, dict[str, str]]] = {
    "vbr.mp3": ("libmp3lame", None, {"q": "6"}),
    "a.aac": ("aac", None, {}),
    "a.aiff": ("pcm_s16be", None, {}),
    "alac.mov": ("alac", "libx264", {}),
    "hevc.mkv": ("aac", "libx265", {}),
    "vp9.webm": ("libopus", "libvpx-vp9", {}),
}
#: The picture's grey, which says its number.
GREY = """(video) => {
  const canvas = new OffscreenCanvas(8, 8);
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 8, 8);
  return context.getImageData(4, 4, 1, 1).data[0];
}"""


def make(folder: Path, name: str) -> Path:
    path = folder / name
    if name in {"a.wav", "vorbis.ogg"}:
        soundfile.write(path, clicks(SECONDS, RATE), RATE)
        return path
    audio, video, options = MADE[name]
    rate = 48000 if audio == "libopus" else RATE
    return encode(path, SECONDS, audio=audio, video=video, rate=rate, noise=0.01, audio_options=options)


def way_of(opened: Opened) -> str:
    assert opened.kernel
    return str(opened.kernel.run("", "w.media.info().way"))


def go_to(editor: Editor, time: str) -> None:
    editor.button("Go to time").click()
    field = editor.scope.get_by_role("form", name="Go to time").get_by_label("Time")
    field.fill(time)
    field.press("Enter")


def hear_and_label(editor: Editor, opened: Opened, start: float) -> None:
    """Play on from a place; then draw a segment and hear it: the playhead rests on its end, and Python has it."""
    go_to(editor, str(start))
    expect(editor.position()).to_have_text(f"0:{start:06.3f}")
    editor.button("Play").click()
    expect(editor.position()).not_to_have_text(f"0:{start:06.3f}", timeout=OPEN_TIMEOUT)
    editor.button("Pause").click()
    editor.add_track("speaker", "A")
    drawn = editor.draw("speaker:A", 2, 3)
    annotation = opened.wait_until(lambda value: len(value["segments"]) == 1)
    assert (annotation["segments"][0]["start"], annotation["segments"][0]["end"]) == drawn
    editor.button("Hear the segment").click()
    expect(editor.position()).to_have_text(f"0:{drawn[1]:06.3f}", timeout=OPEN_TIMEOUT)
    expect(editor.button("Play")).to_be_visible()


@pytest.mark.parametrize("name", ["a.wav", "vorbis.ogg", *MADE])
def test_what_no_address_reaches_plays_and_is_labeled(
    name: str, page: Page, lab: JupyterServer, tmp_path: Path
) -> None:
    path = make(tmp_path, name)
    opened = open_notebook(page, lab, f"stream-{path.stem}", [f"{SETUP}w = Segmenter({str(path)!r}, task)", "w"])
    assert way_of(opened).startswith("stream: ")
    editor = Editor(page, 48000 if name == "vp9.webm" else RATE)
    editor.wait()
    hear_and_label(editor, opened, 31.0)
    if MADE.get(name, ("", None))[1]:
        # The test film's pictures grow brighter by one level with each, 25 of them a second.
        go_to(editor, "8.0")
        video = page.locator("video")
        page.wait_for_function(f"(video) => Math.abs(({GREY})(video) - 200) <= 3", arg=video.element_handle())
        page.keyboard.press("Escape")


def test_where_no_http_way_answers_the_same_file_is_streamed(
    page: Page, lab: JupyterServer, problems: list[str]
) -> None:
    path = make(lab.folder, "a.wav")

    def refuse(route: Route) -> None:
        route.abort()

    page.route("**/files/**", refuse)
    opened = open_notebook(page, lab, "no-http", [f"{SETUP}w = Segmenter({str(path)!r}, task)", "w"])
    editor = Editor(page, RATE)
    editor.wait()
    hear_and_label(editor, opened, 31.0)
    assert way_of(opened).startswith("stream: this page gets no answer from the Jupyter server at /files/a.wav")
    # The browser's own word for what was refused.
    assert all("net::ERR_FAILED" in problem for problem in problems)
    problems.clear()


def test_an_exact_file_below_the_servers_folder_is_loaded_by_the_browser(page: Page, lab: JupyterServer) -> None:
    path = make(lab.folder, "a.wav")
    opened = open_notebook(page, lab, "by-file", [f"{SETUP}w = Segmenter({str(path)!r}, task)", "w"])
    editor = Editor(page, RATE)
    editor.wait()
    hear_and_label(editor, opened, 31.0)
    assert way_of(opened) == "file: the Jupyter server sends it at /files/a.wav"


@pytest.mark.parametrize(("name", "way"), [("a.wav", "file: marimo sends it at ./@file/"), ("vbr.mp3", "stream: ")])
def test_in_marimo(name: str, way: str, page: Page, marimo: MarimoServer, tmp_path: Path) -> None:
    path = make(tmp_path, name)
    both = "[w.media.info().way, __import__('msgspec').to_builtins(w.annotation)]"
    opened = open_marimo(page, marimo, "streamed", f"{SETUP}w = Segmenter({str(path)!r}, task)", both)
    editor = Editor(page, RATE)
    editor.wait()
    hear_and_label(editor, Opened(lambda: (opened.read() or [0, {"segments": []}])[1]), 31.0)
    assert opened.read()[0].startswith(way)


def test_while_python_does_not_answer_the_editor_says_so_and_goes_on_after(
    page: Page, lab: JupyterServer, tmp_path: Path
) -> None:
    path = make(tmp_path, "a.wav")
    opened = open_notebook(page, lab, "busy", [f"{SETUP}w = Segmenter({str(path)!r}, task)", "w"])
    editor = Editor(page, RATE)
    editor.wait()
    assert opened.kernel
    kernel = opened.kernel.run("", "__import__('os').getpid()")
    os.kill(kernel, signal.SIGSTOP)
    try:
        go_to(editor, "31.0")
        editor.button("Play").click()
        alert = page.get_by_text("Python does not answer")
        expect(alert).to_be_visible(timeout=OPEN_TIMEOUT)
    finally:
        os.kill(kernel, signal.SIGCONT)
    expect(alert).to_be_hidden(timeout=OPEN_TIMEOUT)
    expect(editor.position()).not_to_have_text("0:31.000", timeout=OPEN_TIMEOUT)


#: Notes what goes to the speakers, on its way there, as the loudness of three pitches.
EAR = """() => {
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      if (!window.ear) {
        window.ear = this.context.createAnalyser();
        window.ear.smoothingTimeConstant = 0;
      }
      connect.call(this, window.ear);
    }
    return connect.call(this, to, ...rest);
  };
  window.heard = () => {
    const loud = new Float32Array(window.ear.frequencyBinCount);
    window.ear.getFloatFrequencyData(loud);
    return String([300, 900, 2700].map(
      (pitch) => loud[Math.round((pitch / window.ear.context.sampleRate) * window.ear.fftSize)] > -50,
    ));
  };
}"""


@pytest.mark.own_page
def test_three_microphones_on_one_time_axis_are_heard_one_by_one(
    page: Page, lab: JupyterServer, tmp_path: Path
) -> None:
    for name, pitch, rate in (("one", 300, 44100), ("two", 900, 48000), ("three", 2700, 16000)):
        tone = np.sin(2 * np.pi * pitch * np.arange(rate * 20) / rate) * 0.5
        soundfile.write(tmp_path / f"{name}.wav", tone, rate)
    mics = f"[('{tmp_path}/one.wav', 0), ('{tmp_path}/two.wav', 2.5), ('{tmp_path}/three.wav', 0)]"
    opened = open_notebook(page, lab, "mics", [f"{SETUP}w = Segmenter({mics}, task)", "w"])
    assert way_of(opened).startswith("stream: ")
    editor = Editor(page, 48000)
    editor.wait()
    page.evaluate(EAR)
    expect(editor.position().locator("..")).to_contain_text("0:22.500")
    go_to(editor, "5.0")
    editor.button("Solo channel 3, three.wav").click()
    editor.button("Play").click()
    page.wait_for_function("window.heard() === 'false,false,true'")
    editor.button("Solo channel 3, three.wav").click()
    editor.button("Mute channel 1, one.wav").click()
    page.wait_for_function("window.heard() === 'false,true,true'")
    editor.button("Mute channel 1, one.wav").click()
    page.wait_for_function("window.heard() === 'true,true,true'")
    editor.button("Pause").click()
    # Before its offset a microphone is silent; a range is heard through the same channels.
    editor.button("Mute channel 1, one.wav").click()
    go_to(editor, "1.0")
    editor.button("Play").click()
    page.wait_for_function("window.heard() === 'false,false,true'")
    editor.button("Pause").click()
    editor.button("Hear around the playhead").click()
    page.wait_for_function("window.heard() === 'false,false,true'")


#: Whether the page has read the media itself, beside the player.
READ = """() => performance.getEntriesByType("resource").some(({ name, initiatorType, responseEnd }) =>
  name.endsWith("/media") && initiatorType === "fetch" && responseEnd > 0)"""

#: Keeps the loudest at 900 and at 3,000 Hz, in dB, of what an element plays, in windows of 0.7 s.
LOUDEST = """() => {
  const play = HTMLMediaElement.prototype.play;
  window.loudest = {};
  HTMLMediaElement.prototype.play = function () {
    HTMLMediaElement.prototype.play = play;
    const context = new AudioContext({ sampleRate: 48000 });
    const ear = new AnalyserNode(context, { fftSize: 32768, smoothingTimeConstant: 0 });
    context.createMediaElementSource(this).connect(ear).connect(context.destination);
    const levels = new Float32Array(ear.frequencyBinCount);
    setInterval(() => {
      ear.getFloatFrequencyData(levels);
      for (const [name, pitch] of [["inside", 900], ["outside", 3000]]) {
        const at = Math.round((pitch / 48000) * ear.fftSize);
        window.loudest[name] = Math.max(window.loudest[name] ?? -200, ...levels.slice(at - 20, at + 20));
      }
    }, 20);
    return context.resume().then(() => play.call(this));
  };
}"""


#: A segment with a beep in its last 8 ms and else a little noise, in a loud tone.
ENDS = Segment("speaker:A", 1, 2)
ANNOTATION = Annotation([Track("speaker", "A")], [ENDS])


def write_ends(path: Path) -> None:
    times = np.arange(5 * RATE) / RATE
    sound = np.sin(2 * np.pi * 3000 * times)
    inside = (times >= ENDS.start) & (times < ENDS.end)
    sound[inside] = np.sin(2 * np.pi * 900 * times[inside]) * (times[inside] >= ENDS.end - 0.008)
    soundfile.write(path, sound * 0.8 + np.random.default_rng(1).normal(0, 0.0005, len(times)), RATE)


def hear_ends(page: Page, editor: Editor) -> None:
    """Hear the segment, and find its beep and nothing of the tone around."""
    page.evaluate(LOUDEST)
    editor.button("Next segment").click()
    choice = editor.scope.get_by_role("combobox", name="Playback speed")
    # Where there is a second speed, the first is changed while the segment is heard.
    for speed, *other in (("1",), ("2",), ("0.5",), ("4",), ("1.25",), ("1", "2"), ("0.5", "1")):
        choice.select_option(speed)
        page.evaluate("window.loudest = {}")
        editor.button("Hear the segment").click()
        expect(editor.button("Pause")).to_be_visible()
        for faster in other:
            choice.select_option(faster)
            expect(editor.button("Pause")).to_be_visible()
        expect(editor.button("Play")).to_be_visible()
        expect(editor.position()).to_have_text(f"0:{ENDS.end:06.3f}")
        page.wait_for_timeout(200)
        loudest = page.evaluate("window.loudest")
        assert loudest["inside"] > -75, (speed, other)
        assert loudest["outside"] < -75, (speed, other)
        # What was heard must leave the window before the next is.
        page.wait_for_timeout(1000)


def test_a_segment_is_heard_to_its_last_sample_and_no_farther_at_any_speed(
    page: Page, lab: JupyterServer, tmp_path: Path
) -> None:
    write_ends(tmp_path / "a.wav")
    given = msgspec.json.encode(ANNOTATION).decode()
    code = f"{SETUP}import msgspec, avseg_widget\nends = msgspec.json.decode({given!r}, type=avseg_widget.Annotation)\n"
    open_notebook(page, lab, "ends", [f"{code}w = Segmenter('{tmp_path}/a.wav', task, annotation=ends)", "w"])
    editor = Editor(page, RATE)
    editor.wait()
    hear_ends(page, editor)


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_a_segment_is_heard_as_exactly_on_a_worker_page(page: Page, tmp_path: Path, name: str) -> None:
    write_ends(tmp_path / name)
    task = Task(tracks={"speaker": ["A"]})
    with groundtruth.preview(task, tmp_path / name, {"annotations": msgspec.to_builtins(ANNOTATION)}) as served:
        page.goto(served.url)
        editor = Editor(page, RATE)
        editor.wait()
        # The page reads the sound whole when it is first played.
        editor.button("Play").click()
        page.wait_for_function(READ)
        editor.button("Pause").click()
        page.wait_for_timeout(500)
        hear_ends(page, editor)


def test_a_network_that_fails_is_told_of_and_asked_again(page: Page, lab: JupyterServer, tmp_path: Path) -> None:
    # More than Python keeps of what it fetched.
    soundfile.write(tmp_path / "long.wav", clicks(600, RATE), RATE)
    code = f"{SETUP}from avseg_widget.media import open_media\nw = Segmenter(open_media(%r, way='stream'), task)"
    with serve((tmp_path / "long.wav").read_bytes()) as served:
        opened = open_notebook(page, lab, "network", [code % served.url, "w"])
        editor = Editor(page, RATE)
        editor.wait()
        expect(page.get_by_role("progressbar", name="Waveform")).to_be_hidden(timeout=OPEN_TIMEOUT)
        served.status = 503
        go_to(editor, "200.0")
        editor.button("Play").click()
        told = page.get_by_role("alert").filter(has_text="can't be played on: a b.wav")
        expect(told).to_be_visible(timeout=OPEN_TIMEOUT)
        expect(told).to_contain_text("the server answers 503")
        expect(told).not_to_contain_text("secret")
        # Labeling goes on meanwhile.
        editor.add_track("speaker", "A")
        drawn = editor.draw("speaker:A", 200, 300)
        held = opened.wait_until(lambda value: len(value["segments"]) == 1)
        assert (held["segments"][0]["start"], held["segments"][0]["end"]) == drawn
        served.status = 0
        told.get_by_role("button", name="Try again").click()
        expect(told).to_be_hidden(timeout=OPEN_TIMEOUT)
        expect(editor.position()).not_to_have_text("3:20.000", timeout=OPEN_TIMEOUT)
