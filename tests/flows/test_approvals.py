"""Nothing leaves by words, a ladder or norms that nobody approved; nothing is lost while it waits."""

from dataclasses import replace

import pytest

from emdia.compliance.approval import LADDER_ID, InForce, Matter, Standing
from emdia.compliance.norms import edition
from emdia.errors import Rejected
from emdia.facts import Fact
from emdia.ladder.ladder import DEFAULT
from emdia.ladder.plan import COMPARED, plan_in_force
from emdia.messages.notice_words import digest
from emdia.messages.outreach import OutreachStatus
from emdia.messages.texts import text_of
from emdia.portfolio.contract import Channel
from emdia.ports import Act, Put
from emdia.state import Subject, in_force_ref, operator_ref
from emdia.workflows.approvals import act, approvals_of, chosen
from tests.fakes.approvals import AUTHOR, ETHICS, LEGAL, all_things, everything, put_in_force, signer
from tests.fakes.house import ANS, JOURNAL
from tests.fakes.opening import disclosed
from tests.flows.notices import NoticeRoad
from tests.flows.road import Road

EMAIL = "atraso/email"


def change(road: Road, force: InForce) -> None:
    """What is in force becomes `force`, as if its people had said so."""
    ledger = road.ledger()
    held = ledger.get([in_force_ref()])[in_force_ref()]
    put = Put(replace(force, v=held.v, last=held.last))
    assert ledger.commit([Act(f"force:{held.v}", (put,), (Fact("operator.recorded", operator_ref()),))]).landed


def without(force: InForce, matter: Matter, id_: str) -> InForce:
    return replace(force, pinned=tuple(p for p in force.pinned if (p.matter, p.id) != (matter, id_)))


def told(road, kind, case):
    (row,) = [row for row in road.rows(JOURNAL) if row.get("kind") == {"S": kind}]
    return disclosed(road, ANS, row, Subject(case.holder_key))


def test_the_version_written_is_pinned_to_the_contact_and_to_its_fact():
    road = Road()
    case = road.contract(1)
    road.walk()
    text = text_of("atraso", Channel.EMAIL)
    words = road.outreach(case).words
    assert (words.id, words.version, words.digest) == (EMAIL, "1", text.digest)
    claimed = told(road, "outreach.claimed", case)
    assert (claimed["modelo"], claimed["modelo_versao"], claimed["modelo_resumo"]) == (EMAIL, "1", text.digest)


@pytest.mark.parametrize("missing", ["never approved", "changed since", "not in this release"])
def test_words_that_nobody_approved_wait_and_leave_when_somebody_has(missing):
    road = Road()
    case = road.contract(1)
    force = everything()
    pin = force.version(Matter.WORDS, EMAIL)
    wrong = {
        "never approved": (),
        "changed since": (replace(pin, digest="0" * 64),),
        "not in this release": (replace(pin, version="99"),),
    }[missing]
    change(road, replace(force, pinned=(*without(force, Matter.WORDS, EMAIL).pinned, *wrong)))
    road.walk()
    assert road.ses.mailbox == []
    waiting = road.outreach(case)
    assert (waiting.status, waiting.rule) == (OutreachStatus.QUEUED, "approval.words")
    assert road.meter.total("Unapproved") == 1
    assert road.case(case).parked == ""
    change(road, force)
    road.clock.move(hours=1)
    road.sweep()
    road.send()
    assert len(road.ses.mailbox) == 1


@pytest.mark.parametrize(
    ("matter", "id_", "rule"),
    [(Matter.LADDER, LADDER_ID, "approval.ladder"), (Matter.NORMS, "normas", "approval.norms")],
)
def test_a_case_of_an_unapproved_ladder_or_by_unapproved_norms_waits_with_its_step(matter, id_, rule):
    road = Road()
    case = road.contract(1)
    change(road, without(everything(), matter, id_))
    road.walk()
    assert road.ses.mailbox == []
    stored = road.case(case)
    assert stored.invoices == case.invoices
    assert told(road, "step.deferred", case)["regra"] == rule
    assert road.meter.total("Unapproved") == 1
    change(road, everything())
    road.clock.move(hours=4)
    road.walk()
    assert len(road.ses.mailbox) == 1


