"""The logs' keys: made at run time, one a log, so that a right is bound to a name or to a kind of key, never to a key.

Two functions share what nobody holds alone: `open_log` makes and names keys and may not sign, `seal_audit` signs with
what is named so and can make nothing.
"""

from typing import Final

from aws_cdk import Stack, Token
from aws_cdk import aws_iam as iam

from infra import stores
from infra.grants import Target, Targets
from infra.stages import REGION, Stage

_NAMED = "Which keys there will be nobody knows at deployment; a condition binds the right to what the keys are called."
_KIND = "Which keys there will be nobody knows at deployment; nothing else in the account is of this kind of key."
_NAMES = "Each log's key has a name of its own: operator, class and year are not known at deployment."
_NO_RESOURCE = "kms:CreateKey and kms:ListAliases are rights on the account; IAM knows no resource for them."
_LAPTOP = "The embedded AWS knows neither condition key, and takes the name itself for what is asked about."
SPEC: Final = "ECC_NIST_EDWARDS25519"


def add_log_keys(stack: Stack, stage: Stage, sealer: list[str], targets: Targets) -> None:
    """Name what `emdia.aws.actions` may be granted on the logs' keys. `sealer`: patterns of the role that signs."""
    name = f"alias/emdia-{stage.name}-log-*"
    keys, names = (f"arn:{stack.partition}:kms:{REGION}:{stack.account}:{what}" for what in ("key/*", name))
    policy = {"EMDIA_LOG_KEY_POLICY": _policy(stack, stage, sealer)}
    if not stage.request_conditions:
        every = {**_finding(stack, "key/*", _LAPTOP), **_finding(stack, name, _LAPTOP), **_account(_LAPTOP)}
        targets.add("log-key", Target((keys, names), accepted=every))
        for target in ("any-log-key", "log-name"):
            targets.add(target, Target((keys, names, "*"), accepted=every))
        targets.add("new-log-key", Target(("*",), environment=policy, accepted=every))
    else:
        called = {"StringLike": {"kms:RequestAlias": name}}
        kind = {"StringEquals": {"kms:KeySpec": SPEC}}
        targets.add("log-key", Target((keys,), conditions=called, accepted=_finding(stack, "key/*", _NAMED)))
        targets.add("any-log-key", Target((keys,), conditions=kind, accepted=_finding(stack, "key/*", _KIND)))
        targets.add("log-name", Target((names,), accepted=_finding(stack, name, _NAMES)))
        given = Target(("*",), environment=policy, conditions=kind, accepted=_account(_NO_RESOURCE))
        targets.add("new-log-key", given)
    targets.add("key-names", Target(("*",), accepted=_account(_NO_RESOURCE)))


def _policy(stack: Stack, stage: Stage, sealer: list[str]) -> str:
    """The policy that every key is made with: the account administers it, one role signs, Ed25519 and nothing else."""
    own = iam.PolicyStatement(principals=[iam.AccountRootPrincipal()], actions=["kms:*"], resources=["*"])
    return stack.to_json_string(
        iam.PolicyDocument(statements=[own, *stores.signing_rules(stage, sealer)], assign_sids=False)
    )


def _finding(stack: Stack, what: str, reason: str) -> dict[str, str]:
    account = "<AWS::AccountId>" if Token.is_unresolved(stack.account) else stack.account
    return {f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:kms:{REGION}:{account}:{what}]": reason}


def _account(reason: str) -> dict[str, str]:
    return {"AwsSolutions-IAM5[Resource::*]": reason}
