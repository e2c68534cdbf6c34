"""`emdia notice`: what a person reads of notices and verdicts, and the dossier on their disk."""

import argparse
import base64
import hashlib
import json

import pytest

from emdia.cli import notices

ELEMENTS = [
    {"rule": "notice.proof", "says": "Cada meio…", "met": True, "why_not": "", "evidence": ["contato/1"], "since": ""},
    {
        "rule": "notice.sixty-days",
        "says": "Mais de sessenta dias.",
        "met": False,
        "why_not": "Mais de sessenta dias. A partir de 10/11/2026.",
        "evidence": ["F-1"],
        "since": "2026-11-10",
    },
]
VERDICT = {
    "contract": "CT-1",
    "consequence": "rescind",
    "may": False,
    "earliest": "2026-11-10",
    "notice": "n1",
    "standing": "proved",
    "at": "2026-11-01T12:00:00.000Z",
    "norms": "2026.1",
    "elements": ELEMENTS,
}
NOTICE = {
    "notice": "ab" * 16,
    "issued_on": "2026-10-15",
    "consequence": "rescind",
    "fees": ["F-1", "F-2"],
    "status": "proved",
    "rule": "notice.proof",
    "why": "Cada meio…",
    "last_sending": "2026-10-29",
    "pay_by": "2026-10-26",
    "words": "contato/0",
    "tries": [
        {
            "means": "email",
            "sent_at": "2026-10-15T13:00:00.000Z",
            "listed": False,
            "evidence": [{"kind": "reply", "at": "2026-10-16T13:00:00.000Z", "file": "contato/1"}],
        }
    ],
}


def run(told, *arguments):
    """The command's text, and what the function was asked."""
    asked = []

    def ask(stage, function, request):
        asked.append((stage, function, dict(request)))
        return told

    parser = argparse.ArgumentParser()
    parser.set_defaults(stage="dev")
    notices.add_parser(parser, ask)
    parsed = parser.parse_args(list(arguments))
    return parsed.run(parsed), asked[0]


def test_a_verdict_says_what_is_missing_and_that_nothing_is_executed():
    text, asked = run(VERDICT, "verdict", "--operator", "123456", "CT-1", "--what", "rescind")
    assert asked == (
        "dev",
        "judge_contract",
        {"action": "verdict", "operator": "123456", "contract": "CT-1", "consequence": "rescind"},
    )
    assert "rescisão: NÃO pode" in text
    assert "a partir de 2026-11-10" in text
    assert "[x] notice.proof" in text
    assert "[ ] notice.sixty-days" in text
    assert "Prova: contato/1" in text
    assert "nada é executado pelo sistema" in text


def test_a_verdict_that_time_cannot_mend_says_so():
    text, _ = run(VERDICT | {"earliest": ""}, "verdict", "--operator", "123456", "CT-1", "--what", "rescind")
    assert "Esperar não basta" in text


def test_a_whole_verdict_never_says_that_somebody_did_something():
    text, _ = run(VERDICT | {"may": True}, "verdict", "--operator", "123456", "CT-1", "--what", "rescind")
    assert "rescisão: os elementos estão presentes" in text


def test_the_notices_of_a_contract():
    text, _ = run({"contract": "CT-1", "notices": [NOTICE]}, "show", "--operator", "123456", "CT-1")
    assert "abababab de 2026-10-15: recebimento provado" in text
    assert "não previsto no contrato" in text
    assert "prova reply em 2026-10-16T13:00:00.000Z: contato/1" in text
    text, _ = run({"contract": "CT-1", "notices": []}, "show", "--operator", "123456", "CT-1")
    assert text == "Contrato CT-1: nenhuma notificação."


def test_the_list_of_those_that_wait():
    row = {"case": "c1", "reason": "notice-means-unknown", "pointer": "/means_of_notice", "since": "2026-10-15"}
    text, _ = run({"parked": [row]}, "list", "--operator", "123456")
    assert "notice-means-unknown" in text
    assert run({"parked": []}, "list", "--operator", "123456")[0] == "Nenhuma notificação parada."


def test_evidence_is_written_once(tmp_path):
    told = {"file": "contato/1", "sha256": "ab", "body": base64.b64encode(b"prova").decode()}
    out = tmp_path / "prova.json"
    arguments = ("evidence", "--operator", "123456", "CT-1", "contato/1", "--out", str(out))
    assert "SHA-256 ab" in run(told, *arguments)[0]
    assert out.read_bytes() == b"prova"
    with pytest.raises(FileExistsError):
        run(told, *arguments)


def test_evidence_of_a_letter_is_filed_as_it_lies_on_the_disk(tmp_path):
    scan = tmp_path / "ar.pdf"
    scan.write_bytes(b"%PDF AR")
    moments = ("--sent-at", "2026-10-19T10:00:00-03:00", "--at", "2026-10-22T15:30:00-03:00")
    what = ("--notice", "abababab", "--means", "letter", "--kind", "ar", *moments, "--file", str(scan))
    text, (_, function, request) = run(
        {"file": "contato/2", "sha256": "cd"}, "prove", "--operator", "123456", "CT-1", *what
    )
    assert function == "prove_notice"
    assert base64.b64decode(request["body"]) == b"%PDF AR"
    assert (request["kind"], request["sent_at"]) == ("ar", "2026-10-19T10:00:00-03:00")
    assert "contato/2" in text


def test_a_dossier_can_be_checked_with_coreutils(tmp_path):
    kept = [("notificacao-1.json", b"palavras"), ("notificacao-1-prova-1-reply.json", b"prova")]
    files = [
        {"name": name, "body": base64.b64encode(body).decode(), "sha256": hashlib.sha256(body).hexdigest()}
        for name, body in kept
    ]
    files.append({"name": "notificacao-1.pdf", "body": base64.b64encode(b"%PDF").decode(), "sha256": ""})
    out = tmp_path / "dossie"
    run(VERDICT | {"files": files}, "dossier", "--operator", "123456", "CT-1", "--what", "rescind", "--out", str(out))
    sums = (out / "SHA256SUMS").read_text().splitlines()
    assert [line for line in sums if not line.startswith("#")] == [
        f"{hashlib.sha256(body).hexdigest()}  {name}" for name, body in kept
    ]
    assert (out / "notificacao-1.pdf").read_bytes() == b"%PDF"
    assert json.loads((out / "veredito.json").read_text())["elements"] == ELEMENTS
    assert "NÃO pode" in (out / "veredito.txt").read_text()
