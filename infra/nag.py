"""Acknowledged findings of cdk-nag: one rule, on one resource, with its reason."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept the finding `rule` on `construct` because of `reason`."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def managed(policy: str) -> str:
    """The finding about a role that holds AWS's managed service policy of that name."""
    return f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/{policy}]"
