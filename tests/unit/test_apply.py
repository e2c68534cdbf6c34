"""Events folded onto a contract: whatever their order the same state, and a reason for everything."""

import itertools
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emdia.compliance import rules
from emdia.ladder.decide import next_due
from emdia.ladder.ladder import DEFAULT
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.portfolio.apply import fold
from emdia.portfolio.book import stop_place
from emdia.portfolio.case import InvoiceStatus, Reach, StopKind, phone_clocks
from emdia.portfolio.contract import Beneficiary, Channel, ContactPoint
from emdia.portfolio.events import canonical, read_event
from emdia.portfolio.inbox import InboxStatus, Waiting
from emdia.portfolio.needed import needed
from emdia.providers.erp import parse_event
from emdia.state import case_ref, contract_ref, invoice_ref, outreach_ref, waiting_ref
from tests.fakes import erp, people

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CONTRACT = "contract:CT-1"


def name(kind, value):
    return f"{kind}:{value}"


def told(event):
    ready = parse_event(event, NOW)
    return read_event((erp.CLIENT, event["id"]), canonical(ready), name)


def hours(n):
    return NOW - timedelta(days=2) + timedelta(hours=n)


class Shelf:
    """A store of one contract: applies outcomes as a commit would, waiting events as the workflow does."""

    def __init__(self, *states):
        self.states = {state.ref: state for state in states}
        self.waiting = {}
        self.facts = []

    def apply(self, *events, now=NOW):
        return self.hear({event["id"]: told(event) for event in events}, now)

    def hear(self, all_told, now=NOW):
        while True:
            read = self._read(list(all_told.values()))
            come = {t.invoice for t in all_told.values() if hasattr(t, "number")} | {
                "" for t in all_told.values() if hasattr(t, "beneficiaries")
            }
            more = {
                key[1]: self.waiting[key[1]]
                for state in read.values()
                if isinstance(state, Waiting) and state.invoice in come
                for key in state.events
                if key[1] not in all_told
            }
            if not more:
                break
            all_told |= more
        outcome = fold(CONTRACT, list(all_told.values()), read, now, DEFAULT.version, next_due, lambda case: case)
        for state in outcome.puts:
            before = self.states.get(state.ref)
            assert state.v == (before.v if before else 0)
            self.states[state.ref] = replace(state, v=state.v + 1)
        for state in outcome.removed:
            del self.states[state.ref]
        for ref in outcome.absent:
            assert ref not in read
        for key, verdict in outcome.verdicts.items():
            if verdict.status is InboxStatus.WAITING:
                self.waiting[key[1]] = all_told[key[1]]
            else:
                self.waiting.pop(key[1], None)
        self.facts += outcome.facts
        return {key[1]: verdict for key, verdict in outcome.verdicts.items()}

    def _read(self, events):
        read, seen = {}, set()
        while new := needed(CONTRACT, events, read) - seen:
            seen |= new
            read |= {ref: self.states[ref] for ref in new if ref in self.states}
        return read

    @property
    def case(self):
        return self.states[case_ref(CONTRACT)]

    @property
    def contract(self):
        return self.states[contract_ref(CONTRACT)]

    def invoice(self, number="F-1"):
        return self.states[invoice_ref(CONTRACT, name("invoice", number))]

    def outreach(self):
        return self.states[outreach_ref(CONTRACT, "o1")]

    def kinds(self):
        return [fact.kind for fact in self.facts]


def opened(*more):
    shelf = Shelf()
    shelf.apply(erp.contract(hours(0)), erp.invoice(hours(1)), *more)
    return shelf


def queued(shelf, status=OutreachStatus.QUEUED, invoices=("F-1",), channel=Channel.EMAIL):
    case = shelf.case
    outreach = Outreach(
        contract=CONTRACT,
        id="o1",
        holder_key=case.holder_key,
        channel=channel,
        step="D0",
        template="vencimento",
        ladder=DEFAULT.version,
        invoices=tuple(name("invoice", number) for number in invoices),
        advanced=tuple(name("invoice", number) for number in invoices),
        status=status,
        created_at=NOW,
        rule="ladder.step-due",
        due=NOW,
        v=1,
    )
    shelf.states[outreach.ref] = outreach
    shelf.states[case.ref] = replace(case, last_outreach="o1")
    return shelf


