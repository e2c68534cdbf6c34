"""`emdia trace`: one outreach told from decision to delivery, and whoever asks is seen first."""

import pytest

from emdia.aws.openings import KeyedOpenings
from emdia.aws.past_facts import DynamoPastFacts
from emdia.cli.trace import SAID, told
from emdia.errors import Rejected, TryLater
from emdia.facts import KINDS
from emdia.messages.outreach import Target
from emdia.workflows.trace_outreach import Deps, trace_outreach
from tests.fakes.faults import unavailable
from tests.fakes.house import ANS, JOURNAL
from tests.flows.road import Road


@pytest.fixture
def road():
    return Road()


def traced(road, ref):
    past = DynamoPastFacts(road.dynamodb, JOURNAL)
    return trace_outreach(ref, "maria", Deps(road.ledgers, past, KeyedOpenings(road.keyring), road.clock))


def sent(road):
    """Two contracts of two people, both written to and delivered; the reference of the first one's message."""
    case, _ = road.contract(1), road.contract(2)
    road.climb()
    road.clock.move(seconds=1)
    road.take()
    road.clock.move(seconds=1)
    road.send()
    road.clock.move(seconds=3)
    road.hear_of_all()
    return case, Target(ANS, case.contract, road.case(case).last_outreach).encode()


def test_the_story_goes_from_the_decision_to_the_delivery(road):
    case, ref = sent(road)
    story = traced(road, ref)
    assert [one.kind for one in story.happened] == [
        "outreach.queued",
        "outreach.claimed",
        "outreach.accepted",
        "outreach.delivered",
    ]
    assert story.happened[0].values["regra"] == "ladder.step-due"
    text = told(story)
    assert text.startswith(
        f"Contato {road.outreach(case).id} por email, degrau D+7: delivered.\n25/11/2026 09:00:01  a régua"
    )
    assert text.endswith("entregue (canal email; degrau D+7; regra ladder.step-due)\nHorário de Brasília.")
    for personal in ("Pessoa", "52998224725", "caixa.example", "CT-1"):
        assert personal not in text


def test_whoever_asks_is_seen_before_anything_is_shown(road):
    _, ref = sent(road)
    traced(road, ref)
    assert road.facts()["case.viewed"] == 1
    road.faults.fail("PutItem", error=unavailable)
    with pytest.raises(TryLater):
        traced(road, ref)


@pytest.mark.parametrize(
    ("ref", "code"), [("nonsense", "ref-invalid"), (f"{ANS}-{'9' * 32}-{'8' * 32}", "ref-unknown")]
)
def test_a_reference_that_is_none_of_ours_is_refused(road, ref, code):
    with pytest.raises(Rejected, match=code):
        traced(road, ref)


def test_every_kind_of_fact_about_an_outreach_has_its_sentence():
    assert {kind for kind in KINDS if kind.startswith("outreach.")} <= set(SAID)
