"""The theme of the page around the editor, changed while it is open."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from avseg_widget import groundtruth, presets, sample

#: How many canvases hold the waveform.
WAVES = "document.querySelector('.avseg-wave > div > div')?.shadowRoot?.querySelectorAll('.canvases canvas').length"
#: Changes the theme, and leaves the editor without room while the next frame is prepared, as JupyterLab does.
CRAMP = """(dark) => new Promise((done) => {
  const place = document.querySelector('.avseg-wave');
  requestAnimationFrame(() => { place.style.display = 'none'; });
  document.body.dataset.theme = dark ? 'dark' : 'light';
  Promise.resolve().then(() => requestAnimationFrame(() => { place.style.display = ''; done(); }));
})"""


def test_the_waveform_outlives_a_frame_without_room(page: Page) -> None:
    with groundtruth.preview(presets.call_center(), sample.audio()) as preview:
        page.goto(preview.url)
        page.wait_for_function(f"{WAVES} === 1")
        for dark in (True, False, True):
            page.evaluate(CRAMP, dark)
            expect(page.locator(".avseg")).to_have_attribute("data-theme", "dark" if dark else "light")
            page.wait_for_function(f"{WAVES} === 1")