def stop(kind, at, **data):
    return erp.event(kind, at, {"contract": "CT-1"} | data)


def consent(kind, at, said=None, channel="email"):
    when = (said or at).isoformat()
    return erp.event(kind, at, {"contract": "CT-1", "channel": channel, "at": when, "how": "portal", "text": "sim"})


def test_a_contract_opens_its_case_with_all_that_decisions_need():
    case = opened().case
    assert (case.uf, case.zone) == ("SP", "America/Sao_Paulo")
    assert (case.multa_bp, case.juros_bp_month) == (200, 100)
    assert case.reach_of(Channel.EMAIL) is Reach.OPEN
    assert case.reach_of(Channel.SMS) is Reach.NONE
    assert [i.id for i in case.invoices] == ["invoice:F-1"]
    assert case.ladder == DEFAULT.version
    assert case.due == next_due(case, NOW)
    assert case.due is not None


def test_an_older_contract_changes_nothing_and_is_told_so():
    shelf = Shelf()
    shelf.apply(erp.contract(hours(5)))
    before = shelf.states.copy()
    older = erp.contract(hours(1), kind="adesao")
    assert shelf.apply(older)[older["id"]].status is InboxStatus.SUPERSEDED
    assert shelf.states == before


def test_the_sequence_rules_over_the_clock():
    shelf = Shelf()
    shelf.apply(erp.contract(hours(5)) | {"sequence": 1})
    late = erp.contract(hours(1), kind="adesao") | {"sequence": 2}
    assert shelf.apply(late)[late["id"]].status is InboxStatus.APPLIED
    assert shelf.contract.kind == "adesao"


def test_a_sequence_that_jumped_is_recovered_by_the_jumped_one_with_a_newer_moment():
    shelf = Shelf()
    highest = {"sequence": 2**53 - 1}
    shelf.apply(erp.contract(hours(1)) | highest)
    lost = erp.contract(hours(5), kind="adesao") | {"sequence": 20}
    assert shelf.apply(lost)[lost["id"]].status is InboxStatus.SUPERSEDED
    again = erp.contract(hours(6), kind="adesao") | highest
    assert shelf.apply(again)[again["id"]].status is InboxStatus.APPLIED
    assert shelf.contract.kind == "adesao"


def test_invoices_and_payments_wait_for_what_they_belong_to():
    shelf = Shelf()
    money, bill = erp.paid(hours(3)), erp.invoice(hours(2))
    assert shelf.apply(money)[money["id"]].status is InboxStatus.WAITING
    assert shelf.apply(bill)[bill["id"]].status is InboxStatus.WAITING
    assert set(shelf.states) == {waiting_ref(CONTRACT)}
    verdicts = shelf.apply(erp.contract(hours(1)))
    assert {v.status for v in verdicts.values()} == {InboxStatus.APPLIED}
    assert shelf.invoice().status is InvoiceStatus.PAID
    assert shelf.case.invoices == ()
    assert not [s for s in shelf.states.values() if isinstance(s, Waiting)]


def test_a_payment_waits_for_its_invoice_alone_and_bumps_the_case():
    shelf = Shelf()
    shelf.apply(erp.contract(hours(1)))
    version = shelf.case.v
    money = erp.paid(hours(3))
    assert shelf.apply(money)[money["id"]].status is InboxStatus.WAITING
    assert shelf.case.v == version + 1, "the invoice's arrival in the same moment must lose the race"
    shelf.apply(erp.invoice(hours(2)))
    assert shelf.invoice().status is InvoiceStatus.PAID
    assert waiting_ref(CONTRACT, "invoice:F-1") not in shelf.states


def test_money_is_never_undone():
    shelf = opened(erp.paid(hours(3)))
    cancelled = erp.event("invoice.cancelled", hours(4), {"contract": "CT-1", "invoice": "F-1"})
    assert shelf.apply(cancelled)[cancelled["id"]].status is InboxStatus.SUPERSEDED
    shelf.apply(erp.invoice(hours(5), kind="invoice.updated", amount_centavos=1))
    assert shelf.invoice().status is InvoiceStatus.PAID
    assert shelf.invoice().amount == 1
    assert shelf.case.invoices == ()


