"""The API `public`: doors for ERPs and for people who follow a link in a message."""

from dataclasses import dataclass

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.function import RETENTION
from infra.nag import acknowledge
from infra.rooms.wall import Wall
from infra.stages import API_STAGE, REGION, Stage

_REASONS = {
    "AwsSolutions-APIG4": "The door authenticates itself: Standard Webhooks signatures over the exact bytes for ERPs, "
    "an unforgeable token in the link for people; neither has an identity API Gateway could check.",
    "AwsSolutions-COG4": "ERPs sign their requests and beneficiaries hold a token; there is no user pool to ask.",
}
_NO_VALIDATOR = (
    "Bodies are validated by the function, which names the field's JSON pointer in Portuguese; a gateway model would "
    "refuse the whole batch for one bad event."
)
_NO_WAF = "The embedded AWS has no web ACL to associate; it listens on loopback."
_LOG_ROLE = (
    "The managed policy API Gateway documents for writing access logs; the role is the account's, not a function's."
)


@dataclass(frozen=True)
class Guard:
    """What the gateway asks of a caller: a token of `authorizer` with `scope`, and an API key."""

    authorizer: apigateway.CognitoUserPoolsAuthorizer
    scope: str


def regional_api(
    scope: Construct,
    construct_id: str,
    stage: Stage,
    key: kms.IKey,
    *,
    log: str,
    name: str,
    description: str,
    at: str,
    own_domain_only: bool | None = None,
) -> apigateway.RestApi:
    """A REST API whose doors get the exact bytes that were sent (base64), so that signatures hold.

    `log` ends its access log's name, `name` its own; `at` is the stage in its address, which `own_domain_only` closes:
    then it is called by a domain of its own only.
    """
    access_log = logs.LogGroup(
        scope,
        "AccessLog",
        log_group_name=f"/emdia/{stage.name}/{log}",
        retention=RETENTION[stage.log_days],
        encryption_key=key,
        removal_policy=RemovalPolicy.DESTROY,
    )
    return apigateway.RestApi(
        scope,
        construct_id,
        rest_api_name=f"emdia-{stage.name}-{name}",
        description=description,
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        binary_media_types=["*/*"],
        cloud_watch_role=False,
        disable_execute_api_endpoint=own_domain_only,
        deploy_options=apigateway.StageOptions(
            stage_name=at,
            throttling_rate_limit=stage.api_rate,
            throttling_burst_limit=stage.api_burst,
            # Errors only, never data: at INFO the gateway writes request paths, and a path may hold a token.
            logging_level=apigateway.MethodLoggingLevel.ERROR,
            data_trace_enabled=False,
            metrics_enabled=True,
            tracing_enabled=not stage.embedded,
            access_log_destination=apigateway.LogGroupLogDestination(access_log),
            access_log_format=apigateway.AccessLogFormat.custom(ACCESS_LINE),
        ),
    )


class PublicApi(Construct):
    """REST API whose doors get the exact bytes that were sent (base64), so that signatures hold."""

    def __init__(self, scope: Construct, stage: Stage, key: kms.IKey) -> None:
        super().__init__(scope, "Api")
        self._stage = stage
        self.api = regional_api(
            self,
            "Public",
            stage,
            key,
            log="api",
            name="public",
            description="Em Dia: ERP events in, attendance, opt-out",
            at=API_STAGE,
        )
        self._log_account()
        acknowledge(self.api, "AwsSolutions-APIG2", _NO_VALIDATOR)
        if stage.embedded:
            acknowledge(self.api.deployment_stage, "AwsSolutions-APIG3", _NO_WAF)
        else:
            Wall(self, stage, self.api.deployment_stage)

    @property
    def url(self) -> str:
        """Base of links in messages, without a trailing slash.

        Made of the API's id alone: the usual attribute waits for the deployment, which waits for every function,
        and a function that is told the URL would wait for itself.
        """
        if self._stage.public_url:
            return self._stage.public_url.rstrip("/")
        suffix = Stack.of(self).url_suffix
        return f"https://{self.api.rest_api_id}.execute-api.{REGION}.{suffix}/{API_STAGE}"

    def door(self, method: str, path: str, function: lambda_.IFunction) -> None:
        """Let `function` answer `method` on `path`."""
        made = self.api.root.resource_for_path(path).add_method(
            method, apigateway.LambdaIntegration(function, proxy=True, allow_test_invoke=False)
        )
        for rule, reason in _REASONS.items():
            acknowledge(made, rule, reason)

    def guarded(self, method: str, path: str, function: lambda_.IFunction, guard: Guard) -> None:
        """Let `function` answer `method` on `path` for callers whose token and key the gateway has checked."""
        self.api.root.resource_for_path(path).add_method(
            method,
            apigateway.LambdaIntegration(function, proxy=True, allow_test_invoke=False),
            authorizer=guard.authorizer,
            authorization_type=apigateway.AuthorizationType.COGNITO,
            authorization_scopes=[guard.scope],
            api_key_required=True,
        )

    def close(self) -> None:
        """Name the address in the stack's outputs."""
        CfnOutput(self, "Url", value=self.url)
        CfnOutput(self, "RestApi", value=self.api.rest_api_id)

    def _log_account(self) -> None:
        # One per account and region: without it API Gateway refuses a stage with access logs.
        role = iam.Role(
            self,
            "LogRole",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AmazonAPIGatewayPushToCloudWatchLogs")
            ],
        )
        account = apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        self.api.deployment_stage.node.add_dependency(account)
        acknowledge(
            role,
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
            "AmazonAPIGatewayPushToCloudWatchLogs]",
            _LOG_ROLE,
        )


# The resource pattern, never the path: a path may hold a person's token. No IP address: personal data (LGPD art. 5 I).
ACCESS_LINE = (
    '{"requestId":"$context.requestId","at":"$context.requestTimeEpoch","method":"$context.httpMethod",'
    '"resource":"$context.resourcePath","status":"$context.status","latency":"$context.responseLatency",'
    '"bytes":"$context.responseLength","error":"$context.error.responseType"}'
)
