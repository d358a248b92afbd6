"""How AWS is asked: one session, its clients, waiting, and errors that say what was asked. Knows no stack, no job."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

from ..errors import AvsegError
from .places import Store

T = TypeVar("T")


class Aws:
    """A session and its clients.

    Parameters
    ----------
    session
        A boto3 session; the default one when None.
    region
        Where to ask, such as ``"eu-west-1"``; the session's own when empty.

    Raises
    ------
    AvsegError
        When there is no region.
    """

    def __init__(self, session: Any = None, region: str = "") -> None:
        if session is None:
            import boto3

            session = boto3.Session()
        self.session = session
        self.region: str = region or session.region_name or ""
        if not self.region:
            raise AvsegError(
                'there is no AWS region: give region="eu-west-1" or another, or set AWS_DEFAULT_REGION',
                parameter="region",
            )

    def client(self, service: str) -> Any:
        """Make a client."""
        return self.session.client(service, region_name=self.region)

    @cached_property
    def store(self) -> Store:
        """Files of this machine, and S3."""
        return Store(self.client("s3"))

    @property
    def s3(self) -> Any:
        """The client of S3."""
        return self.store.client

    @cached_property
    def stacks(self) -> Any:
        """The client of CloudFormation."""
        return self.client("cloudformation")

    @cached_property
    def sagemaker(self) -> Any:
        """The client of SageMaker."""
        return self.client("sagemaker")


@contextmanager
def asked(what: str, error_type: type[AvsegError]) -> Iterator[None]:
    """Turn what AWS or botocore says into one of our errors, which begins with what was asked."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        answer = error.response.get("Error", {})
        raise error_type(
            f"{what}: AWS refused ({answer.get('Code')}: {answer.get('Message')}); check the rights and the names"
        ) from error
    except BotoCoreError as error:
        raise error_type(f"{what}: AWS could not be asked ({error}); check the credentials and the network") from error


def poll(ask: Callable[[], T | None], *, every: float, timeout: float | None, late: str) -> T:
    """Ask until there is an answer; ``every`` and ``timeout`` are in seconds.

    Raises
    ------
    TimeoutError
        When there is none in time, with the text ``late``.
    """
    end = None if timeout is None else time.monotonic() + timeout
    while (answer := ask()) is None:
        if end is not None and time.monotonic() + every > end:
            raise TimeoutError(late)
        time.sleep(every)
    return answer
