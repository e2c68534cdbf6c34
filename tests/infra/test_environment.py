"""What a function is told is what its wiring asks for: one name too few and it cannot start, one too many is a leak."""

import pytest

from emdia import wiring
from emdia.aws.actions import FUNCTION_ACTIONS
from emdia.settings import Settings
from tests.infra.templates import template_of

ALWAYS = {"EMDIA_STAGE"}


class Told(dict):
    """An environment that remembers what was asked for."""

    def __init__(self, told):
        super().__init__(told)
        self.asked = set()

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        """What only some are told: asked for where it is told."""
        if name in self:
            self.asked.add(name)
        return super().get(name, default)


@pytest.mark.parametrize("function", sorted(FUNCTION_ACTIONS))
def test_a_function_is_told_what_its_wiring_asks_for_and_nothing_else(function, monkeypatch):
    found = template_of(function, "dev")
    logical = found.logical_id("AWS::Lambda::Function", "FunctionName", f"emdia-dev-{function}")
    names = set(found.resources[logical]["Properties"]["Environment"]["Variables"])
    told = Told({name: "dev" if name == "EMDIA_STAGE" else f"https://{name.lower()}.invalid" for name in names})
    if "EMDIA_LOCK_DAYS" in told:
        told["EMDIA_LOCK_DAYS"] = "1"
    if "EMDIA_RECOVERY_DAYS" in told:
        told["EMDIA_RECOVERY_DAYS"] = "7"
    if "EMDIA_PACE" in told:
        told["EMDIA_PACE"] = "email=7"
    settings = Settings("dev", function, told)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")
    monkeypatch.setattr(Settings, "from_env", lambda _environment: settings)
    wiring._adapters.cache_clear()
    try:
        getattr(wiring, function)()
    finally:
        wiring._adapters.cache_clear()
        assert told.asked == names - ALWAYS
