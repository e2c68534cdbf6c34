"""What an ERP is told of its call: 202 with the fate of every event, or the one reason nothing was accepted."""

from emdia.errors import Rejected
from emdia.portfolio.receipt import Receipt
from emdia.web.problems import problem, status_of


def receipt_document(receipt: Receipt, lang: str) -> tuple[int, dict[str, object]]:
    """Status and JSON document: 202 when something was accepted, else a problem.

    The problem is the single event's own, or `events-refused`; it names the events as a 202 would.
    """
    fate: dict[str, object] = {
        "accepted": [{"id": event, "status": "accepted"} for event in receipt.accepted],
        "refused": [{"id": one.id, "index": one.index, "problem": problem(one.why, lang)} for one in receipt.refused],
    }
    if receipt.accepted:
        return 202, fate
    why = receipt.refused[0].why if len(receipt.refused) == 1 else Rejected("events-refused")
    return status_of(why.code), problem(why, lang) | fate
