"""Systems of call centres, by their credentials: a Cognito user pool without users."""

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.nag import acknowledge
from infra.stages import REGION, Stage

# emdia.providers.cognito names the same; a test holds them together.
SERVER, SCOPE = "emdia", "attend"
_NO_USERS = (
    "The pool has no users and none can sign up: it gives access tokens to systems for their own credentials, which "
    "are made by `emdia client add` and by nobody else."
)


class Clients(Construct):
    """Pool, the scope that the gateway asks for, and the address where tokens are given.

    A client belongs to one operator by a second scope, of a resource server that `emdia client add` makes.
    """

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Clients")
        self.pool = cognito.UserPool(
            self,
            "Pool",
            user_pool_name=f"emdia-{stage.name}-clients",
            self_sign_up_enabled=False,
            account_recovery=cognito.AccountRecovery.NONE,
            password_policy=cognito.PasswordPolicy(
                min_length=14, require_digits=True, require_lowercase=True, require_symbols=True, require_uppercase=True
            ),
            deletion_protection=True,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.pool.add_resource_server(
            "Server",
            identifier=SERVER,
            user_pool_resource_server_name=SERVER,
            scopes=[cognito.ResourceServerScope(scope_name=SCOPE, scope_description="attends for an operator")],
        )
        prefix = f"emdia-{stage.name}-{Stack.of(self).account}"
        domain = self.pool.add_domain("Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix=prefix))
        for rule in ("AwsSolutions-COG2", "AwsSolutions-COG3", "AwsSolutions-COG8"):
            acknowledge(self.pool, rule, _NO_USERS)
        stack = Stack.of(self)
        address = f"https://{domain.domain_name}.auth.{REGION}.amazoncognito.com/oauth2/token"
        CfnOutput(stack, "ClientPool", value=self.pool.user_pool_id)
        CfnOutput(stack, "TokenUrl", value=address)
