"""Versions come into force by the word of people whom AWS itself has named."""

from dataclasses import replace

import pytest

from emdia.compliance.approval import InForce, Matter, in_force
from emdia.facts import Fact
from emdia.ports import Act, Put
from emdia.state import in_force_ref, operator_ref
from emdia.workflows.proved_call import digest_of
from functions.approve_version.handler import handle
from tests.fakes.house import ANS

TEXT = "atraso/sms"


def arn(person, office="staff"):
    return f"arn:aws:sts::111122223333:assumed-role/emdia-local-{office}/{person}"


@pytest.fixture
def ask(road):
    def asked(verb, who, **changed):
        request = {"action": verb, "operator": ANS, "matter": "words", "name": TEXT}
        proof = road.sts.question(who, digest_of(request))
        return handle({**request, **changed, "proof": proof, "language": "pt-BR"}, None)

    return asked


def test_three_people_bring_a_text_into_force(road, ask):
    held = road.ledger().get([in_force_ref()])[in_force_ref()]
    nothing = replace(InForce(), v=held.v, last=held.last)
    act = Act("nothing in force", (Put(nothing),), (Fact("operator.recorded", operator_ref()),))
    assert road.ledger().commit([act]).landed
    steps = (("submit", arn("rita")), ("approve", arn("lia", "legal")), ("approve", arn("eva", "ethics")))
    for action, who in (*steps, ("activate", arn("rita"))):
        assert ask(action, who)["result"] == {"done": ["atraso/sms@1"]}
    (pin,) = in_force(road.ledger().get([in_force_ref()])).pinned
    assert (pin.matter, pin.id, pin.version) == (Matter.WORDS, TEXT, "1")


def test_nobody_speaks_in_another_s_name(ask):
    """The proof is bound to the request: what was signed for one is good for no other, nor for another's role."""
    assert (
        ask("submit", arn("rita"), name=TEXT, matter="words", action="approve")["problem"]["code"] == "caller-unproved"
    )
    assert ask("submit", arn("rita"), operator="654321")["problem"]["code"] == "caller-unproved"


def test_an_office_of_another_stage_is_none(ask):
    ask("submit", arn("rita"))
    other = "arn:aws:sts::111122223333:assumed-role/emdia-prod-legal/lia"
    assert ask("approve", other)["problem"]["code"] == "approval-office"


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"action": "burn"}, "/action"),
        ({"matter": "people"}, "/matter"),
        ({"name": ""}, "/name"),
        ({"name": 7}, "/name"),
        ({"name": "atraso/sms\nX"}, "/name"),
        ({"name": "atraso/sms\x1b[2J"}, "/name"),
        ({"name": "a" * 65}, "/name"),
        ({"matter": "words\u202e"}, "/matter"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_by_its_field(ask, changed, pointer):
    problem = ask("submit", arn("rita"), **changed)["problem"]
    assert (problem["code"], problem["pointer"]) == ("action-invalid", pointer)
