"""One id leads through the logs of every function, and nothing of a person stands in any of them."""

import json
import logging
import re

import pytest

from functions.apply_erp_event.handler import handle as apply
from functions.climb_ladder.handler import handle as climb
from functions.receive_delivery.handler import handle as hear
from functions.receive_erp_event.handler import handle as receive
from functions.send_message.handler import handle as send
from functions.take_step.handler import handle as take
from tests.fakes import erp
from tests.fakes.house import ANS, EMAIL_QUEUE, ERP_QUEUE, STEPS_QUEUE
from tests.functions.sqs import batch
from tests.functions.test_receive_delivery import notification

EMAIL, PHONE = "josefa@exemplo.com.br", "+5513987654321"
POINTS = [
    {"id": "p1", "channel": "email", "value": EMAIL},
    {"id": "p2", "channel": "sms", "value": PHONE},
]


class Context:
    def get_remaining_time_in_millis(self):
        return 60_000


@pytest.fixture
def told(road, caplog, capsys):
    """Everything the functions logged from an ERP's event to the report of its delivery."""
    caplog.set_level(logging.DEBUG)
    told = json.dumps({"operator": ANS, "secrets": [erp.SECRET]})
    road.secretsmanager.values[f"emdia/local/erp/{erp.CLIENT}"] = told
    now = road.clock.now()
    events = [erp.contract(now, contact_points=POINTS), erp.invoice(now, due_on=(road.clock.now()).date().isoformat())]
    assert receive(erp.call(road, events), None)["statusCode"] == 202
    apply(batch(road.sqs.take(ERP_QUEUE)), None)
    road.clock.move(minutes=31)
    road.show_clock()
    climb({}, None)
    take(batch(road.sqs.take(STEPS_QUEUE)), None)
    send(batch(road.sqs.take(EMAIL_QUEUE)), Context())
    hear(batch([notification(mail.ref) for mail in road.ses.mailbox]), None)
    lines = [record.getMessage() for record in caplog.records if record.name == "emdia.trail"]
    return lines, caplog.text + capsys.readouterr().out


def test_one_id_leads_from_the_erps_event_to_the_delivery(told):
    lines, _ = told
    steps = [line.split(" ", 1)[0] for line in lines]
    assert steps == ["accepted", "applied", "decided", "sent", "heard"]
    found = [set(re.findall(r"([0-9a-f]{32})=", line)) for line in lines]
    assert len(set.intersection(*found)) == 1
    assert f"{erp.CLIENT}/" in lines[0]
    assert "ladder.step-due" in lines[2]
    assert lines[3].endswith(":accepted")
    assert lines[4].endswith(":delivered")


@pytest.mark.parametrize("of_the_person", ["Josefa", "Acácias", "11010-000", erp.CPF, EMAIL, PHONE, PHONE[3:], "CT-1"])
def test_nothing_of_the_person_is_in_any_line(told, of_the_person):
    _, text = told
    assert len(text) > 500
    assert of_the_person not in text