def test_a_payment_of_a_cancelled_invoice_is_recorded():
    shelf = opened(erp.event("invoice.cancelled", hours(4), {"contract": "CT-1", "invoice": "F-1"}))
    assert shelf.invoice().status is InvoiceStatus.CANCELLED
    shelf.apply(erp.paid(hours(3)))
    assert shelf.invoice().status is InvoiceStatus.PAID


def test_a_new_due_date_starts_the_ladder_anew():
    shelf = opened()
    ref = case_ref(CONTRACT)
    shelf.states[ref] = replace(shelf.case, invoices=(replace(shelf.case.invoices[0], step="D+3"),))
    shelf.apply(erp.invoice(hours(2), kind="invoice.updated", amount_centavos=50_000))
    assert [(i.step, i.amount) for i in shelf.case.invoices] == [("D+3", 50_000)]
    shelf.apply(erp.invoice(hours(3), kind="invoice.updated", due_on="2026-12-10"))
    assert [i.step for i in shelf.case.invoices] == [""]


def test_open_invoices_stand_by_due_date():
    shelf = opened(erp.invoice(hours(2), "F-2", due_on="2026-10-20"), erp.invoice(hours(3), "F-3", due_on="2026-12-20"))
    assert [i.id for i in shelf.case.invoices] == ["invoice:F-2", "invoice:F-1", "invoice:F-3"]


@pytest.mark.parametrize(
    ("event", "rule"),
    [
        (erp.paid(hours(3)), rules.STOP_SETTLED),
        (erp.event("invoice.cancelled", hours(3), {"contract": "CT-1", "invoice": "F-1"}), rules.STOP_CANCELLED),
        (stop("dispute.opened", hours(3), dispute="d"), rules.STOP_DISPUTE),
        (stop("dispute.opened", hours(3), dispute="d", invoices=["F-1"]), rules.STOP_DISPUTE),
        (stop("hold.placed", hours(3), hold="h"), rules.STOP_HOLD),
        (stop("hospitalisation.started", hours(3), stay="s"), rules.STOP_PROTECTIVE),
        (consent("opt_out.recorded", hours(3)), rules.CONSENT_OPTED_OUT),
        (
            erp.contract(hours(3), holder={"name": "Rui", "cpf": erp.SPOUSE_CPF, "birth_on": "1960-01-01"}),
            rules.STOP_HOLDER_CHANGED,
        ),
    ],
)
def test_what_takes_the_reason_away_cancels_what_is_queued(event, rule):
    shelf = queued(opened())
    shelf.apply(event)
    assert shelf.outreach().status is OutreachStatus.CANCELLED
    assert shelf.outreach().rule == rule
    assert shelf.outreach().due is None
    assert shelf.kinds().count("outreach.cancelled") == 1
    assert rule in {v.value for fact in shelf.facts if fact.kind == "outreach.cancelled" for v in fact.values}


@pytest.mark.parametrize("status", [s for s in OutreachStatus if s is not OutreachStatus.QUEUED])
def test_what_is_claimed_or_over_is_left_alone(status):
    shelf = queued(opened(), status)
    shelf.apply(erp.paid(hours(3)))
    assert shelf.outreach().status is status
    assert "outreach.cancelled" not in shelf.kinds()


@pytest.mark.parametrize(
    "event",
    [
        erp.paid(hours(4)),
        stop("dispute.opened", hours(4), dispute="d", invoices=["F-1"]),
        stop("hold.placed", hours(4), hold="h", until=(NOW - timedelta(hours=1)).isoformat()),
        consent("opt_out.recorded", hours(4), channel="sms"),
    ],
)
def test_what_leaves_a_reason_leaves_the_outreach(event):
    shelf = queued(opened(erp.invoice(hours(2), "F-2")), invoices=("F-1", "F-2"))
    shelf.apply(event)
    assert shelf.outreach().status is OutreachStatus.QUEUED


def test_a_stay_is_kept_apart_and_shows_as_a_protective_stop_only():
    shelf = opened(stop("hospitalisation.started", hours(3), stay="s1", note="UTI"))
    record = shelf.states[stop_place(StopKind.PROTECTIVE, CONTRACT, "stop:stay:s1")]
    assert record.ref.sort.startswith("HEALTH#")
    assert record.note == "UTI"
    assert [s.kind for s in shelf.case.stops] == [StopKind.PROTECTIVE]
    fact = next(fact for fact in shelf.facts if fact.kind == "stop.placed")
    assert fact.about == case_ref(CONTRACT)
    assert not any("UTI" in str(value.value) for f in shelf.facts for value in f.values)
    shelf.apply(stop("hospitalisation.ended", hours(4), stay="s1"))
    assert shelf.case.stops == ()
    assert shelf.states[record.ref].note == ""


