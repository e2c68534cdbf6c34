"""State and facts of one operator over DynamoDB (ports.Ledger)."""

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from emdia.aws.answers import AWS_ERRORS, code_of, item_of
from emdia.aws.content import last_of, salted
from emdia.aws.era import era_of
from emdia.aws.items import MAX_ITEM_BYTES, address, decode, encode, ref_of, sealed_under, sealing_of, size_of
from emdia.aws.journal import Teller, subjects_of
from emdia.aws.keyring import DataKey, Item, Keyring, Wanted
from emdia.aws.reading import pages, read_all
from emdia.aws.transaction import Transactor, Unit
from emdia.errors import Halted, TryLater
from emdia.facts import Fact
from emdia.ports import Act, Check, Clock, Committed, Forget, Put, Randomness, Remove, Seen
from emdia.state import OPERATOR_SUBJECT, Ref, State, Subject

_ANS = re.compile(r"[0-9]{6}")
_ABSENT = "attribute_not_exists(pk)"


@dataclass(frozen=True)
class DynamoLedgers:
    """Makes ledgers (ports.Ledgers). `ledger` and `journal` are table names."""

    dynamodb: Any
    ledger: str
    journal: str
    keyring: Keyring
    clock: Clock
    randomness: Randomness
    sleep: Callable[[float], None] = time.sleep

    def of(self, ans: str) -> "DynamoLedger":
        """The ledger of the operator registered as `ans`. Raises Halted for anything but six digits."""
        if not _ANS.fullmatch(ans):
            raise Halted("an operator is named by six digits")
        return DynamoLedger(self, ans)


