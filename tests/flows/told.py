"""The road with an ERP that listens: what it is told comes by the journal's stream, the relay and the webhooks."""

import json

from emdia.aws.openings import KeyedOpenings
from emdia.aws.told import RecentFacts, RowReader
from emdia.facts import Fact
from emdia.portfolio.contract import Endpoint
from emdia.portfolio.outbound import OutHead
from emdia.ports import Act, Posted, Put
from emdia.state import endpoint_ref, out_head_ref
from emdia.workflows import deliver_facts, relay_facts
from tests.fakes.house import ANS, ERP_OUT_QUEUE, JOURNAL
from tests.flows.road import Road

URL = "https://erp.example/emdia"
SECRET = "whsec_" + "QUJD" * 8
OK, DOWN = Posted(ok=True, status=200), Posted(ok=False, status=503, reason="http-503")


class Erp:
    """An ERP that keeps what it is told, and can be told to fail."""

    def __init__(self):
        self.heard = []
        self.answers = []
        self.calls = 0
        self.takes = lambda: None  # what a call costs

    def post(self, url, headers, body):
        assert url == URL
        self.calls += 1
        self.takes()
        answer = self.answers.pop(0) if self.answers else OK
        if answer.ok or answer.reason == "timed-out":
            self.heard.append((dict(headers), json.loads(body)))
        return answer

    def told(self):
        """Events by contract in the order they came, each once."""
        seen, told = set(), {}
        for headers, event in self.heard:
            if headers["webhook-id"] not in seen:
                seen.add(headers["webhook-id"])
                told.setdefault(event["data"].get("contract", ""), []).append(event)
        return told


class Told(Road):
    """Road whose operator has an endpoint."""

    def __post_init__(self):
        super().__post_init__()
        self.erp = Erp()
        self.add_erp_client(f"out-{ANS}", SECRET)
        fact = Fact("endpoint.recorded", endpoint_ref())
        assert self.ledger().commit([Act("endpoint", (Put(Endpoint(url=URL)),), (fact,))]).landed
        self.seen = set()

    def relay_deps(self):
        reader = RowReader(KeyedOpenings(self.keyring))
        recent = RecentFacts(self.dynamodb, JOURNAL)
        return relay_facts.Deps(reader.unopened, recent, self.ledgers, self.outbox, self.clock, self.meter)

    def new_rows(self):
        rows = [row for row in self.dynamodb.stored(JOURNAL) if row["sk"]["S"] == "E"]
        return [row for row in sorted(rows, key=lambda row: row["ts"]["S"]) if row["pk"]["S"] not in self.seen]

    def relay(self):
        rows = self.new_rows()
        relay_facts.relay_facts(rows, self.relay_deps())
        self.seen |= {row["pk"]["S"] for row in rows}

    def deliver_deps(self):
        return deliver_facts.Deps(
            self.ledgers, self.secrets, self.erp, self.outbox, self.clock, self.stopwatch, self.meter
        )

    def deliver(self):
        """One invocation a message."""
        while bodies := self.sqs.take(ERP_OUT_QUEUE, 1):
            self.deliver_one(bodies[0])

    def deliver_one(self, message):
        deps = self.deliver_deps()
        deliver_facts.deliver_facts(message, deps, deliver_facts.Run(deps.stopwatch()))

    def live(self, contracts=2):
        """An outreach of each contract from queued to delivered."""
        self.lived = self.portfolio(contracts)
        self.walk()
        self.hear_of_all()

    def head(self, contract):
        held = self.ledger().get([out_head_ref(contract)])[out_head_ref(contract)]
        assert isinstance(held, OutHead)
        return held
