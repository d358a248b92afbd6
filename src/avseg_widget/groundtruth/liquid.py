"""Ground Truth's dialect of Liquid on python-liquid, to render a template here. Knows no task and no server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from liquid import Environment
from markupsafe import Markup, escape


class _Raw(Markup):
    """Text that prints as it is, and that ``escape`` still escapes."""


def liquid_environment(
    sign: Callable[[str], str] = str,
    *,
    escape_json: bool = False,
) -> Environment:
    """Return a Liquid engine with Ground Truth's filters and its automatic escaping.

    Parameters
    ----------
    sign
        What ``grant_read_access`` and ``s3_presign`` do to an S3 URI; by default nothing.
    escape_json
        Whether ``to_json`` is escaped like other values. Ground Truth's documentation has it both ways, so a template
        must come out the same with either.
    """
    environment = Environment(autoescape=True)
    environment.add_filter("escape", _escape)
    environment.add_filter("skip_autoescape", lambda value: _Raw(_text(value)))
    environment.add_filter("to_json", _to_escaped_json if escape_json else _to_raw_json)
    for name in ("grant_read_access", "s3_presign"):
        environment.add_filter(name, lambda value: sign(_text(value)))
    return environment


def _escape(value: Any) -> Markup:
    return escape(str(value)) if isinstance(value, _Raw) else escape(_text(value))


def _to_raw_json(value: Any) -> str:
    return _Raw(_to_escaped_json(value))


def _to_escaped_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