class DynamoLedger:
    """Every key it reads or writes begins with its operator's register; no argument can change that."""

    def __init__(self, house: DynamoLedgers, ans: str) -> None:
        self._house, self._ans, self._keyring = house, ans, house.keyring
        self._transactor = Transactor(house.dynamodb, house.journal, house.sleep, house.randomness)

    @property
    def ans(self) -> str:
        """The operator's ANS register."""
        return self._ans

    def get(self, refs: Collection[Ref], keys_of: Collection[tuple[Subject, str]] = ()) -> Mapping[Ref, State]:
        """See ports.Ledger."""
        ledger, keys_table = self._house.ledger, self._keyring.table
        held = self._keyring.kept(self._ans, keys_of)
        request = {
            ledger: [address(self._ans, ref) for ref in dict.fromkeys(refs)],
            keys_table: [self._keyring.key_of(self._ans, one) for one in dict.fromkeys(keys_of) if one not in held],
        }
        rows = read_all(self._house.dynamodb, request, self._house.sleep)
        self._keyring.take_in(self._ans, rows[keys_table])
        return {ref_of(self._ans, item): state for item, state in self._opened(rows[ledger])}

    def record(self, contract: str, prefix: str = "") -> Sequence[State]:
        """See ports.Ledger."""
        return self._query(f"C#{contract}", prefix)

    def listed(self, partition: str, limit: int) -> Sequence[State]:
        """See ports.Ledger."""
        return self._query(partition, limit=limit)

    def _query(self, partition: str, prefix: str = "", limit: int = 0) -> Sequence[State]:
        request: dict[str, Any] = {
            "TableName": self._house.ledger,
            "KeyConditionExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": {"S": f"{self._ans}#{partition}"}},
            "ConsistentRead": True,
        }
        if limit:
            request["Limit"] = limit
        if prefix:
            request["KeyConditionExpression"] += " AND begins_with(sk, :s)"
            request["ExpressionAttributeValues"][":s"] = {"S": prefix}
        items: list[Item] = []
        for page in pages(self._house.dynamodb.query, request, "ledger Query"):
            items += page
            if 0 < limit <= len(items):
                break
        return [state for _, state in self._opened(items)]

    def commit(self, acts: Sequence[Act]) -> Committed:
        """See ports.Ledger. Raises Rejected `subject-forgotten` when a value's subject has no key."""
        _check(acts)
        if not acts:
            return Committed(frozenset(), frozenset())
        wanted = [one for act in acts for fact in act.facts for one in subjects_of(fact)]
        puts = [change.state for act in acts for change in act.changes if isinstance(change, Put)]
        wanted += [sealing.under for sealing in map(sealing_of, puts) if sealing is not None]
        keys = self._keys(wanted)
        done = self._transactor.commit([self._unit(act, keys) for act in acts])
        gone = [change for act in acts for change in act.changes if isinstance(change, Forget)]
        self._keyring.drop(self._ans, [(one.subject, one.key_class) for one in gone])
        return done

    def witness(self, facts: Sequence[Fact], command: str) -> Seen:
        """See ports.Ledger."""
        keys = self._keys([one for fact in facts for one in subjects_of(fact)])
        told = self._teller(keys).tell(command, facts, ())
        for row in told.rows:
            self._witness(row, command)
        return Seen(command)

    def ensure_keys(self, subjects: Collection[tuple[Subject, str]]) -> None:
        """See ports.Ledger."""
        self._keyring.ensure(self._ans, subjects)

    def _witness(self, row: Item, command: str) -> None:
        try:
            self._house.dynamodb.put_item(**self._fact_put(row))
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                # Fail closed, whatever it was: data is shown only after somebody was seen looking.
                raise TryLater(f"journal PutItem: {code_of(error)}") from error
            if item_of(error).get("command", {}).get("S") != command:
                raise Halted("a fact of this id was written by another command") from None
        except AWS_ERRORS as error:
            raise TryLater(f"journal PutItem: {type(error).__name__}") from error

    def _opened(self, items: Sequence[Item]) -> list[tuple[Item, State]]:
        keys = self._keyring.keys(self._ans, [one for one in map(sealed_under, items) if one is not None])
        return [(item, decode(item, keys)) for item in items]

    def _keys(self, wanted: Collection[Wanted]) -> dict[Wanted, DataKey]:
        """Keys to write with. The operator's own are made on first use.

        A person's are made by `ensure_keys` only, or else a write that comes late would bring a forgotten
        person's key back to life.
        """
        keys = self._keyring.keys(self._ans, wanted)
        own = [one for one in wanted if one[0] == OPERATOR_SUBJECT and one not in keys]
        return keys | self._keyring.ensure(self._ans, own) if own else keys

    def _teller(self, keys: Mapping[Wanted, DataKey]) -> Teller:
        house = self._house
        return Teller(self._ans, house.clock.now(), keys, house.randomness, era_of(house.ledger))

    def _unit(self, act: Act, keys: Mapping[Wanted, DataKey]) -> Unit:
        teller = self._teller(keys)
        puts = [change.state for change in act.changes if isinstance(change, Put)]
        made = {one.ref: encode(self._ans, one, keys, teller.now, self._house.randomness) for one in puts}
        contents = {ref: salted(item, self._house.randomness) for ref, item in made.items()}
        told = teller.tell(act.command, act.facts, act.changes, contents)
        items = [{"Put": self._fact_put(row)} for row in told.rows]
        size = sum(size_of(row) for row in told.rows)
        for change in act.changes:
            if not isinstance(change, Put):
                items.append(self._unwritten(change))
                continue
            state, item = change.state, made[change.state.ref]
            item["last"] = {"S": told.last[state.ref]}
            if size_of(item) > MAX_ITEM_BYTES:
                raise Halted(f"item {state.ref.sort.partition('#')[0]} of {size_of(item)} bytes")
            size += size_of(item)
            items.append({"Put": {"TableName": self._house.ledger, "Item": item, **_still(state.v)}})
        states = {state.ref: replace(state, v=state.v + 1, last=last_of(made[state.ref])) for state in puts}
        return Unit(act.command, tuple(items), told.rows[0], size, states)

    def _unwritten(self, change: Check | Remove | Forget) -> Item:
        if isinstance(change, Forget):
            key = self._keyring.key_of(self._ans, (change.subject, change.key_class))
            table = self._keyring.table
            return {"Delete": {"TableName": table, "Key": key, "ConditionExpression": "attribute_exists(pk)"}}
        verb = "ConditionCheck" if isinstance(change, Check) else "Delete"
        key = address(self._ans, change.ref)
        return {verb: {"TableName": self._house.ledger, "Key": key, **_still(change.v)}}

    def _fact_put(self, row: Item) -> Item:
        return {
            "TableName": self._house.journal,
            "Item": row,
            "ConditionExpression": _ABSENT,
            # The row that was there says whose it is: mine means that I already landed.
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


def _still(v: int) -> Item:
    """Condition that the stored version is `v` (0: nothing stored)."""
    if v == 0:
        return {"ConditionExpression": _ABSENT}
    return {"ConditionExpression": "v = :v", "ExpressionAttributeValues": {":v": {"N": str(v)}}}


def _check(acts: Sequence[Act]) -> None:
    """Refuse what could never be stored before anything is. Raises Halted."""
    kept = [c for act in acts for c in act.changes if not isinstance(c, Forget)]
    refs = [c.state.ref if isinstance(c, Put) else c.ref for c in kept]
    if len(set(refs)) != len(refs):
        raise Halted("two changes of one call touch the same item")
    if len({act.command for act in acts}) != len(acts):
        raise Halted("two acts of one call carry the same command")
