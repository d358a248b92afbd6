"""The rights in the stack: who may do what with which of its resources. Knows no AWS but the language of policies."""

from __future__ import annotations

from typing import Any

Plain = dict[str, Any]

#: What the objects of the data bucket that are read, and those that are written, are called.
INPUT = {"Fn::Sub": "arn:${AWS::Partition}:s3:::${DataBucket}/${InputPrefix}*"}
OUTPUT = {"Fn::Sub": "arn:${AWS::Partition}:s3:::${DataBucket}/${OutputPrefix}*"}
DATA_BUCKET = {"Fn::Sub": "arn:${AWS::Partition}:s3:::${DataBucket}"}


def document(*statements: Plain) -> Plain:
    """Return a policy."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, actions: list[str], resources: Any, **more: Any) -> Plain:
    """Return a statement that allows something."""
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources, **more}


def trust(service: str) -> Plain:
    """Return who may take a role: one service.

    No condition on the source's account: it is not documented for labeling jobs, and a role can be passed to a job by
    its own account only, by those who have ``iam:PassRole`` on it.
    """
    return document(
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"},
    )


def bucket_policy(bucket: str, *statements: Plain) -> Plain:
    """Return the resource that refuses all that does not come over TLS, and allows what is given."""
    arn = {"Fn::GetAtt": [bucket, "Arn"]}
    tls_only = {
        "Sid": "OnlyOverTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, {"Fn::Sub": "${%s.Arn}/*" % bucket}],  # noqa: UP031  # the braces are CloudFormation's
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": bucket}, "PolicyDocument": document(tls_only, *statements)},
    }


def execution_statements(functions: list[str]) -> list[Plain]:
    """Return what Ground Truth may do for a job: read what is labeled, write results, report, call the functions."""
    invoked = [{"Fn::GetAtt": [f"{name}Function", "Arn"]} for name in functions]
    return [
        allow("Bucket", ["s3:GetBucketLocation", "s3:ListBucket"], DATA_BUCKET),
        allow("Input", ["s3:GetObject"], INPUT),
        allow("Output", ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], OUTPUT),
        # Metrics have no resource to name.
        allow("Metrics", ["cloudwatch:PutMetricData"], "*"),
        allow(
            "Logs",
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/sagemaker/*"},
        ),
        *([allow("Functions", ["lambda:InvokeFunction"], invoked)] if invoked else []),
    ]


def launcher_statements() -> list[Plain]:
    """Return what a person needs to launch jobs with the stack, for an administrator to give."""
    jobs = {"Fn::Sub": "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:labeling-job/*"}
    return [
        allow(
            "PassRole",
            ["iam:PassRole"],
            {"Fn::GetAtt": ["ExecutionRole", "Arn"]},
            Condition={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        allow(
            "Jobs",
            [
                "sagemaker:AddTags",
                "sagemaker:CreateLabelingJob",
                "sagemaker:DescribeLabelingJob",
                "sagemaker:ListTags",
                "sagemaker:StopLabelingJob",
            ],
            # A job is made for a team, and the team is looked at too.
            [
                jobs,
                {"Fn::Sub": "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:workteam/*"},
            ],
        ),
        # Lists have no resource to name.
        allow(
            "Lists",
            ["sagemaker:ListLabelingJobs", "sagemaker:ListSubscribedWorkteams", "sagemaker:ListWorkteams"],
            "*",
        ),
        allow("Bucket", ["s3:GetBucketLocation", "s3:ListBucket"], DATA_BUCKET),
        allow("Objects", ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"], [INPUT, OUTPUT]),
        allow("Stack", ["cloudformation:DescribeStacks"], {"Ref": "AWS::StackId"}),
    ]


def key_statements(key: str) -> list[Plain]:
    """Return the right to use the key that the data bucket, or a job's results, are encrypted with; none without."""
    actions = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom"]
    return [allow("Key", [*actions, "kms:ReEncryptTo"], key)] if key else []


def function_statements(log_group: str) -> list[Plain]:
    """Return what one of the functions may do: read the job's files, and write its log."""
    return [allow("Read", ["s3:GetObject"], [INPUT, OUTPUT]), log_statement(log_group)]


def log_statement(log_group: str) -> Plain:
    """Return the right to write to one log group."""
    return allow("Log", ["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": [log_group, "Arn"]})


def setup_statements() -> list[Plain]:
    """Return what the set-up function may do: fill the asset bucket, empty it, and write its log."""
    return [
        allow(
            "Objects",
            ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"],
            {"Fn::Sub": "${AssetBucket.Arn}/*"},
        ),
        allow("Bucket", ["s3:ListBucket", "s3:ListBucketVersions"], {"Fn::GetAtt": ["AssetBucket", "Arn"]}),
        log_statement("SetupLog"),
    ]
