"""Servers that answer otherwise for a while, ask to wait, or go away, while their media is read."""

from __future__ import annotations

import gc
from http.client import HTTPResponse

import pytest

from avseg_widget.errors import MediaError
from avseg_widget.media import open_media
from avseg_widget.media.remote import MOST_WAIT, HttpRanges

from .media_servers import serve
from .test_media_errors import ANALYSIS, long_wav


def test_a_server_that_forgets_ranges_for_a_while_is_read_on():
    data = long_wav()
    with serve(data) as served:
        media = open_media(served.url)
        served.ranges = False
        assert media.peak_tile(4, 0) == open_media(data).peak_tile(4, 0)
        assert served.requests.count("") == 0
        served.ranges = True
        asked = served.sent
        assert media.spectrogram_tile(ANALYSIS, 4, 0)
        assert served.sent - asked < len(data)


def test_a_server_that_forgets_ranges_is_left_no_connection_open():
    data = bytes(range(256)) * 4096
    with serve(data) as served:
        ranges = HttpRanges("a.wav", served.url)
        ranges.fetch(0, 10)
        served.ranges = False
        for start in (5000, 100, 3000, 90):
            assert ranges.fetch(start, start + 4) == (data[start : start + 4], len(data))
        served.ranges = True
        ranges.fetch(0, 10)
        assert all(each.isclosed() for each in gc.get_objects() if isinstance(each, HTTPResponse))


@pytest.mark.parametrize(("wait", "slept"), [("1", 1.0), ("3600", MOST_WAIT), ("Fri, 31 Dec 1999 23:59:59 GMT", 0.2)])
def test_a_server_that_asks_to_wait_is_waited_for(wait: str, slept: float, monkeypatch: pytest.MonkeyPatch):
    with serve(long_wav(), headers={"Retry-After": wait}) as served:
        pauses: list[float] = []
        monkeypatch.setattr("avseg_widget.media.ranged.time.sleep", pauses.append)
        media = open_media(served.url)
        served.status = 429
        with pytest.raises(MediaError) as raised:
            media.peak_tile(4, 0)
        assert pauses[0] == slept
        assert ("asks to wait 3600 s" in str(raised.value)) == (wait == "3600")


def test_a_server_that_goes_away():
    data = long_wav()
    with serve(data) as served:
        media = open_media(served.url)
    with pytest.raises(MediaError, match=r"a b\.wav cannot be read at byte .* check the connection"):
        media.peak_tile(4, 0)
