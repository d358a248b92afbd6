"""What all tests share: where real media for tests lies, if anywhere. Knows no browser."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real recordings beside the checkout; skip where there is none."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no ../shared/data with real recordings beside the checkout")
    return folder


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep peaks in a folder of each test's own."""
    monkeypatch.setenv("AVSEG_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
