"""Money in: what banks tell, what they are asked every night, and what waits for a person."""

from aws_cdk import Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.function import Foundation
from infra.grants import Target
from infra.queues import Queues
from infra.rooms.bank_api import BankApi
from infra.schedules import NIGHTLY, Clock
from infra.stages import REGION

_MADE_BY_HAND = (
    "One secret with every operator's access to its bank, made by the operator's staff after deployment; Secrets "
    "Manager ends each name with six random characters of its own."
)


class Payments(Construct):
    """`receive_payment`, `reconcile_payments`, `attend_payment`; `show_debt` asks banks too."""

    def __init__(self, scope: Construct, base: Foundation, queues: Queues, trust: s3.IBucket | None) -> None:
        super().__init__(scope, "Payments")
        receive = base.function(self, "receive_payment", timeout=28, memory=1024)  # the gateway waits 29 seconds
        reconcile = base.function(self, "reconcile_payments", timeout=900, dead_letters=queues.clock_dead)
        base.function(self, "attend_payment", timeout=60)
        Clock(self, base, queues.clock_dead, [reconcile]).every("AskBanks", NIGHTLY, reconcile, {})
        if base.stage.embedded or trust is not None:
            BankApi(self, base.stage, base.key, trust).door("POST", "/{operator}/pix", receive)


def name_banks(scope: Construct, base: Foundation) -> None:
    """Make the secret of the banks grantable, before any room that asks one."""
    stack = Stack.of(scope)
    bare = f"secret:emdia/{base.stage.name}/bank"
    name = f"{bare}-*"
    # The bare name as well: what was not made has no suffix yet, and its absence must be told from a refusal.
    arns = tuple(f"arn:{stack.partition}:secretsmanager:{REGION}:{stack.account}:{one}" for one in (bare, name))
    finding = f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:{REGION}:<AWS::AccountId>:{name}]"
    base.targets.add("bank-secret", Target(arns, accepted={finding: _MADE_BY_HAND}))
