"""Ground Truth's documented limits as data, each with its source. Values only: no manifest, no AWS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
_API = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/"
_MANIFEST_PAGE = f"{_GUIDE}sms-input-data-input-manifest.html"
_QUOTAS_PAGE = f"{_GUIDE}input-data-limits.html"
_LAMBDA_PAGE = f"{_GUIDE}sms-custom-templates-step3-lambda-requirements.html"
_REUSE_PAGE = f"{_GUIDE}sms-reusing-data.html"
_JOB_PAGE = f"{_API}API_CreateLabelingJob.html"
_TASK_PAGE = f"{_API}API_HumanTaskConfig.html"
_PRICE_PAGE = f"{_API}API_PublicWorkforceTaskPrice.html"
_TAG_PAGE = f"{_API}API_Tag.html"
_NAME_PATTERN = r"[a-zA-Z0-9](-*[a-zA-Z0-9])*"


@dataclass(frozen=True)
class Limit:
    """What a value may be, and the page that says so.

    ``minimum`` and ``maximum``, both allowed, bound a number's value, a text's characters (``unit`` says what else is
    counted) and a list's items. A text matches ``pattern`` as a whole; ``choices`` are all the values there are.
    """

    name: str
    source: str
    minimum: int | None = None
    maximum: int | None = None
    unit: str = "characters"
    pattern: str = ""
    choices: tuple[str, ...] = ()

    def problem(self, value: Any) -> str:
        """Say what is wrong with a value; empty when it fits.

        >>> TASK_TITLE.problem("Who speaks when?")
        ''
        >>> WORKERS_PER_ITEM.problem(10)
        'NumberOfHumanWorkersPerDataObject has 10 workers, and Ground Truth takes 1 to 9'
        """
        size = value if isinstance(value, (int, float)) else len(value)
        too_small = self.minimum is not None and size < self.minimum
        if too_small or (self.maximum is not None and size > self.maximum):
            return f"{self.name} has {size:,} {self.unit}, and Ground Truth takes {self._range()}"
        if self.pattern and not re.fullmatch(self.pattern, value):
            return f"{self.name} is {value!r:.80}, and Ground Truth takes what matches {self.pattern}"
        if self.choices and value not in self.choices:
            return f"{self.name} is {value!r:.80}, and Ground Truth takes one of {', '.join(self.choices)}"
        return ""

    def _range(self) -> str:
        if self.maximum is None:
            return f"{self.minimum:,} or more"
        return f"at most {self.maximum:,}" if self.minimum is None else f"{self.minimum:,} to {self.maximum:,}"


# The input manifest.
LINE_CHARACTERS = Limit("the line", _MANIFEST_PAGE, maximum=100_000)
#: The page on Lambda functions counts the same line in bytes.
LINE_BYTES = Limit("the line", _LAMBDA_PAGE, maximum=100_000, unit="bytes")
ATTRIBUTE_CHARACTERS = Limit("the attribute", _MANIFEST_PAGE, maximum=20_000)
ATTRIBUTE_NAME = Limit("the attribute's name", _MANIFEST_PAGE, pattern=r"(?!\$)[\s\S]+")
ITEMS = Limit("the manifest", _QUOTAS_PAGE, minimum=1, maximum=100_000, unit="items")
#: ``source-ref``, and where a manifest, a template or the output lies.
S3_URI = Limit("the S3 URI", _JOB_PAGE, maximum=1024, pattern=r"s3://[^/]+/[\s\S]+")

# A labeling job.
JOB_NAME = Limit("LabelingJobName", _JOB_PAGE, 1, 63, pattern=_NAME_PATTERN)
#: ``source``, ``source-ref``, names on ``-metadata`` and, for custom tasks, on ``-ref`` are taken.
LABEL_ATTRIBUTE = Limit(
    "LabelAttributeName", _REUSE_PAGE, 1, 127, pattern=rf"(?!source$)(?!.*-(metadata|ref)$){_NAME_PATTERN}"
)
ROLE_ARN = Limit("RoleArn", _JOB_PAGE, 20, 2048, pattern=r"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+")
KMS_KEY = Limit("OutputConfig.KmsKeyId", _JOB_PAGE, maximum=2048)
WORKTEAM_ARN = Limit(
    "WorkteamArn", _TASK_PAGE, maximum=256, pattern=r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:\d{12}:workteam/.*"
)
TASK_TITLE = Limit("TaskTitle", _TASK_PAGE, 1, 128)
TASK_DESCRIPTION = Limit("TaskDescription", _TASK_PAGE, 1, 255)
TASK_KEYWORDS = Limit("TaskKeywords", _TASK_PAGE, 1, 5, unit="keywords")
TASK_KEYWORD = Limit("a keyword", _TASK_PAGE, 1, 30, pattern=r"[A-Za-z0-9]+( [A-Za-z0-9]+)*")
WORKERS_PER_ITEM = Limit("NumberOfHumanWorkersPerDataObject", _TASK_PAGE, 1, 9, unit="workers")
#: Of a custom task.
TASK_SECONDS = Limit("TaskTimeLimitInSeconds", _TASK_PAGE, 30, 28_800, unit="seconds")
#: Of a private or vendor work team.
AVAILABILITY_SECONDS = Limit("TaskAvailabilityLifetimeInSeconds", _TASK_PAGE, 60, 2_592_000, unit="seconds")
PUBLIC_AVAILABILITY_SECONDS = Limit("TaskAvailabilityLifetimeInSeconds", _TASK_PAGE, 60, 43_200, unit="seconds")
#: More than 1,000 need a word with AWS Support.
CONCURRENT_ITEMS = Limit("MaxConcurrentTaskCount", _TASK_PAGE, 1, 5000, unit="items")
TAGS = Limit("Tags", _JOB_PAGE, 0, 50, unit="tags")
TAG_KEY = Limit("a tag's key", _TAG_PAGE, 1, 128)
TAG_VALUE = Limit("a tag's value", _TAG_PAGE, 0, 256)
_PRICES = "0.012 0.024 0.036 0.048 0.060 0.072 0.120 0.240 0.360 0.480 0.600 0.720 0.840 0.960 1.080 1.200"
#: What a custom task may cost per worker and item, in US dollars; of public workforces only.
TASK_PRICE = Limit("PublicWorkforceTaskPrice.AmountInUsd", _PRICE_PAGE, choices=tuple(_PRICES.split(" ")))
