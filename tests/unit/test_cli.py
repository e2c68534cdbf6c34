"""The command `emdia`: what staff types, what it answers in Portuguese, and its exit codes."""

import io
import json
from datetime import date

import pytest
from botocore.exceptions import ClientError

from emdia.cli import __main__ as cli
from emdia.ports import KeyClass
from emdia.state import OPERATOR_SUBJECT, municipal_holidays_ref, operator_ref
from tests.fakes import erp
from tests.fakes.house import ANS, House
from tests.fakes.opening import disclosed
from tests.functions.intake import Intake

PROFILE = {
    "ans": ANS,
    "name": "Operadora Boa Vida S.A.",
    "cnpj": "11.222.333/0001-81",
    "address": "Av. Brasil, 1, Rio de Janeiro",
    "mail-from": "cobranca@boavida.com.br",
    "phone": "0800 000 0000",
    "site": "https://boavida.com.br",
    "how-to-pay": "Pague pelo aplicativo.",
}


class Account:
    """The clients of AWS as the command line would build them."""

    def __init__(self, intake):
        self.intake = intake

    def get_caller_identity(self):
        return {"Arn": "arn:aws:sts::111122223333:assumed-role/Staff/maria.silva"}

    def invoke(self, *, FunctionName, Payload):  # noqa: N803
        assert FunctionName == "emdia-dev-replay_parked"
        request = json.loads(Payload)
        answer = self.intake.desk(request.pop("action"), **request)
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}

    def create_secret(self, *, Name, Description, SecretString):  # noqa: N803
        assert Description
        secrets = self.intake.house.secretsmanager.values
        if Name in secrets:
            raise ClientError({"Error": {"Code": "ResourceExistsException"}}, "CreateSecret")
        secrets[Name] = SecretString

    def get_secret_value(self, *, SecretId):  # noqa: N803
        return self.intake.house.secretsmanager.get_secret_value(SecretId=SecretId)

    def put_secret_value(self, *, SecretId, SecretString):  # noqa: N803
        self.intake.house.secretsmanager.values[SecretId] = SecretString


@pytest.fixture
def intake(monkeypatch):
    intake = Intake(House())
    monkeypatch.setattr(cli, "client", lambda _service: Account(intake))
    monkeypatch.setattr(cli.wiring, "command_line", lambda _stage: intake.house)
    return intake


def run(capsys, *arguments):
    code = cli.main(arguments)
    told = capsys.readouterr()
    return code, told.out, told.err


def operator_add(**changes):
    return ["operator", "add", *(part for k, v in (PROFILE | changes).items() for part in (f"--{k}", v))]


def test_an_operator_is_recorded_with_who_did_it_and_changed_later(intake, capsys):
    assert run(capsys, *operator_add())[0] == 0
    assert run(capsys, *operator_add(name="Boa Vida Saúde S.A."))[:2] == (0, "Operadora 123456 registrada.\n")
    held = intake.house.ledger().get([operator_ref()])[operator_ref()]
    assert (held.name, held.cnpj, held.v) == ("Boa Vida Saúde S.A.", "11222333000181", 2)
    facts = intake.facts("operator.recorded")
    assert len(facts) == 2
    assert disclosed(intake.house, ANS, facts[0], OPERATOR_SUBJECT)["ator"] == "assumed-role/Staff/maria.silva"
    assert intake.house.keyring.keys(ANS, [(OPERATOR_SUBJECT, KeyClass.CADASTRO)])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cnpj": "1"}, "cnpj-invalid /cnpj"),
        ({"ans": "12"}, "ans-invalid /ans"),
        ({"name": " "}, "field-invalid /name"),
    ],
)
@pytest.mark.usefixtures("intake")
def test_a_wrong_profile_is_refused_in_portuguese(capsys, change, said):
    code, out, error = run(capsys, *operator_add(**change))
    assert (code, out) == (1, "")
    assert said in error


def test_a_client_gets_a_secret_that_signs_and_rotation_keeps_the_last_one(intake, capsys):
    code, out, _ = run(capsys, "client", "add", "sap", "--operator", ANS)
    first = out.splitlines()[-1]
    assert code == 0
    stored = json.loads(intake.house.secretsmanager.values.pop("emdia/dev/erp/sap"))
    assert stored == {"operator": ANS, "secrets": [first]}
    intake.house.secretsmanager.values["emdia/dev/erp/sap"] = json.dumps(stored)
    assert run(capsys, "client", "add", "sap", "--operator", ANS)[0] == 1
    second = run(capsys, "client", "rotate", "sap")[1].splitlines()[-1]
    third = run(capsys, "client", "rotate", "sap")[1].splitlines()[-1]
    assert json.loads(intake.house.secretsmanager.values["emdia/dev/erp/sap"])["secrets"] == [third, second]
    assert len({first, second, third}) == 3
    assert run(capsys, "client", "rotate", "nobody")[0] == 1


def test_parked_events_from_the_terminal(intake, capsys, tmp_path):
    now = intake.house.clock.now()
    bad = erp.contract(now, signed_on="x")
    assert run(capsys, "parked", "list", "--client", erp.CLIENT)[1] == "Nenhum evento parado.\n"
    intake.post(bad)
    listed = run(capsys, "parked", "list", "--client", erp.CLIENT)[1]
    assert "date-invalid" in listed
    assert "Josefa" not in listed
    key = listed.splitlines()[1].split()[0]
    assert json.loads(run(capsys, "parked", "show", "--client", erp.CLIENT, key)[1]) == bad
    code, _, error = run(capsys, "parked", "replay", "--client", erp.CLIENT, key)
    assert (code, "date-invalid /data/signed_on" in error) == (1, True)
    fixed = tmp_path / "evento.json"
    fixed.write_text(json.dumps(erp.contract(now) | {"id": bad["id"]}), encoding="utf-8")
    edit = ("parked", "edit", "--client", erp.CLIENT, key, "--file", str(fixed))
    assert run(capsys, *edit)[:2] == (0, "Evento corrigido.\n")
    assert run(capsys, "parked", "replay", "--client", erp.CLIENT, key)[:2] == (0, "Evento enviado de novo.\n")
    assert run(capsys, "parked", "discard", "--client", erp.CLIENT, key)[0] == 1


def test_wrong_usage_ends_with_two(intake, capsys):
    del intake
    with pytest.raises(SystemExit) as ended:
        cli.main(["parked", "burn"])
    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_a_table_of_municipal_holidays_is_recorded_with_who_told_it(intake, capsys, tmp_path):
    run(capsys, *operator_add())
    table = tmp_path / "feriados.csv"
    table.write_text("ibge;day;name\n3548500;2026-01-26;Aniversário da cidade\n", encoding="utf-8")
    command = ["holidays", "put", "--operator", ANS, "--file", str(table)]
    assert run(capsys, *command)[:2] == (0, "Feriados registrados: 1 município(s).\n")
    assert run(capsys, *command)[0] == 0
    held = intake.house.ledger().get([municipal_holidays_ref("3548500")])[municipal_holidays_ref("3548500")]
    assert (held.days, held.v) == (((date(2026, 1, 26), "Aniversário da cidade"),), 2)
    told = disclosed(intake.house, ANS, intake.facts("municipal_holidays.recorded")[0], OPERATOR_SUBJECT)
    assert told["ator"] == "assumed-role/Staff/maria.silva"
    assert told["dias"] == "2026-01-26 Aniversário da cidade"
    table.write_text("3548500;26/01/2026;Aniversário", encoding="utf-8")
    code, _, said = run(capsys, *command)
    assert (code, "[date-invalid /1]" in said) == (1, True)
