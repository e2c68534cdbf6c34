"""Which rows of law a decision was made under can be shown years later: its fact carries their edition."""

from dataclasses import replace

import pytest

from emdia.compliance.norms import edition
from emdia.portfolio.case import Stop, StopKind
from emdia.state import Subject
from tests.fakes.house import ANS, JOURNAL
from tests.fakes.opening import disclosed
from tests.flows.road import Road


@pytest.mark.parametrize(
    ("changes", "kind", "rule"),
    [
        ({}, "outreach.queued", "ladder.step-due"),
        ({"stops": (Stop(StopKind.LAWYER, "s"),)}, "step.refused", "stop.lawyer"),
    ],
)
def test_a_decision_names_its_rule_and_the_edition_of_the_norms(changes, kind, rule):
    road = Road()
    case = road.contract(1)
    road.commit_case(replace(road.case(case), **changes), "stop.placed")
    road.climb()
    road.take()
    (row,) = [row for row in road.rows(JOURNAL) if row.get("kind") == {"S": kind}]
    told = disclosed(road, ANS, row, Subject(case.holder_key))
    assert (told["regra"], told["normas"]) == (rule, edition())