def test_a_fresh_installation_has_nothing_in_force_until_its_people_say_so():
    road = Road()
    ledger = road.ledger()
    change(road, InForce())
    put_in_force(ledger, road.clock.now(), checked="conferido")
    assert ledger.get([in_force_ref()])[in_force_ref()].pinned == everything().pinned
    facts = road.facts()
    count = len(all_things())
    assert (facts["approval.submitted"], facts["approval.activated"]) == (count, count)
    assert facts["approval.given"] == 2 * count - 1  # norms need legal alone
    held = approvals_of(Matter.WORDS, ledger)
    assert {one.standing for one in held.values()} == {Standing.ACTIVE}
    for one in held.values():
        assert [yes.actor for yes in one.yes] == [LEGAL.person, ETHICS.person]


def test_who_signed_is_sealed():
    road = Road()
    change(road, InForce())
    put_in_force(road.ledger(), road.clock.now(), checked="conferido")
    text = repr([road.rows(table) for table in road.dynamodb.tables])
    for one in (AUTHOR, LEGAL, ETHICS):
        assert one.person not in text


@pytest.fixture
def desk():
    """A ledger with nothing in force, and one text that its author has submitted."""
    road = Road()
    change(road, InForce())
    (thing,) = chosen(EMAIL, Matter.WORDS, 2026)
    thing = replace(thing, check=lambda: "conferido")
    ledger, now = road.ledger(), road.clock.now()
    act("submit", thing, ledger, AUTHOR, now)

    def do(action, who, what=thing):
        return act(action, what, ledger, who, now)

    do.thing, do.ledger = thing, ledger
    return do


def refused(do, action, who, code, what=None):
    with pytest.raises(Rejected, match=code):
        do(action, who, *([what] if what else []))


def test_approvals_come_in_order_from_two_people_who_did_not_write_it(desk):
    author_as_legal, legal_as_ethics = signer(AUTHOR.person, "legal"), signer(LEGAL.person, "ethics")
    refused(desk, "activate", AUTHOR, "approval-incomplete")
    refused(desk, "approve", ETHICS, "approval-office")
    refused(desk, "approve", signer("bia"), "approval-office")
    refused(desk, "approve", author_as_legal, "approval-own")
    assert desk("approve", LEGAL).standing is Standing.LEGAL
    refused(desk, "activate", AUTHOR, "approval-incomplete")
    refused(desk, "approve", legal_as_ethics, "approval-own")
    assert desk("approve", ETHICS).standing is Standing.ETHICS
    refused(desk, "approve", ETHICS, "approval-not-pending")
    assert desk("activate", AUTHOR).standing is Standing.ACTIVE


def test_a_role_of_another_stage_is_no_office(desk):
    other = replace(LEGAL, arn=LEGAL.arn.replace("emdia-test-", "emdia-prod-"))
    refused(desk, "approve", other, "approval-office")


def test_what_changed_since_it_was_approved_does_not_come_into_force(desk):
    desk("approve", LEGAL)
    desk("approve", ETHICS)
    refused(desk, "activate", AUTHOR, "approval-digest", replace(desk.thing, digest="0" * 64))
    refused(desk, "submit", AUTHOR, "approval-version-taken")


def test_a_no_ends_it_until_it_is_submitted_again(desk):
    refused(desk, "refuse", ETHICS, "approval-office")
    assert desk("refuse", LEGAL).standing is Standing.REFUSED
    refused(desk, "approve", LEGAL, "approval-not-pending")
    assert desk("submit", AUTHOR).standing is Standing.DRAFT


