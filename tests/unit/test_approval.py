"""Whatever anybody does in whatever order: nothing is in force that two other people have not approved."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emdia.compliance.approval import (
    LADDER_ID,
    ROAD,
    Approval,
    InForce,
    Matter,
    Standing,
    activate,
    approve,
    refuse,
    retire,
    submit,
)
from emdia.errors import Rejected
from emdia.people.offices import Office, office_of, person_behind

NOW = datetime(2026, 11, 25, tzinfo=UTC)
PEOPLE = st.sampled_from(["ana", "bia", "caio"])
ACTS = st.tuples(
    st.sampled_from(["submit", "approve", "refuse", "activate", "retire"]),
    PEOPLE,
    st.sampled_from([*Office, None]),
    st.sampled_from(["a" * 64, "b" * 64]),
)


def move(held, force, action, who, office, digest, matter):
    """One act on the one version there is."""
    if action == "submit":
        asked = Approval(matter=matter, id="x", version="1", digest=digest, author=who, at=NOW, evidence="conferido")
        return submit(asked, held), force
    if held is None:
        raise Rejected("approval-unknown")
    if action == "approve":
        return approve(held, office, who, NOW), force
    if action == "refuse":
        return refuse(held, office), force
    if action == "activate":
        return activate(held, force, digest)[:2]
    return retire(held, force, office)


@given(st.sampled_from(list(Matter)), st.lists(ACTS, max_size=40))
def test_no_order_of_acts_puts_in_force_what_others_have_not_approved(matter, acts):
    held, force = None, InForce()
    for action, who, office, digest in acts:
        try:
            held, force = move(held, force, action, who, office, digest, matter)
        except Rejected:
            continue
        assert bool(force.pinned) == (held.standing is Standing.ACTIVE)
        if force.pinned:
            assert tuple(yes.office for yes in held.yes) == ROAD[matter]
            assert len({held.author, *(yes.actor for yes in held.yes)}) == 1 + len(ROAD[matter])
            assert [pin.digest for pin in force.pinned] == [held.digest]


def test_several_ladders_are_in_force_at_once_and_one_version_of_a_text():
    def approved(matter, thing, version):
        asked = Approval(
            matter=matter, id=thing, version=version, digest=version * 64, author="ana", at=NOW, evidence="conferido"
        )
        return approve(approve(asked, Office.LEGAL, "bia", NOW), Office.ETHICS, "caio", NOW)

    force = InForce()
    for matter, thing in ((Matter.LADDER, LADDER_ID), (Matter.WORDS, "atraso/sms")):
        for version in ("1", "2"):
            _, force, _ = activate(approved(matter, thing, version), force, version * 64)
    assert [(pin.id, pin.version) for pin in force.pinned] == [(LADDER_ID, "1"), (LADDER_ID, "2"), ("atraso/sms", "2")]


@pytest.mark.parametrize(
    ("arn", "office"),
    [
        ("arn:aws:sts::111122223333:assumed-role/emdia-prod-legal/ana.lima", Office.LEGAL),
        ("arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_emdia-prod-ethics_0f1e2d/ana.lima", Office.ETHICS),
        ("arn:aws:sts::111122223333:assumed-role/emdia-dev-legal/ana.lima", None),
        ("arn:aws:sts::111122223333:assumed-role/emdia-prod-legal-x/ana.lima", None),
        ("arn:aws:sts::111122223333:assumed-role/emdia-prod-staff/ana.lima", None),
        ("arn:aws:iam::111122223333:user/emdia-prod-legal/ana.lima", None),
        ("arn:aws:iam::111122223333:root", None),
    ],
)
def test_an_office_is_a_roles_name_of_this_stage(arn, office):
    assert office_of(arn, "prod") is office
    assert person_behind(arn) == ("root" if arn.endswith(":root") else "ana.lima")


def test_a_version_is_not_submitted_twice_but_after_a_no():
    asked = Approval(matter=Matter.WORDS, id="x", version="1", digest="a", author="ana", at=NOW, evidence="conferido")
    with pytest.raises(Rejected, match="approval-version-taken"):
        submit(asked, asked)
    again = submit(replace(asked, author="bia"), replace(asked, standing=Standing.REFUSED, v=3))
    assert (again.author, again.v, again.standing) == ("bia", 3, Standing.DRAFT)
