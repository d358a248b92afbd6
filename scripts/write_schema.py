"""Write the JSON Schema of every type that crosses to TypeScript; `make types` turns it into types.ts.

``--check`` writes nothing and fails when the file is stale.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, get_args

import msgspec

from avseg_widget import queue_wire, wire
from avseg_widget.fields import Field
from avseg_widget.model import Annotation, Task
from avseg_widget.problems import Problem

TARGET = Path(__file__).parent.parent / "js" / "schema" / "avseg.schema.json"


def schema() -> str:
    """Return the schema as text; marks for defaults are dropped, as every value is sent."""
    queue = [queue_wire.QueueState, queue_wire.FromQueuePage, queue_wire.ToQueuePage]
    roots, components = msgspec.json.schema_components(
        [wire.Setup, wire.FromBrowser, wire.FromPython, Task, Annotation, Field, Problem, *queue],
        ref_template="#/definitions/{name}",
    )
    names = ["Setup", "FromBrowser", "FromPython", "Task", "Annotation", "Field", "Problem"]
    names += ["QueueState", "FromQueuePage", "ToQueuePage"]
    definitions = {name: _plain(value) for name, value in components.items()}
    for name, root in zip(names, roots, strict=True):
        if "anyOf" in root:
            definitions[name] = {"title": name, **_plain(root)}
    text = json.dumps({"definitions": dict(sorted(definitions.items()))}, indent=1, ensure_ascii=False) + "\n"
    for kind in get_args(Field):  # Text and Number are other things in a browser
        name = kind.__name__
        text = text.replace(f'"#/definitions/{name}"', f'"#/definitions/{name}Field"')
        text = text.replace(f'"{name}": {{\n   "title": "{name}"', f'"{name}Field": {{\n   "title": "{name}Field"')
    return text


#: Types whose defaults are left out when sent, so that their keys are optional.
_OMITTING = {"QueueRow", "Diff", "TrackChange", "SegmentChange", "ContentChange", "Provenance"}
#: Keys that are left out where they have nothing to say.
_OPTIONAL = {"origin", "base"}


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(json.dumps(given))
    for key in ("discriminator", "description"):
        value.pop(key, None)
    properties = value.get("properties")
    if properties:
        if value.get("title") not in _OMITTING:
            value["required"] = [name for name in properties if name not in _OPTIONAL]
        for item in properties.values():
            item.pop("default", None)
    return value


def main(arguments: list[str]) -> int:
    """Write the file, or with ``--check`` return 1 when it is stale."""
    if arguments != ["--check"]:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_text(schema(), encoding="utf-8")
    elif not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != schema():
        print("js/schema/avseg.schema.json is stale: run `make types`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
