"""One CloudFormation stack: asked for, made, changed, deleted, and waited for. Knows nothing of what is in it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any, cast

from ..errors import StackError
from .aws_session import Aws, asked, poll
from .stack_template import TAG

#: Seconds between two looks at a stack, and seconds that one may take: a distribution takes minutes.
EVERY, TIMEOUT = 5.0, 3600.0

_GONE = "DELETE_COMPLETE"
Tell = Callable[[str], None]


class Stack:
    """A stack by its name."""

    def __init__(self, aws: Aws, name: str, tell: Tell, *, every: float = EVERY) -> None:
        self._aws = aws
        self._name = name
        self._tell = tell
        self._every = every
        self._told: set[str] = set()

    def find(self) -> dict[str, Any] | None:
        """Return what CloudFormation says of the stack, once nothing is going on in it; None where there is none.

        Raises
        ------
        StackError
            When AWS refuses, or a stack of this name is not one of ours.
        """
        found = self.describe(self._name)
        if found is None or found["StackStatus"] == _GONE:
            return None
        if {"Key": TAG, "Value": self._name} not in found.get("Tags", []):
            raise StackError(
                f"the stack {self._name!r} was not made by deploy (it has no tag {TAG}): choose another name"
            )
        if found["StackStatus"].endswith("_IN_PROGRESS"):
            self._tell(f"waiting for the stack {self._name}, which is at {found['StackStatus']}")
            found = self._settled(found["StackId"], token="")
        return None if found["StackStatus"] == _GONE else found

    def create(self, template: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Make the stack; where that fails, nothing of it stays."""
        found = self._change("create_stack", template, parameters, OnFailure="DELETE")
        return cast("dict[str, Any]", found)

    def update(self, template: str, parameters: Mapping[str, str]) -> dict[str, Any] | None:
        """Change the stack; None where there was nothing to change."""
        return self._change("update_stack", template, parameters)

    def delete(self, stack_id: str) -> None:
        """Delete the stack and wait until it is gone."""
        token = secrets.token_hex(16)
        with asked(f"deleting the stack {self._name}", StackError):
            self._aws.stacks.delete_stack(StackName=stack_id, ClientRequestToken=token)
        found = self._settled(stack_id, token)
        if found["StackStatus"] != _GONE:
            raise StackError(f"the stack {self._name} could not be deleted: {self._reasons(stack_id, token)}")

    def resources(self, stack_id: str) -> list[tuple[str, str, str]]:
        """Return the logical name, the type and the physical name of each resource there is."""
        found = []
        with asked(f"the resources of the stack {self._name}", StackError):
            for page in self._aws.stacks.get_paginator("list_stack_resources").paginate(StackName=stack_id):
                found += page["StackResourceSummaries"]
        return [
            (item["LogicalResourceId"], item["ResourceType"], item["PhysicalResourceId"])
            for item in found
            if item.get("PhysicalResourceId") and item["ResourceStatus"] != _GONE
        ]

    def _change(self, call: str, template: str, parameters: Mapping[str, str], **more: Any) -> dict[str, Any] | None:
        from botocore.exceptions import ClientError

        token = secrets.token_hex(16)
        with asked(f"{call} {self._name}", StackError):
            try:
                made = getattr(self._aws.stacks, call)(
                    StackName=self._name,
                    TemplateBody=template,
                    Parameters=[
                        {"ParameterKey": key, "ParameterValue": value} for key, value in sorted(parameters.items())
                    ],
                    Capabilities=["CAPABILITY_IAM"],
                    Tags=[{"Key": TAG, "Value": self._name}],
                    ClientRequestToken=token,
                    **more,
                )
            except ClientError as error:
                # There is no code of its own for it.
                if "No updates are to be performed" in str(error):
                    return None
                raise
        found = self._settled(made["StackId"], token)
        if found["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            reasons = self._reasons(made["StackId"], token)
            raise StackError(f"{call} {self._name} failed ({found['StackStatus']}): {reasons}")
        return found

    def _settled(self, stack_id: str, token: str) -> dict[str, Any]:
        """Wait until nothing is going on in the stack, and tell what happens to its resources."""

        def ask() -> dict[str, Any] | None:
            found = self.describe(stack_id) or {"StackId": stack_id, "StackStatus": _GONE}
            if token and found["StackStatus"] != _GONE:
                self._tell_events(stack_id, token)
            return None if found["StackStatus"].endswith("_IN_PROGRESS") else found

        try:
            return poll(ask, every=self._every, timeout=TIMEOUT, late="")
        except TimeoutError:
            raise StackError(
                f"the stack {self._name} is still not done after {TIMEOUT / 60:.0f} minutes: look at it in the console"
            ) from None

    def describe(self, name: str) -> dict[str, Any] | None:
        """Return what CloudFormation says of a stack, by its name or its id; None where there is none."""
        from botocore.exceptions import ClientError

        with asked(f"the stack {self._name}", StackError):
            try:
                found: list[dict[str, Any]] = self._aws.stacks.describe_stacks(StackName=name)["Stacks"]
            except ClientError as error:
                if "does not exist" in str(error):
                    return None
                raise
        return found[0] if found else None

    def _events(self, stack_id: str, token: str) -> list[dict[str, Any]]:
        """Return what happened since one request, the oldest first."""
        found = []
        with asked(f"the events of the stack {self._name}", StackError):
            for page in self._aws.stacks.get_paginator("describe_stack_events").paginate(StackName=stack_id):
                here = [event for event in page["StackEvents"] if event.get("ClientRequestToken") == token]
                found += here
                if len(here) < len(page["StackEvents"]):
                    break
        return found[::-1]

    def _tell_events(self, stack_id: str, token: str) -> None:
        for event in self._events(stack_id, token):
            if event["EventId"] not in self._told:
                self._told.add(event["EventId"])
                self._tell(f"{event.get('ResourceStatus')} {event.get('LogicalResourceId')}")

    def _reasons(self, stack_id: str, token: str) -> str:
        failed = [
            f"{event.get('LogicalResourceId')}: {event.get('ResourceStatusReason', 'no reason given')}"
            for event in self._events(stack_id, token)
            if event.get("ResourceStatus", "").endswith("_FAILED")
            # What was stopped because something else failed is no reason.
            and "cancelled" not in event.get("ResourceStatusReason", "")
        ]
        return "; ".join(failed[:3]) or "CloudFormation gives no reason; look at the stack's events in the console"
