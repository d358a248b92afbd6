"""The Python of README.md and docs/ runs, block after block, as somebody does who reads from top to bottom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from avseg_widget import Segmenter, Store, assist, formats, presets

pytestmark = pytest.mark.usefixtures("recording")
ROOT = Path(__file__).parent.parent
PAGES = ["README.md", "docs/assist.md", "docs/formats.md", "docs/keyboard.md", "docs/media.md", "docs/store.md"]
#: What the reader has beside their media: a task, and the result of a model.
TASK = presets.call_center()
WHISPER = {"language": "en", "segments": [{"start": 0.5, "end": 1.25, "text": " hello"}]}


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Yield what the reader has, in a folder of their own with a labeled call."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calls").mkdir()
    for name in ("call.wav", "calls/one.wav"):
        soundfile.write(tmp_path / name, np.zeros(16000), 8000)
    soundfile.write(tmp_path / "call.mp3", np.zeros(16000), 8000)
    w = Segmenter("calls/one.wav", TASK, store="labels.db")
    w.segments = [{"track": "speaker:Customer", "start": 0.5, "end": 1.25}]
    formats.write(w.annotation, "call.TextGrid")
    names = {"Segmenter": Segmenter, "Store": Store, "assist": assist}
    yield {"w": w, "media": "call.wav", "task": TASK, "result": WHISPER, "total": 1, **names}
    w.close()


@pytest.mark.parametrize("page", PAGES)
def test_every_block_runs(page: str, known: dict[str, Any]) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    found = list(re.finditer(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    assert found
    for block in found:
        line = text.count("\n", 0, block.start(1))
        exec(compile("\n" * line + block[1], page, "exec"), known)
        if known["w"]._assist_run is not None:  # as the reader sees its end before going on
            known["w"]._assist_run.wait()
