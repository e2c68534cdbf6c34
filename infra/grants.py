"""Turns the actions that adapters declare into one exact policy per function.

The stock helpers give too much or too little: `table.grant_read_write_data` hands out Scan and DescribeTable,
`bucket.grant_put` the right to shorten retention, `table.grant` nothing at all for a customer-managed key.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_

from emdia.aws.actions import Grant
from infra.nag import acknowledge
from infra.stages import REGION

# What a store encrypted with our key asks of its caller, who may use the key through that store only.
VIA_KEY = {
    "dynamodb": (
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ),
    "sqs": ("kms:Decrypt", "kms:GenerateDataKey"),
    "s3": ("kms:Decrypt", "kms:GenerateDataKey"),
}
POLLING = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
)


@dataclass(frozen=True)
class Target:
    """Something a function may be granted actions on.

    `arns`: what the actions are granted on. `key`: the customer key the service `via` uses on the caller's
    behalf. `environment`: how a function that may use it is told where it is. `accepted`: findings of cdk-nag
    that such a grant raises, each with its reason. `conditions`: what a request must be besides.
    """

    arns: tuple[str, ...]
    key: kms.IKey | None = None
    via: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    accepted: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, object] = field(default_factory=dict)


class Unlisted(KeyError):  # noqa: N818 (reads as the reason it is)
    """A grant names a target that infrastructure does not have."""


class Targets:
    """What there is to be granted, by the names that `emdia.aws.actions` uses."""

    def __init__(self) -> None:
        self._all: dict[str, Target] = {}

    def add(self, name: str, target: Target) -> None:
        """Make `target` grantable under `name`."""
        self._all[name] = target

    def __getitem__(self, name: str) -> Target:
        if name not in self._all:
            raise Unlisted(f"{name!r}; known: {', '.join(sorted(self._all))}")
        return self._all[name]

    def environment(self, grants: Iterable[Grant]) -> dict[str, str]:
        """What a function with these grants is told: the places it may use, and no other."""
        return {name: value for grant in grants for name, value in self[grant.on].environment.items()}


def allow(function: lambda_.Function, grants: Iterable[Grant], targets: Targets) -> None:
    """One statement per target with exactly the declared actions, and the key behind it through its service."""
    by_target: dict[str, set[str]] = {}
    for grant in grants:
        by_target.setdefault(grant.on, set()).update(grant.actions)
    for name, actions in sorted(by_target.items()):
        target = targets[name]
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=sorted(actions), resources=list(target.arns), conditions=dict(target.conditions) or None
            )
        )
        for finding, reason in target.accepted.items():
            acknowledge(function.role or function, finding, reason)
    allow_keys(function, (targets[name] for name in sorted(by_target)))


def allow_keys(function: lambda_.FunctionBase, targets: Iterable[Target]) -> None:
    """The customer keys behind `targets`, once per service, usable only through that service."""
    keys = {target.via: target.key for target in targets if target.key is not None}
    for via, key in sorted(keys.items()):
        function.add_to_role_policy(
            iam.PolicyStatement(
                actions=list(VIA_KEY[via]),
                resources=[key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"{via}.{REGION}.amazonaws.com"}},
            )
        )
