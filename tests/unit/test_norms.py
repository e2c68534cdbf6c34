import ast
import re
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from emdia.compliance import norms, rules
from emdia.compliance.municipality import ZONE_EXCEPTIONS
from emdia.compliance.norms import NORMS, edition, norm
from emdia.compliance.rules import RULES
from emdia.compliance.sources import SOURCES
from emdia.errors import Halted
from emdia.facts import KINDS
from emdia.identity import UF_OF_PREFIX

ROOT = Path(__file__).parents[2]
EMDIA = ROOT / "layers/domain/python/emdia"
LAW = (ROOT / "docs/law.md").read_text(encoding="utf-8")
RULE_ID = re.compile(
    r"(stop|consent|contact|frequency|window|ladder|approval|scope|data|charges|notice|receipt|attendance)"
    r"\.[a-z]+(-[a-z]+)*"
)
TODAY = date(2026, 11, 24)


def section(title):
    return LAW.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def table(title):
    """Rows of the one table of a section, cells stripped, without its two head lines."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def day(value):
    return value.strftime("%d/%m/%Y") if value else "-"


def reading(confirmed):
    return "confirmed" if confirmed else "cautious"


def test_every_rule_has_its_row_in_the_law_page_and_every_row_a_rule():
    rows = table("Rules")
    assert [row[0].strip("`") for row in rows] == list(RULES)
    assert list(SOURCES) == list(RULES)
    for rule, says, source, since, how in rows:
        assert says
        assert source
        assert (SOURCES[rule.strip("`")].norm or "none", SOURCES[rule.strip("`")].reading) == (source, how)
        assert re.fullmatch(r"since \d\d/\d\d/\d{4}|-", since)
        assert how in {"confirmed", "cautious", "policy"}
        assert (source == "none") == (how == "policy") == (since == "-")


def test_every_rule_constant_has_a_sentence_for_people():
    constants = {value for name, value in vars(rules).items() if name.isupper() and isinstance(value, str)}
    assert constants == set(RULES)
    assert all(RULE_ID.fullmatch(rule) for rule in RULES)
    assert all(sentence.endswith(".") and len(sentence) > 20 for sentence in RULES.values())


def test_no_sentence_tells_of_health():
    """LGPD art. 11: only compliance and legal may know why a protective stop is there."""
    assert not re.search("interna|hospital|saúde|doen|médic", " ".join(RULES.values()), re.IGNORECASE)


@pytest.mark.parametrize("room", ["compliance", "ladder", "workflows", "messages"])
def test_code_cites_listed_rules_only(room):
    """A rule id written out in code, mistyped, would reach the log as a rule that no law page explains."""
    for path in sorted((EMDIA / room).glob("**/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and RULE_ID.fullmatch(node.value):
                assert node.value in RULES or node.value in KINDS, f"{path.name}:{node.lineno}"


def test_the_law_page_shows_the_norms_table():
    def value(row):
        return f"{row.value // 60:02d}:{row.value % 60:02d}" if row.unit.startswith("minute") else str(row.value)

    assert table("Norms") == [
        [
            *(f"`{row.id}`", value(row), row.unit, row.source, day(row.since), day(row.until)),
            *(row.uf or "all", row.channel or "all", reading(row.confirmed), row.note or "-"),
        ]
        for row in NORMS
    ]


def test_the_law_page_shows_the_zone_exceptions():
    assert table("Windows") == [
        [row.name, row.ibge, row.zone, row.norm, reading(row.confirmed)] for row in ZONE_EXCEPTIONS
    ]


def test_rows_are_sound_and_never_overlap():
    for row in NORMS:
        assert row.uf is None or row.uf in UF_OF_PREFIX.values()
        assert row.until is None or row.since <= row.until
        assert row.value >= 0
        assert row.confirmed or row.note
    for one, other in combinations(NORMS, 2):
        if (one.id, one.uf, one.channel) == (other.id, other.uf, other.channel):
            first, second = sorted((one, other), key=lambda row: row.since)
            assert first.until is not None
            assert first.until < second.since


def test_hours_of_a_day_lie_within_it():
    for row in NORMS:
        if row.id.endswith(".opens"):
            closes = norm(row.id.replace(".opens", ".closes"), TODAY, row.uf, row.channel)
            assert 0 <= row.value <= closes.value < 24 * 60


@pytest.mark.parametrize(
    ("norm_id", "value"),
    [
        ("window.weekday.opens", 9 * 60),
        ("window.weekday.closes", 18 * 60),
        ("window.eve.closes", 12 * 60),
        ("frequency.day.cap", 1),
        ("frequency.week.cap", 3),
        ("frequency.week.days", 7),
        ("charges.multa.cap", 200),
        ("charges.juros.cap", 100),
    ],
)
def test_parameters_in_force(norm_id, value):
    assert norm(norm_id, TODAY).value == value
    assert norm(norm_id, TODAY, "SP", "email").value == value


@pytest.mark.parametrize(("norm_id", "on"), [("charges.multa.cap", date(1996, 8, 1)), ("no.such.norm", TODAY)])
def test_a_day_without_law_halts(norm_id, on):
    with pytest.raises(Halted, match=norm_id):
        norm(norm_id, on)


@pytest.fixture
def rows(monkeypatch):
    """Rows of a law that changes, with a stricter state and a channel of its own."""
    general = replace(NORMS[0], id="test.cap", value=3, since=date(2020, 1, 1), until=date(2026, 6, 30))
    monkeypatch.setattr(
        norms,
        "NORMS",
        (
            general,
            replace(general, value=2, since=date(2026, 7, 1), until=None),
            replace(general, value=1, since=date(2026, 7, 1), until=None, uf="MG"),
            replace(general, value=4, since=date(2026, 7, 1), until=None, uf="RJ"),
            replace(general, value=5, since=date(2026, 7, 1), until=None, channel="sms"),
            replace(general, value=0, since=date(2026, 7, 1), until=None, uf="MG", channel="sms"),
        ),
    )
    norm.cache_clear()
    yield
    norm.cache_clear()


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("on", "uf", "channel", "value"),
    [
        (date(2026, 6, 30), None, None, 3),
        (date(2026, 6, 30), "MG", "sms", 3),
        (date(2026, 7, 1), None, None, 2),
        (date(2026, 7, 1), "SP", "email", 2),
        (date(2026, 7, 1), "MG", "email", 1),
        (date(2026, 7, 1), "SP", "sms", 5),
        (date(2026, 7, 1), "RJ", "sms", 4),
        (date(2026, 7, 1), "MG", "sms", 0),
    ],
)
def test_the_row_in_force_applies_and_the_narrowest_first(on, uf, channel, value):
    assert norm("test.cap", on, uf, channel).value == value


# Who approved what (docs/norms-approvals.md).

APPROVAL = re.compile(r"pending|[^,|]+, OAB/([A-Z]{2}) [0-9]{1,6}, ([0-9]{2})/([0-9]{2})/([0-9]{4})")


def editions():
    lines = (ROOT / "docs/norms-approvals.md").read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]


def told_day(text):
    return date(*map(int, reversed(text.split("/"))))


def test_the_newest_edition_told_is_the_one_in_the_code():
    assert editions()[-1][0] == f"`{edition()}`", (
        f"a row of the norms changed: add a line for edition {edition()} to docs/norms-approvals.md"
    )


def test_editions_are_told_in_order_once_and_approved_by_somebody_or_pending():
    rows = editions()
    assert len({row[0] for row in rows}) == len(rows)
    days = [told_day(row[1]) for row in rows]
    assert days == sorted(days)
    for day_told, (_, _, changed, proposed, approved) in zip(days, rows, strict=True):
        assert changed
        assert proposed
        match = APPROVAL.fullmatch(approved)
        assert match is not None, approved
        if approved != "pending":
            assert match[1] in UF_OF_PREFIX.values()
            assert told_day("/".join(match.groups()[1:])) >= day_told


@pytest.mark.parametrize(
    "change",
    [{"value": 1}, {"since": date(2027, 1, 1)}, {"until": TODAY}, {"uf": "AC"}, {"channel": "sms"}, {"source": "x"}],
)
def test_whatever_changes_in_a_row_makes_another_edition(monkeypatch, change):
    before = edition()
    edition.cache_clear()
    monkeypatch.setattr(norms, "NORMS", (*NORMS[:-1], replace(NORMS[-1], **change)))
    changed = edition()
    edition.cache_clear()
    monkeypatch.setattr(norms, "NORMS", NORMS[::-1])
    turned = edition()
    edition.cache_clear()
    assert changed != before
    assert turned == before
