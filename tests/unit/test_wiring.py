"""Environment -> dependencies: each door gets what it asks for, and nobody sets the clock of a deployed stage."""

import inspect
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest

from emdia import wiring
from emdia.clock import UtcClock
from emdia.clock_file import ClockFile
from emdia.errors import Halted
from emdia.portfolio.contract import Channel
from emdia.settings import CLOCK, LOCAL, Settings, set_clock

ENV = {
    "EMDIA_LEDGER": "ledger",
    "EMDIA_JOURNAL": "journal",
    "EMDIA_KEYS": "keys",
    "EMDIA_KEYS_CMK": "arn:cmk",
    "EMDIA_ERP_QUEUE": "https://q/erp",
    "EMDIA_STEPS_QUEUE": "https://q/steps",
    "EMDIA_ERP_OUT_QUEUE": "https://q/erp-out",
    "EMDIA_EMAIL_QUEUE": "https://q/email",
    "EMDIA_SMS_QUEUE": "https://q/sms",
    "EMDIA_WHATSAPP_QUEUE": "https://q/whatsapp",
    "EMDIA_LETTER_QUEUE": "https://q/letter",
    "EMDIA_SMS_SET": "emdia",
    "EMDIA_OPT_OUT_LIST": "emdia",
    "EMDIA_ACCOUNT": "123456789012",
    "EMDIA_CONFIGURATION_SET": "emdia",
    "EMDIA_PUBLIC_URL": "https://avisos.example",
    "EMDIA_AUDIT": "audit",
    "EMDIA_LOCK_DAYS": "class",
    "EMDIA_DOCUMENTS": "documents",
    "EMDIA_INTAKE": "intake",
    "EMDIA_IMPORTS_QUEUE": "https://q/imports",
    "EMDIA_NOTICES_QUEUE": "https://q/notices",
    "EMDIA_COPIES_QUEUE": "https://q/copies",
    "EMDIA_WITNESS": "witness",
    "EMDIA_WITNESS_KEY": "arn:aws:kms:sa-east-1:210987654321:key/witness",
    "EMDIA_LOG_KEY_POLICY": "{}",
    "EMDIA_RECOVERY_DAYS": "7",
    "EMDIA_PACE": "email=6.3 sms=4.5",
}
DOORS = [
    "relay_facts", "deliver_facts",
    "receive_erp_event", "import_file", "apply_erp_event", "replay_parked", "climb_ladder", "take_step", "release_case",
    "approve_version", "dispose_records",
    "erase_person", "send_message", "receive_delivery", "receive_opt_out", "show_debt", "receive_reply",
    "receive_payment", "reconcile_payments", "attend_payment",
    "open_log", "seal_audit", "sweep_outreach",
    "explain_case", "print_letters", "prove_audit", "attend_protocol", "open_protocol", "track_protocol", "watch_log",
    "report_protocols", "send_copy",
    "find_arrears", "serve_notice", "confirm_notice", "judge_contract", "prove_notice",
    "cosign_audit", "stamp_audit",
]  # fmt: skip


@pytest.fixture
def environment(monkeypatch):
    def told(stage, **more):
        for name in list(ENV):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"EMDIA_STAGE": stage, "AWS_DEFAULT_REGION": "sa-east-1", **(more or ENV)}.items():
            monkeypatch.setenv(name, value)

    wiring._adapters.cache_clear()
    yield told
    wiring._adapters.cache_clear()


@pytest.mark.parametrize("door", DOORS)
def test_every_door_gets_the_dependencies_of_its_workflow(environment, door):
    environment("prod")
    deps = getattr(wiring, door)()
    assert type(deps) is import_module(f"emdia.workflows.{door}").Deps
    assert all(getattr(deps, name) is not None for name in deps.__dataclass_fields__)


def test_there_is_one_wiring_function_per_door():
    made = [name for name, value in vars(wiring).items() if inspect.isfunction(value) and not name.startswith("_")]
    # `command_line` is for a person at a terminal: no door, and no workflow of its own.
    assert sorted(name for name in made if value_is_ours(name)) == sorted([*DOORS, "command_line"])


def value_is_ours(name):
    return getattr(wiring, name).__module__ == "emdia.wiring"


def test_a_function_is_told_only_what_it_uses(environment):
    told = {"EMDIA_KEYS": "k", "EMDIA_KEYS_CMK": "arn:aws:kms:sa-east-1:123456789012:key/class"}
    environment("prod", EMDIA_LEDGER="l", EMDIA_JOURNAL="j", EMDIA_STEPS_QUEUE="https://q/steps", **told)
    assert wiring.climb_ladder().steps is not None
    with pytest.raises(Halted, match="EMDIA_EMAIL_QUEUE"):
        wiring.take_step()


def test_without_a_stage_nothing_is_built(environment):
    environment("")
    with pytest.raises(Halted, match="EMDIA_STAGE"):
        wiring.climb_ladder()


@pytest.mark.parametrize("stage", ["dev", "staging", "prod", "Local", "local2", "test"])
def test_only_the_local_stage_s_clock_can_be_set(environment, stage):
    with pytest.raises(Halted):
        set_clock(stage, lambda: datetime(2030, 1, 1, tzinfo=UTC))
    environment(stage)
    assert type(wiring.climb_ladder().clock) is UtcClock
    wiring._adapters.cache_clear()
    environment(stage, **{**ENV, CLOCK: "any"})
    with pytest.raises(Halted):
        wiring.climb_ladder()


def test_the_local_clock_is_read_once_an_invocation(environment, tmp_path):
    file = ClockFile(tmp_path / "now.clock")
    environment(LOCAL, **{**ENV, CLOCK: str(file.path)})
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    file.set(noon)
    deps = wiring.climb_ladder()
    assert deps.clock.now() == noon
    file.set(noon + timedelta(hours=1))
    assert deps.clock.now() == noon
    assert wiring.climb_ladder().clock.now() == noon + timedelta(hours=1)


def test_until_somebody_sets_it_the_local_clock_is_the_machine_s(tmp_path):
    file, started = ClockFile(tmp_path / "now.clock"), datetime.now(UTC)
    assert started <= file.read() <= datetime.now(UTC)


def test_settings_show_nothing():
    settings = Settings.from_env({"EMDIA_STAGE": "dev", "EMDIA_X": "a-secret-place", "AWS_SECRET_ACCESS_KEY": "hush"})
    assert "a-secret-place" not in repr(settings)
    assert "AWS_SECRET_ACCESS_KEY" not in settings.told


def test_a_worker_is_told_its_share_of_each_provider_s_pace(environment):
    environment("prod")
    assert wiring.send_message().pace == {Channel.EMAIL: 6.3, Channel.SMS: 4.5}
    assert Settings.from_env({"EMDIA_STAGE": "local"}).pace() == {}


@pytest.mark.parametrize("told", ["email", "email=fast", "email=1=2", "email=0", "email=-3"])
def test_a_pace_that_is_none_halts(told):
    with pytest.raises(Halted, match="EMDIA_PACE"):
        Settings.from_env({"EMDIA_STAGE": "prod", "EMDIA_PACE": told}).pace()


@pytest.mark.parametrize(("told", "days"), [("class", None), ("1", 1)])
def test_objects_of_the_log_are_locked_as_the_stage_says(environment, told, days):
    environment("prod", **{**ENV, "EMDIA_LOCK_DAYS": told})
    assert wiring.seal_audit().logs.days == days
