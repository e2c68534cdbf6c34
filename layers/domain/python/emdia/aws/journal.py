r"""Facts as rows of the `journal` table.

| attribute | |
|---|---|
| `pk`, `sk` | `<ans>#EVT#<fact id>`, `E` |
| `leaf`, `op` | the leaf's bytes; the sealed opening |
| `command` | what caused it: a writer that finds its own command knows that it already landed |
| `kind`, `class`, `ts`, `about` | for the readers of the stream: kind, log, instant, `partition\|sort` |
| `names` | JSON `[[partition, sort, version, removed], …]`: the items that this leaf is the last change of |
| `ttl` | epoch seconds after which the row goes; the log keeps the leaf |

Beside its own values a fact discloses, under its first subject's key: `ver` and `anterior`, version and
previous leaf of the entity it is about, and in an act's first fact `demais`, the same for the act's other
changed items, so that a missing fact leaves a visible gap in the life of every item. A leaf also carries a digest of
what each item holds that it names and of what each of them was before (aws/content.py), so that an item changed past
its facts is told.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from emdia.audit.leaf import MAX_LEAF_BYTES, MAX_OPENING_BYTES, canonical, leaf_of, make_leaf, seal_opening
from emdia.audit.ports import LogEntry, LogName
from emdia.aws.content import ended
from emdia.aws.keyring import DataKey, Item, Wanted
from emdia.aws.plain import dumps
from emdia.clock import instant, parse_instant
from emdia.errors import Halted, Rejected
from emdia.facts import KINDS, Fact, LogClass, Value
from emdia.ports import Change, Put, Randomness, Remove
from emdia.state import OPERATOR_SUBJECT, Ref, stay_ref

KEPT = timedelta(days=30)
_NOTHING: Mapping[Ref, str] = {}
_HEALTH = stay_ref("", "").sort


def fact_id(ans: str, command: str, kind: str, index: int, era: str = "") -> str:
    """32 hex characters: the same command makes the same fact, whoever runs it and however often, in one `era`."""
    return sha256(f"{ans}|{command}|{kind}|{index}{era and f'|{era}'}".encode()).hexdigest()[:32]


def subjects_of(fact: Fact) -> list[Wanted]:
    """Keys the fact's values are sealed under."""
    subjects = dict.fromkeys(value.subject for value in fact.values) or {OPERATOR_SUBJECT: None}
    return [(subject, fact.log) for subject in subjects]


def fact_address(ans: str, fact: str) -> Item:
    """Key of a fact's row."""
    return {"pk": {"S": f"{ans}#EVT#{fact}"}, "sk": {"S": "E"}}


def entry_of(row: Mapping[str, Any]) -> tuple[LogName, LogEntry]:
    """A fact's row as its log takes it, and which log that is. Raises Halted for a row that no writer of ours made."""
    try:
        ans, _, fact = row["pk"]["S"].split("#")
        leaf, opening = bytes(row["leaf"]["B"]), row["op"]["S"].encode()
        told = json.loads(leaf)
        name = LogName(ans, LogClass(row["class"]["S"]), parse_instant(row["ts"]["S"]).year)
        ours = canonical(told).encode() == leaf and (told["id"], told["ts"]) == (fact, row["ts"]["S"])
        ours = ours and KINDS[told["kind"]].log is name.log
    except (KeyError, ValueError, TypeError):
        raise Halted("a fact's row is malformed") from None
    if not ours or len(leaf) > MAX_LEAF_BYTES or len(opening) > MAX_OPENING_BYTES:
        raise Halted("a fact's row is malformed")
    return name, LogEntry(fact, leaf, opening)


@dataclass(frozen=True, slots=True)
class Told:
    """Rows of an act's facts, and the leaf hash that names each item they change."""

    rows: tuple[Item, ...]
    last: Mapping[Ref, str]


