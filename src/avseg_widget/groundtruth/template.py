"""Writes a task as a Ground Truth template, in Liquid and HTML. Knows the model; no network, no Liquid engine."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec

from ..errors import TaskError
from ..model import Task

#: Ground Truth's own elements, loaded by every template.
CROWD_ELEMENTS = '<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>'
#: Most characters of a template that Ground Truth renders.
MAX_TEMPLATE = 128_000

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
#: Characters that HTML or Liquid may take for markup.
_SPECIAL = re.compile(r"""[{}%<>&"'`]""")
_INTEGRITY = re.compile(r"sha(256|384|512)-[A-Za-z0-9+/]{43,86}={0,2}")

# `annotations` starts as a hidden field and the editor stays outside crowd-form: the form moves its children when it
# is upgraded, which would stop media and mount the editor twice. Each value is escaped explicitly, which Ground Truth
# documents as harmless where it escapes by itself. The field comes last: where it is, the page did not break off.
_TEMPLATE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>@title@</title>
<link rel="icon" href="data:,">
@crowd_elements@
<link rel="stylesheet" href="@style_url@"@style_integrity@>
<script src="@script_url@"@script_integrity@ defer></script>
</head>
<body>
{% if task.input.source-ref %}{% assign media = task.input.source-ref %}\
{% elsif task.input.source %}{% assign media = task.input.source %}\
{% else %}{% assign media = task.input.taskObject %}{% endif %}
{% assign media_scheme = media | slice: 0, 5 %}
{% assign peaks = task.input.peaks-ref %}
{% assign peaks_scheme = peaks | slice: 0, 5 %}
{% assign start = task.input.annotations-ref %}
{% assign start_scheme = start | slice: 0, 5 %}
<div id="avseg"
 data-task="@task@"
 data-media="{% if media_scheme == 's3://' %}{{ media | grant_read_access | escape }}\
{% else %}{{ media | escape }}{% endif %}"
 data-peaks="{% if peaks_scheme == 's3://' %}{{ peaks | grant_read_access | escape }}\
{% else %}{{ peaks | escape }}{% endif %}"
 data-annotations-url="{% if start_scheme == 's3://' %}{{ start | grant_read_access | escape }}\
{% else %}{{ start | escape }}{% endif %}"
 data-annotations="{% if task.input.annotations %}{{ task.input.annotations | to_json | escape }}{% endif %}"
 data-metadata="{{ task.input | to_json | escape }}"
></div>
<crowd-form>
<crowd-button form-action="submit" style="display: none"></crowd-button>
<input type="hidden" name="annotations">
</crowd-form>
</body>
</html>
"""


def build_template(
    task: Task, *, script_url: str, style_url: str, script_integrity: str = "", style_integrity: str = ""
) -> str:
    """Return a Ground Truth template that shows a task with this package's editor.

    A line of the manifest gives the media as ``source-ref``, ``source`` or, behind a pre-annotation Lambda,
    ``taskObject``: an ``s3://`` URI or an http(s) URL. More keys may come with it: ``peaks-ref``, where the media's
    peaks file is, and an annotation to start from, as ``annotations``, or as ``annotations-ref``, where it is. All
    other keys are shown to the annotator, as text, but for the labels of earlier jobs. The answer holds one field,
    ``annotations``; see :func:`read_answer`.

    Parameters
    ----------
    task
        What annotators are asked.
    script_url, style_url
        Where the bundle's ``worker.js`` and ``avseg.css`` are: an https URL, a relative one, or http on this machine.
    script_integrity, style_integrity
        Their checksums, such as ``"sha384-..."``: a browser then takes no other files. Their server must allow CORS.

    Raises
    ------
    TaskError
        When a URL or a checksum is of another kind, or the template gets longer than Ground Truth takes, 128,000
        characters.
    """
    parts = {
        "title": _encode(task.title or "Labeling task"),
        "crowd_elements": CROWD_ELEMENTS,
        "style_url": _encode(_checked_url("style_url", style_url)),
        "script_url": _encode(_checked_url("script_url", script_url)),
        "style_integrity": _integrity("style_integrity", style_integrity),
        "script_integrity": _integrity("script_integrity", script_integrity),
        "task": _encode(msgspec.json.encode(task).decode()),
    }
    template = re.sub(r"@(\w+)@", lambda found: parts[found[1]], _TEMPLATE)
    if len(template) > MAX_TEMPLATE:
        raise TaskError(
            f"the template has {len(template):,} characters and Ground Truth takes {MAX_TEMPLATE:,}: "
            "shorten the task's instructions, tags, options or help texts"
        )
    return template


def _encode(text: str) -> str:
    """Write text so that neither HTML nor Liquid finds markup in it; a browser reads the same text again."""
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", text)


def _integrity(name: str, value: str) -> str:
    if value and not _INTEGRITY.fullmatch(value):
        raise TaskError(f"{name} must be a checksum such as sha384-..., not {value!r:.80}")
    return f' integrity="{value}" crossorigin="anonymous"' if value else ""


def _checked_url(name: str, url: str) -> str:
    if not _is_good_url(url):
        raise TaskError(f"{name} must be an https URL, a relative one, or http on 127.0.0.1 or localhost, not {url!r}")
    return url


def _is_good_url(url: str) -> bool:
    # Browsers drop tabs and line breaks from a URL and read "\\" as "/", so that one could be seen here as another.
    if not url or re.search(r"[\x00-\x20\x7f\\]", url):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(host)
    return (parts.scheme == "http" and host in _LOOPBACK) or not (parts.scheme or parts.netloc)
