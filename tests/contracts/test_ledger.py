"""ports.Ledger: whole acts, versions, facts for every change, lost answers, one operator, nothing in clear."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from emdia.audit.leaf import leaf_of
from emdia.errors import Halted, Rejected, TryLater
from emdia.facts import Fact, LogClass, Value
from emdia.portfolio.case import Case, StopKind, StopRecord
from emdia.portfolio.contract import Beneficiary
from emdia.portfolio.inbox import InboxEvent, InboxStatus
from emdia.ports import STATE_KEYS, Act, Check, Committed, KeyClass, Put, Remove
from emdia.state import OPERATOR_SUBJECT, Subject
from tests.fakes.faults import client_error, closed, read_timeout, throttling, unavailable
from tests.fakes.house import ANS, JOURNAL, KEYS, LEDGER
from tests.fakes.opening import disclosed
from tests.fakes.people import AS_OF, PERSONAL, case, contract, holder, invoice

OTHER = "654321"


@pytest.fixture
def ledger(house):
    ledger = house.ledger()
    ledger.ensure_keys([(holder(n), key_class) for n in range(8) for key_class in STATE_KEYS])
    return ledger


def opened(n: int = 0, **more: object) -> Act:
    """A contract's first act: case and invoice."""
    fact = Fact("invoice.recorded", invoice(n).ref, (Value("numero", "FAT-99-1", holder(n)),))
    return Act(f"open:{n}", (Put(case(n, **more)), Put(invoice(n))), (fact,))


def parked(stored: Case, command: str, reason: str = "fault") -> Act:
    fact = Fact("case.parked", stored.ref, (Value("regra", reason, Subject(stored.holder_key)),))
    return Act(command, (Put(replace(stored, parked=reason)),), (fact,))


def stored_case(ledger, n: int = 0) -> Case:
    return ledger.get([case(n).ref])[case(n).ref]


def rows(house, table: str = JOURNAL) -> list[dict]:
    return [row for row in house.dynamodb.stored(table) if row["sk"]["S"] in ("E", "CASE") or table != JOURNAL]


def test_what_is_put_is_read_and_answered_with_its_new_version(ledger):
    done = ledger.commit([opened()])
    assert done.landed == {"open:0"}
    assert not done.lost
    read = ledger.get([case().ref, invoice().ref, contract().ref])
    assert read == done.states
    assert read[case().ref] == replace(case(), v=1, last=read[case().ref].last)
    assert read[invoice().ref].codes == invoice().codes


def test_a_second_write_of_the_same_version_is_lost_and_changes_nothing(ledger):
    ledger.commit([opened()])
    first = stored_case(ledger)
    assert ledger.commit([parked(first, "a", "one")]).landed == {"a"}
    assert ledger.commit([parked(first, "b", "two")]) == Committed(frozenset(), frozenset({"b"}))
    assert stored_case(ledger).parked == "one"


def test_a_lost_act_takes_none_of_its_group_with_it(house, ledger):
    ledger.commit([opened(n) for n in range(3)])
    states = [stored_case(ledger, n) for n in range(3)]
    ledger.commit([parked(states[1], "rival")])
    done = ledger.commit([parked(state, f"mine:{n}") for n, state in enumerate(states)])
    assert done.landed == {"mine:0", "mine:2"}
    assert done.lost == {"mine:1"}
    assert set(done.states) == {states[0].ref, states[2].ref}
    assert len(house.naps) == 1
    assert 0.02 <= house.naps[0] <= 0.12


def test_who_loses_twice_stays_lost_with_the_rest(house, ledger):
    ledger.commit([opened(n) for n in range(3)])
    states = [stored_case(ledger, n) for n in range(3)]
    ledger.commit([parked(states[0], "rival:0")])

    def rival_again():
        house.dynamodb.before_write = lambda: house.ledger().commit([parked(states[1], "rival:1")])

    house.dynamodb.before_write = rival_again
    done = ledger.commit([parked(state, f"mine:{n}") for n, state in enumerate(states)])
    assert done.lost == {"mine:0", "mine:1", "mine:2"}
    assert stored_case(ledger, 2).parked == ""


