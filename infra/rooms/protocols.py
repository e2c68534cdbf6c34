"""Attendances and their protocol numbers (RN 623)."""

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra.function import Foundation
from infra.queues import Queues, drain
from infra.rooms.api import Guard, PublicApi
from infra.rooms.clients import SCOPE, SERVER, Clients

# Of one client: an operator's call centre in its worst minute, and the burst in which its queue is let in.
RATE, BURST = 200, 400
PATHS = (
    ("GET", "/v1/protocols"),
    ("POST", "/v1/protocols"),
    ("GET", "/v1/protocols/{number}"),
    ("POST", "/v1/protocols/{number}/{part}"),
)


class Protocols(Construct):
    """For staff `attend_protocol`, `report_protocols`; for systems `open_protocol`; for people the others."""

    def __init__(self, scope: Construct, base: Foundation, api: PublicApi, clients: Clients, queues: Queues) -> None:
        super().__init__(scope, "Protocols")
        base.function(self, "attend_protocol", timeout=60)
        # Whoever asks for a report waits for it: a month of a very large operator takes minutes, and a whole processor.
        base.function(self, "report_protocols", timeout=900, memory=1769)
        opens = base.function(self, "open_protocol", timeout=15, memory=1024)
        authorizer = apigateway.CognitoUserPoolsAuthorizer(self, "Systems", cognito_user_pools=[clients.pool])
        for method, path in PATHS:
            api.guarded(method, path, opens, Guard(authorizer, f"{SERVER}/{SCOPE}"))
        plan = apigateway.UsagePlan(
            self,
            "Plan",
            name=f"emdia-{base.stage.name}-attendance",
            api_stages=[apigateway.UsagePlanPerApiStage(api=api.api, stage=api.api.deployment_stage)],
            throttle=apigateway.ThrottleSettings(rate_limit=RATE, burst_limit=BURST),
        )
        copies = queues.work["copies"]
        page = {"EMDIA_PUBLIC_URL": api.url}
        sends = base.function(self, "send_copy", timeout=copies.rate.timeout, memory=1024, environment=page)
        drain(base, copies, sends)
        track = base.function(self, "track_protocol", timeout=15, memory=1024)
        for method in ("GET", "POST"):
            api.door(method, "/protocolo", track)
        CfnOutput(Stack.of(self), "AttendancePlan", value=plan.usage_plan_id)
