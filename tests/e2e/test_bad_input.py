"""Media and text that are wrong, hostile or huge, in real JupyterLab: a message says so, and the rest goes on."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
from playwright.sync_api import Page, expect

from avseg_widget import sample

from .editor import Editor
from .hosts import Opened, open_notebook
from .servers import JupyterServer

A = "speaker:A"
SETUP = """from avseg_widget import Segment, Segmenter, Task, fields
task = Task(tracks={"speaker": ["A", "B"]}, segment_fields=[fields.Text("text")])
w = Segmenter(%s, task)"""
HOURS = 5 * 3600
SILENT_RATE = 8000
HOSTILE = [
    "<img src=x onerror=\"document.title='owned'\">",
    "{{ 7 * 7 }}{% if 1 %}yes{% endif %}",
    "</script><script>document.title='owned'</script>",
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd",
    "long " * 2000,
]


def make_mp3(path: Path, seconds: float) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libmp3lame", rate=16000, layout="mono")
        time = np.arange(round(16000 * seconds)) / 16000
        samples = (np.sin(2 * np.pi * 300 * time) * 8000).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="s16p", layout="mono")
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def label_one(editor: Editor, opened: Opened, start: float, end: float) -> None:
    """Draw a segment and type its text; fail unless Python gets both, exactly."""
    editor.wait()
    editor.add_track("speaker", "A")
    drawn = editor.draw(A, start, end)
    editor.row(drawn[0]).get_by_label("text").fill("still works")
    annotation = opened.wait_until(
        lambda value: [item["fields"] for item in value["segments"]] == [{"text": "still works"}]
    )
    assert (annotation["segments"][0]["start"], annotation["segments"][0]["end"]) == drawn


def messages_of(opened: Opened) -> list[str]:
    assert opened.kernel
    return list(opened.kernel.run("", "list(w.messages)"))


def test_a_cut_mp4_says_where_it_ends(page: Page, lab: JupyterServer, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    whole = sample.video().read_bytes()
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    opened = open_notebook(page, lab, "cut-mp4", [SETUP % repr(str(cut)), "w"])
    editor = Editor(page, 44100)
    label_one(editor, opened, 0.5, 1.5)
    [message] = messages_of(opened)
    assert "damaged or cut: it plays until" in message
    expect(page.get_by_text(message)).to_be_visible()


def test_a_cut_mp3_says_where_it_ends_and_that_seeking_is_not_exact(
    page: Page, lab: JupyterServer, tmp_path: Path
) -> None:
    whole, cut = tmp_path / "whole.mp3", tmp_path / "cut.mp3"
    make_mp3(whole, 4)
    cut.write_bytes(whole.read_bytes()[:-3001])
    opened = open_notebook(page, lab, "cut-mp3", [SETUP % repr(str(cut)), "w"])
    editor = Editor(page, 16000)
    label_one(editor, opened, 0.5, 1.5)
    for message in messages_of(opened):
        expect(page.get_by_text(message)).to_be_visible()
    assert messages_of(opened)


def test_an_unreachable_url_is_told_in_the_cell_and_in_python(
    page: Page, lab: JupyterServer, problems: list[str]
) -> None:
    opened = open_notebook(page, lab, "no-url", [SETUP % "'http://127.0.0.1:59/speech.wav?secret=abc'", "w"])
    editor = Editor(page, 16000)
    editor.wait()
    expect(page.get_by_role("alert")).to_contain_text("speech.wav does not play")
    editor.add_track("speaker", "A")
    opened.wait_until(lambda value: len(value["tracks"]) == 1)
    assert opened.kernel
    heard = Opened(lambda: messages_of(opened))
    found = heard.wait_until(lambda messages: any("does not play" in message for message in messages))
    assert not any("abc" in message for message in found)
    expect(editor.button("Play")).to_be_disabled()
    problems[:] = [problem for problem in problems if "speech.wav" not in problem]


def test_five_silent_hours_open_and_are_labeled_to_the_sample(page: Page, lab: JupyterServer) -> None:
    path = lab.folder / "silent.wav"
    count = HOURS * SILENT_RATE
    header = b"".join([
        b"RIFF", (36 + count).to_bytes(4, "little"), b"WAVEfmt ", (16).to_bytes(4, "little"),
        (1).to_bytes(2, "little"), (1).to_bytes(2, "little"), SILENT_RATE.to_bytes(4, "little"),
        SILENT_RATE.to_bytes(4, "little"), (1).to_bytes(2, "little"), (8).to_bytes(2, "little"),
        b"data", count.to_bytes(4, "little"),
    ])  # fmt: skip
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + count)
    opened = open_notebook(page, lab, "silent", [SETUP % repr(str(path)), "w"])
    editor = Editor(page, SILENT_RATE)
    label_one(editor, opened, HOURS - 4000, HOURS - 1000)
    assert messages_of(opened) == []
    editor.button("Skip to end").click()
    for _ in range(12):
        editor.button("Zoom in").click()
    near = editor.geometry()
    second = editor.draw(A, near.start + (near.end - near.start) * 0.2, near.start + (near.end - near.start) * 0.4)
    annotation = opened.wait_until(lambda value: len(value["segments"]) == 2)
    assert second in [(item["start"], item["end"]) for item in annotation["segments"]]


BAD_SEGMENTS = {
    "[Segment('speaker:A', 1, 40)]": "ends after the media",
    "[{'track': 'speaker:A', 'start': 2, 'end': 1}]": "0 <= start < end",
    "[{'track': 'speaker:A', 'start': float('nan'), 'end': 1}]": "finite",
    "[Segment('speaker:C', 0, 1)]": "there is no track 'speaker:C'",
    "[Segment('speaker:A', 0, 1, {'mood': 'good'})]": "no field 'mood'",
}


def test_bad_segments_are_refused_in_one_line_and_change_nothing(page: Page, lab: JupyterServer) -> None:
    setup = SETUP % "__import__('avseg_widget').sample.audio()"
    good = "w.segments = [Segment('speaker:A', 0.25, 0.5, id='good')]"
    opened = open_notebook(page, lab, "bad-segments", [setup, "w", good])
    assert opened.kernel
    editor = Editor(page, 16000)
    editor.wait()
    expect(editor.rows()).to_have_count(1)
    for assigned, says in BAD_SEGMENTS.items():
        shown = "\n".join(["try:", f"    w.segments = {assigned}", "except ValueError as error:", "    shown = error"])
        failed = opened.kernel.run(shown, "'\\n'.join(shown._render_traceback_())")
        assert failed.startswith("AnnotationError: "), failed
        assert says in failed
        assert len(failed.splitlines()) == 1
    expect(editor.rows()).to_have_count(1)
    assert [item["id"] for item in opened.read()["segments"]] == ["good"]


def test_hostile_text_is_text_everywhere(page: Page, lab: JupyterServer) -> None:
    code = f"""from avseg_widget import Segment, Segmenter, Task, fields, sample