def test_the_same_command_twice_has_landed_once(house, ledger):
    ledger.commit([opened()])
    before = stored_case(ledger)
    assert ledger.commit([parked(before, "once")]).landed == {"once"}
    again = house.ledger().commit([parked(before, "once")])
    assert again == Committed(frozenset({"once"}), frozenset(), {})
    assert stored_case(ledger).v == 2


@pytest.mark.parametrize("error", [closed, read_timeout, unavailable])
@pytest.mark.parametrize("landed", [False, True])
def test_an_answer_that_never_came_is_asked_for_again(house, ledger, error, landed):
    ledger.commit([opened()])
    before = stored_case(ledger)
    house.faults.fail("TransactWriteItems", landed=landed, error=error)
    done = ledger.commit([parked(before, "mine")])
    assert done.landed == {"mine"}
    assert done.states == {before.ref: stored_case(ledger)}
    assert stored_case(ledger).v == 2


@pytest.mark.parametrize("landed", [False, True])
def test_two_answers_that_never_came_are_resolved_by_reading(house, ledger, landed):
    ledger.commit([opened()])
    before = stored_case(ledger)
    for call in (1, 2):
        house.faults.fail("TransactWriteItems", call=call, landed=landed and call == 2)
    if landed:
        done = ledger.commit([parked(before, "mine")])
        assert done.landed == {"mine"}
        assert done.states == {before.ref: stored_case(ledger)}
    else:
        with pytest.raises(TryLater):
            ledger.commit([parked(before, "mine")])
        assert stored_case(ledger).v == 1


def test_nothing_known_to_have_landed_is_try_later(house, ledger):
    house.faults.fail("TransactWriteItems", error=throttling)
    with pytest.raises(TryLater):
        ledger.commit([opened()])
    assert ledger.commit([opened()]).landed == {"open:0"}


def test_a_later_group_without_answer_is_lost_but_the_earlier_stands(house, ledger):
    acts = [opened(n) for n in range(40)]  # three items each: two transactions
    ledger.ensure_keys([(holder(n), key_class) for n in range(40) for key_class in STATE_KEYS])
    house.faults.fail("TransactWriteItems", call=2, error=throttling)
    done = ledger.commit(acts)
    assert done.landed == {f"open:{n}" for n in range(33)}
    assert done.lost == {f"open:{n}" for n in range(33, 40)}


def cancelled(*codes: str):
    """A cancellation with a reason for each item: three items an act here."""
    reasons = [{"Code": code} for code in codes]
    return lambda operation: client_error("TransactionCanceledException", operation, CancellationReasons=reasons)


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_who_collides_is_lost_and_the_rest_lands(house, ledger, code):
    house.faults.fail("TransactWriteItems", error=cancelled("None", "None", code, "None", "None", "None"))
    done = ledger.commit([opened(0), opened(1)])
    assert (done.landed, done.lost) == ({"open:1"}, {"open:0"})
    assert ledger.get([case(0).ref]) == {}


@pytest.mark.parametrize(
    "error",
    [
        cancelled("ValidationError", "None", "None"),
        cancelled("ItemCollectionSizeLimitExceeded", "None", "None"),
        cancelled("None"),
        lambda operation: client_error("IdempotentParameterMismatchException", operation),
        lambda operation: client_error("AccessDeniedException", operation),
    ],
    ids=["invalid", "too large", "reasons missing", "token of another request", "no right"],
)
def test_what_no_retry_mends_halts(house, ledger, error):
    house.faults.fail("TransactWriteItems", error=error)
    with pytest.raises(Halted):
        ledger.commit([opened()])


def test_a_transaction_in_progress_is_waited_for(house, ledger):
    in_progress = lambda operation: client_error("TransactionInProgressException", operation)  # noqa: E731
    house.faults.fail("TransactWriteItems", landed=True, error=in_progress)
    assert ledger.commit([opened()]).landed == {"open:0"}
    assert stored_case(ledger).v == 1


