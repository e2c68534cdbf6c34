"""The intake over in-memory stores: what a call answers, and the queue drained as Lambda would."""

import json
from typing import Any

from emdia import doors
from emdia.aws.caller import StsCallers
from emdia.web.problems import title
from emdia.workflows import apply_erp_event as applying
from emdia.workflows import approve_version as approving
from emdia.workflows import explain_case as explaining
from emdia.workflows import print_letters as printing
from emdia.workflows import receive_erp_event as receiving
from emdia.workflows import replay_parked as replaying
from functions.apply_erp_event import handler as queue_door
from functions.explain_case import handler as explain_door
from functions.print_letters import handler as letters_door
from functions.receive_erp_event import handler as api_door
from functions.replay_parked import handler as desk_door
from tests.fakes import erp
from tests.fakes.house import ANS, ERP_QUEUE, JOURNAL, House


class Intake:
    """A house with one ERP client."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.add_erp_client(erp.CLIENT, erp.SECRET)

    def post(self, *events: object, **how: Any) -> dict[str, Any]:
        return self.post_raw(erp.call(self.house, list(events), **how))

    def post_raw(self, request: dict[str, Any]) -> dict[str, Any]:
        house = self.house
        deps = receiving.Deps(
            house.secrets, house.ledgers, house.pseudonyms, house.erp_events, house.clock, house.meter
        )
        answer = api_door.handle(request, None, deps=deps)
        return {
            "status": answer["statusCode"],
            "headers": answer["headers"],
            "json": json.loads(str(answer["body"])),
        }

    def explain(self, request: dict[str, Any]) -> dict[str, Any]:
        house = self.house
        deps = explaining.Deps(
            house.secrets, house.ledgers, house.pseudonyms, house.clock, house.meter, lambda why: title(why, "pt-BR")
        )
        return explain_door.handle(request, None, deps=deps)

    def explain_raw(self, request: dict[str, Any]) -> dict[str, Any]:
        answer = self.explain(request)
        return {
            "status": answer["statusCode"],
            "headers": answer["headers"],
            "json": json.loads(str(answer["body"])),
        }

    def letters_raw(self, request: dict[str, Any]) -> dict[str, Any]:
        house = self.house
        deps = printing.Deps(house.secrets, house.ledgers, house.documents, house.clock, house.meter)
        answer = letters_door.handle(request, None, deps=deps)
        return {
            "status": answer["statusCode"],
            "headers": answer["headers"],
            "json": json.loads(str(answer["body"])),
        }

    def apply(self, messages: list[Any] | None = None) -> list[Any]:
        """Drain the queue once; the messages that come again."""
        bodies = self.house.sqs.take(ERP_QUEUE) if messages is None else messages
        records = [
            {"messageId": str(n), "attributes": {"ApproximateReceiveCount": "1"}, "body": json.dumps(body)}
            for n, body in enumerate(bodies)
        ]
        house = self.house
        deps = applying.Deps(house.ledgers, house.pseudonyms, house.clock, house.meter)
        answer = queue_door.handle({"Records": records}, None, deps=deps)
        again = {int(one["itemIdentifier"]) for one in answer["batchItemFailures"]}
        return [body for n, body in enumerate(bodies) if n in again]

    def desk(self, action: str, **more: object) -> dict[str, Any]:
        house = self.house
        deps = replaying.Deps(
            house.secrets, house.ledgers, house.pseudonyms, house.erp_events, house.clock, house.meter
        )
        request = {"action": action, "client": erp.CLIENT, "actor": "maria.silva"} | more
        return desk_door.handle(request, None, deps=deps)

    def approve(self, request: dict[str, Any]) -> dict[str, Any]:
        house = self.house
        callers = StsCallers(house.sts.meta.endpoint_url, house.sts.get)
        deps = approving.Deps(house.ledgers, callers, house.clock, "dev")
        return doors.invoked(request, lambda: approving.approve_version(request, deps))

    def contract(self, number: str = "CT-1") -> str:
        return self.house.pseudonyms.of(ANS, "contract", number)

    def record(self, number: str = "CT-1", prefix: str = "") -> list[Any]:
        return list(self.house.ledger().record(self.contract(number), prefix))

    def one(self, prefix: str, number: str = "CT-1") -> Any:
        (state,) = self.record(number, prefix)
        return state

    def facts(self, kind: str) -> list[dict[str, Any]]:
        return [row for row in self.house.dynamodb.stored(JOURNAL) if "kind" in row and row["kind"]["S"] == kind]
