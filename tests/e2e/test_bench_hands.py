"""The hand of `make bench-hands` still finds its way through the task page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from benchmarks import hands
from benchmarks.common import write_hour


@pytest.mark.parametrize("way", hands.WAYS)
def test_a_hand_labels_and_transcribes(page: Page, tmp_path: Path, way: str) -> None:
    found = hands.measure(page, write_hour(tmp_path, hands.SECONDS), way, hands.make_script()[:3])
    # Adding the tracks is in it, and weighs more on three segments than on thirty.
    assert found["per_segment"] <= hands.LIMITS["actions_per_segment"]