def test_a_dead_point_stays_dead_until_its_value_changes():
    shelf = opened()
    ref = contract_ref(CONTRACT)
    shelf.states[ref] = replace(shelf.contract, dead_points=("p1",))
    same = [{"id": "p1", "channel": "email", "value": "josefa@exemplo.com.br"}]
    shelf.apply(erp.event("contact_points.updated", hours(3), {"contract": "CT-1", "contact_points": same}))
    assert shelf.case.reach_of(Channel.EMAIL) is Reach.DEAD
    other = [{"id": "p1", "channel": "email", "value": "nova@exemplo.com.br"}]
    shelf.apply(erp.event("contact_points.updated", hours(4), {"contract": "CT-1", "contact_points": other}))
    assert shelf.case.reach_of(Channel.EMAIL) is Reach.OPEN


def test_the_newest_word_of_the_person_counts_not_the_newest_event():
    shelf = opened(consent("opt_out.recorded", hours(3), said=hours(3)))
    shelf.apply(consent("opt_in.recorded", hours(9), said=hours(2)))
    assert shelf.case.reach_of(Channel.EMAIL) is Reach.OPTED_OUT
    shelf.apply(consent("opt_in.recorded", hours(10), said=hours(4)))
    assert shelf.case.reach_of(Channel.EMAIL) is Reach.OPEN


def test_another_holder_takes_over_what_is_open_and_not_what_is_closed():
    shelf = opened(erp.invoice(hours(2), "F-2"), erp.paid(hours(3), "F-2"), stop("hold.placed", hours(3), hold="h"))
    shelf.apply(erp.contract(hours(5), holder={"name": "Rui", "cpf": erp.SPOUSE_CPF, "birth_on": "1960-01-01"}))
    new = name("person", erp.SPOUSE_CPF.replace(".", "").replace("-", ""))
    assert shelf.case.holder_key == shelf.case.person == new
    assert shelf.invoice("F-1").holder_key == new
    assert shelf.invoice("F-2").holder_key != new
    assert shelf.states[stop_place(StopKind.HOLD, CONTRACT, "stop:hold:h")].holder_key == new


@pytest.mark.parametrize(
    "event",
    [
        erp.event(
            "contact_points.updated",
            hours(5),
            {"contract": "CT-1", "contact_points": [{"id": "p2", "channel": "email", "value": "nova@exemplo.com.br"}]},
        ),
        erp.invoice(hours(5), kind="invoice.updated", payment={"pix": erp.PIX.replace("exemplo", "exempl2")}),
    ],
)
def test_another_address_or_payment_code_is_seen_by_a_claim_that_was_read_before(event):
    shelf = opened()
    before = shelf.case.v
    shelf.apply(event)
    assert shelf.case.v == before + 1


def test_who_is_covered_no_more_is_no_longer_kept():
    people = [
        {"name": "Josefa", "cpf": erp.CPF, "birth_on": "1961-04-30"},
        {"name": "Rui", "cpf": erp.SPOUSE_CPF, "birth_on": "1960-01-01"},
    ]
    shelf = Shelf()
    shelf.apply(erp.contract(hours(1), beneficiaries=people))
    assert len([s for s in shelf.states.values() if isinstance(s, Beneficiary)]) == 2
    shelf.apply(erp.contract(hours(2), beneficiaries=people[1:]))
    assert [s.name for s in shelf.states.values() if isinstance(s, Beneficiary)] == ["Rui"]


def test_every_change_has_its_fact():
    shelf = opened(
        consent("opt_in.recorded", hours(2)),
        stop("hold.placed", hours(2), hold="h"),
        stop("hold.lifted", hours(3), hold="h"),
        erp.paid(hours(4)),
    )
    assert shelf.kinds() == [
        "contract.recorded",
        "contact_points.recorded",
        "invoice.recorded",
        *sorted(["channel.opted_in", "stop.placed"], key=shelf.kinds().index),
        "stop.lifted",
        "invoice.settled",
    ]


