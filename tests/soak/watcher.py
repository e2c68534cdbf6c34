"""Watcher: looks at every write as it lands, knows nothing of how we decide, and says what must never be."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from emdia.aws.items import decode
from emdia.facts import KINDS
from emdia.messages.outreach import Outreach, OutreachStatus
from emdia.portfolio.case import Case, Reach
from emdia.portfolio.outbound import contract_of
from emdia.state import Ref, Subject, case_ref
from tests.fakes.house import ANS, JOURNAL, KEYS, LEDGER
from tests.fakes.opening import unpad

Row = dict[str, Any]
Link = tuple[int, str]  # version and last leaf of an item
NEW: Link = (0, "")


def leaf_of(row: Row) -> str:
    return sha256(b"\x00" + row["leaf"]["B"]).hexdigest()


@dataclass
class Watcher:
    """`broken` collects sentences: raising inside a write would be one more fault to the code that is watched."""

    house: Any
    broken: list[str] = field(default_factory=list)
    stream: list[Row] = field(default_factory=list)  # facts in the order they landed
    for_erp: dict[str, str] = field(default_factory=dict)  # fact: contract
    settled: set[tuple[str, str]] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    paid_then: dict[str, set[str]] = field(default_factory=dict)  # claim: what of its contract was settled
    links: dict[str, Mapping[Ref, Link]] = field(default_factory=dict)  # fact: what its act found

    def __post_init__(self) -> None:
        dynamodb = self.house.dynamodb
        write = dynamodb._write

        def watched(actions: Sequence[Row], operation: str) -> None:
            bodies = [next(iter(action.items())) for action in actions]
            found = {_ref(item): self._stored(item) for verb, body in bodies if (item := _state(verb, body))}
            write(actions, operation)
            self._saw(bodies, found)

        dynamodb._write = watched
        for row in dynamodb.stored(JOURNAL):
            if row["sk"]["S"] == "E":
                self._tell(row, {})

    def _stored(self, item: Row) -> Link:
        held = self.house.dynamodb.tables[LEDGER].get(item)
        return NEW if held is None else (int(held["v"]["N"]), held["last"]["S"])

    def _saw(self, bodies: Sequence[tuple[str, Row]], found: Mapping[Ref, Link]) -> None:
        rows = [body["Item"] for _, body in bodies if body["TableName"] == JOURNAL and "leaf" in body.get("Item", {})]
        leaves = {leaf_of(row) for row in rows}
        named = {(p, s, v) for row in rows for p, s, v, _ in json.loads(row.get("names", {"S": "[]"})["S"])}
        for verb, body in bodies:
            item = _state(verb, body)
            if item is None:
                continue
            ref = _ref(item)
            before = found[ref]
            if verb == "Put":
                version = int(item["v"]["N"])
                if version != before[0] + 1:
                    self.broken.append(f"{ref.sort} went from version {before[0]} to {version}")
                # Rows name no stay in hospital in clear: there the leaf alone tells.
                silent = ref.sort.startswith("HEALTH#") or (ref.partition, ref.sort, version) in named
                if item["last"]["S"] not in leaves or not silent:
                    self.broken.append(f"{ref.sort} changed without its fact")
                self._claimed(item)
            elif not rows:
                self.broken.append(f"{ref.sort} was removed without a fact")
        for row in rows:
            self._tell(row, found)

    def _tell(self, row: Row, found: Mapping[Ref, Link]) -> None:
        kind, fact = row["kind"]["S"], row["pk"]["S"].rpartition("#")[2]
        about = Ref(*row["about"]["S"].split("|"))
        self.stream.append(row)
        self.kinds[kind] += 1
        self.links[fact] = found
        if KINDS[kind].to_erp:
            self.for_erp[fact] = contract_of(about)
        if kind == "outreach.claimed":
            self.paid_then[fact] = {invoice for contract, invoice in self.settled if contract == contract_of(about)}
        if kind == "invoice.settled":
            self.settled.add((contract_of(about), about.sort.partition("#")[2]))

    def _claimed(self, item: Row) -> None:
        """A claim whose reason was paid, or on a channel that is closed to it. What it names is opened later."""
        if not item["sk"]["S"].startswith("OUTREACH#"):
            return
        outreach = decode(item, {})
        if not isinstance(outreach, Outreach) or outreach.status is not OutreachStatus.CLAIMED:
            return
        if outreach.claimed_at != self.house.clock.now():
            return  # it was claimed before
        claims = not outreach.payment  # a receipt claims nothing: it is sent because of the money
        if claims and all((outreach.contract, one) in self.settled for one in outreach.advanced):
            self.broken.append(f"outreach {outreach.id} was claimed for invoices that were settled")
        ref = case_ref(outreach.contract)
        case = decode(self.house.dynamodb.tables[LEDGER].items[f"{ANS}#{ref.partition}"][ref.sort], {})
        if isinstance(case, Case) and case.reach_of(outreach.channel) is not Reach.OPEN:
            self.broken.append(f"outreach {outreach.id} was claimed on {outreach.channel}, which is closed")

    # What is opened later, when nothing fails.

    def hold_to_links(self, rows: Sequence[Row]) -> None:
        """Every version names the leaf before it: what facts disclose under their keys, against what we saw."""
        keys = self._keys({row["class"]["S"] for row in rows})
        for row in rows:
            fact = row["pk"]["S"].rpartition("#")[2]
            found = self.links.pop(fact)
            told = dict(opened(row, keys))
            if row["kind"]["S"] == "outreach.claimed":
                named = set(str(told["faturas"]).split(","))
                paid = self.paid_then.pop(fact)
                if named & paid and not str(told["modelo"]).startswith("recibo/"):
                    self.broken.append(f"a message of {row['ts']['S']} names an invoice that was settled")
            about = Ref(*row["about"]["S"].split("|"))
            beside = [(Ref(p, s), v, prior) for p, s, v, prior in json.loads(str(told.get("demais", "[]")))]
            if "ver" in told:
                beside.append((about, told["ver"], told["anterior"]))
            for ref, version, prior in beside:
                before = found.get(ref, NEW)
                if version != before[0] + 1:
                    self.broken.append(f"{row['kind']['S']} tells version {version} of {ref.sort} after {before[0]}")
                if prior != before[1] and f"{ref.sort}@{version}" not in self._chained(prior):
                    self.broken.append(f"{row['kind']['S']} does not name the leaf before it")

    def _chained(self, leaf: str) -> set[str]:
        """Items and versions of facts with this leaf: within one act facts of one item follow each other."""
        return {
            f"{row['about']['S'].partition('|')[2]}@{self._version(row)}" for row in self.stream if leaf_of(row) == leaf
        }

    def _version(self, row: Row) -> object:
        return dict(opened(row, self._keys({row["class"]["S"]}))).get("ver")

    def _keys(self, classes: set[str]) -> dict[str, Any]:
        subjects = [
            row["pk"]["S"].split("#S#")[1] for row in self.house.dynamodb.stored(KEYS) if "#S#" in row["pk"]["S"]
        ]
        wanted = [(Subject(one), name) for one in dict.fromkeys(subjects) for name in classes]
        return {key.kid: key for key in self.house.keyring.keys(ANS, wanted).values()}


def opened(row: Row, keys: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Names and values that a fact discloses to whoever holds `keys`, by their ids."""
    opening = json.loads(row["op"]["S"])
    values = []
    for one in opening["op"]:
        if one["kid"] in keys:
            text = keys[one["kid"]].open(unpad(one["ct"]), f"{opening['id']}|{one['kid']}".encode()).decode()
            values += [tuple(json.loads(unpad(disclosure))[1:]) for disclosure in text.split("~")]
    return values


def _state(verb: str, body: Row) -> Row | None:
    """The state item that an action puts or removes."""
    if body["TableName"] != LEDGER or verb not in ("Put", "Delete"):
        return None
    return body.get("Item") or body["Key"]


def _ref(item: Row) -> Ref:
    return Ref(item["pk"]["S"].partition("#")[2], item["sk"]["S"])
