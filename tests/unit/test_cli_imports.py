"""`emdia import` at a terminal: what is uploaded, what is said meanwhile, what lies beside the file at the end."""

import io
import json
from itertools import chain, repeat

import pytest

from emdia.cli import __main__ as cli
from emdia.cli import imports
from emdia.cli.failures import StandsStillError
from emdia.providers.columns import Kind
from emdia.providers.intake_events import dropped
from emdia.providers.refusals import template
from emdia.web.problems import title
from emdia.workflows import import_file as importing
from emdia.workflows.receive_erp_event import Deps as ReceiveDeps
from functions.import_file.handler import handle
from infra.bundle import ROOT
from tests.fakes import erp
from tests.fakes.house import House
from tests.fakes.portfolio import as_csv, contract, eventbridge, invoice
from tests.functions.sqs import batch


class Account:
    """AWS as the command line meets it: the bucket tells the function, which works while somebody waits."""

    def __init__(self):
        self.house = House()
        self.house.add_erp_client(erp.CLIENT, erp.SECRET)
        self.waiting, self.naps, self.said = [], [], []
        self.working = True

    def describe_stacks(self, *, StackName):  # noqa: N803
        assert StackName in ("EmDia-dev-State", "EmDia-local-State")
        return {"Stacks": [{"Outputs": [{"OutputKey": "IntakeBucket", "OutputValue": self.house.intake.bucket}]}]}

    def get_caller_identity(self):
        return {"Arn": "arn:aws:sts::111122223333:assumed-role/Staff/maria.silva"}

    def put_object(self, *, Key, Body, **asked):  # noqa: N803
        answer = self.house.intake.put_object(Key=Key, Body=Body, **asked)
        self.waiting.append(importing.Dropped(*Key.split("/")[1:], answer["VersionId"]))
        return answer

    def deps(self):
        house = self.house
        receiving = ReceiveDeps(
            house.secrets, house.ledgers, house.pseudonyms, house.erp_events, house.clock, house.meter
        )
        return importing.Deps(
            house.files, house.secrets, house.ledgers, house.pseudonyms, house.imports, house.clock, house.meter,
            house.stopwatch, lambda why: title(why, "pt-BR"), receiving,
        )  # fmt: skip

    def get_queue_url(self, *, QueueName):  # noqa: N803
        return {"QueueUrl": f"http://sqs/{QueueName}"}

    def send_message(self, *, QueueUrl, MessageBody):  # noqa: N803
        self.said.append((QueueUrl, json.loads(MessageBody)))

    def nap(self, seconds):
        self.naps.append(seconds)
        if self.working:
            self.work()

    def work(self):
        handle(batch([eventbridge(self.waiting.pop(), self.house.clock.now())]), None, deps=self.deps())

    def invoke(self, *, FunctionName, Payload):  # noqa: N803
        assert FunctionName in ("emdia-dev-import_file:live", "emdia-local-import_file")
        return {"Payload": io.BytesIO(json.dumps(handle(json.loads(Payload), None, deps=self.deps())).encode())}


@pytest.fixture
def account(monkeypatch):
    account = Account()
    monkeypatch.setattr(cli, "client", lambda _service: account)
    monkeypatch.setattr(imports, "client", lambda _service: account)
    monkeypatch.setattr(cli.wiring, "command_line", lambda _stage: account.house)
    monkeypatch.setattr(imports.time, "sleep", account.nap)
    return account