def test_when_even_reading_fails_nothing_is_claimed_to_have_landed(house, ledger):
    house.faults.fail("TransactWriteItems", landed=True)
    house.faults.fail("TransactWriteItems", call=2)
    house.faults.fail("BatchGetItem")
    with pytest.raises(TryLater):
        ledger.commit([opened()])
    assert ledger.commit([opened()]) == Committed(frozenset({"open:0"}), frozenset())


def test_twenty_five_cases_of_four_items_are_one_transaction(house, ledger):
    ledger.ensure_keys([(holder(n), key_class) for n in range(25) for key_class in STATE_KEYS])
    house.faults.requests.clear()
    acts = []
    for n in range(25):
        fact = Fact("contract.recorded", case(n).ref, (Value("numero", "1", holder(n)),))
        acts.append(Act(f"take:{n}", (Put(case(n)), Put(invoice(n)), Put(contract(n))), (fact,)))
    assert len(ledger.commit(acts).landed) == 25
    assert house.faults.requests["dynamodb", "TransactWriteItems"] == 1


def test_a_check_that_fails_loses_its_act(ledger):
    ledger.commit([opened(0), opened(1)])
    first, second = stored_case(ledger, 0), stored_case(ledger, 1)
    guarded = replace(parked(second, "guarded"), changes=(Check(first.ref, first.v + 1), Put(replace(second))))
    assert ledger.commit([guarded]).lost == {"guarded"}
    guarded = replace(guarded, changes=(Check(first.ref, first.v), Put(second)))
    assert ledger.commit([guarded]).landed == {"guarded"}


def test_a_removed_item_is_gone_only_at_its_version_and_its_fact_ends_its_chain(house, ledger):
    ledger.commit([opened()])
    fact = Fact("invoice.cancelled", invoice().ref)
    assert ledger.commit([Act("x", (Remove(invoice().ref, 9, ""),), (fact,))]).lost == {"x"}
    last = ledger.get([invoice().ref])[invoice().ref].last
    assert ledger.commit([Act("y", (Remove(invoice().ref, 1, last),), (fact,))]).landed == {"y"}
    assert ledger.get([invoice().ref]) == {}
    (row,) = (row for row in rows(house) if row["command"]["S"] == "y")
    told = disclosed(house, ANS, row, OPERATOR_SUBJECT)
    assert (told["ver"], told["anterior"]) == (2, leaf_of(last))


def test_every_change_has_its_fact_and_every_item_its_chain(house, ledger):
    ledger.commit([opened()])
    ledger.commit([parked(stored_case(ledger), "park")])
    facts = {row["command"]["S"]: row for row in rows(house)}
    values = disclosed(house, ANS, facts["open:0"], holder())
    assert values["ver"] == 1
    assert values["anterior"] == ""
    assert values["numero"] == "FAT-99-1"
    # The case changed in the same act without a fact of its own: its link is in the first fact.
    assert json.loads(values["demais"]) == [[case().ref.partition, "CASE", 1, ""]]
    after = disclosed(house, ANS, facts["park"], holder())
    opened_leaf = ledger.get([invoice().ref])[invoice().ref].last
    assert (after["ver"], after["anterior"]) == (2, leaf_of(opened_leaf))


def test_facts_about_one_item_follow_each_other(house, ledger):
    about = contract().ref
    told = (Fact("contract.recorded", about), Fact("contact_points.recorded", about))
    done = ledger.commit([Act("two", (Put(contract()),), told)])
    by_kind = {row["kind"]["S"]: row for row in rows(house)}
    links = [disclosed(house, ANS, by_kind[fact.kind], OPERATOR_SUBJECT) for fact in told]
    assert [link["ver"] for link in links] == [1, 1]
    assert links[0]["anterior"] == ""
    assert links[1]["anterior"] not in ("", leaf_of(done.states[about].last))


