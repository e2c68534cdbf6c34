# ruff: noqa: T201  a command prints
"""`make cost`: a month at 10,000 and at 1,000,000 contracts, by part; a million messages beside the channel's price.

Units are measured: one morning's road over strict fakes, each request's items by their size, as DynamoDB counts them.
Prices are data with a date (`prices.csv`, and `emdia/cli/prices.csv` for the channels'): put your own there. What is
assumed of a portfolio stands in `Portfolio`.
"""

import csv
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emdia.aws.items import size_of
from emdia.aws.state_check import MOST
from emdia.cli.prices import SHIPPED, read_prices
from emdia.ladder.outlook import MILLION
from emdia.portfolio.contract import Channel
from infra.stages import RATES, STAGES
from tests.bench.requests import _batches, _events, portfolio
from tests.flows.road import Road

PRICES = Path(__file__).with_name("prices.csv")
SIZES = (10_000, 1_000_000)
MEASURED = 1000  # outreach of the morning that is measured
REAIS = 5.5  # a dollar, as in the channels' table
ALARMS = 135  # what tests/infra/test_guides.py counts, and a few to come
GB = 1024**3


@dataclass(frozen=True)
class Portfolio:
    """A month of one contract, as assumed."""

    late: float = 0.25  # of the contracts have a fee that falls late
    outreach: float = 3.0  # to each of these
    events: float = 2.2  # of the ERP: a fee, its payment, now and then a correction
    event_writes: float = 14.0  # write units an event: inbox, facts, case, invoice
    event_reads: float = 6.0
    gb_ms_outreach: float = 60.0  # of Lambda at 1 GB, all functions together
    gb_ms_event: float = 25.0
    log_bytes: float = 1500.0  # an outreach or event
    stored_bytes: float = 12_000.0  # a contract's items, and a month of its facts: half and half
    named: float = 8.0  # items of a contract that a month's facts name
    copies: float = 47.0  # in the vault: 35 daily ones, twelve monthly ones, each of the whole table


class Metered:
    """A DynamoDB client whose requests are counted in the units that are paid for."""

    def __init__(self, client: Any, units: Counter[str]) -> None:
        self._client, self._units = client, units

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **asked: Any) -> Any:
        """Twice the units of plain writes; a clock of the agenda is one write to its index besides."""
        for verb, body in (pair for item in asked["TransactItems"] for pair in item.items()):
            item = body.get("Item")
            self._units["dynamodb-write"] += 2 * (_kilobytes(item) if verb == "Put" else 1)
            self._units["dynamodb-write"] += bool(item and "agenda_pk" in item)
        return self._client.transact_write_items(**asked)

    def put_item(self, **asked: Any) -> Any:
        """One unit a kilobyte."""
        self._units["dynamodb-write"] += _kilobytes(asked["Item"])
        return self._client.put_item(**asked)

    def batch_get_item(self, **asked: Any) -> Any:
        """One unit for each four kilobytes of an item, consistently read."""
        answer = self._client.batch_get_item(**asked)
        for items in answer["Responses"].values():
            self._units["dynamodb-read"] += sum(math.ceil(size_of(item) / 4096) for item in items)
        return answer

    def query(self, **asked: Any) -> Any:
        """Half a unit for each four kilobytes of the answer."""
        answer = self._client.query(**asked)
        self._units["dynamodb-read"] += math.ceil(sum(map(size_of, answer["Items"])) / 4096 / 2) or 1
        return answer


def _kilobytes(item: Mapping[str, Any]) -> int:
    return math.ceil(size_of(item) / 1024)


def waiting(channel: Channel) -> float:
    """GB-milliseconds for which a worker of 1 GB waits for the provider's pace, a message."""
    shares = dict(one.split("=") for one in STAGES["prod"].worker_pace.split())
    return 1000 / float(shares[channel])


