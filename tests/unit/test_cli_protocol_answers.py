"""`emdia protocol drafts` and `answer`: what is asked of the function, and what is read from the terminal."""

import argparse
import io

import pytest

from emdia.cli import protocols
from emdia.errors import Rejected

NUMBER = "12345620261125000001"
DRAFT = {
    "model": "m",
    "subject": "Carência: x",
    "outcome": "negado",
    "text": "Ainda não.",
    "basis": "Lei",
    "blanks": ["fim"],
}
CLOSED = {
    "number": NUMBER, "status": "encerrado", "opened_at": "a", "demand": "d", "due": "", "staff": "ana",
    "outcome": "negado", "answered_at": "b", "late": False, "copy_by": "c", "copy_sent_at": "",
}  # fmt: skip


def run(monkeypatch, *words, typed=""):
    asked = []

    def ask(_stage, _function, request):
        asked.append(request)
        return {"drafts": [DRAFT]} if request["action"] == "drafts" else CLOSED

    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    parser = argparse.ArgumentParser()
    parser.add_argument("--stage", default="dev")
    protocols.add_parsers(parser.add_subparsers(required=True), ask)
    told = parser.parse_args(["protocol", *words, "--operator", "123456"])
    return told.run(told), asked[0]


def test_drafts_say_what_is_to_be_filled_in(monkeypatch):
    text, _ = run(monkeypatch, "drafts", NUMBER)
    assert text == "m: Carência: x (negado); preencher: fim\nAinda não.\n  Fundamento: Lei"


def test_an_approved_text_is_filled_in_without_reading_the_terminal(monkeypatch):
    text, request = run(monkeypatch, "answer", NUMBER, "--model", "m", "--value", "fim=31/12", typed="outra coisa")
    assert (request["model"], request["values"]) == ("m", {"fim": "31/12"})
    assert "text" not in request
    assert "cópia até: c" in text


def test_an_edited_text_and_a_free_one_are_read_from_the_terminal(monkeypatch):
    for more in (("--model", "m", "--edited"), ("--outcome", "atendido")):
        _, request = run(monkeypatch, "answer", NUMBER, *more, typed="Sim, foi enviado.\n")
        assert request["text"] == "Sim, foi enviado."


@pytest.mark.parametrize("value", ["fim", "=x", "fim="])
def test_a_value_has_a_name_and_a_text(monkeypatch, value):
    with pytest.raises(Rejected, match="action-invalid"):
        run(monkeypatch, "answer", NUMBER, "--model", "m", "--value", value)
