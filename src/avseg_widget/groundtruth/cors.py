"""The data bucket's CORS rules: ours among those that are there, which stay as they are. Knows no stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import StackError
from .aws_session import asked

Rule = Mapping[str, Any]

#: Most rules that a bucket takes.
MAX_RULES = 100
_EXPOSED = ("Access-Control-Allow-Origin", "Accept-Ranges", "Content-Range", "Content-Length", "ETag")


def rule_id(name: str) -> str:
    """Return what the rule of a stack is called, by which it is found again."""
    return f"avseg-{name}"


def merge_rules(rules: Sequence[Rule], name: str) -> list[Rule]:
    """Return a bucket's rules with the one that a stack's worker pages need; all others stay, in their order.

    S3 goes by the first rule that fits. Where one for all origins comes before, ours is put before that one, and
    exposes what it exposes too, so that nobody who was served is served less.

    >>> [rule["ID"] for rule in merge_rules([{"ID": "a", "AllowedMethods": ["PUT"], "AllowedOrigins": ["*"]}], "x")]
    ['a', 'avseg-x']
    """
    others = without_rule(rules, name)
    place = next((number for number, rule in enumerate(others) if _is_for_all(rule)), len(others))
    exposed = [*_EXPOSED, *(header for rule in others[place:] for header in rule.get("ExposeHeaders", []))]
    ours = {
        "ID": rule_id(name),
        "AllowedMethods": ["GET", "HEAD"],
        "AllowedOrigins": ["*"],
        "AllowedHeaders": ["*"],
        "ExposeHeaders": list(dict.fromkeys(exposed)),
        "MaxAgeSeconds": 3000,
    }
    return [*others[:place], ours, *others[place:]]


def without_rule(rules: Sequence[Rule], name: str) -> list[Rule]:
    """Return a bucket's rules without the one of a stack."""
    return [rule for rule in rules if rule.get("ID") != rule_id(name)]


def read_rules(s3: Any, bucket: str) -> list[Rule]:
    """Return a bucket's rules; none where it has no configuration."""
    from botocore.exceptions import ClientError

    with asked(f"the CORS rules of {bucket}", StackError):
        try:
            found: list[Rule] = s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchCORSConfiguration":
                return []
            raise
    return found


def write_rules(s3: Any, bucket: str, rules: Sequence[Rule]) -> None:
    """Replace a bucket's rules, or remove their configuration where none is left.

    Raises
    ------
    StackError
        When there are more than S3 takes, or it refuses.
    """
    if len(rules) > MAX_RULES:
        raise StackError(f"{bucket} has {len(rules) - 1} CORS rules already, and S3 takes {MAX_RULES}: remove one")
    with asked(f"the CORS rules of {bucket}", StackError):
        if rules:
            s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": list(rules)})
        else:
            s3.delete_bucket_cors(Bucket=bucket)


def _is_for_all(rule: Rule) -> bool:
    """Tell whether a rule answers any origin's GET, so that none after it is looked at."""
    return "*" in rule.get("AllowedOrigins", []) and "GET" in rule.get("AllowedMethods", [])
