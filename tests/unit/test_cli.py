"""The command `emdia`: what staff types, what it answers in Portuguese, and its exit codes."""

import io
import json
from datetime import date

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError

from emdia.cli import __main__ as cli
from emdia.cli import approvals
from emdia.cli.desk import FunctionFailedError
from emdia.errors import Halted, LostRace, TryLater
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
    "seat": "3304557",
}


def refused_by_aws(code, operation):
    return ClientError({"Error": {"Code": code}}, operation)


SESSION = "arn:aws:sts::111122223333:assumed-role/emdia-dev-"


class Account:
    """The clients of AWS as the command line would build them."""

    def __init__(self, intake):
        self.intake = intake

    def get_caller_identity(self):
        return {"Arn": "arn:aws:sts::111122223333:assumed-role/Staff/maria.silva"}

    def invoke(self, *, FunctionName, Payload):  # noqa: N803
        request = json.loads(Payload)
        if FunctionName == "emdia-dev-open_log:live":
            self.intake.opened = [*getattr(self.intake, "opened", ()), request["operator"]]
            answer = {"result": {"keys": []}}
        elif FunctionName == "emdia-dev-explain_case:live":
            answer = self.intake.explain(request)
        elif FunctionName == "emdia-dev-approve_version:live":
            answer = self.intake.approve(request)
        else:
            assert FunctionName == "emdia-dev-replay_parked:live"
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
    assert intake.opened == [ANS, ANS]
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


def test_no_client_bears_a_name_of_our_own_secrets(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["client", "add", f"out-{ANS}", "--operator", ANS])
    assert ended.value.code == 2
    assert "emdia webhook" in capsys.readouterr().err


def test_a_client_gets_a_secret_that_signs_and_rotation_keeps_the_last_one(intake, capsys):
    code, _, error = run(capsys, "client", "add", "sap", "--operator", ANS)
    assert (code, "emdia operator add. [operator-unknown /operator]" in error) == (1, True)
    assert "emdia/dev/erp/sap" not in intake.house.secretsmanager.values
    run(capsys, *operator_add())
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
    show = ("parked", "show", "--client", erp.CLIENT, bad["id"])
    _, body, why = run(capsys, *show)
    assert json.loads(body) == bad
    assert why == "Motivo: Data inválida: use AAAA-MM-DD. [date-invalid /data/signed_on]\n"
    code, _, error = run(capsys, "parked", "replay", "--client", erp.CLIENT, key)
    assert (code, "date-invalid /data/signed_on" in error) == (1, True)
    fixed = tmp_path / "evento.json"
    fixed.write_text(json.dumps(erp.contract(now) | {"id": bad["id"]}), encoding="utf-8")
    edit = ("parked", "edit", "--client", erp.CLIENT, key, "--file", str(fixed))
    assert run(capsys, *edit)[:2] == (0, "Evento corrigido; agora: replay\n")
    assert run(capsys, *show)[2] == "Já corrigido; agora: replay\n"
    assert run(capsys, "parked", "replay", "--client", erp.CLIENT, key)[:2] == (0, "Evento enviado de novo.\n")
    assert run(capsys, "parked", "discard", "--client", erp.CLIENT, key)[0] == 1


def test_why_somebody_was_written_to_is_explained_at_the_terminal(intake, capsys):
    now = intake.house.clock.now()
    run(capsys, *operator_add())
    intake.post(erp.contract(now), erp.invoice(now))
    intake.apply()
    explain = ("law", "explain", "CT-1", "--operator", ANS)
    code, out, _ = run(capsys, *explain, "--at", "2026-11-29")
    assert code == 0
    assert out.startswith("Dia 29/11/2026, hora legal de Brasília.")
    assert "nenhum horário permitido neste dia" in out
    assert (
        "SP Lei 17.832/2023 art. 51, AL Lei 7.782/2016, MG Lei 19.095/2010 (leitura cautelosa). [window.weekend]" in out
    )
    assert run(capsys, *explain)[0] == 0
    (first, _) = intake.facts("case.viewed")
    assert disclosed(intake.house, ANS, first, OPERATOR_SUBJECT)["ator"] == "assumed-role/Staff/maria.silva"
    code, _, said = run(capsys, "law", "explain", "CT-9", "--operator", ANS)
    assert (code, "[contract-unknown /contract]" in said) == (1, True)