def of_an_outreach(count: int = MEASURED, channel: Channel = Channel.EMAIL) -> dict[str, float]:
    """Units of one outreach from due to read, all functions of the road together."""
    road: Road = portfolio(count, count, (channel,))
    units: Counter[str] = Counter()
    road.dynamodb = Metered(road.dynamodb, units)  # type: ignore[assignment]
    road.restart()
    before = road.faults.requests.copy()
    road.walk()
    for batch in _batches(_events(road), RATES["deliveries"].batch):
        assert not road.hear(batch)
    assert len(road.arrived()) == count
    asked = road.faults.requests - before
    # What a queue's function does to a message besides: it is received and deleted.
    units["sqs-request"] = 3 * sum(number for (service, _), number in asked.items() if service == "sqs")
    units["lambda-request"] = units["sqs-request"] // 3 + math.ceil(2.5 * count / RATES["deliveries"].batch)
    mails = {"ses-mail": 1.0} if channel is Channel.EMAIL else {}
    return {unit: number / count for unit, number in units.items()} | mails


def month(contracts: int, outreach: Mapping[str, float], of: Portfolio) -> dict[str, float]:
    """Units of a month, by unit of the price table."""
    sent, told = contracts * of.late * of.outreach, contracts * of.events
    units = Counter({unit: number * sent for unit, number in outreach.items()})
    units["dynamodb-write"] += told * of.event_writes
    units["dynamodb-read"] += told * of.event_reads + 30 * _of_a_night(contracts, of)
    stored = contracts * of.stored_bytes / GB
    units["dynamodb-gb"] += stored
    units["recovery-gb"] += stored
    units["backup-gb"] += stored * of.copies
    of_sending = of.gb_ms_outreach + waiting(Channel.EMAIL)
    units["lambda-gb-second"] += (sent * of_sending + told * of.gb_ms_event) / 1000
    units["log-gb"] += (sent + told) * of.log_bytes / GB
    units["api-request"] = units["waf-request"] = told / 10  # ten events a call
    fixed = {
        "alarm": float(ALARMS),
        "dashboard": 1.0,
        "secret": 3.0,  # of one operator: its ERP's, its endpoint's, its bank's
        "web-acl": 1.0,
        "kms-key": 7.0,
    }  # data, class keys, and one a log: four classes and the canary's
    return {**units, **fixed}


def _of_a_night(contracts: int, of: Portfolio) -> float:
    """Read units of what goes through whole tables every night.

    The sweep and `find_arrears` read the ledger; what is not numbered, not sealed or written twice is looked for in the
    month's facts; `watch_log` holds the ledger to them, slice by slice, and reads all of them for each.
    """
    slices = 2 ** max(0, math.ceil(math.log2(contracts * of.named / MOST)))
    half = contracts * of.stored_bytes / 2
    return half * (2 + 3 + slices) / (2 * 4096)  # eventually consistent


def prices() -> Iterator[tuple[str, float]]:
    """US dollars of one unit."""
    with PRICES.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter=";"):
            yield row["unit"], float(row["usd"]) / float(row["per"])


def sheet() -> dict[str, list[float]]:
    """US dollars a month by unit, for each of SIZES."""
    outreach, one = of_an_outreach(), dict(prices())
    months = [month(size, outreach, Portfolio()) for size in SIZES]
    return {unit: [units.get(unit, 0.0) * price for units in months] for unit, price in one.items()}


def messages(count: int = MEASURED) -> dict[Channel, tuple[float, float]]:
    """US dollars a million messages: what AWS takes for our part, and what the channel takes."""
    one, channels = dict(prices()), read_prices(SHIPPED.read_text(encoding="utf-8"))
    of, found = Portfolio(), {}
    for channel in (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP):
        units = of_an_outreach(count, channel)
        units["lambda-gb-second"] = (of.gb_ms_outreach + waiting(channel)) / 1000
        units["log-gb"] = of.log_bytes / GB
        ours = sum(number * one[unit] for unit, number in units.items() if unit != "ses-mail")
        found[channel] = (ours * MILLION, channels[channel] / REAIS)
    return found


def main() -> None:
    """Print the sheet."""
    rows = sheet()
    print(f"{'US$ a month':<20}" + "".join(f"{size:>14,}" for size in SIZES) + "   contracts")
    for unit, usd in rows.items():
        print(f"{unit:<20}" + "".join(f"{value:>14,.2f}" for value in usd))
    print(f"{'together':<20}" + "".join(f"{sum(column):>14,.2f}" for column in zip(*rows.values(), strict=True)))
    print(f"\n{'US$ a million':<20}{'our part':>14}{'the channel':>14}   messages")
    for channel, (ours, theirs) in messages().items():
        print(f"{channel:<20}{ours:>14,.2f}{theirs:>14,.2f}")


if __name__ == "__main__":
    main()
