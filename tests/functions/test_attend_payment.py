"""What a person may do with money that waits; the stories of parked Pix are told in test_receive_payment."""

import pytest

from functions.attend_payment.handler import handle
from tests.fakes.house import ANS
from tests.functions.test_receive_payment import call, desk


def test_the_list_names_nobody_and_looking_is_recorded_first(road):
    road.add_bank(stage="local")
    call(road.bank.receive("", "80.00"))
    told = desk("unallocated")["result"]
    (one,) = told["unallocated"]
    assert set(one) == {"payment", "reason", "amount", "on"}
    assert told["total"] == 8_000
    for _ in range(3):
        road.faults.fail("PutItem")
    assert desk("show", payment=one["payment"])["problem"]["status"] == 503


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [
        ({"action": "burn"}, "/action"),
        ({"action": "show"}, "/payment"),
        ({"action": "show", "payment": "nobody's"}, "/payment"),
        ({"action": "revoke"}, "/contract"),
        ({"action": "revoke", "contract": "CT-99"}, "/contract"),
        ({"action": "unallocated", "operator": "12"}, "/operator"),
        ({"action": "unallocated", "actor": ""}, "/actor"),
    ],
)
@pytest.mark.usefixtures("road")
def test_a_request_that_makes_no_sense_is_refused_with_its_field(request_, pointer):
    asked = {"operator": ANS, "actor": "ana", "language": "pt-BR", **request_}
    assert handle(asked, None)["problem"]["pointer"] == pointer
