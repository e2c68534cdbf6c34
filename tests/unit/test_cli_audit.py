"""`emdia audit`: status, fsck, prove, grow, watch and verify, on a log of the in-memory house."""

import io
import json
import re
import subprocess
import sys
import zipfile
from contextlib import suppress

import pytest

from emdia.audit.checkpoint import open_checkpoint
from emdia.cli import __main__ as cli
from emdia.cli import audit_keys, audit_log, audit_prove, audit_watch
from emdia.cli.audit_log import Log, NotProvedError
from emdia.errors import Halted
from emdia.providers.tsa import HttpAuthority
from infra.bundle import ROOT
from infra.local.sandbox.tsa import TimestampServer
from tests.fakes.house import ANS, AUDIT, STAGE, HandClock, House
from tests.fakes.sealed_log import SealedLog, Shelf
from tests.fakes.witness import WITNESS, WitnessHouse
from tests.unit.test_note import LOG as OTHER
from tests.unit.test_pack import packs

LOG = ["--operator", ANS, "--class", "contato", "--year", "2026"]


class Account:
    """The clients as the command line builds them, the deployed names led back to the house's."""

    def __init__(self, log):
        house = log.house
        self._made = {"s3": house.s3, "dynamodb": house.dynamodb, "kms": house.kms, "cloudformation": self}
        self._made |= {"lambda": self, "sts": self}
        self.asked, self.answer = [], {}
        self.witness = None

    def describe_stacks(self, *, StackName):  # noqa: N803
        assert StackName == f"EmDia-{STAGE}-State"
        told = {"AuditBucket": AUDIT, **({"WitnessBucket": WITNESS} if self.witness else {})}
        return {"Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in told.items()]}]}

    def invoke(self, *, FunctionName, Payload):  # noqa: N803
        assert FunctionName.partition(":")[0] == f"emdia-{STAGE}-prove_audit"
        self.asked.append(json.loads(Payload))
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode())}

    def client(self, service):
        return self._made[service]


@pytest.fixture
def log(monkeypatch):
    log = SealedLog()
    log.account = Account(log)
    monkeypatch.setattr(audit_log, "client", log.account.client)
    monkeypatch.setattr(audit_prove, "client", log.account.client)
    monkeypatch.setattr(audit_keys, "client", log.account.client)
    monkeypatch.setattr(audit_prove, "signed_question", lambda _, digest: f"signed {digest}")
    worker = log.worker()
    for count in (200, 100):
        worker.seal(log.facts(count))
    return log


