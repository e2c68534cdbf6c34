"""Until when a person is kept, whose word counts, what is certified."""

from datetime import UTC, datetime

import pytest

from emdia.errors import Halted
from emdia.facts import LogClass
from emdia.people.certificate import certificate
from emdia.people.erasure import Erasure
from emdia.people.offices import office_of, person_behind
from emdia.people.retention import kept_until
from emdia.ports import KeyClass
from tests.fakes.house import ANS

NEWEST = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize("key_class", [*LogClass, KeyClass.CADASTRO, KeyClass.SAUDE])
def test_every_class_of_a_person_s_keys_has_its_years(key_class):
    years = kept_until(key_class, NEWEST).year - NEWEST.year
    assert years == (11 if key_class is LogClass.ACORDO else 5)


def test_a_class_nobody_knows_is_never_guessed():
    with pytest.raises(Halted):
        kept_until("unheard", NEWEST)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sts::111122223333:assumed-role/emdia-dev-dpo/ana",
        "arn:aws:sts::111122223333:assumed-role/emdia-prod-dpo-x/ana",
        "arn:aws:sts::111122223333:assumed-role/x-emdia-prod-dpo/ana",
        "arn:aws:iam::111122223333:user/emdia-prod-dpo/ana",
        "arn:aws:sts::111122223333:assumed-role/emdia-prod-dpo/ana/eva",
    ],
)
def test_an_office_is_a_role_of_this_very_stage(arn):
    assert office_of(arn, "prod") is None
    assert office_of("arn:aws:sts::111122223333:assumed-role/emdia-prod-legal/leo", "prod") == "legal"
    assert person_behind(arn)


def test_nothing_is_certified_before_it_is_done():
    asked = Erasure(id="e", person="p", classes=("contato",), asked_by="a/b", asked_at=NEWEST)
    with pytest.raises(ValueError, match="not done"):
        certificate(asked, "Operadora", ANS, 7, "America/Sao_Paulo")
