"""An answer with who gave it and when, as Ground Truth stores it. Knows no file and no server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any


def stored_answer(
    content: Mapping[str, Any], accepted: float, submitted: float, *, worker: str, identity: Mapping[str, str]
) -> dict[str, Any]:
    """Return an answer's content as Ground Truth stores it; times in seconds of the epoch.

    ``identity`` are the service's own data of the worker: ``identityProviderType``, ``issuer``, ``sub``.
    """
    return {
        "acceptanceTime": _iso_time(accepted),
        "answerContent": dict(content),
        "submissionTime": _iso_time(submitted),
        "timeSpentInSeconds": round(submitted - accepted, 3),
        "workerId": worker,
        "workerMetadata": {"identityData": dict(identity)},
    }


def _iso_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
