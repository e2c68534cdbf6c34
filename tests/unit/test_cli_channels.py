"""`emdia operator add --sms-from` and `emdia whatsapp sync`."""

import pytest

from emdia.cli.channels import register, sync_templates
from emdia.errors import Rejected
from emdia.messages.registry import Registry
from emdia.state import registry_ref
from tests.fakes.house import ANS
from tests.flows.road import OPERATOR, Road


class Meta:
    """Two pages of templates, as the service lists them."""

    def list_whatsapp_message_templates(self, **request):
        assert request["id"] == "waba-1"
        if "nextToken" not in request:
            return {
                "templates": [told("atraso_v1", "APPROVED", "UTILITY"), told("x_v1", "PAUSED", "UTILITY")],
                "nextToken": "2",
            }
        return {"templates": [told("oferta_v1", "APPROVED", "MARKETING")]}


def told(name, status, category):
    return {"templateName": name, "templateStatus": status, "templateCategory": category, "templateLanguage": "pt_BR"}


def test_templates_are_recorded_as_meta_has_them():
    road = Road()
    # The road's own four are approved; of Meta's three one is, and of category utility: it is one of the road's.
    assert sync_templates(Meta(), "waba-1", ANS, road.ledgers, road.clock.now()) == 4
    registry = road.ledger().get([registry_ref()])[registry_ref()]
    assert isinstance(registry, Registry)
    assert [registry.usable(name) for name in ("atraso_v1", "x_v1", "oferta_v1", "never_heard_of")] == [
        True,
        False,
        False,
        False,
    ]
    assert road.facts()["template.standing"] == 3
    sync_templates(Meta(), "waba-1", ANS, road.ledgers, road.clock.now())
    assert road.facts()["template.standing"] == 3


def test_a_sender_belongs_to_one_operator():
    road = Road()
    register(OPERATOR, road.owners)
    assert road.owners.operator_of("sms", OPERATOR.sms_from) == ANS
    assert road.owners.operator_of("sms", "29999") is None
    with pytest.raises(Rejected, match="sender-taken"):
        road.owners.register("sms", OPERATOR.sms_from, "654321")
