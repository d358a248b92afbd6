"""What runs in AWS Lambda around a labeling job. Knows the standard library and boto3 only: nothing of this package."""
