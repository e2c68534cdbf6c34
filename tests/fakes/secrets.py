# ruff: noqa: N803  parameters are spelled as the SDK spells them
"""MemorySecrets: named secret strings."""

from typing import Any

from tests.fakes.faults import Faults, client_error


class MemorySecrets:
    """GetSecretValue only."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.values: dict[str, str] = {}

    def get_secret_value(self, *, SecretId: str) -> dict[str, Any]:
        def do() -> dict[str, Any]:
            if SecretId not in self.values:
                raise client_error("ResourceNotFoundException", "GetSecretValue")
            return {"SecretString": self.values[SecretId]}

        return self.faults.around("secretsmanager", "GetSecretValue", do)  # type: ignore[return-value]