def test_a_newer_version_takes_the_place_and_a_retired_one_stops(desk):
    newer = replace(desk.thing, version="2", digest="2" * 64)
    for thing in (desk.thing, newer):
        if thing is newer:
            desk("submit", AUTHOR, thing)
        desk("approve", LEGAL, thing)
        desk("approve", ETHICS, thing)
        desk("activate", AUTHOR, thing)
    held = {one.version: one.standing for one in approvals_of(Matter.WORDS, desk.ledger).values()}
    assert held == {"1": Standing.RETIRED, "2": Standing.ACTIVE}
    force = desk.ledger.get([in_force_ref()])[in_force_ref()]
    assert [pin.version for pin in force.pinned] == ["2"]
    refused(desk, "retire", AUTHOR, "approval-office", newer)
    desk("retire", LEGAL, newer)
    assert desk.ledger.get([in_force_ref()])[in_force_ref()].pinned == ()


def test_a_ladder_is_submitted_only_when_verify_has_passed_exactly_it():
    road = Road()
    change(road, InForce())
    (thing,) = chosen(DEFAULT.version, Matter.LADDER, 2026)
    ledger, now = road.ledger(), road.clock.now()

    def unlawful():
        raise Rejected("ladder-unlawful", rule="window.weekend")

    with pytest.raises(Rejected, match="ladder-unlawful"):
        act("submit", replace(thing, check=unlawful), ledger, AUTHOR, now)
    assert approvals_of(Matter.LADDER, ledger) == {}
    act("submit", replace(thing, check=lambda: ""), ledger, AUTHOR, now)
    act("approve", thing, ledger, LEGAL, now)
    act("approve", thing, ledger, ETHICS, now)
    with pytest.raises(Rejected, match="approval-evidence"):
        act("activate", thing, ledger, AUTHOR, now)


def test_norms_need_legal_alone_and_never_whoever_submitted_them():
    road = Road()
    change(road, InForce())
    (thing,) = chosen("all", Matter.NORMS, 2026)
    ledger, now = road.ledger(), road.clock.now()
    act("submit", thing, ledger, AUTHOR, now)
    with pytest.raises(Rejected, match="approval-own"):
        act("approve", thing, ledger, signer(AUTHOR.person, "legal"), now)
    act("approve", thing, ledger, LEGAL, now)
    act("activate", thing, ledger, AUTHOR, now)
    assert ledger.get([in_force_ref()])[in_force_ref()].holds(Matter.NORMS, "normas", edition(), edition())


def test_what_this_release_does_not_have_cannot_be_chosen():
    for name in ("nobody", "atraso/email@9", ""):
        with pytest.raises(Rejected, match="approval-thing-unknown"):
            chosen(name, Matter.WORDS, 2026)


def test_an_outreach_and_its_fact_name_the_arm():
    road = Road()
    case = road.contract(1, arm="plano-comparado-1/todos/A")
    road.walk()
    assert road.outreach(case).arm == case.arm
    queued = told(road, "outreach.queued", case)
    assert (queued["regua"], queued["braco"]) == (DEFAULT.version, case.arm)


def test_a_plan_comes_into_force_only_after_every_ladder_of_its_arms():
    road = Road()
    change(road, InForce())
    (plan,) = chosen(COMPARED.version, Matter.LADDER, 2026)
    ledger, now = road.ledger(), road.clock.now()
    act("submit", plan, ledger, AUTHOR, now)
    act("approve", plan, ledger, LEGAL, now)
    act("approve", plan, ledger, ETHICS, now)
    with pytest.raises(Rejected, match="approval-arm"):
        act("activate", plan, ledger, AUTHOR, now)
    put_in_force(ledger, now, checked="conferido")
    act("activate", plan, ledger, AUTHOR, now)
    force = ledger.get([in_force_ref()])[in_force_ref()]
    assert plan_in_force(force) is COMPARED


def test_the_notice_of_the_norm_is_not_drafted_in_words_that_nobody_approved():
    road = NoticeRoad()
    road.at("2026-10-15")
    case = road.owing(1, "2026-09-10", "2026-10-10")
    change(road, without(everything(), Matter.WORDS, "notificacao"))
    road.night()
    assert (road.ses.mailbox, list(road.file(case).notices)) == ([], [])
    assert road.meter.total("Unapproved") == 1
    assert road.facts()["notice.parked"] == 1
    change(road, everything())
    road.at("2026-10-16")
    road.night()
    assert len(road.ses.mailbox) == 1
    assert told(road, "notice.drafted", case)["modelo_resumo"] == digest()