bad = {json.dumps(HOSTILE)}
short = [text[:150] for text in bad]
task = Task(title=bad[0], instructions="\\n".join(bad), tracks={{short[0]: short, "speaker": ["A"]}},
    segment_fields=[fields.Text("text", label=bad[0], help=bad[2]), fields.Select("choice", short, label=bad[1])],
    content_fields=[fields.Radio("radio", short, label=bad[2], help=bad[3]),
                    fields.Text("notes", label=bad[3], default=bad[4])])
w = Segmenter(sample.audio(), task)
w.segments = [Segment("speaker:A", i, i + 1, {{"text": text}}) for i, text in enumerate(bad)]"""
    opened = open_notebook(page, lab, "hostile", [code, "w"])
    editor = Editor(page, 16000)
    editor.wait()
    for text in HOSTILE:
        editor.add_track(HOSTILE[0][:150], text[:150])
    expect(editor.rows()).to_have_count(len(HOSTILE))
    expect(page.get_by_role("heading", name=HOSTILE[0])).to_be_visible()
    box = editor.row(0).get_by_label(HOSTILE[0])
    assert [editor.row(i).get_by_label(HOSTILE[0]).input_value() for i in range(len(HOSTILE))] == HOSTILE
    box.fill(HOSTILE[2] + HOSTILE[3])
    annotation = opened.wait_until(lambda value: value["segments"][0]["fields"]["text"] == HOSTILE[2] + HOSTILE[3])
    assert [track["tag"] for track in annotation["tracks"]] == ["A", *(text[:150] for text in HOSTILE)]
    assert annotation["content"]["notes"] == HOSTILE[4]
    assert "owned" not in page.title()
    assert page.locator(".avseg img, .avseg script").count() == 0