def test_a_live_portfolio_goes_to_a_file_and_through_a_simulation(intake, capsys, tmp_path):
    now = intake.house.clock.now()
    run(capsys, *operator_add())
    intake.post(erp.contract(now), erp.invoice(now))
    intake.apply()
    out = str(tmp_path / "carteira.jsonl")
    taken = ("ladder", "snapshot", "--operator", ANS, "--out", out)
    assert run(capsys, *taken)[:2] == (0, f"Carteira em {out}: 1 contratos.\n")
    told = disclosed(intake.house, ANS, intake.facts("portfolio.exported")[0], OPERATOR_SUBJECT)
    assert told["ator"] == "assumed-role/Staff/maria.silva"
    code, coming, _ = run(capsys, "ladder", "simulate", "--file", out, "--days", "40")
    assert (code, "Mensagens: 5." in coming) == (0, True)
    code, lived, _ = run(capsys, "ladder", "simulate", "--file", out, "--start", "2026-11-17", "--days", "6")
    assert lived.startswith("Dias já vividos, com os pagamentos e as pausas que houve. Enviadas de fato no período: 0")
    assert run(capsys, "ladder", "snapshot", "--operator", "654321", "--out", out)[0] == 1


def test_why_another_operators_event_has_no_body_and_what_to_do(intake, capsys):
    event = erp.contract(intake.house.clock.now()) | {"operator": "654321"}
    intake.post(event)
    _, out, why = run(capsys, "parked", "show", "--client", erp.CLIENT, event["id"])
    assert "[operator-mismatch /operator]" in why
    assert out.startswith("O conteúdo não foi guardado: dados de outra operadora não são nossos")
    assert "discard" in out


@pytest.mark.parametrize(
    ("error", "said", "code"),
    [
        (refused_by_aws("ResourceNotFoundException", "Invoke"), "Não há ambiente prod nesta conta e região", 1),
        (refused_by_aws("NotFoundException", "DescribeKey"), "Não há ambiente prod nesta conta e região", 1),
        (refused_by_aws("AccessDenied", "Invoke"), "A AWS recusou: AccessDenied em Invoke", 1),
        (NoCredentialsError(), "Faltam credenciais válidas da AWS", 1),
        (NoRegionError(), "Falta a região da AWS", 1),
        (EndpointConnectionError(endpoint_url="https://x"), "Não foi possível falar com a AWS", 1),
        (FunctionFailedError("replay_parked"), "A função replay_parked falhou", 1),
        (LostRace("somebody else changed the operator"), "Outra pessoa mudou", 3),
        (TryLater("dynamodb GetItem"), "Não foi possível agora", 3),
        (Halted("kms Decrypt: AccessDenied"), "avise quem o opera. [kms Decrypt: AccessDenied]", 1),
    ],
)
def test_failures_are_told_in_portuguese(monkeypatch, capsys, error, said, code):
    def fail(_service):
        raise error

    monkeypatch.setattr(cli, "client", fail)
    told = run(capsys, "--stage", "prod", "parked", "list", "--client", "sap")
    assert told[:2] == (code, "")
    assert said in told[2]
    assert not {"Unable", "somebody", "Could not"} & set(told[2].split())


@pytest.mark.usefixtures("intake")
def test_files_that_cannot_be_read_are_told_in_portuguese(capsys, tmp_path):
    latin = tmp_path / "latim.json"
    latin.write_bytes("é".encode("latin-1"))
    edit = ("parked", "edit", "--client", erp.CLIENT, "x", "--file")
    assert run(capsys, *edit, str(latin))[2] == "O arquivo não está em UTF-8.\n"
    assert run(capsys, *edit, "nada.json")[2] == "Arquivo não encontrado: nada.json\n"
    assert run(capsys, *edit, str(tmp_path))[2] == f"É uma pasta, não um arquivo: {tmp_path}\n"


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


