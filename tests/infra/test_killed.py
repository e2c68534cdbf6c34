"""Workers of the embedded AWS are killed in the middle of their work: nobody is written to twice, nobody is lost.

What `tests/faults` shows call by call, here for whole processes: whatever had landed by then stays, the queue brings
the rest again, and what may have left is never sent a second time.
"""

import os
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from emdia.workflows.send_message import GROUP
from infra.local.cloud import cloud
from infra.local.demo.erp import Erp
from infra.local.demo.portfolio import HOUSES
from infra.local.demo.register import emdia, put_in_force
from infra.local.sandbox.server import Sandbox
from tests.fakes import erp

pytestmark = [pytest.mark.embedded, pytest.mark.slow]

NINE = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # in São Paulo, on a Wednesday without a holiday
PEOPLE = 40
KILLS = 2  # of each function: a fifth delivery of the same message would be a dead letter, and the agenda's to find
VICTIMS = ("apply_erp_event", "take_step", "send_message")
QUEUES = ("erp-events", "steps", "email")
BACK_SECONDS = 4  # instead of six minutes: how long a killed worker's messages are out of sight
CALM_SECONDS = 90


class Killer:
    """Kills workers of each function at some moment of their work, KILLS times, while it is entered."""

    def __init__(self, here, seed):
        self.here, self.chance = here, random.Random(seed)
        self.killed = Counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _run(self):
        while not self._over.wait(self.chance.uniform(0.05, 0.4)):
            if found := [one for one in workers(self.here) if self.killed[one[1]] < KILLS]:
                pid, name = self.chance.choice(found)
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                self.killed[name] += 1


def workers(here):
    """Processes of our own embedded AWS, and of nobody else's, that run one of the victims."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            pid = int(place.name)
            if pid == here.aws.pid or os.getpgid(pid) != here.aws.pid:
                continue
            told = (place / "environ").read_bytes().split(b"\0")
        except (OSError, ProcessLookupError):
            continue
        for name in VICTIMS:
            if f"AWS_LAMBDA_FUNCTION_NAME={here.function(name)}".encode() in told:
                yield pid, name


def waiting(here, name):
    told = here.client("sqs").get_queue_attributes(QueueUrl=here.queue_url(name), AttributeNames=["All"])["Attributes"]
    return sum(int(told[f"ApproximateNumberOfMessages{one}"]) for one in ("", "NotVisible", "Delayed"))


def drain(here):
    deadline = time.monotonic() + CALM_SECONDS
    while any(waiting(here, name) for name in QUEUES):
        assert time.monotonic() < deadline, {name: waiting(here, name) for name in QUEUES}
        time.sleep(0.3)


def stories(here):
    """Kinds of the facts of each outreach, by its contract and id."""
    found, request = defaultdict(list), {"TableName": here.table("journal")}
    while True:
        page = here.client("dynamodb").scan(**request)
        for row in page["Items"]:
            if row["sk"]["S"] == "E" and row["kind"]["S"].startswith("outreach."):
                found[row["about"]["S"]].append(row["kind"]["S"].removeprefix("outreach."))
        if "LastEvaluatedKey" not in page:
            return found
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def test_workers_killed_at_any_moment_write_to_nobody_twice_and_lose_nobody(tmp_path):
    with Sandbox(ticking=False) as sandbox, cloud(sandbox.endpoints, tmp_path / "log") as here:
        tell(here, sandbox, NINE)
        for name in QUEUES:
            attributes = {"VisibilityTimeout": str(BACK_SECONDS)}
            here.client("sqs").set_queue_attributes(QueueUrl=here.queue_url(name), Attributes=attributes)
        house = HOUSES[0]
        profile = {
            "ans": house.ans, "name": house.name, "cnpj": house.cnpj, "address": house.address, "seat": house.seat,
            "mail-from": house.mail_from, "phone": house.phone, "site": house.site, "how-to-pay": house.how_to_pay,
        }  # fmt: skip
        emdia(here, "operator", "add", *(part for name, value in profile.items() for part in (f"--{name}", value)))
        shop = Erp(
            house, here.public_url, emdia(here, "client", "add", house.client, "--operator", house.ans).split()[-1]
        )
        put_in_force(here, [house.ans])
        with Killer(here, 1) as killer:
            shop.tell([one | {"operator": house.ans} for n in range(PEOPLE) for one in owing(n)], NINE)
            drain(here)
            walk(here, sandbox, NINE)
            walk(here, sandbox, NINE + timedelta(minutes=31))
        assert shop.refused == []
        assert killer.killed == dict.fromkeys(VICTIMS, KILLS)
        now = NINE + timedelta(minutes=31)
        for _ in range(2):  # what dead letters left to the agenda; no window has closed yet
            now += timedelta(minutes=31)
            walk(here, sandbox, now)
        walk(here, sandbox, now + timedelta(hours=25))
        judge(here, sandbox, killer)


def owing(n):
    number, mail = f"CT-{n}", [{"id": "p1", "channel": "email", "value": f"pessoa{n}@caixa.example"}]
    held = erp.contract(NINE, number, contact_points=mail, holder=holder(n), beneficiaries=[holder(n)])
    return held, erp.invoice(NINE, f"F-{n}", number, due_on="2026-11-18", reference="2026-11")


def holder(n):
    digits = [int(one) for one in f"{n + 100_000_000}"]
    for length in (10, 11):
        rest = sum(one * weight for one, weight in zip(digits, range(length, 1, -1), strict=True)) * 10 % 11
        digits.append(rest % 10)
    return {"name": f"Pessoa {n}", "cpf": "".join(map(str, digits)), "birth_on": "1961-04-30"}


def tell(here, sandbox, now):
    here.clock.set(now)
    sandbox.office.set_now(now)


def walk(here, sandbox, now):
    """A tick of the schedules, and everything that follows from it."""
    tell(here, sandbox, now)
    here.invoke("climb_ladder", {})
    here.invoke("sweep_outreach", {"sweep": "clock"})
    drain(here)


def judge(here, sandbox, killer):
    mails = Counter(one.to for one in sandbox.office.arrivals)
    assert max(mails.values()) == 1, mails.most_common(3)
    told = stories(here)
    queued = [kinds for about, kinds in told.items() if about.endswith("|CASE")]
    assert queued == [["queued"]] * PEOPLE, "one outreach each"
    ended = [set(kinds) for about, kinds in told.items() if "|OUTREACH#" in about]
    assert len(ended) == PEOPLE
    assert all("claimed" in kinds and "unknown" in kinds for kinds in ended), (
        "every step is closed: nobody reports here"
    )
    # What the provider's answer was recorded of is in a mailbox; who has no mail was claimed when the worker died.
    unanswered = sum("accepted" not in kinds for kinds in ended)
    assert PEOPLE - len(mails) <= unanswered <= killer.killed["send_message"] * GROUP
