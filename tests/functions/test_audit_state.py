"""`emdia audit state`: what stands in the ledger, however old, against the sealed logs, by leaves alone."""

import json
from copy import deepcopy

import pytest

from emdia.audit import standing
from emdia.aws.content import ended, last_of, salted
from emdia.cli import __main__ as cli
from emdia.cli import audit_state
from emdia.facts import Fact, LogClass
from emdia.portfolio.case import StopKind, StopRecord
from emdia.portfolio.inbox import Waiting
from emdia.portfolio.telling import stop_told
from emdia.ports import Act, KeyClass, Put, Remove
from emdia.state import Subject
from functions.seal_audit.handler import handle as seal
from tests.fakes.house import ANS, AUDIT, JOURNAL, LEDGER, SeededRandomness
from tests.flows.road import AS_OF
from tests.functions.test_watch_log import edited, given_a_member, item, renamed, resalted, unsalted


class Terminal:
    """The command line over the in-memory house."""

    def __init__(self, road, capsys):
        self.road, self._capsys = road, capsys

    def describe_stacks(self, *, StackName):  # noqa: N803
        assert StackName == "EmDia-local-State"
        told = {"AuditBucket": AUDIT, "LedgerTable": LEDGER}
        return {"Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in told.items()]}]}

    def client(self, service):
        return {"s3": self.road.s3, "dynamodb": self.road.dynamodb, "cloudformation": self}[service]

    def ask(self, operator=ANS):
        self._capsys.readouterr()
        code = cli.main(["--stage", "local", "audit", "state", "--operator", operator])
        told = self._capsys.readouterr()
        return code, told.out + told.err


def forget_facts(road):
    journal = road.dynamodb.tables[JOURNAL].items
    for pk in [pk for pk in journal if "#EVT#" in pk]:
        del journal[pk]


@pytest.fixture
def terminal(road, capsys, monkeypatch):
    """A road that was walked and sealed; all rows of its facts have expired since."""
    cases = road.portfolio(3)
    road.settle(cases[2])
    road.walk()
    subject = Subject(cases[0].holder_key)
    road.ledger().ensure_keys([(subject, KeyClass.SAUDE)])
    stay = StopRecord(
        contract=cases[0].contract, id="s", holder_key=subject.id, kind=StopKind.PROTECTIVE, active=True, as_of=AS_OF
    )
    assert road.ledger().commit([Act("stay", (Put(stay),), (stop_told(stay),))]).landed
    seal({"sweep": "unsealed"}, None)
    monkeypatch.setattr(road, "cases", cases, raising=False)
    forget_facts(road)
    made = Terminal(road, capsys)
    monkeypatch.setattr(audit_state, "client", made.client)
    # The journal of the stage as the command names it.
    road.dynamodb.tables["emdia-local-journal"] = road.dynamodb.tables[JOURNAL]
    return made


def test_what_only_facts_have_changed_is_as_they_left_it(terminal):
    code, said = terminal.ask()
    assert (code, "como um fato o deixou" in said) == (0, True), said


@pytest.mark.parametrize("change", [edited, resalted, unsalted, given_a_member])
@pytest.mark.parametrize("sort", ["CASE", "CONTRACT", "OUTREACH", "HEALTH"])
def test_an_old_item_that_was_edited_is_named_stays_in_hospital_too(terminal, change, sort):
    case = terminal.road.cases[0]
    (row,) = [one for name, one in item(terminal.road, case).items() if name.partition("#")[0] == sort]
    change(row)
    code, said = terminal.ask()
    assert code == 1
    assert said.count(case.contract) == 1
    assert "guarda o que nenhum fato escreveu" in said


@pytest.mark.parametrize("whose", ["nobody's leaf", "another item's leaf"])
def test_an_item_that_no_fact_wrote_is_named(terminal, whose):
    case = terminal.road.cases[1]
    held = item(terminal.road, case)
    planted = deepcopy(held["CASE"]) | {"sk": {"S": "CASE#2"}}
    salted(planted, SeededRandomness(9))
    if whose == "nobody's leaf":
        renamed(planted)
    held["CASE#2"] = planted
    code, said = terminal.ask()
    assert code == 1
    assert said.count("CASE#2") == 1
    assert said.count(case.contract) == 1


@pytest.mark.parametrize("end", ["the next version", "its removal"])
def test_a_former_state_put_back_with_its_own_leaf_is_named(terminal, end):
    road, case = terminal.road, terminal.road.cases[0]
    held = item(road, case)
    if end == "its removal":
        waiting = Waiting(contract=case.contract, events=(("erp", "e1"),))
        act = Act("wait", (Put(waiting),), (Fact("erp.event.waiting", waiting.ref),))
        stored = road.ledger().commit([act]).states[waiting.ref]
        former = deepcopy(held["WAIT#"])
        gone = Act("gone", (Remove(stored.ref, stored.v, stored.last),), (Fact("erp.event.accepted", stored.ref),))
        assert road.ledger().commit([gone]).landed
    else:
        former = deepcopy(held["CASE"])
        road.settle(road.case(case))
    seal({"sweep": "unsealed"}, None)
    forget_facts(road)
    assert terminal.ask()[0] == 0
    held[former["sk"]["S"]] = former
    code, said = terminal.ask()
    assert code == 1
    assert said.count(case.contract) == 1
    assert "um fato posterior já pôs fim" in said


def test_what_a_fact_changes_while_we_look_is_no_difference(terminal, monkeypatch):
    road, reads = terminal.road, []
    read = audit_state.leaves_of

    def later(*asked):
        if not reads:
            road.settle(road.case(road.cases[0]))
        reads.append(asked)
        return read(*asked)

    monkeypatch.setattr(audit_state, "leaves_of", later)
    assert terminal.ask()[0] == 0
    assert reads


def test_a_log_s_reader_cannot_tell_which_leaves_are_of_one_item(terminal):
    """Versions of one item are tied by digests that only the item's own salt opens."""
    road, case = terminal.road, terminal.road.cases[0]
    before = item(road, case)["CASE"]
    address = before["pk"]["S"], "CASE"
    road.settle(road.case(case))
    (leaf,) = [row["leaf"]["B"] for row in road.rows(JOURNAL) if row.get("kind", {}).get("S") == "invoice.settled"]
    digests = json.loads(leaf)["_sd"]
    assert ended(*address, last_of(before)) in digests
    wrong = deepcopy(before) | {"salt": {"B": bytes(16)}}
    assert ended(*address, last_of(wrong)) not in digests
    assert before["last"]["S"].encode() not in leaf


def test_what_is_not_sealed_yet_was_said_all_the_same(terminal):
    road = terminal.road
    road.settle(road.case(road.cases[0]))
    assert terminal.ask()[0] == 0
    edited(item(road, road.cases[0])["CASE"])
    assert terminal.ask()[0] == 1


@pytest.mark.parametrize("most", [1, 3, 7])
def test_a_large_ledger_is_looked_at_by_slices_and_each_item_once(terminal, monkeypatch, most):
    monkeypatch.setattr(standing.unsaid, "__defaults__", (most,))
    assert terminal.ask()[0] == 0
    for case in terminal.road.cases:
        given_a_member(item(terminal.road, case)["CASE"])
    code, said = terminal.ask()
    assert code == 1
    assert [said.count(case.contract) for case in terminal.road.cases] == [1, 1, 1]


def test_another_operator_s_items_are_not_asked(terminal):
    partition = item(terminal.road, terminal.road.cases[0])
    other = deepcopy(partition["CASE"]) | {"pk": {"S": "654321#C#x"}, "last": {"S": "00"}}
    terminal.road.dynamodb.tables[LEDGER].items["654321#C#x"] = {"CASE": other}
    assert terminal.ask()[0] == 0


@pytest.mark.parametrize("path", ["checkpoint", "tile/entries/"])
@pytest.mark.parametrize("damage", [b"rubbish", None])
def test_a_log_that_is_damaged_is_for_fsck(terminal, path, damage):
    s3 = terminal.road.s3
    (key,) = [key for key in s3.versions if f"/{LogClass.CONTATO}/2026/{path}" in key]
    s3.delete(key) if damage is None else s3.force(key, damage)
    code, said = terminal.ask()
    assert code == 1
    # Without its checkpoint a log has not begun: then nothing said what stands.
    assert "fsck" in said or "nenhum fato o deixou assim" in said


@pytest.mark.parametrize(("operator", "said"), [("654321", "não há registro selado"), ("12345", "ANS")])
def test_of_nobody_nothing_is_said_to_hold(terminal, operator, said):
    code, told = terminal.ask(operator)
    assert code == 1
    assert said in told


def test_nothing_that_is_said_names_a_person(terminal):
    for case in terminal.road.cases:
        given_a_member(item(terminal.road, case)["CONTRACT"])
    said = terminal.ask()[1]
    assert json.dumps(said).count("\\n") >= 2
    for personal in ("Pessoa", "529982", "98000", "@"):
        assert personal not in said
