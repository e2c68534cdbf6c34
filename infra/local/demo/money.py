"""What the demo shows of money at its end: where it came from, what it stopped, and whether the books balance."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from emdia.money import Centavos, format_brl
from infra.local.demo.books import Balanced
from infra.local.demo.chronicle import BRASILIA
from infra.local.demo.facts import Found
from infra.local.demo.listening import Listened
from infra.local.demo.live import Life
from infra.local.sandbox.teller import Pix

_Paid = tuple[int, bool]  # centavos, and whether the fee was late that day


def shown(life: Life, found: Found, money: Balanced, listened: Listened) -> Iterator[str]:
    """Lines of the summary."""
    bank, erp = _by_bank(life), _by_erp(life)
    for name, paid in (("bank", bank), ("ERP", erp)):
        late = [amount for amount, is_late in paid if is_late]
        yield (
            f"recovered through the {name}: {_brl(late)} in {len(late)} payments after the due date; "
            f"{_brl([amount for amount, _ in paid])} in {len(paid)} altogether"
        )
    book = life.laptop.sandbox.teller.book()
    yield (
        f"the banks' calls: {sum(len(one.told_at) == 1 and not _late(one) for one in book)} at once, "
        f"{sum(_late(one) for one in book)} late, {sum(len(one.told_at) > 1 for one in book)} twice, "
        f"{sum(one.lost for one in book)} lost and found by the nightly question"
    )
    yield _stopped(found.latencies)
    yield (
        f"books: the banks' {_brl([money.banked])} = fees {_brl([money.fees])} + charges {_brl([money.charges])} "
        f"+ unallocated {_brl([money.unallocated])}; they differ by {_brl([money.difference])}, "
        f"{money.astray} payments astray"
    )
    yield (
        f"events told to the ERP that listens: {listened.heard} of {listened.events}, in {listened.calls} calls it "
        f"kept ({listened.failed} it let fail, each made again); "
        f"contracts with a gap or out of order: {len(listened.disorder)}"
    )
    yield from (f"  OUT OF ORDER {line}" for line in listened.disorder)


def _stopped(latencies: Sequence[timedelta]) -> str:
    if not latencies:
        return "outreach that waited when money came: none"
    return (
        f"outreach that waited and died by payment: {len(latencies)}; from settled to cancelled, in simulated time: "
        f"median {_span(latencies[len(latencies) // 2])}, at most {_span(latencies[-1])}"
    )


def _by_bank(life: Life) -> list[_Paid]:
    fees = life.chronicle.world.fees
    return [
        (pix.amount, pix.at.astimezone(BRASILIA).date() > fees[fee].due_on)
        for fee, pix in life.cashier.payers.paid.items()
    ]


def _by_erp(life: Life) -> list[_Paid]:
    return [(amount, at.astimezone(BRASILIA).date() > fee.due_on) for fee, at, amount in life.chronicle.through_erp]


def _late(pix: Pix) -> bool:
    return pix.due > pix.at and bool(pix.told_at)


def _brl(amounts: Sequence[int]) -> str:
    return format_brl(Centavos(sum(amounts)))


def _span(span: timedelta) -> str:
    return f"{span.total_seconds():.0f} s"