def test_texts_are_checked_and_shown_without_aws(capsys, tmp_path):
    assert cli.main(["words", "lint", "all"]) == 0
    assert capsys.readouterr().out == "Nenhum erro.\n"
    assert cli.main(["words", "preview", "atraso", "--channel", "sms"]) == 0
    assert "== um-centavo\n" in capsys.readouterr().out
    page = tmp_path / "atraso.html"
    assert cli.main(["words", "preview", "atraso", "--channel", "whatsapp", "--out", str(page)]) == 0
    assert "responda SAIR" in page.read_text(encoding="utf-8")
    assert cli.main(["words", "whatsapp", "atraso", "--public-url", "https://avisos.example/"]) == 0
    told = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert (told["name"], told["category"]) == ("atraso_v1", "UTILITY")
    assert told["components"][2]["buttons"][0]["url"] == "https://avisos.example/p/{{1}}"
    assert cli.main(["words", "lint", "nobody"]) == 1
    assert capsys.readouterr().err == "Não há texto com este nome. [template-unknown]\n"
    assert cli.main(["words", "lint", "atraso\x00"]) == 1
    assert capsys.readouterr().err == "Não há texto com este nome. [template-unknown]\n"
    for url in ("http://avisos.example", "javascript:alert(1)", "avisos.example"):
        assert cli.main(["words", "whatsapp", "atraso", "--public-url", url]) == 1
        assert "[url-invalid /public_url]" in capsys.readouterr().err


def test_a_text_comes_into_force_by_three_people(intake, capsys, monkeypatch):
    who = {"arn": "staff/rita.autora"}
    monkeypatch.setattr(Account, "get_caller_identity", lambda _: {"Arn": f"{SESSION}{who['arn']}"})
    monkeypatch.setattr(approvals, "client", lambda _service: Account(intake))
    monkeypatch.setattr(approvals.wiring, "command_line", lambda _stage: intake.house)
    monkeypatch.setattr(
        approvals, "signed_question", lambda _, digest: intake.house.sts.question(f"{SESSION}{who['arn']}", digest)
    )
    run(capsys, *operator_add())

    def do(action, person, *name):
        who["arn"] = person
        return run(capsys, "words", action, "--operator", ANS, *name)

    assert "lembrete/sms@1" in do("list", "staff/rita")[1]
    assert do("submit", "staff/rita", "atraso/sms") == (0, "atraso/sms@1: enviado para aprovação.\n", "")
    _, said, error = do("approve", "legal/rita", "atraso/sms")
    assert (said, "[approval-own]" in error) == ("", True)
    assert do("approve", "legal/lia", "atraso/sms")[0] == 0
    assert "[approval-office]" in do("approve", "legal/lia", "atraso/sms")[2]
    assert "comitê de ética" in next(one for one in do("list", "staff/rita")[1].splitlines() if "atraso/sms" in one)
    assert do("approve", "ethics/eva", "atraso/sms")[0] == 0
    assert do("activate", "staff/rita", "atraso/sms") == (0, "atraso/sms@1: em vigor.\n", "")
    shown = do("show", "staff/rita", "atraso/sms")[1]
    assert "aprovado por lia (jurídico)" in shown
    assert "aprovado por eva (comitê de ética)" in shown
    told = disclosed(intake.house, ANS, intake.facts("approval.activated")[0], OPERATOR_SUBJECT)
    assert (told["item"], told["versao"], told["ator"]) == ("atraso/sms", "1", f"{SESSION}staff/rita")
    assert do("retire", "legal/lia", "atraso/sms")[0] == 0
    assert run(capsys, "norms", "submit", "--operator", ANS)[0] == 0
    assert "[approval-thing-unknown]" in do("submit", "staff/rita", "nobody")[2]


def test_an_operator_may_have_a_short_name_that_an_sms_has_room_for(intake, capsys):
    assert run(capsys, *operator_add(), "--short-name", "Boa Vida")[0] == 0
    assert intake.house.ledger().get([operator_ref()])[operator_ref()].short_name == "Boa Vida"
    assert "[field-invalid /short_name]" in run(capsys, *operator_add(), "--short-name", "B" * 21)[2]


def test_an_answer_that_does_not_come_in_time_is_no_file_that_cannot_be_read():
    from botocore.exceptions import ReadTimeoutError

    from emdia.cli import failures

    text, code = failures.told(ReadTimeoutError(endpoint_url="https://lambda.test"), "dev")
    assert (text, code) == ("A AWS não respondeu a tempo: tente de novo.", 3)
