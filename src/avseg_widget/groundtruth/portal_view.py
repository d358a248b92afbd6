"""A portal's state in a notebook, shown anew while it changes. Knows the portal's public names only."""

from __future__ import annotations

import html
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .portal import Portal

_SECONDS = 1.0


class LiveView:
    """The state as text and as a small table; where it was displayed it follows the portal until that is closed."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._handles: list[Any] = []
        self._last = ""
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def display(self) -> None:
        """Show the state in the cell that runs."""
        from IPython.display import display

        self._last = self.html()
        self._handles.append(
            display(  # type: ignore[no-untyped-call]
                _Shown(self.text(), self._last), display_id=True
            )
        )
        if self._thread is None and self._portal.is_open:
            self._thread = threading.Thread(target=self._follow, name="avseg-portal-view", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Show the last state, and follow no more."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._update()

    def text(self) -> str:
        """Return the state in words."""
        portal, progress = self._portal, self._portal.progress
        answers = f"{progress.submitted} of {progress.wanted} answers"
        lines = [f"Portal at {portal.url}: {progress.done} of {progress.items} items done, {answers}{self._state()}"]
        lines += [f"  {name}: {count} submitted" for name, count in portal.submitted.items()]
        return "\n".join([*lines, *(f"  Problem: {problem}" for problem in portal.problems)])

    def html(self) -> str:
        """Return the state as HTML; all that comes from outside is escaped."""
        portal, progress = self._portal, self._portal.progress
        links = portal.links if portal.is_open else {}
        rows = "".join(
            f"<tr><th style='text-align: left'>{_link(links.get(name, ''), name)}</th>"
            f"<td style='text-align: right'>{count}</td></tr>"
            for name, count in portal.submitted.items()
        )
        parts = [
            f"<p>{_link(portal.lead_link if portal.is_open else '', 'Portal')}: ",
            f"<strong>{progress.done} of {progress.items} items done</strong>, ",
            f"{progress.submitted} of {progress.wanted} answers{self._state()} ",
            f"<progress max='{progress.wanted}' value='{progress.submitted}' aria-label='Answers'></progress></p>",
            "<table><thead><tr><th>Worker (invitation link)</th><th>Submitted</th></tr></thead>",
            f"<tbody>{rows}</tbody></table>",
            *(f"<p><strong>Problem:</strong> {html.escape(text)}</p>" for text in portal.problems),
            f"<p>Results: <code>{html.escape(str(portal.out))}</code></p>",
        ]
        return f"<div>{''.join(parts)}</div>"

    def _state(self) -> str:
        if not self._portal.is_open:
            return ", closed"
        return ", paused" if self._portal.progress.paused else f", {self._portal.progress.held} being worked on"

    def _follow(self) -> None:
        while not self._ended.wait(_SECONDS):
            self._update()

    def _update(self) -> None:
        shown = self.html()
        if shown != self._last:
            self._last = shown
            for handle in self._handles:
                handle.update(_Shown(self.text(), shown))


class _Shown:
    """What a notebook shows of it."""

    def __init__(self, text: str, content: str) -> None:
        self._content = {"text/plain": text, "text/html": content}

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return self._content


def _link(address: str, text: str) -> str:
    shown = html.escape(text)
    if not address:
        return shown
    return f'<a href="{html.escape(address)}" target="_blank" rel="noopener noreferrer">{shown}</a>'