def essence(shelf):
    """All that is stored but versions, and what depends on the moment of each commit."""
    return {
        ref: tuple((f.name, getattr(state, f.name)) for f in fields(state) if f.name not in ("v", "last"))
        for ref, state in shelf.states.items()
        if is_dataclass(state)
    }


def without_points(event):
    return {**event, "data": {k: v for k, v in event["data"].items() if k != "contact_points"}}


STORY = [
    lambda: erp.contract(hours(1)),
    lambda: erp.contract(hours(7), kind="adesao", beneficiaries=[]),
    lambda: {
        **erp.contract(hours(9)),
        "data": {k: v for k, v in erp.contract(hours(9))["data"].items() if k != "contact_points"},
    },
    lambda: erp.event("contact_points.updated", hours(8), {"contract": "CT-1", "contact_points": []}),
    lambda: erp.invoice(hours(2)),
    lambda: erp.invoice(hours(6), kind="invoice.updated", amount_centavos=777, due_on="2026-11-30"),
    lambda: erp.paid(hours(5)),
    lambda: erp.event("invoice.cancelled", hours(10), {"contract": "CT-1", "invoice": "F-1"}),
    lambda: erp.invoice(hours(3), "F-2", due_on="2026-12-05"),
    lambda: erp.event("invoice.cancelled", hours(4), {"contract": "CT-1", "invoice": "F-2"}),
    lambda: erp.event("invoice.cancelled", hours(11), {"contract": "CT-1", "invoice": "F-2"}),
    lambda: erp.invoice(hours(3), "F-3", due_on="2026-12-06"),
    lambda: stop("dispute.opened", hours(2), dispute="d", invoices=["F-3"], note="valor"),
    lambda: stop("dispute.closed", hours(6), dispute="d"),
    lambda: stop("hold.placed", hours(6), hold="h"),
    lambda: stop("hospitalisation.ended", hours(12), stay="s"),
    lambda: stop("hospitalisation.started", hours(11), stay="s", note="UTI"),
    lambda: consent("opt_out.recorded", hours(3)),
    lambda: consent("opt_in.recorded", hours(5)),
    lambda: consent("opt_out.recorded", hours(4), channel="sms"),
]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_order_and_any_grouping_end_in_the_same_state(data):
    chosen = data.draw(st.sets(st.integers(1, len(STORY) - 1)))
    events = [STORY[0](), *(STORY[n]() for n in sorted(chosen))]
    whole = Shelf()
    whole.apply(*events)
    shuffled = data.draw(st.permutations(events))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(events)), max_size=4)))
    pieces = Shelf()
    for start, end in itertools.pairwise([0, *cuts, len(shuffled)]):
        if shuffled[start:end]:
            pieces.apply(*shuffled[start:end])
    assert essence(pieces) == essence(whole)
    assert not pieces.waiting.keys() - whole.waiting.keys()


def test_the_story_covers_every_type():
    assert {make()["type"] for make in STORY} | {"invoice.paid"} == {
        *("contract.upserted", "contact_points.updated", "invoice.issued", "invoice.updated", "invoice.paid"),
        *("invoice.cancelled", "hospitalisation.started", "hospitalisation.ended", "dispute.opened"),
        *("dispute.closed", "hold.placed", "opt_in.recorded", "opt_out.recorded"),
    }


def test_the_clocks_of_a_contract_are_those_of_its_phones_in_use():
    points = (
        ContactPoint("s2", Channel.SMS, "+5511987654321", 2),
        ContactPoint("s1", Channel.SMS, "+5568999990000", 1),
        ContactPoint("w1", Channel.WHATSAPP, "+5511987654321", 1),
    )
    told = people.contract(contact_points=points)
    assert phone_clocks(told, "America/Sao_Paulo") == ((Channel.SMS, ("America/Rio_Branco",)),)
    assert phone_clocks(replace(told, dead_points=("s1",)), "America/Sao_Paulo") == ()


def test_the_case_knows_its_municipality():
    shelf = Shelf()
    shelf.apply(erp.contract(hours(0)))
    case = shelf.states[case_ref(CONTRACT)]
    assert (case.ibge, case.uf, case.zone) == ("3548500", "SP", "America/Sao_Paulo")