def test_a_fact_seals_each_subject_apart(house, ledger):
    fact = Fact(
        "contract.recorded",
        case().ref,
        (Value("titular", "Josefa Araújo", holder(0)), Value("ator", "Caio Lima", holder(1))),
    )
    ledger.commit([Act("both", (Put(case()),), (fact,))])
    (row,) = rows(house)
    assert "Caio Lima" not in disclosed(house, ANS, row, holder(0)).values()
    assert disclosed(house, ANS, row, holder(1)) == {"ator": "Caio Lima"}


def test_fact_rows_expire_after_thirty_days_and_state_never(house, ledger):
    ledger.commit([opened()])
    (row,) = rows(house)
    assert int(row["ttl"]["N"]) == int((house.clock.now() + timedelta(days=30)).timestamp())
    assert all("ttl" not in item for item in rows(house, LEDGER))


def test_nothing_personal_is_stored_in_clear(house, ledger):
    ledger.ensure_keys([(holder(), KeyClass.SAUDE), (Subject("inbox:erp:2026-11"), KeyClass.ENTRADA)])
    stay = StopRecord(
        contract=case().contract, id="s1", holder_key=holder().id, kind=StopKind.PROTECTIVE, active=True,
        note="internada na UTI", as_of=AS_OF,
    )  # fmt: skip
    person = Beneficiary(
        contract=case().contract, key=holder().id, name="Josefa Araújo", cpf="52998224725",
        birth_on=contract().holder.birth_on, as_of=AS_OF,
    )  # fmt: skip
    event = InboxEvent(
        client="erp", id="e1", event_id="FAT-99-1", kind="invoice.issued", status=InboxStatus.ACCEPTED, digest="d",
        received_at=house.clock.now(), key_month="2026-11", body='{"nome":"Josefa Araújo"}',
    )  # fmt: skip
    told = Fact("contract.recorded", contract().ref, (Value("texto", "|".join(PERSONAL), holder()),))
    states = (case(), contract(), invoice(), stay, person, event)
    ledger.commit([Act("all", tuple(map(Put, states)), (told,))])
    read = ledger.get([state.ref for state in states])
    assert [replace(read[s.ref], v=0, last="") for s in states] == list(states)
    stored = "".join(repr(item) for table in (LEDGER, JOURNAL, KEYS) for item in house.dynamodb.stored(table))
    assert [text for text in PERSONAL if text in stored] == []
    health = next(item for item in house.dynamodb.stored(LEDGER) if item["sk"]["S"].startswith("HEALTH#"))
    assert health["xs"]["S"].startswith("saude|")
    assert '"active"' not in health["d"]["S"]


def test_no_operator_reads_or_writes_anothers(house, ledger):
    ledger.commit([opened()])
    other = house.ledger(OTHER)
    assert other.get([case().ref, invoice().ref]) == {}
    assert other.record(case().contract) == []
    other.ensure_keys([(holder(), key_class) for key_class in STATE_KEYS])
    assert other.commit([opened()]).landed == {"open:0"}
    for table in (LEDGER, JOURNAL, KEYS):
        owners = {item["pk"]["S"][:7] for item in house.dynamodb.stored(table)}
        assert owners == {f"{ANS}#", f"{OTHER}#"}
    # Sealed under keys of the same subject, but another operator's: an item carried over does not open.
    assert stored_case(ledger).last != stored_case(other).last


@pytest.mark.parametrize("ans", ["", "12345", "1234567", "12345a", "123456#C#x", "１２３４５６"])
def test_an_operator_is_six_digits(house, ans):
    with pytest.raises(Halted):
        house.ledger(ans)


def test_the_record_of_a_contract_by_prefix(ledger):
    ledger.commit([opened(0), opened(1)])
    assert {state.ref for state in ledger.record(case().contract)} == {case().ref, invoice().ref}
    assert [state.ref for state in ledger.record(case().contract, "INVOICE#")] == [invoice().ref]