@dataclass(slots=True)
class Teller:
    """Makes the rows of one act's facts."""

    ans: str
    now: datetime
    keys: Mapping[Wanted, DataKey]
    randomness: Randomness
    era: str = ""  # aws/era.py

    def tell(
        self, command: str, facts: Sequence[Fact], changes: Sequence[Change], contents: Mapping[Ref, str] = _NOTHING
    ) -> Told:
        """Rows in the order of `facts`. Facts about one item follow each other in its chain.

        `contents`: what stands in a leaf for each item that is put, in the leaf that the item is named by.

        Raises Halted for an act without facts or one that can never be logged.
        """
        if not facts:
            raise Halted("an act without a fact")
        chain = {}
        for change in changes:
            if isinstance(change, Put):
                chain[change.state.ref] = (change.state.v + 1, change.state.last)
            elif isinstance(change, Remove):
                chain[change.ref] = (change.v + 1, change.last)
        told = {fact.about: index for index, fact in enumerate(facts)}
        silent = {ref: link for ref, link in chain.items() if ref not in told}
        held: dict[int, list[str]] = defaultdict(list)
        for ref, (_, prior) in chain.items():
            before = ended(f"{self.ans}#{ref.partition}", ref.sort, prior)
            held[told.get(ref, 0)] += filter(None, (before, contents.get(ref)))
        told_by: dict[str, Item] = {}
        first = ""
        for index, fact in enumerate(facts):
            extra: list[tuple[str, str | int]] = []
            if fact.about in chain:
                extra += [("ver", chain[fact.about][0]), ("anterior", leaf_of(chain[fact.about][1]))]
            if index == 0 and silent:
                extra.append(
                    (
                        "demais",
                        dumps([[r.partition, r.sort, ver, leaf_of(prior)] for r, (ver, prior) in silent.items()]),
                    )
                )
            row, leaf_hash = self._row(command, index, fact, extra, held[index])
            told_by[leaf_hash] = row
            first = first or leaf_hash
            if fact.about in chain:
                chain[fact.about] = (chain[fact.about][0], leaf_hash)
        last = {ref: first if ref in silent else chain[ref][1] for ref in chain}
        _name(told_by, last, chain, {change.ref for change in changes if isinstance(change, Remove)})
        return Told(tuple(told_by.values()), last)

    def _row(
        self, command: str, index: int, fact: Fact, extra: Sequence[tuple[str, str | int]], held: Collection[str]
    ) -> tuple[Item, str]:
        name = fact_id(self.ans, command, fact.kind, index, self.era)
        owner = fact.values[0].subject if fact.values else OPERATOR_SUBJECT
        values = (*fact.values, *(Value(member, value, owner) for member, value in extra))
        ts = instant(self.now)
        leaf = make_leaf(name, fact.kind, ts, [(v.name, v.value) for v in values], self.randomness, held)
        by_subject: dict[Wanted, list[str]] = {}
        for value, disclosure in zip(values, leaf.disclosures, strict=True):
            by_subject.setdefault((value.subject, fact.log), []).append(disclosure)
        sealed = [(self._key(wanted), texts) for wanted, texts in by_subject.items()]
        row = {
            **fact_address(self.ans, name),
            "leaf": {"B": leaf.body},
            "op": {"S": seal_opening(name, sealed, self.randomness)},
            "command": {"S": command},
            "kind": {"S": fact.kind},
            "class": {"S": fact.log.value},
            "ts": {"S": ts},
            "about": {"S": f"{fact.about.partition}|{fact.about.sort}"},
            "ttl": {"N": str(int((self.now + KEPT).timestamp()))},
        }
        return row, leaf.hash

    def _key(self, wanted: Wanted) -> DataKey:
        key = self.keys.get(wanted)
        if key is None:
            raise Rejected("subject-forgotten")
        return key


def _name(
    told_by: Mapping[str, Item], last: Mapping[Ref, str], chain: Mapping[Ref, tuple[int, str]], gone: Collection[Ref]
) -> None:
    """Write into each row, by its leaf's hash, which items it is the last change of.

    But for hospital stays: that a contract has one stands in no row that streams read (LGPD art. 11 §5).
    """
    named: dict[str, list[list[object]]] = defaultdict(list)
    for ref, leaf_hash in last.items():
        if not ref.sort.startswith(_HEALTH):
            named[leaf_hash].append([ref.partition, ref.sort, chain[ref][0], ref in gone])
    for leaf_hash, items in named.items():
        told_by[leaf_hash]["names"] = {"S": dumps(items)}