def run(capsys, *arguments):
    code = cli.main(["import", *map(str, arguments)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_file_is_followed_to_its_end_and_what_was_refused_lies_beside_it(account, capsys, tmp_path):
    file = tmp_path / "faturas.csv"
    file.write_bytes(as_csv([invoice(), invoice("F-2", valor="x")]))
    code, out, err = run(capsys, file, "--client", erp.CLIENT)
    assert (code, account.naps) == (0, [5])
    assert "à espera" in err
    beside = tmp_path / "faturas.faturas.recusadas.csv"
    assert out.splitlines() == [
        "Aceitas: 1. Recusadas: 1.",
        f"Linhas recusadas de faturas, com o motivo: {beside}",
    ]
    assert "Número inválido" in beside.read_text(encoding="utf-8-sig")


def test_a_file_that_is_refused_as_a_whole_says_why(account, capsys, tmp_path):
    file = tmp_path / "lista.csv"
    file.write_bytes(b"a;b\r\n1;2\r\n")
    code, out, err = run(capsys, file, "--client", erp.CLIENT)
    assert (code, out) == (1, ""), "a script must see it"
    assert "columns-unknown" in err
    assert account.house.ledger().record("x") == []


@pytest.mark.parametrize(("size", "code"), [(0, "file-empty"), (2 * 1024**3, "file-too-large")])
def test_what_will_be_refused_for_its_size_is_not_sent_first(account, capsys, tmp_path, size, code):
    file = tmp_path / "faturas.csv"
    with file.open("wb") as sparse:
        sparse.truncate(size)
    ended, out, err = run(capsys, file, "--client", erp.CLIENT)
    assert (ended, out, account.waiting) == (1, "", [])
    assert code in err


def test_nobody_waits_for_ever_for_a_file_that_nobody_takes_in(account, capsys, tmp_path):
    account.working = False
    file = tmp_path / "faturas.csv"
    file.write_bytes(as_csv([invoice()]))
    code, out, err = run(capsys, file, "--client", erp.CLIENT)
    assert (code, out) == (3, ""), err
    assert sum(account.naps) == 180
    assert "Nada aconteceu com o arquivo em 3 minutos." in err.splitlines()[-1]
    assert "emdia smoke" in err
    account.work()  # it was only late: what was sent is taken in
    account.working = True
    assert run(capsys, file, "--client", erp.CLIENT)[1].startswith("Aceitas: 1. Recusadas: 0.")


def test_a_file_that_began_and_stands_still_is_told_after_another_worker_had_its_turn(account, capsys):
    running = {"status": "running", "size": 9, "offset": 3, "row": 2, "accepted": 1, "refused": 0, "reason": ""}
    account.working = False
    told = chain([running, {**running, "row": 3}], repeat({**running, "row": 3}))
    with pytest.raises(StandsStillError, match="40 minutos"):
        imports._followed(lambda: next(told))
    assert sum(account.naps) == 2405
    assert "linha 3, 33 %: 1 aceitas, 0 recusadas" in capsys.readouterr().err


def test_on_the_laptop_the_queue_is_told_which_version_was_dropped(account, capsys, tmp_path):
    file = tmp_path / "faturas.csv"
    file.write_bytes(as_csv([invoice()]))
    assert cli.main(["--stage", "local", "import", str(file), "--client", erp.CLIENT]) == 0
    ((queue, told),) = account.said
    assert queue == "http://sqs/emdia-local-imports"
    assert importing.Dropped(erp.CLIENT, told["key"].rpartition("/")[2], told["version"]) == dropped(told)
    assert capsys.readouterr().out.startswith("Aceitas: 1. Recusadas: 0.")
    account.said.clear()
    run(capsys, file, "--client", erp.CLIENT)
    assert account.said == []  # on AWS the bucket tells


@pytest.mark.usefixtures("account")
def test_pages_of_a_long_result_are_put_together(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("emdia.workflows.view_import.PAGE", 100)
    file = tmp_path / "c.csv"
    file.write_bytes(as_csv([contract(f"CT-{n}", uf="RJ") for n in range(5)]))
    run(capsys, file, "--client", erp.CLIENT)
    lines = (tmp_path / "c.contratos.recusadas.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(";")[:3] for line in lines[1:]] == [[str(n), "uf-mismatch", "uf"] for n in range(2, 7)]


@pytest.mark.parametrize("kind", list(Kind))
def test_templates_are_printed_without_aws_and_the_files_to_download_are_the_same(kind, capsys):
    code, out, _ = run(capsys, "--template", kind)
    assert code == 0
    assert out.strip() == template(kind).strip()
    assert (ROOT / f"docs/modelo-{kind}.csv").read_bytes().decode() == template(kind)


def test_wrong_usage(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["import", "x.csv"])
    assert ended.value.code == 2
    assert "--client" in capsys.readouterr().err
