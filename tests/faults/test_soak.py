"""A slice of the soak, its seed, and proof that it would see what it looks for."""

import logging
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from emdia.aws.chatter import WhatsAppChatter
from emdia.aws.mailer import SesMailer
from emdia.aws.texter import SmsTexter
from emdia.ladder.last_look import Go, Skip
from emdia.messages.outreach import OutreachStatus
from emdia.messages.ports import Outcome
from emdia.workflows import send_message, take_step
from tests.fakes.faults import read_timeout
from tests.shape.source import PACKAGE, ROOT
from tests.soak import storm
from tests.soak.judge import findings
from tests.soak.life import lived

ENV = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(PACKAGE)))}


@pytest.fixture(autouse=True)
def quiet():
    logging.disable(logging.CRITICAL)  # what is tried again is told by the thousand
    yield
    logging.disable(logging.NOTSET)


def live(seed, days, contracts=12):
    *_, life = lived(seed, days, contracts)
    return life


def test_a_month_of_faults_ends_with_nothing_double_late_lost_or_stuck():
    """The command itself, as `make soak` runs it."""
    asked = ["--seed", "4", "--days", "30", "--contracts", "12"]
    command = [sys.executable, "-m", "tests.soak", *asked]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=ENV)
    assert run.returncode == 0, run.stdout + run.stderr
    for promise in ("double", "claimed after payment", "lost", "stuck"):
        assert f"\n     0  {promise}" in run.stdout


def test_one_seed_is_one_life():
    lives = [live(seed=9, days=6, contracts=6).world for _ in range(2)]
    assert lives[0].arrivals == lives[1].arrivals
    assert [row["leaf"] for row in lives[0].watcher.stream] == [row["leaf"] for row in lives[1].watcher.stream]
    assert lives[0].faults.blown == lives[1].faults.blown


def seen(promise, days):
    """Whether one life of a few shows it: what befalls which message is chance."""
    return any(getattr(findings(live(seed, days).world), promise) for seed in range(1, 7))


# Each takes one safeguard away; days like those above then show what it was for.


def test_a_sender_that_trusts_the_hours_of_the_decision_is_seen(monkeypatch):
    def trusting(outreach, case, *_):
        keep = tuple(one.id for one in case.invoices if one.id in outreach.invoices)
        queued = outreach.status is OutreachStatus.QUEUED
        return Go(keep, outreach.template) if queued and keep else Skip()

    monkeypatch.setattr(send_message, "last_look", trusting)
    assert seen("unlawful", days=20)


def test_a_claim_after_the_money_is_seen():
    """What is held against each claim is what was settled when it landed."""

    class Everything(set):
        def __contains__(self, _):
            return True

    *_, life = lived(seed=1, days=0, contracts=4)
    life.world.watcher.settled = Everything()
    for _ in range(20):
        life.day()
    life.rest()
    assert findings(life.world).claimed_after_payment


def test_senders_that_take_silence_for_a_refusal_are_seen(monkeypatch):
    for sender in (SesMailer, SmsTexter, WhatsAppChatter):
        monkeypatch.setattr(sender, "send", hasty(sender.send))
    monkeypatch.setattr(storm, "WAYS", ((read_timeout, True),))
    assert seen("double", days=15)


def hasty(honest):
    def send(self, messages):
        told = honest(self, messages)
        return [replace(one, outcome=Outcome.NOT_SENT) if one.outcome is Outcome.MAYBE else one for one in told]

    return send


def test_a_queue_that_loses_without_a_sweep_is_seen(monkeypatch):
    from tests.soak.world import World

    monkeypatch.setattr(World, "sweep", lambda _: 0)
    assert seen("stuck", days=15)


def test_a_second_message_is_seen():
    life = live(seed=1, days=6)
    world = life.world
    world.arrivals.append(world.arrivals[-1])
    assert findings(world).double


def test_a_change_without_its_fact_is_seen():
    life = live(seed=1, days=6)
    world = life.world
    item = next(row for row in world.dynamodb.stored("emdia-test-ledger") if row["sk"]["S"] == "CASE")
    newer = item | {"v": {"N": str(int(item["v"]["N"]) + 1)}}
    world.dynamodb.put_item(TableName="emdia-test-ledger", Item=newer, ConditionExpression="attribute_exists(pk)")
    assert findings(world).unproved


def test_an_outage_at_the_third_attempt_parks_no_case(monkeypatch):
    """A store out of reach is no case's fault; found by a storm."""
    from emdia.errors import TryLater

    world = live(seed=1, days=1).world

    def out_of_reach(*_):
        raise TryLater("dynamodb BatchGetItem: throttled")

    monkeypatch.setattr(take_step, "_take", out_of_reach)
    deps = take_step.Deps(world.ledgers, world.channels, world.clock, world.meter)
    with pytest.raises(TryLater):
        take_step.take_step({"ans": "123456", "cases": [["c", "p"]]}, deps, take_step.ATTEMPTS)
    assert world.meter.total("CaseParked") == 0