def test_keys_come_along_with_the_items(house, ledger):
    ledger.commit([opened(n) for n in range(3)])
    house.restart()
    fresh = house.ledger()
    house.faults.requests.clear()
    keys = [(holder(n), key_class) for n in range(3) for key_class in (KeyClass.CADASTRO, LogClass.OPERACAO)]
    read = fresh.get([invoice(n).ref for n in range(3)], keys)
    fresh.commit([parked_invoice(read[invoice(n).ref], n) for n in range(3)])
    assert house.faults.requests["dynamodb", "BatchGetItem"] == 1
    assert house.faults.requests["kms", "Decrypt"] == 2


def parked_invoice(stored, n: int) -> Act:
    fact = Fact("invoice.cancelled", stored.ref, (Value("regra", "x", holder(n)),))
    return Act(f"cancel:{n}", (Put(stored),), (fact,))


def test_more_than_a_hundred_items_are_read(ledger):
    ledger.ensure_keys([(holder(n), key_class) for n in range(60) for key_class in STATE_KEYS])
    ledger.commit([opened(n) for n in range(60)])
    assert len(ledger.get([one(n).ref for n in range(60) for one in (case, invoice)])) == 120


def test_a_witness_is_durable_before_it_returns(house, ledger):
    seen = Fact("parked.viewed", case().ref, (Value("ator", "op-1"),))
    house.faults.fail("PutItem", landed=True)
    with pytest.raises(TryLater):
        ledger.witness([seen], "view:1")
    ledger.witness([seen], "view:1")
    (row,) = rows(house)
    assert disclosed(house, ANS, row, OPERATOR_SUBJECT) == {"ator": "op-1"}


def test_what_sealed_a_forgotten_person_stays_closed(house, ledger):
    ledger.commit([opened()])
    table = house.dynamodb
    key = {"pk": {"S": f"{ANS}#S#{holder().id}"}, "sk": {"S": "cadastro"}}
    condition = {"ConditionExpression": "attribute_exists(pk)"}
    table.delete_item(TableName=KEYS, Key=key, **condition)
    house.clock.move(minutes=5)
    with pytest.raises(Rejected, match="subject-forgotten"):
        ledger.get([invoice().ref])
    assert stored_case(ledger) is not None
    with pytest.raises(Rejected, match="subject-forgotten"):
        ledger.commit([Act("late", (Put(contract()),), (Fact("contract.recorded", contract().ref),))])


def test_an_altered_item_halts(house, ledger):
    ledger.commit([opened(0), opened(1)])
    first, second = (
        next(i for i in house.dynamodb.stored(LEDGER) if i["pk"]["S"].endswith(f"{n:032x}") and "x" in i)
        for n in range(2)
    )
    # Somebody moves one person's sealed values into another contract of the same person.
    forged = {**second, "x": first["x"], "xk": first["xk"], "xs": first["xs"]}
    house.dynamodb.put_item(TableName=LEDGER, Item=forged, ConditionExpression="attribute_exists(pk)")
    with pytest.raises(Halted):
        ledger.get([invoice(1).ref])


@pytest.mark.parametrize(
    "acts",
    [
        [Act("no-fact", (Put(case()),), ())],
        [opened(0), replace(opened(0), command="same-item")],
        [opened(0), replace(opened(1), command="open:0")],
        [replace(opened(0), changes=tuple(Put(invoice(id=f"{i}")) for i in range(100)))],
    ],
    ids=["no fact", "an item twice", "a command twice", "over a hundred items"],
)
def test_what_can_never_be_stored_halts_before_anything_is(house, ledger, acts):
    with pytest.raises(Halted):
        ledger.commit(acts)
    assert house.dynamodb.stored(LEDGER) == []


def test_an_item_over_400_kilobytes_halts(ledger):
    with pytest.raises(Halted, match="INVOICE"):
        ledger.commit([replace(opened(), changes=(Put(invoice(number="9" * 420_000)),))])


def test_an_empty_commit_asks_nothing(house, ledger):
    house.faults.requests.clear()
    assert ledger.commit([]) == Committed(frozenset(), frozenset())
    assert ledger.get([]) == {}
    assert house.faults.total == 0
