import base64
from types import SimpleNamespace

import pytest

from emdia.compliance import rules
from emdia.compliance.standing import NoticeStatus
from functions.prove_notice.handler import handle
from tests.fakes import erp
from tests.functions.intake import Intake

SENT, SIGNED = "2026-10-19T10:00:00-03:00", "2026-10-22T15:30:00-03:00"


@pytest.fixture
def notified(road):
    """A contract as an ERP tells it, notified by e-mail, without an answer."""
    road.at("2026-10-15")
    now = road.clock.now()
    fees = [erp.invoice(now, f"F-{day}", reference=day[:7], due_on=day) for day in ("2026-09-10", "2026-10-09")]
    intake = Intake(road)
    assert intake.post(erp.contract(now, means_of_notice=["email", "letter", "call"]), *fees)["status"] == 202
    assert intake.apply() == []
    road.night()
    key = road.pseudonyms.of("123456", "contract", "CT-1")
    road.at("2026-10-23")
    return road, road.file(SimpleNamespace(contract=key)).case


def file(road, case, scan=b"AR digitalizado", **more):
    told = {
        "operator": "123456",
        "actor": "ana",
        "language": "pt-BR",
        "contract": "CT-1",
        "notice": road.notice(case).id[:8],
        "means": "letter",
        "kind": "ar",
        "sent_at": SENT,
        "at": SIGNED,
        "body": base64.b64encode(scan).decode(),
    }
    return handle(told | more, None)


def test_an_ar_signed_at_the_address_proves_the_notice(notified):
    # 6. Whoever signs at the registered address.
    road, case = notified
    assert road.stands(case) is NoticeStatus.SENT
    kept = file(road, case)["result"]
    assert road.stands(case) is NoticeStatus.PROVED
    road.at("2026-11-10")
    found = road.verdict(case)
    assert found.may
    assert next(one for one in found.elements if one.rule == rules.NOTICE_PROOF).evidence == (kept["file"],)


def test_an_ar_from_before_a_change_of_the_register_proves_nothing(notified):
    # 6. The person had moved.
    road, case = notified
    road.at("2026-10-21")
    intake = Intake(road)
    moved = erp.contract(road.clock.now(), means_of_notice=["email", "letter"])
    assert intake.post(moved)["status"] == 202
    intake.apply()
    road.at("2026-10-23")
    assert "result" in file(road, case)
    assert road.stands(case) is NoticeStatus.SENT
    assert rules.NOTICE_REGISTERED_POINT in road.unmet(case)


def test_a_recording_needs_the_data_confirmed_beside_it(notified):
    road, case = notified
    file(road, case, b"audio", means="call", kind="recording")
    assert road.stands(case) is NoticeStatus.SENT
    file(road, case, b"campos", means="call", kind="data-confirmed")
    assert road.stands(case) is NoticeStatus.PROVED
    assert len(road.notice(case).tries) == 2  # the mail, and one call with both


def test_a_letter_that_came_back_is_kept_and_proves_nothing(notified):
    road, case = notified
    assert "result" in file(road, case, kind="failed")
    assert road.stands(case) is NoticeStatus.SENT


def test_the_same_file_twice_is_filed_once(notified):
    road, case = notified
    assert file(road, case) == file(road, case)
    assert road.facts()["notice.shown"] == 1


@pytest.mark.parametrize(
    ("more", "code", "pointer"),
    [
        ({"means": "email", "kind": "reply"}, "evidence-kind-invalid", "/kind"),
        ({"kind": "signed-receipt"}, "evidence-kind-invalid", "/kind"),
        ({"kind": "trust me"}, "evidence-kind-invalid", "/kind"),
        ({"at": "2026-10-18T10:00:00-03:00"}, "evidence-too-early", "/at"),
        ({"at": "2026-12-01T10:00:00-03:00"}, "instant-in-future", "/at"),
        ({"sent_at": "ontem"}, "instant-invalid", "/sent_at"),
        ({"sent_at": "2026-10-19T10:00:00"}, "instant-invalid", "/sent_at"),
        ({"body": "%%%"}, "action-invalid", "/body"),
        ({"body": ""}, "action-invalid", "/body"),
        ({"notice": "zz"}, "notice-unknown", "/notice"),
        ({"contract": "CT-2"}, "contract-unknown", "/contract"),
        ({"operator": "999999"}, "operator-unknown", "/operator"),
    ],
)
def test_what_cannot_be_filed_is_refused(notified, more, code, pointer):
    road, case = notified
    problem = file(road, case, **more)["problem"]
    assert (problem["code"], problem["pointer"]) == (code, pointer)
    assert len(road.notice(case).tries) == 1
