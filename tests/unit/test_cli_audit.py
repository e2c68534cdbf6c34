"""`emdia audit`: status, fsck, prove and verify, on a log of the in-memory house."""

import re
import zipfile

import pytest

from emdia.cli import __main__ as cli
from emdia.cli import audit
from tests.fakes.house import ANS, AUDIT, STAGE
from tests.fakes.sealed_log import SealedLog

LOG = ["--operator", ANS, "--class", "contato", "--year", "2026"]


class Account:
    """The clients as the command line builds them, the deployed names led back to the house's."""

    def __init__(self, log):
        house = log.house
        house.kms.signing_key = f"alias/emdia-{STAGE}-log"
        house.signer._key = house.kms.signing_key
        self._made = {"s3": house.s3, "dynamodb": house.dynamodb, "kms": house.kms, "cloudformation": self}

    def describe_stacks(self, *, StackName):  # noqa: N803
        assert StackName == f"EmDia-{STAGE}-State"
        return {"Stacks": [{"Outputs": [{"OutputKey": "AuditBucket", "OutputValue": AUDIT}]}]}

    def client(self, service):
        return self._made[service]


@pytest.fixture
def log(monkeypatch):
    log = SealedLog()
    monkeypatch.setattr(audit, "client", Account(log).client)
    log.worker().seal(log.facts(300))
    return log


def run(capsys, *words):
    code = cli.main(["--stage", STAGE, "audit", *map(str, words)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_status_tells_size_and_key(log, capsys):
    code, out, _ = run(capsys, "status", *LOG)
    assert code == 0
    assert f"{log.origin}: 300 eventos, 0 a publicar" in out
    assert log.verifier.vkey in out


def test_fsck_passes_a_sound_log_and_names_what_is_broken(log, capsys):
    assert run(capsys, "fsck", *LOG)[:2] == (0, f"{log.origin}: 300 eventos conferidos, nada danificado.\n")
    body = bytearray(log.objects()["tile/entries/000"])
    body[100] ^= 1
    log.house.s3.force(log.key("tile/entries/000"), bytes(body))
    code, _, err = run(capsys, "fsck", *LOG)
    assert code == 1
    assert re.findall(r"(\S+): not the", err) == [f"{log.origin}/tile/entries/000"]


def test_a_log_that_is_not_there_and_a_wrong_key_are_refused(log, capsys):
    assert run(capsys, "status", *LOG[:-1], "2025")[0] == 1
    code, _, err = run(capsys, "prove", *LOG, "--key", log.verifier.vkey[:-4] + "AAA=", "x", "--out", "y")
    assert (code, err) != (0, "")


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
    with zipfile.ZipFile(tmp_path / "prova.zip", "w") as archive:
        for path in (tmp_path / "prova").iterdir():
            archive.write(path, f"prova/{path.name}")
    code, out, _ = run(capsys, "verify", tmp_path / "prova.zip")
    assert code == 0
    assert "compare-a" in out


def test_what_is_not_in_the_log_is_not_proved(log, capsys, tmp_path):
    code, _, err = run(capsys, "prove", *LOG, "f" * 32, "--out", tmp_path / "prova")
    assert code == 1
    assert "não consta" in err
    assert not (tmp_path / "prova").exists()
    assert log.origin in err


def test_a_tampered_pack_and_what_is_no_pack_are_refused(log, capsys, tmp_path):
    run(capsys, "prove", *LOG, f"{1:032x}", "--out", tmp_path / "prova")
    event = tmp_path / "prova" / "evento.json"
    event.write_bytes(event.read_bytes().replace(b"queued", b"refused"))
    for pack in (tmp_path / "prova", event, tmp_path / "nothing"):
        assert run(capsys, "verify", pack)[0] == 1
    assert log.origin
