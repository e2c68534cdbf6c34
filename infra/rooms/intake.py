"""ERP events in: the signed door, the queue behind it, the parked ones."""

from aws_cdk import Stack
from constructs import Construct

from infra.function import Foundation
from infra.grants import Target
from infra.queues import Queues, drain
from infra.rooms.api import PublicApi
from infra.stages import REGION

_ANY_CLIENT = (
    "One secret per ERP client, made by the operator's staff after deployment under this prefix; Secrets Manager ends "
    "each name with random characters of its own."
)


class Intake(Construct):
    """`receive_erp_event`, `apply_erp_event`, `replay_parked`; and `explain_case`, which an ERP asks too."""

    def __init__(self, scope: Construct, base: Foundation, api: PublicApi, queues: Queues) -> None:
        super().__init__(scope, "Intake")
        stack = Stack.of(self)
        name = f"secret:emdia/{base.stage.name}/erp/*"
        secrets = f"arn:{stack.partition}:secretsmanager:{REGION}:{stack.account}:{name}"
        finding = f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:{REGION}:<AWS::AccountId>:{name}]"
        base.targets.add("erp-secrets", Target((secrets,), accepted={finding: _ANY_CLIENT}))
        work = queues.work["erp-events"]
        receive = base.function(self, "receive_erp_event", timeout=15, memory=1024)
        api.door("POST", "/v1/erp/{client}/events", receive)
        drain(base, work, base.function(self, "apply_erp_event", timeout=work.rate.timeout))
        base.function(self, "replay_parked", timeout=60)
        explain = base.function(self, "explain_case", timeout=28)  # the gateway waits 29 seconds
        api.door("POST", "/v1/erp/{client}/explanations", explain)
