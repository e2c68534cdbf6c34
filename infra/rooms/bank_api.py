"""The API `bank`: banks call it by a domain of its own, with a certificate of an authority in the trust store."""

from aws_cdk import CfnOutput
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.nag import acknowledge
from infra.rooms.api import regional_api
from infra.stages import Stage

STORE = "truststore.pem"  # of the bucket `trust`: authorities whose certificates banks call with
_METHOD_REASONS = {
    "AwsSolutions-APIG4": "Who calls is known by the certificate of the connection, and the function holds its subject "
    "to the operator's own bank.",
    "AwsSolutions-COG4": "Banks present a certificate; there is no user pool to ask.",
}
_NO_VALIDATOR = "Bodies are validated by the function, which refuses a call whole and names the field."
_NO_WAF = "Nobody reaches it without a certificate of an authority in the trust store; on the laptop it is loopback."


class BankApi(Construct):
    """REST API with mutual TLS; on the laptop, whose gateway has none, open on loopback."""

    def __init__(self, scope: Construct, stage: Stage, key: kms.IKey, trust: s3.IBucket | None) -> None:
        super().__init__(scope, "BankApi")
        self.api = regional_api(
            self,
            "Bank",
            stage,
            key,
            log="bank-api",
            name="bank",
            description="Em Dia: Pix received",
            at="bank",
            # The API's own address knows no certificates.
            own_domain_only=not stage.embedded,
        )
        acknowledge(self.api, "AwsSolutions-APIG2", _NO_VALIDATOR)
        acknowledge(self.api.deployment_stage, "AwsSolutions-APIG3", _NO_WAF)
        if stage.bank is not None and trust is not None:
            domain = self.api.add_domain_name(
                "Domain",
                domain_name=stage.bank.domain,
                certificate=acm.Certificate.from_certificate_arn(self, "Certificate", stage.bank.certificate),
                endpoint_type=apigateway.EndpointType.REGIONAL,
                security_policy=apigateway.SecurityPolicy.TLS_1_2,
                mtls=apigateway.MTLSConfig(bucket=trust, key=STORE),
            )
            CfnOutput(self, "Target", value=domain.domain_name_alias_domain_name)
        CfnOutput(self, "RestApi", value=self.api.rest_api_id)

    def door(self, method: str, path: str, function: lambda_.IFunction) -> None:
        """Let `function` answer `method` on `path`."""
        made = self.api.root.resource_for_path(path).add_method(
            method, apigateway.LambdaIntegration(function, proxy=True, allow_test_invoke=False)
        )
        for rule, reason in _METHOD_REASONS.items():
            acknowledge(made, rule, reason)
