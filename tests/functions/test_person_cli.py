"""`emdia person` and `emdia legal-hold` before the function as deployed."""

import io
import json

import pytest

from emdia.cli import __main__ as cli
from emdia.cli import people
from emdia.clock import instant
from emdia.facts import Fact, LogClass
from emdia.people import disposal
from emdia.people.disposal import DisposalRun, Disposed, Held
from emdia.ports import Act, KeyClass, Put
from emdia.state import Subject
from emdia.workflows.dispose_attendance import ATTENDANCE, KEY, RECORDING
from emdia.workflows.dispose_contract import CONTRACT, PARTY
from functions.erase_person.handler import handle
from tests.fakes.house import ANS

CPF = "52998224725"


@pytest.fixture
def terminal(road, monkeypatch, capsys):
    """`emdia` at the terminals of several people, before the functions as deployed."""
    road.clock.move(days=6 * 366)
    road.show_clock()
    subject = Subject(road.pseudonyms.of(ANS, "person", CPF))
    road.ledger().ensure_keys([(subject, one) for one in (KeyClass.CADASTRO, LogClass.ACESSO)])
    who = {"arn": ""}

    class Functions:
        def invoke(self, *, FunctionName, Payload):  # noqa: N803
            assert FunctionName == "emdia-local-erase_person"
            return {"Payload": io.BytesIO(json.dumps(handle(json.loads(Payload), None)).encode())}

    monkeypatch.setattr(people, "client", {"lambda": Functions(), "sts": None}.__getitem__)
    monkeypatch.setattr(people, "signed_question", lambda _, digest: road.sts.question(who["arn"], digest))

    def run(role, *arguments, typed=f"{CPF}\n"):
        who["arn"] = f"arn:aws:sts::111122223333:assumed-role/{role}/{role[-3:]}"
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = cli.main(["--stage", "local", *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_a_person_is_forgotten_from_the_terminal(terminal):
    where = ("--operator", ANS)
    assert terminal("emdia-local-legal", "legal-hold", "place", *where, "--reason", "processo")[0] == 0
    code, _, error = terminal("Staff", "person", "erase", "request", *where)
    assert code == 1
    assert "retenção jurídica" in error
    assert terminal("emdia-local-legal", "legal-hold", "lift", *where, "--reason", "fim")[0] == 0
    assert terminal("Staff", "person", "erase", "status", *where)[1] == "Nenhum pedido.\n"
    code, out, _ = terminal("Staff", "person", "erase", "request", *where, "--class", "cadastro", "--class", "acesso")
    assert code == 0
    asked = out.split()[1]
    assert "sem aprovação" in terminal("Staff", "person", "erase", "status", *where)[1]
    assert terminal("emdia-local-dpo", "person", "erase", "approve", *where, asked)[1].startswith("Aprovado; falta")
    assert "aprovado por DPO" in terminal("Staff", "person", "erase", "status", *where)[1]
    assert "eliminados" in terminal("emdia-local-legal", "person", "erase", "approve", *where, asked)[1]
    assert "cumprido" in terminal("Staff", "person", "erase", "status", *where)[1]
    assert "CERTIFICADO" in terminal("Staff", "person", "erase", "certificate", *where, asked)[1]
    code, _, error = terminal("Staff", "person", "erase", "request", *where, typed="123\n")
    assert code == 1
    assert "cpf-invalid" in error


def test_what_went_by_itself_is_listed_at_the_terminal_and_what_stayed_with_its_reason(terminal, road):
    where = ("--operator", ANS)
    assert terminal("Staff", "person", "disposals", *where)[1] == "Nada chegou ao fim do prazo.\n"
    at = road.clock.now()
    run = DisposalRun(
        id="r", at=at, done=(Disposed("attendance", 2), Disposed("key", 1)), held=(Held("contract", "c1", "case-open"),)
    )
    fact = Fact("disposals.ended", run.ref)
    assert road.ledger().commit([Act("run", (Put(run),), (fact,))]).landed
    assert terminal("Staff", "person", "disposals", *where)[1].split("\n")[:2] == [
        f"{instant(at)}  2 atendimentos, 1 chaves de atendimentos",
        "    ficou: contratos c1: faturas em aberto",
    ]


def test_every_kind_and_reason_has_its_word():
    assert set(people.KINDS) == {CONTRACT, PARTY, ATTENDANCE, RECORDING, KEY}
    reasons = {one for name, one in vars(disposal).items() if name.isupper() and isinstance(one, str)}
    reasons.remove(disposal.HOLDER_IS_MINOR)  # a stop that is no matter
    assert set(people.REASONS) == reasons
