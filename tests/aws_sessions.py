"""Sessions of AWS for tests: clients that are kept, so that one can be given its answers. Knows no code of ours."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.stub import Stubber


class KeptSession(boto3.Session):
    """A session that makes each client once; SageMaker's answers with what it was told, since moto lacks the calls."""

    def __init__(self) -> None:
        super().__init__()
        self._clients: dict[Any, Any] = {}
        self.sagemaker = Stubber(self.client("sagemaker", region_name="eu-west-1"))
        self.sagemaker.activate()

    def client(self, service_name: str, region_name: str | None = None, **options: Any) -> Any:  # type: ignore[override]
        key = (service_name, region_name)
        if key not in self._clients:
            self._clients[key] = super().client(service_name, region_name=region_name, **options)
        return self._clients[key]