def run(capsys, *words):
    code = cli.main(["--stage", STAGE, "audit", *map(str, words)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_proof_carries_what_the_witness_attests(log, capsys, tmp_path):
    seen = log.account.witness = WitnessHouse(log.house)
    log.account._made["s3"] = seen.s3
    words = ("prove", *LOG, f"{3:032x}", "--out")
    code, out, _ = run(capsys, *words, tmp_path / "alone")
    assert (code, "Nenhuma testemunha" in out) == (0, True)
    seen.look()
    code, out, _ = run(capsys, *words, tmp_path / "seen")
    assert (code, "testemunha.emdia-test, ainda sem carimbo" in out) == (0, True)
    assert run(capsys, "verify", tmp_path / "seen", "--key", log.verifier.vkey)[0] == 0
    with TimestampServer() as server:
        seen.authority = HttpAuthority(server.url, server.authority.roots.encode())
        seen.stamp()
    code, out, _ = run(capsys, *words, tmp_path / "stamped")
    assert (code, "e carimbo do tempo" in out) == (0, True)
    assert run(capsys, "verify", tmp_path / "stamped", "--key", log.verifier.vkey)[0] == 0
    (tmp_path / "stamped" / "carimbo.tsr").write_bytes(b"x")
    code, _, err = run(capsys, "verify", tmp_path / "stamped")
    assert (code, "carimbo do tempo não é deste" in err) == (1, True)


def flip(log, path, at=100):
    body = bytearray(log.objects()[path])
    body[at] ^= 1
    log.house.s3.versions[log.key(path)][-1].body = bytes(body)


def test_status_tells_size_root_and_key(log, capsys):
    code, out, _ = run(capsys, "status", *LOG)
    assert code == 0
    assert f"{log.origin}: 300 eventos, 0 a publicar" in out
    assert log.checkpoints()[-1].root.hex() in out
    assert log.verifier.vkey in out


def test_fsck_passes_a_sound_log_and_names_what_is_broken(log, capsys):
    assert run(capsys, "fsck", *LOG)[:2] == (0, f"{log.origin}: 300 eventos conferidos, nada danificado.\n")
    flip(log, "tile/entries/000")
    flip(log, "tile/entries/000.p/200")
    code, _, err = run(capsys, "fsck", *LOG)
    assert code == 1
    assert err.splitlines() == [
        f"{log.origin}/tile/entries/000: não são os eventos cujos resumos foram assinados",
        f"{log.origin}/tile/entries/000.p/200: não é o começo do que depois se tornou",
    ]


def test_fsck_goes_on_from_what_it_checked_before(log, capsys, tmp_path):
    kept = tmp_path / "confiavel"
    assert run(capsys, "fsck", *LOG, "--save", kept)[0] == 0
    assert open_checkpoint(kept.read_bytes(), log.verifier).size == 300
    log.worker().seal(log.facts(60))
    flip(log, "tile/entries/000")  # not looked at: it was checked before
    code, out, _ = run(capsys, "fsck", *LOG, "--since", kept, "--save", tmp_path / "mais")
    assert (code, out) == (0, f"{log.origin}: 104 eventos conferidos a partir de 256, nada danificado.\n")
    assert run(capsys, "fsck", *LOG)[0] == 1
    code, _, err = run(capsys, "fsck", *LOG, "--since", ROOT / "LICENSE")
    assert (code, "cabeçalho assinado" in err) == (1, True)


def test_fsck_of_files_needs_no_aws(log, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(audit_log, "client", None)
    folder = log.lay_out(tmp_path / "registro")
    given = ("--folder", folder, "--key", log.verifier.vkey)
    assert run(capsys, "fsck", *given)[:2] == (0, f"{log.origin}: 300 eventos conferidos, nada danificado.\n")
    for path in (folder / "seq").iterdir():
        path.unlink()
    (folder / "seq").rmdir()
    code, out, _ = run(capsys, "fsck", *given)
    assert (code, "sem os lotes" in out) == (0, True)
    code, _, err = run(capsys, "fsck", "--folder", folder)
    assert (code, "--key" in err) == (1, True)
    code, _, err = run(capsys, "fsck", *LOG[:2])
    assert (code, "--class" in err) == (1, True)


def test_a_log_that_is_not_there_and_a_wrong_key_are_refused(log, capsys):
    code, _, err = run(capsys, "status", *LOG[:-1], "2025")
    assert (code, "não existe" in err) == (1, True)
    code, _, err = run(capsys, "prove", *LOG, "--key", log.verifier.vkey[:-4] + "AAA=", "x", "--out", "y")
    assert (code, err != "") == (1, True)
    code, _, err = run(capsys, "fsck", *LOG[:-1], "2025", "--key", log.verifier.vkey)
    assert (code, "a chave é do registro" in err) == (1, True)


@pytest.mark.parametrize("marked", [True, False])
def test_a_proof_is_made_from_the_seal_mark_or_from_the_log_and_verifies(log, capsys, tmp_path, marked):
    fact = f"{138:032x}"
    if not marked:
        del log.table[f"{ANS}#EVT#{fact}"]  # rows expire; the log does not
    code, out, err = run(capsys, "prove", *LOG, fact, "--out", tmp_path / "prova")
    assert code == 0, err
    assert "posição 137 de 300" in out
    code, out, _ = run(capsys, "verify", tmp_path / "prova", "--key", log.verifier.vkey)
    assert (code, out) == (0, f"O evento consta do registro {log.origin}, de 300 eventos.\n")


@pytest.mark.usefixtures("log")
def test_a_proof_as_a_zip_verifies_here_and_with_the_one_file_verifier(capsys, tmp_path):
    out = tmp_path / "prova.zip"
    assert run(capsys, "prove", *LOG, f"{138:032x}", "--out", out)[0] == 0
    code, said, _ = run(capsys, "verify", out)
    assert (code, "compare-a" in said) == (0, True)
    subprocess.run([sys.executable, ROOT / "docs/verificar_prova.py", out], check=True, capture_output=True)
    assert run(capsys, "prove", *LOG, f"{138:032x}", "--out", tmp_path / "outra.zip")[0] == 0
    inside = zipfile.ZipFile(tmp_path / "outra.zip")
    assert {name.split("/")[0] for name in inside.namelist()} == {"outra"}
    code, _, err = run(capsys, "prove", *LOG, f"{138:032x}", "--out", out)
    assert (code, "já existe" in err) == (1, True)


def test_what_is_not_in_the_log_is_not_proved(log, capsys, tmp_path):
    code, _, err = run(capsys, "prove", *LOG, "f" * 32, "--out", tmp_path / "prova")
    assert (code, err) == (1, f"{log.origin}: o evento não consta\n")
    assert not (tmp_path / "prova").exists()


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("evento.json", b"queued", b"failed", "não leva à raiz"),
        ("prova.tlog-proof", b"index 0", b"index 00", "malformado"),
        ("prova.tlog-proof", b"\n300\n", b"\n301\n", "não foi assinado"),
        ("chaves.txt", b"+", b"-", "formato"),
        ("divulgacoes.txt", b"", b"abc", "não é deste evento"),
    ],
)
def test_a_tampered_pack_is_refused_in_words_that_name_it(log, capsys, tmp_path, name, old, new, said):
    assert run(capsys, "prove", *LOG, f"{1:032x}", "--out", tmp_path / "prova")[0] == 0
    file = tmp_path / "prova" / name
    file.write_bytes(file.read_bytes().replace(old, new, 1))
    code, _, err = run(capsys, "verify", tmp_path / "prova")
    assert code == 1
    assert re.match(rf"a prova não confere: .*{said}", err)
    assert log.origin


def test_what_is_no_pack_is_refused(log, capsys, tmp_path):
    run(capsys, "prove", *LOG, f"{1:032x}", "--out", tmp_path / "prova")
    (tmp_path / "prova" / "chave.der").unlink()
    code, _, err = run(capsys, "verify", tmp_path / "prova")
    assert (code, err) == (1, "a prova não confere: um arquivo falta, vem duas vezes ou é grande demais: chave.der\n")
    assert run(capsys, "verify", tmp_path / "prova" / "evento.json")[0] == 1
    assert run(capsys, "verify", tmp_path / "nothing")[0] == 1
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.writestr("a/evento.json", b"1")
        archive.writestr("b/evento.json", b"2")
    code, _, err = run(capsys, "verify", tmp_path / "twice.zip")
    assert (code, "evento.json" in err) == (1, True)
    assert log.origin


class TestRevealing:
    """Through the deployed function: what it does is tested with it."""

    GIVEN = ("--reveal", "canal", "--reason", "processo 1")

    def test_what_legal_chose_is_in_the_pack(self, log, capsys, tmp_path, monkeypatch):
        pack, _ = packs(300, 137)
        log.account.answer = {
            "result": {
                "index": 137,
                "size": 300,
                "leaf": pack["evento.json"].decode(),
                "proof": pack["prova.tlog-proof"].decode(),
                "key": pack["chaves.txt"].decode().strip(),
                "disclosures": pack["divulgacoes.txt"].decode().split("~")[:1],
                "others": ["texto", "valor"],
            }
        }
        monkeypatch.setattr(sys, "stdin", io.StringIO("529.982.247-25\n"))
        event = f"{138:032x}"
        code, out, err = run(capsys, "prove", *LOG, event, *self.GIVEN, "--cpf", "--out", tmp_path / "p")
        assert (code, "posição 137 de 300" in out) == (0, True), err
        (asked,) = log.account.asked
        assert (asked["action"], asked["fields"], asked["reason"]) == ("disclose", ["canal"], "processo 1")
        assert (asked["cpf"], asked["event"]) == ("529.982.247-25", event)
        assert asked["proof"].startswith("signed ")
        assert run(capsys, "verify", tmp_path / "p")[1].splitlines()[1] == "canal: email"
        code, out, _ = run(capsys, "prove", *LOG, event, "--fields", "--reason", "x", "--out", tmp_path / "q")
        assert (code, out) == (0, "Campos deste evento: texto, valor\n")
        assert not (tmp_path / "q").exists()
        code, _, err = run(capsys, "prove", *LOG, event, *self.GIVEN, "--out", tmp_path / "r", "--key", OTHER.vkey)
        assert (code, "publicada" in err) == (1, True)

    def test_a_refusal_and_a_missing_reason_are_told(self, log, capsys, tmp_path):
        problem = {"title": "Só o jurídico.", "code": "disclosure-for-legal", "status": 403}
        log.account.answer = {"problem": problem}
        code, _, err = run(capsys, "prove", *LOG, "x", *self.GIVEN, "--out", tmp_path / "p")
        assert (code, err) == (1, "Só o jurídico. [disclosure-for-legal]\n")
        code, _, err = run(capsys, "prove", *LOG, "x", "--reveal", "canal", "--out", tmp_path / "p")
        assert (code, "--reason" in err) == (1, True)
        code, _, err = run(capsys, "prove", *LOG[:2], "x", *self.GIVEN, "--out", tmp_path / "p")
        assert (code, "--class" in err) == (1, True)


def test_growth_is_proved_into_a_file(log, capsys, tmp_path):
    out = tmp_path / "crescimento"
    code, said, _ = run(capsys, "grow", *LOG, "--old", "200", "--out", out)
    assert (code, "de 200 a 300" in said) == (0, True)
    assert out.read_bytes().startswith(b"old 200\n")
    assert out.read_bytes().endswith(log.objects()["checkpoint"])
    for words, told in (
        (("--old", "301"), "não cresceu"),
        (("--old", "1", "--new", "250"), "nenhum cabeçalho"),
        (("--old", "200"), ""),
    ):
        code, _, err = run(capsys, "grow", *LOG, *words, "--out", out)
        assert code == 1
        assert told in err
    assert run(capsys, "grow", *LOG, "--old", "1", "--new", "200", "--out", tmp_path / "mais")[0] == 0


class TestWatching:
    def lines(self, log, moves, known=None, reader=None):
        """What is told while the world moves on between two looks; ends with the moves."""
        clock, told, left = HandClock(), [], list(moves)

        def wait():
            clock.move(seconds=60)
            if not left:
                raise KeyboardInterrupt
            left.pop(0)()

        seen = Log(log.origin, reader or log.reader(), log.verifier, None)
        with suppress(KeyboardInterrupt):
            told.extend(audit_watch.followed(seen, known, clock, wait))
        return told

    def test_every_new_checkpoint_is_told_once_and_proved(self, log):
        worker = log.worker()
        told = self.lines(log, [lambda: None, lambda: worker.seal(log.facts(7)), lambda: None])
        assert told[0].startswith(f"2026-11-23T15:00:00.000Z {log.origin}: 300 eventos, raiz ")
        assert len(told) == 2
        assert "307 eventos (mais 7)" in told[1]
        assert told[1].endswith("consistente")

    def test_it_waits_for_a_log_to_begin_and_for_the_network(self, log):
        new = SealedLog(House(seed=9))
        worker = new.worker()

        def lose():
            new.house.faults.fail("GetObject", call=1)

        told = self.lines(new, [lambda: None, lambda: worker.seal(new.facts(3)), lose, lambda: None])
        assert [line.split(" ", 1)[1].replace(new.origin, "").split(",")[0] for line in told] == [
            ": ainda sem eventos",
            ": 3 eventos",
            "sem resposta; tento de novo",
        ]
        assert log.origin

    def test_a_log_that_shrinks_or_forks_ends_it_loudly(self, log):
        fork, same, short = [SealedLog(House(seed=2)) for _ in range(3)]
        for other, count in ((fork, 310), (same, 300), (short, 5)):
            Account(other)  # the same key signs
            other.worker().seal(other.facts(count))
        for other, error, words in (
            (fork, Halted, "does not continue"),
            (same, NotProvedError, "outra história"),
            (short, NotProvedError, "encolheu"),
        ):
            reader = Shelf(log.objects())

            def swap(reader=reader, other=other):
                reader.files = other.objects()

            with pytest.raises(error, match=words):
                self.lines(log, [swap], reader=reader)

    def test_from_a_checkpoint_that_is_trusted(self, log, capsys, tmp_path):
        kept = tmp_path / "confiavel"
        first = log.house.s3.versions[log.key("checkpoint")][0].body
        kept.write_bytes(first)
        told = self.lines(log, [], known=open_checkpoint(first, log.verifier))
        assert "300 eventos (mais 100)" in told[0]
        code, _, _ = run(capsys, "fsck", *LOG, "--since", kept)
        assert code == 0

    def test_ctrl_c_is_how_it_ends(self, log, capsys, monkeypatch):
        def interrupted(_):
            raise KeyboardInterrupt

        monkeypatch.setattr(audit_watch.time, "sleep", interrupted)
        code, out, _ = run(capsys, "watch", *LOG)
        assert (code, out.splitlines()[-1]) == (0, "Fim.")
        assert "300 eventos" in out
        assert log.origin
        with pytest.raises(SystemExit) as wrong:
            run(capsys, "watch", *LOG, "--every", "0")
        assert wrong.value.code == 2


def test_a_network_that_fails_is_try_later(log, capsys):
    for _ in range(3):
        log.house.faults.fail("GetObject")
    code, _, err = run(capsys, "status", *LOG)
    assert (code, err) == (3, "Não foi possível agora: tente de novo.\n")


def test_keys_tells_the_public_key_of_every_log_to_publish_and_pin(log, capsys):
    code, out, _ = run(capsys, "keys", "--operator", ANS)
    lines = out.split()
    assert code == 0
    assert log.verifier.vkey in lines
    assert len(lines) == len(set(lines)) == len([one for one in log.house.kms.aliases if f"-{STAGE}-log-{ANS}-" in one])
    log.house.kms.aliases.clear()
    assert run(capsys, "keys")[1] == "Nenhum registro aberto.\n"
    code, _, err = run(capsys, "status", *LOG)
    assert (code, "ainda não foi aberto" in err) == (1, True)


def test_a_damaged_log_is_closed_and_then_continued_and_what_waits_is_swept(log, capsys, monkeypatch):
    asked = []

    def invoke(*, FunctionName, Payload, **how):  # noqa: N803
        asked.append((FunctionName.partition(":")[0], json.loads(Payload), how))
        return {"Payload": io.BytesIO(json.dumps({"result": answers.pop(0)}).encode())}

    monkeypatch.setattr(log.account, "invoke", invoke)
    monkeypatch.setattr(log.account, "get_caller_identity", lambda: {"Arn": "arn:x:role/Staff/ana"}, raising=False)
    answers = [{"closed": log.origin, "ready": "2026-11-25T12:15:00.000Z"}, {"opened": "y", "key": "y+1+a"}, None]
    words = ("shard", *LOG, "--reason", "lixo")
    code, out, _ = run(capsys, *words)
    assert (code, "a partir de 2026-11-25T12:15" in out) == (0, True)
    code, out, _ = run(capsys, *words)
    assert (code, out.splitlines()[-1]) == (0, "y+1+a")
    (first, told, _), (_, again, _), swept = asked
    assert (first, told["class"], told["year"]) == (f"emdia-{STAGE}-open_log", "contato", 2026)
    assert told["actor"] == "role/Staff/ana"
    assert again == told
    assert swept == (f"emdia-{STAGE}-seal_audit", {"sweep": "unsealed"}, {"InvocationType": "Event"})


@pytest.mark.usefixtures("log")
def test_a_shard_is_named_by_its_year(capsys):
    code, _, err = run(capsys, "status", *LOG[:-1], "2026-2")
    assert (code, "2026-2: o registro ainda não foi aberto" in err) == (1, True)
    with pytest.raises(SystemExit):
        run(capsys, "status", *LOG[:-1], "2026-1")
