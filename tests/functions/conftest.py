"""The real wiring over in-memory clients: only the constructor of clients is replaced."""

from dataclasses import replace

import pytest

from emdia import wiring
from emdia.aws import caller, clients
from emdia.facts import Fact
from emdia.ports import Act, Put
from emdia.providers import pix
from emdia.state import operator_ref
from tests.fakes import house as names
from tests.fakes.bank import faulty_line
from tests.fakes.witness import WITNESS, WITNESS_KEY
from tests.flows.notices import NoticeRoad

ENVIRONMENT = {
    "EMDIA_STAGE": "local",  # the one stage whose clock can be set
    "EMDIA_CLOCK": str(names.CLOCK_FILE.path),
    "EMDIA_LEDGER": names.LEDGER,
    "EMDIA_JOURNAL": names.JOURNAL,
    "EMDIA_KEYS": names.KEYS,
    "EMDIA_KEYS_CMK": names.CMK,
    "EMDIA_ERP_QUEUE": names.ERP_QUEUE,
    "EMDIA_STEPS_QUEUE": names.STEPS_QUEUE,
    "EMDIA_ERP_OUT_QUEUE": names.ERP_OUT_QUEUE,
    "EMDIA_EMAIL_QUEUE": names.EMAIL_QUEUE,
    "EMDIA_SMS_QUEUE": names.SMS_QUEUE,
    "EMDIA_WHATSAPP_QUEUE": names.WHATSAPP_QUEUE,
    "EMDIA_LETTER_QUEUE": names.LETTER_QUEUE,
    "EMDIA_OPT_OUT_LIST": names.OPT_OUT_LIST,
    "EMDIA_SMS_SET": names.SMS_SET,
    "EMDIA_ACCOUNT": names.ACCOUNT,
    "EMDIA_CONFIGURATION_SET": names.CONFIGURATION_SET,
    "EMDIA_PUBLIC_URL": names.PUBLIC_URL,
    "EMDIA_AUDIT": names.AUDIT,
    "EMDIA_LOCK_DAYS": "1",
    "EMDIA_DOCUMENTS": names.DOCUMENTS,
    "EMDIA_INTAKE": names.INTAKE,
    "EMDIA_IMPORTS_QUEUE": names.IMPORTS_QUEUE,
    "EMDIA_NOTICES_QUEUE": names.NOTICES_QUEUE,
    "EMDIA_COPIES_QUEUE": names.COPIES_QUEUE,
    "EMDIA_LOG_KEY_POLICY": "{}",
    "EMDIA_WITNESS": WITNESS,
    "EMDIA_WITNESS_KEY": WITNESS_KEY,
    "EMDIA_RECOVERY_DAYS": "7",
}


@pytest.fixture
def road(monkeypatch):
    """A road whose doors are wired as deployed."""
    road = NoticeRoad()
    fakes = {"dynamodb": road.dynamodb, "kms": road.kms, "sqs": road.sqs, "s3": road.s3}
    fakes |= {"secretsmanager": road.secretsmanager, "sts": road.sts, "pinpoint-sms-voice-v2": road.sms}
    monkeypatch.setattr(clients, "client", fakes.__getitem__)
    monkeypatch.setattr(clients, "send_client", road.send_clients().__getitem__)
    monkeypatch.setattr(caller, "get", road.sts.get)
    monkeypatch.setattr(pix, "line_of", lambda _: faulty_line(road.bank, road.faults))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    cached = [one for one in vars(wiring).values() if hasattr(one, "cache_clear")]
    for one in cached:
        one.cache_clear()
    road.show_clock()
    yield road
    for one in cached:
        one.cache_clear()


@pytest.fixture
def seated(road):
    """The road of an operator whose seat is known."""
    ledger = road.ledger()
    operator = replace(ledger.get([operator_ref()])[operator_ref()], seat="3550308")
    assert ledger.commit([Act("seat", (Put(operator),), (Fact("operator.recorded", operator_ref()),))]).landed
    return road
