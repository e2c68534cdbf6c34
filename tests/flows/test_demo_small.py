"""A small demo from end to end, on the very template that is deployed: two operators, a week and a day."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from infra.bundle import ROOT
from infra.local.demo.logs import lines_of
from infra.local.demo.payers import STRAY
from infra.local.demo.phones import phone_of
from infra.local.demo.portfolio import HOUSES
from infra.local.demo.progress import Progress
from infra.local.demo.register import emdia
from infra.local.demo.run import Wanted, conclude, living
from infra.local.demo.seal import verifier_of
from tests.judges.calls import judged

pytestmark = [pytest.mark.embedded, pytest.mark.slow]

CONTRACTS, DAYS, SEED = 60, 8, 11
DEPLOYED = re.compile(r"AWS APIs at http://127\.0\.0\.1:(\d+)")


@pytest.fixture(scope="module")
def lived():
    with Progress() as progress, living(Wanted(CONTRACTS, DAYS, SEED, hold=False), progress) as life:
        life.open()
        for offset in range(DAYS):
            life.day(life.chronicle.world.start + timedelta(days=offset))
        life.close()
        yield life, conclude(life), list(lines_of(life.laptop.cloud))


def test_nothing_is_wrong(lived):
    _, outcome, _ = lived
    assert outcome.failures == [], (outcome.logs.errors, outcome.verdict)


def test_no_promise_is_broken(lived):
    life, outcome, _ = lived
    assert len(life.laptop.letters) > 10
    assert outcome.verdict.duplicates == 0
    assert outcome.verdict.total == 0


def test_verifiers_that_nobody_here_wrote_pass_every_log(lived, tmp_path):
    life, outcome, _ = lived
    s3, bucket = life.laptop.cloud.client("s3"), life.laptop.cloud.bucket("audit")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="auditoria.")
    keys = [one["Key"] for page in pages for one in page["Contents"]]
    for key in keys:
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    origins = [key.removesuffix("/checkpoint") for key in keys if key.endswith("/checkpoint")]
    vkeys = {origin: verifier_of(life.laptop.cloud.client("kms"), origin).vkey for origin in origins}
    for judge in ("tlog-scales", "aics-tlog"):
        sizes = [judged(judge, tmp_path / origin, vkeys[origin])["size"] for origin in origins]
        assert (len(sizes), sum(sizes)) == (outcome.sealed.logs, outcome.sealed.facts)


def test_climbing_a_second_time_at_once_writes_to_nobody(lived):
    life, _, _ = lived
    assert life.second_climbs
    assert set(life.second_climbs) == {0}


def test_the_books_agree_with_the_mailboxes_and_the_erps(lived):
    life, outcome, _ = lived
    assert len(outcome.found.reached) == len(life.laptop.mails)
    assert outcome.strayed == 0
    assert outcome.misfiled == 0


def test_what_happened_is_in_the_journal(lived):
    life, outcome, _ = lived
    kinds = outcome.found.kinds
    assert kinds["outreach.claimed"] >= kinds["outreach.accepted"] > 0
    assert kinds["operator.recorded"] == 2
    assert kinds["contract.recorded"] >= CONTRACTS
    assert kinds["invoice.settled"] == life.chronicle.paid.total()
    assert kinds["erp.event.parked"] == outcome.parked == 8


def test_people_paid_by_pix_and_the_books_balance(lived):
    life, outcome, _ = lived
    book = life.laptop.sandbox.teller.book()
    assert life.cashier.payers.paid
    assert outcome.money.banked == sum(pix.amount for pix in book)
    assert (outcome.money.difference, outcome.money.astray) == (0, 0)
    assert outcome.money.unallocated >= STRAY
    assert outcome.found.kinds["charge.opened"] >= len(life.cashier.payers.paid)
    # By the command line, as the operator's staff sees it.
    listed = emdia(life.laptop.cloud, "payments", "unallocated", "--operator", HOUSES[0].ans)
    assert "R$ 123,45" in listed.replace("\xa0", " ")


def test_people_wrote_back_were_answered_and_the_regulators_file_says_so(lived):
    life, outcome, _ = lived
    found = outcome.attended
    assert life.reactions.talkers.said.total() > 3
    assert life.desk.answered
    assert found.wrong == []
    assert found.exported == found.in_time.total() + found.running.total() + len(found.late)
    assert found.exported >= life.desk.answered.total()
    assert found.copies
    assert outcome.found.kinds["protocols.exported"] == len(HOUSES)  # who asks for the file is recorded


def test_the_erp_that_listens_heard_all_in_order(lived):
    _, outcome, _ = lived
    assert outcome.listened.heard == outcome.listened.events > 0
    assert outcome.listened.failed > 0
    assert outcome.listened.calls > outcome.listened.heard
    assert outcome.listened.disorder == ()


def test_every_channel_carried_something(lived):
    life, _, _ = lived
    assert {letter.channel for letter in life.laptop.letters} == {"email", "sms", "whatsapp"}


def test_requests_of_the_functions_were_counted(lived):
    _, outcome, _ = lived
    assert outcome.requests > len(outcome.found.final)


def test_nothing_personal_is_in_the_logs(lived):
    life, _, lines = lived
    assert len(lines) > 100
    text = "\n".join(line for _, line in lines)
    for account in life.chronicle.world.accounts.values():
        for person in account.beneficiaries:
            assert person.cpf not in text
            assert person.name not in text
        assert not account.holder.email or account.holder.email not in text
        assert phone_of(account.holder).removeprefix("+55") not in text
        assert account.number not in text
        assert all(bill.pix not in text for bill in account.fees)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing_running(signum):
    command = [sys.executable, "-m", "infra.local.demo", "--contracts", "10", "--days", "3", "--hold", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True) as demo:
        port = next(int(found[1]) for line in demo.stdout if (found := DEPLOYED.search(line)))
        assert answers(port)
        os.killpg(demo.pid, signum)  # a terminal signals the whole group
        said = demo.stdout.read()
        assert demo.wait(60) == 130
    assert said.endswith("interrupted; nothing is left running\n")
    assert not answers(port)
    assert gone(demo.pid)


def gone(group: int) -> bool:
    """Whether every process of a group has ended; a child that was killed last may take a moment to be buried."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
