"""The two layers every function carries: `domain` (ours, changes daily) and `vendor` (pinned, changes monthly)."""

from aws_cdk import AssetHashType, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import bundle
from infra.stages import Stage, Wheels


class Layers(Construct):
    """Layers in the same stack as the functions that use them, so that neither can run ahead of the other."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Layers")
        self.domain = self._layer("Domain", stage.wheels, *bundle.domain(stage.wheels))
        self.vendor = self._layer("Vendor", stage.wheels, *bundle.vendor(stage.wheels))

    @property
    def all(self) -> list[lambda_.ILayerVersion]:
        """In the order of search: what is ours first."""
        return [self.domain, self.vendor]

    def _layer(self, name: str, wheels: Wheels, folder: object, digest: str) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            name,
            description=f"Em Dia {name.lower()} ({wheels.value})",
            code=lambda_.Code.from_asset(str(folder), asset_hash=digest, asset_hash_type=AssetHashType.CUSTOM),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[lambda_.Architecture.ARM_64],
            # A function version that is rolled back to needs the layer it was published with.
            removal_policy=RemovalPolicy.RETAIN,
        )
