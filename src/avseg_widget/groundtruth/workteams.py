"""The teams that a job can go to: listed, never made or changed. Knows no job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from ..errors import JobError
from .aws_session import Aws, asked

Workforce = Literal["private", "vendor", "public"]

#: The account that the public workforce, Amazon Mechanical Turk, belongs to.
_PUBLIC_ACCOUNT = "394669845002"


class WorkTeam(msgspec.Struct, frozen=True, kw_only=True):
    """A team: its name, ARN, workforce, description, and the page on which its workers sign in, if there is one."""

    name: str
    arn: str
    workforce: Workforce
    description: str = ""
    portal: str = ""


def public_team(region: str) -> WorkTeam:
    """Return the public workforce of a region.

    >>> public_team("eu-west-1").arn
    'arn:aws:sagemaker:eu-west-1:394669845002:workteam/public-crowd/default'
    """
    return WorkTeam(
        name="public",
        arn=f"arn:aws:sagemaker:{region}:{_PUBLIC_ACCOUNT}:workteam/public-crowd/default",
        workforce="public",
        description="Amazon Mechanical Turk: paid per task",
    )


def workforce_of(arn: str) -> Workforce:
    """Return the workforce that a team's ARN names; private where it is not clear."""
    if ":workteam/public-crowd/" in arn:
        return "public"
    return "vendor" if ":workteam/vendor-crowd/" in arn else "private"


def list_workteams(*, region: str = "", session: Any = None) -> list[WorkTeam]:
    """Return the teams of the account in a region: private ones, those of vendors, and the public workforce last.

    Raises
    ------
    JobError
        When AWS refuses.
    """
    aws = Aws(session, region)
    return [*_own_teams(aws), *_vendor_teams(aws), public_team(aws.region)]


def _own_teams(aws: Aws) -> Iterator[WorkTeam]:
    with asked("the work teams", JobError):
        for page in aws.sagemaker.get_paginator("list_workteams").paginate():
            for team in page["Workteams"]:
                yield WorkTeam(
                    name=team["WorkteamName"],
                    arn=team["WorkteamArn"],
                    workforce="private",
                    description=team.get("Description", ""),
                    portal=_portal(team),
                )


def _vendor_teams(aws: Aws) -> Iterator[WorkTeam]:
    with asked("the work teams of vendors", JobError):
        for page in aws.sagemaker.get_paginator("list_subscribed_workteams").paginate():
            for team in page["SubscribedWorkteams"]:
                yield WorkTeam(
                    name=team.get("MarketplaceTitle") or team["WorkteamArn"].rpartition("/")[2],
                    arn=team["WorkteamArn"],
                    workforce="vendor",
                    description=team.get("MarketplaceDescription", ""),
                )


def find_team(aws: Aws, team: str) -> str:
    """Return the ARN of a team given by its ARN, by ``"public"``, or by the name of a private one.

    Raises
    ------
    JobError
        When there is no private team of this name, with those that there are.
    """
    if team.startswith("arn:"):
        return team
    if team == "public":
        return public_team(aws.region).arn
    own = list(_own_teams(aws))
    found = next((one.arn for one in own if one.name == team), "")
    if not found:
        names = ", ".join(one.name for one in own) or "none"
        raise JobError(f"there is no work team {team!r} in {aws.region}; there are: {names}")
    return found


def _portal(team: Mapping[str, Any]) -> str:
    host = team.get("SubDomain", "")
    return host if not host or host.startswith("https://") else f"https://{host}"
