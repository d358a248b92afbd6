"""The resource types that moto's CloudFormation lacks, kept as they are given. Knows no code of ours."""

from __future__ import annotations

from typing import Any

from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel


class _Kept:
    """A resource that is nothing but its properties."""

    def __init__(self, name: str, properties: dict[str, Any]) -> None:
        self.name = self.physical_resource_id = name
        self.properties = properties
        self.type = type(self).cloudformation_type()

    @staticmethod
    def cloudformation_type() -> str:
        raise NotImplementedError

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in {"Id", "DomainName"}

    def get_cfn_attribute(self, attribute_name: str) -> str:
        return {"Id": self.name, "DomainName": f"{self.name.lower()}.cloudfront.net"}[attribute_name]

    @classmethod
    def create_from_cloudformation_json(cls, resource_name: str, cloudformation_json: Any, *_: Any, **__: Any) -> Any:
        return cls(resource_name, cloudformation_json["Properties"])

    @classmethod
    def update_from_cloudformation_json(cls, *, original_resource: Any, cloudformation_json: Any, **_: Any) -> Any:
        original_resource.properties = cloudformation_json["Properties"]
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(cls, *_: Any, **__: Any) -> None: ...


class OriginAccess(_Kept, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::CloudFront::OriginAccessControl"


class ResponseHeaders(_Kept, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::CloudFront::ResponseHeadersPolicy"


class Distribution(_Kept, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::CloudFront::Distribution"


class BucketPolicy(_Kept, CloudFormationModel):
    """A policy that is not put on its bucket: moto takes no notice of conditions, and would refuse everything."""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::S3::BucketPolicy"


def install() -> None:
    """Make moto know the types; its lists of them may have been made already."""
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()
