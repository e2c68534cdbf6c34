"""Problem documents: every code has both texts, and the caller's language is spoken."""

import ast
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emdia
from emdia.errors import Rejected
from emdia.web.problem_texts import PROBLEMS
from emdia.web.problems import LANGUAGES, language, problem, status_of

SOURCE = Path(emdia.__file__).parent
# Behind queue and schedule doors: what they refuse is logged by its code and never told to a caller.
BEHIND = {
    "take_step",
    "receive_delivery",
    "envelope",
    "events",
    "ses_events",
    "sms_events",
    "whatsapp_events",
    "sweep_outreach",
}


def raised():
    for path in SOURCE.rglob("*.py"):
        if {path.stem, path.parent.name} & BEHIND:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Rejected":
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    yield code.value


@pytest.mark.parametrize("code", sorted(set(raised())))
def test_every_code_that_is_raised_has_its_texts(code):
    assert code in PROBLEMS


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_a_text_speaks_both_languages_with_the_same_parameters(code):
    text = PROBLEMS[code]
    assert 400 <= text.status < 600
    names = [{name for _, name, _, _ in string.Formatter().parse(t) if name} for t in (text.pt, text.en)]
    assert names[0] == names[1]
    assert text.pt != text.en
    assert text.pt.strip() == text.pt
    assert text.pt[-1] in ".-"


@pytest.mark.parametrize(
    ("accept", "spoken"),
    [
        ("", "pt-BR"),
        ("*", "pt-BR"),
        ("de", "pt-BR"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("pt-PT,en;q=0.9", "pt-BR"),
        ("en;q=0.2, pt;q=0.8", "pt-BR"),
        ("en;q=0", "pt-BR"),
        ("pt-BR;q=0.1, en;q=0.1", "pt-BR"),
        ("EN", "en"),
        ("en;q=nonsense", "pt-BR"),
    ],
)
def test_the_callers_language_is_spoken(accept, spoken):
    assert language(accept) == spoken


@given(st.text())
def test_any_header_gives_a_language(accept):
    assert language(accept) in LANGUAGES


def test_a_problem_names_the_field_and_the_parameters():
    refused = Rejected("clause-over-cap", "/data/charges/multa_bp", rule="charges.multa-cap", cap_bp=200)
    assert problem(refused, "pt-BR") == {
        "type": "urn:emdia:problem:clause-over-cap",
        "title": "Encargo acima do teto legal de 200 pontos-base (regra charges.multa-cap).",
        "status": 422,
        "code": "clause-over-cap",
        "pointer": "/data/charges/multa_bp",
    }


def test_a_stored_reason_has_lost_its_parameters_and_still_reads():
    assert problem(Rejected("clause-over-cap"), "en")["title"] == (
        "Charge above the legal cap of … basis points (rule …)."
    )


def test_a_code_the_table_does_not_know_is_still_a_problem():
    assert problem(Rejected("from-the-future"), "en")["title"] == "from-the-future"
    assert status_of("from-the-future") == 400
