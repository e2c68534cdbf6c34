"""Rows of facts as the ERP's events are made of them, and those of the last days."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emdia.audit.leaf import told_by
from emdia.aws.journal import entry_of
from emdia.aws.keyring import Item
from emdia.aws.openings import KeyedOpenings
from emdia.aws.reading import pages
from emdia.clock import instant, parse_instant
from emdia.errors import Halted
from emdia.facts import KINDS
from emdia.portfolio.outbound import TYPES, Told, Unopened
from emdia.state import Ref


@dataclass(frozen=True)
class RecentFacts:
    """Reads the journal for what the ERP must see (ports.RecentFacts): nightly, against what the stream lost."""

    dynamodb: Any
    journal: str

    def pages(self, since: datetime) -> Iterator[Sequence[Item]]:
        """See ports.RecentFacts."""
        kinds = {f":k{n}": {"S": name} for n, name in enumerate(TYPES)}
        request: dict[str, Any] = {
            "TableName": self.journal,
            "FilterExpression": f"sk = :e AND ts >= :t AND kind IN ({', '.join(kinds)})",
            "ExpressionAttributeValues": {":e": {"S": "E"}, ":t": {"S": instant(since)}, **kinds},
        }
        for page in filter(None, pages(self.dynamodb.scan, request, "journal Scan")):
            yield sorted(page, key=lambda row: row["ts"]["S"])


@dataclass(frozen=True)
class RowReader:
    """Opens what a fact discloses with the keys of those it is about."""

    openings: KeyedOpenings

    def unopened(self, row: Mapping[str, Any]) -> Unopened | None:
        """What a row holds, None for a fact the ERP does not see. Raises Halted for a row nobody of ours made."""
        log, entry = entry_of(row)
        kind = json.loads(entry.leaf)["kind"]
        if not KINDS[kind].to_erp:
            return None
        about = _about(row)

        def told(persons: Sequence[str]) -> Told:
            texts = self.openings.disclosures(log.ans, log.log, entry.opening, persons)
            return Told(entry.id, kind, parse_instant(row["ts"]["S"]), about, dict(map(told_by, texts)))

        return Unopened(about, log.log.value, told)


def _about(row: Mapping[str, Any]) -> Ref:
    try:
        partition, sort = row["about"]["S"].split("|")
    except (KeyError, ValueError):
        raise Halted("a fact's row is malformed") from None
    return Ref(partition, sort)
