"""Opens a task's template as annotators will see it, on this machine. The server and Liquid are loaded when asked."""

from __future__ import annotations

import html
import tempfile
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import AvsegError, TaskError
from ..formats.answer import read_answer
from ..media import Media, open_media
from ..model import Annotation, Task
from .template import CROWD_ELEMENTS, build_template

if TYPE_CHECKING:
    from typing_extensions import Self

    from .server import PageServer

_STATIC = Path(__file__).parent.parent / "static"
_BUNDLE = ("worker.js", "avseg.css", "crowd-standin.js")
#: Stands in for Ground Truth's own elements, which may not be copied and need its portal.
_STANDIN = '<script src="static/crowd-standin.js" data-answer-url="answer"></script>'
#: Height of the page in a notebook, in CSS pixels.
_HEIGHT = 760


class Preview:
    """A task page that is being served; shown in a notebook as the page itself.

    Use it as a context manager, or call :meth:`close`, to stop serving.
    """

    def __init__(self, server: PageServer, task: Task) -> None:
        self._server = server
        self._task = task

    @property
    def url(self) -> str:
        """Where the page is, on this machine only."""
        return self._server.url

    @property
    def answer(self) -> dict[str, Any] | None:
        """The worker response with the last answer submitted, as Ground Truth would store it; None before."""
        return self._server.answer

    @property
    def annotation(self) -> Annotation | None:
        """The annotation in :attr:`answer`; None before."""
        return None if self.answer is None else read_answer(self.answer, self._task)

    def open(self) -> None:
        """Show the page in a tab of the browser."""
        webbrowser.open(self.url)

    def close(self) -> None:
        """Stop serving the page; answers given so far stay readable."""
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Preview({self.url!r})"

    def _repr_html_(self) -> str:
        url = html.escape(self.url)
        return (
            f'<p><a href="{url}" target="_blank" rel="noopener">Open in a browser tab</a></p>'
            f'<iframe src="{url}" title="Preview of the task page" sandbox="allow-scripts allow-forms" '
            f'style="width: 100%; height: {_HEIGHT}px; border: 1px solid #8888"></iframe>'
        )


def preview(task: Task, media: Any, metadata: Mapping[str, Any] | None = None) -> Preview:
    """Serve a task's template, rendered for one media as Ground Truth would, with stand-ins for its elements.

    Parameters
    ----------
    task
        What annotators are asked.
    media
        A path, a URL, bytes, or ``(array, rate)``; http(s) URLs are left to the browser.
    metadata
        The other keys of the media's line in the manifest, such as ``annotations`` to start from. Its own
        ``source-ref``, if any, gives way to ``media``.

    Raises
    ------
    AvsegError
        When the extra ``portal`` is not installed, or the bundle is not built.
    TaskError
        When the metadata cannot be written as JSON.
    MediaError
        When the media cannot be read.
    """
    try:
        from .liquid import liquid_environment
        from .server import PageServer, ServedFile
    except ImportError as error:
        raise AvsegError(f'the preview needs {error.name}: pip install "avseg-widget[portal]"') from None
    missing = [name for name in _BUNDLE if not (_STATIC / name).is_file()]
    if missing:
        raise AvsegError(f"the bundle is not built ({', '.join(missing)} missing in {_STATIC}): run `make build`")
    line = _plain(metadata or {})
    template = build_template(task, script_url="static/worker.js", style_url="static/avseg.css")
    # The tag as a whole: the same text inside the task is encoded, so it stays what the task says.
    page = liquid_environment().from_string(template.replace(CROWD_ELEMENTS, _STANDIN))
    folder = tempfile.TemporaryDirectory(prefix="avseg-preview-")
    try:
        files = {} if _is_url(media) else _prepare(open_media(media), Path(folder.name))
        server = PageServer(_STATIC, {name: ServedFile(*file) for name, file in files.items()}, folder)
    except BaseException:
        folder.cleanup()
        raise
    line["source-ref"] = f"{server.url}media" if "media" in files else media
    if "peaks" in files:
        line["peaks-ref"] = f"{server.url}peaks"
    server.page = page.render(task={"input": line})
    return Preview(server, task)


def _plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata as it would come out of a manifest's line."""
    try:
        return msgspec.json.decode(msgspec.json.encode(metadata), type=dict[str, Any])
    except (TypeError, ValueError) as error:
        raise TaskError(
            f"metadata is a dict that can be written as JSON, as a line of the manifest is: {error}"
        ) from None


def _is_url(media: Any) -> bool:
    return isinstance(media, str) and media.startswith(("http://", "https://"))


def _prepare(media: Media, folder: Path) -> dict[str, tuple[Path, str]]:
    """Return the files to serve, by name, with their types; what is not a file yet is written to the folder."""
    path = media.path
    if path is None:
        path = folder / "media"
        with path.open("wb") as file:
            while chunk := media.read_bytes(file.tell()):
                file.write(chunk)
    peaks = folder / "peaks"
    media.write_sidecar(peaks)
    return {
        "media": (path, media.info().mime or "application/octet-stream"),
        "peaks": (peaks, "application/octet-stream"),
    }
