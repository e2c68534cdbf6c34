"""`emdia ladder`: simulate and verify from files, answers in Portuguese, refusals by code."""

import json
from collections import Counter
from xml.etree import ElementTree as ET

import pytest

from emdia.cli import __main__ as cli
from emdia.cli.ladders import read_ladder
from emdia.cli.prices import SHIPPED, read_prices
from emdia.cli.simulation import read_portfolio
from emdia.errors import Rejected
from emdia.ladder.ladder import DEFAULT, PUBLISHED
from emdia.ladder.plan import COMPARED, drawn
from emdia.portfolio.contract import Channel

LIGHT = {
    "version": "leve-1",
    "steps": [
        {"name": "D0", "day": 0, "template": "vencimento"},
        {"name": "D+5", "day": 5, "template": "atraso"},
    ],
}
PORTFOLIO = "contract;person;ibge;due_on;amount\nc1;p1;3550308;2026-12-07;50000\nc2;p2;1200401;2026-12-07;40000\n"


@pytest.fixture(autouse=True)
def no_aws(monkeypatch):
    monkeypatch.setattr(cli, "client", lambda _: pytest.fail("no AWS is asked"))


def run(capsys, *arguments):
    code = cli.main(["ladder", *map(str, arguments)])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.fixture
def files(tmp_path):
    (tmp_path / "carteira.csv").write_text(PORTFOLIO, encoding="utf-8")
    (tmp_path / "leve.json").write_text(json.dumps(LIGHT), encoding="utf-8")
    return tmp_path


def test_simulate_shows_days_steps_rules_and_cost(capsys, files):
    code, out, _ = run(capsys, "simulate", "--file", files / "carteira.csv", "--start", "2026-12-01", "--days", "45")
    assert code == 0
    assert "Mensagens: 12. Custo: R$ 0,0066." in out
    # 9:00 in Acre is 11:00 in Brasília.
    assert any(line.split() == ["04/12/2026", "2", "9h:1", "11h:1"] for line in out.splitlines())


def test_simulate_compares_two_versions(capsys, files):
    code, out, _ = run(
        capsys, "simulate", "--file", files / "carteira.csv", "--start", "2026-12-01", "--days", "45",
        "--ladder", files / "leve.json",
    )  # fmt: skip
    assert code == 0
    assert DEFAULT.version in out.splitlines()[0]
    assert any(line.split() == ["mensagens", "12", "4", "-8"] for line in out.splitlines())


def test_simulate_compares_a_plan_with_one_ladder_for_all(capsys, tmp_path):
    lines = [f"c{n};p{n};3550308;2026-12-10;50000" for n in range(300)]
    (tmp_path / "carteira.csv").write_text("\n".join(lines), encoding="utf-8")
    where = ("--file", tmp_path / "carteira.csv", "--start", "2026-12-01", "--days", "60")
    code, out, _ = run(capsys, "simulate", *where, "--plan", COMPARED.version)
    assert code == 0
    assert COMPARED.version in out.splitlines()[0]
    arms = Counter(drawn(COMPARED, one)[1].ladder for one in read_portfolio("\n".join(lines)))
    assert len(arms) == 3
    after = sum(count * len(PUBLISHED[ladder].steps) for ladder, count in arms.items())
    before = 300 * len(DEFAULT.steps)
    assert any(line.split() == ["mensagens", str(before), str(after), str(after - before)] for line in out.splitlines())
    assert run(capsys, "simulate", *where, "--plan", "nobody")[0] == 1


def test_simulate_draws_the_comparison_for_a_lawyer(capsys, files):
    code, out, _ = run(
        capsys, "simulate", "--file", files / "carteira.csv", "--start", "2026-12-01", "--days", "90",
        "--ladder", files / "leve.json", "--picture", files / "figura.svg",
    )  # fmt: skip
    assert (code, out.splitlines()[0]) == (0, f"Figura: {files / 'figura.svg'}")
    drawn = ET.parse(files / "figura.svg").getroot()  # noqa: S314  our own file
    words = " ".join(text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text"))
    assert "Régua de cobrança de 01/12/2026 a 28/02/2027" in words
    assert f"{DEFAULT.version}: 12 mensagens (e-mail 12), custo R$ 0,0066" in words
    assert "leve-1: 4 mensagens (e-mail 4), custo R$ 0,0022" in words
    bars = {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}title")}
    assert {"09h: 6", "11h: 6", "04/12: 2"} <= bars


def test_prices_are_those_of_the_operators_contracts(capsys, files):
    (files / "precos.csv").write_text("channel;reais;source\nemail;0,01;contrato 12\n", encoding="utf-8")
    simulate = ("simulate", "--file", files / "carteira.csv", "--start", "2026-12-01", "--days", "45")
    assert "Custo: R$ 0,1200." in run(capsys, *simulate, "--prices", files / "precos.csv")[1]
    shipped = read_prices(SHIPPED.read_text(encoding="utf-8"))
    assert set(shipped) == set(Channel)
    assert shipped[Channel.EMAIL] == 550


@pytest.mark.parametrize(
    "row", ["email;0,01", "fax;0,01;x", "email;a;x", "email;-1;x", "email;1,0000001;x", "sms;1;x\nsms;1;x", "email;;x"]
)
def test_a_price_that_is_none_is_refused_by_its_line(row):
    with pytest.raises(Rejected) as refused:
        read_prices(f"channel;reais;source\n{row}\n")
    assert (refused.value.code, refused.value.pointer) == ("price-row-invalid", f"/{2 + row.count(chr(10))}")


def test_verify_prints_the_calendar_of_what_goes_wrong(capsys, files):
    bad = LIGHT | {"version": "ruim", "steps": [*LIGHT["steps"], {"name": "D+6", "day": 6, "template": "atraso"}]}
    (files / "ruim.json").write_text(json.dumps(bad), encoding="utf-8")
    code, out, err = run(capsys, "verify", "--ladder", files / "ruim.json", "--gap", "2", "--year", "2026")
    assert (code, out) == (1, "")
    assert err.startswith("Contraexemplo: Entre dois degraus")
    # Five days apart, and yet: D0 that went out late, after days without a run, has D+5 on its heels.
    code, _, err = run(capsys, "verify", "--ladder", files / "leve.json", "--gap", "2", "--year", "2026")
    assert code == 1
    assert "sem execução" in err
    code, out, _ = run(capsys, "verify", "--ladder", files / "leve.json", "--year", "2026")
    assert code == 0
    assert out.startswith("Nenhum contato indevido em ")


@pytest.mark.parametrize("peer", ["oca", "tryton"])
def test_verify_of_another_systems_ladder(capsys, peer):
    code, _, err = run(capsys, "verify", "--peer", peer, "--year", "2026")
    assert code == 1
    assert "[frequency.day]" in err
    assert "(!) contato 10:01" in err


STEP = LIGHT["steps"][0]


@pytest.mark.parametrize(
    ("told", "code", "pointer"),
    [
        ("{", "json-invalid", ""),
        ("[]", "ladder-invalid", ""),
        ({"version": "x"}, "ladder-invalid", ""),
        (LIGHT | {"version": DEFAULT.version}, "ladder-invalid", "/version"),
        (LIGHT | {"version": ""}, "ladder-invalid", "/version"),
        (LIGHT | {"steps": []}, "ladder-invalid", "/steps"),
        (LIGHT | {"steps": LIGHT["steps"][::-1]}, "ladder-step-out-of-order", "/steps/1"),
        (LIGHT | {"gap": 30}, "ladder-step-out-of-order", "/steps/1"),
        (LIGHT | {"gap": 0}, "ladder-invalid", "/gap"),
        (LIGHT | {"gap": "1"}, "ladder-invalid", "/gap"),
        (LIGHT | {"steps": [STEP, STEP]}, "ladder-step-out-of-order", "/steps/1"),
        (LIGHT | {"steps": [STEP, STEP | {"day": STEP["day"] + 1}]}, "ladder-invalid", "/steps"),
        (LIGHT | {"steps": [STEP | {"day": "0"}]}, "ladder-invalid", "/steps/0/day"),
        (LIGHT | {"steps": [STEP | {"day": True}]}, "ladder-invalid", "/steps/0/day"),
        (LIGHT | {"steps": [STEP | {"day": 366}]}, "ladder-invalid", "/steps/0/day"),
        (LIGHT | {"steps": [STEP | {"name": ""}]}, "ladder-invalid", "/steps/0/name"),
        (LIGHT | {"steps": [STEP | {"name": "\x1b[2J"}]}, "ladder-invalid", "/steps/0/name"),
        (LIGHT | {"version": "a\nb"}, "ladder-invalid", "/version"),
        (LIGHT | {"version": "a" * 65}, "ladder-invalid", "/version"),
        ('{"version": "a", "version": "b", "steps": []}', "json-invalid", ""),
        ("[" * 100_000, "json-invalid", ""),
        (LIGHT | {"steps": [STEP | {"template": "ameaça"}]}, "ladder-invalid", "/steps/0/template"),
        (LIGHT | {"steps": [STEP | {"more": 1}]}, "ladder-invalid", "/steps/0"),
    ],
)
def test_a_ladder_that_is_none_is_refused(told, code, pointer):
    with pytest.raises(Rejected) as refused:
        read_ladder(told if isinstance(told, str) else json.dumps(told))
    assert (refused.value.code, refused.value.pointer) == (code, pointer)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("c1;p1;3550308;2026-12-07", "portfolio-row-invalid"),
        ("c1;p1;3550308;07/12/2026;50000", "portfolio-row-invalid"),
        ("c1;p1;3550308;2026-12-07;500,00", "portfolio-row-invalid"),
        ("c1;p1;3550308;2026-12-07;0", "portfolio-row-invalid"),
        (";p1;3550308;2026-12-07;1", "portfolio-row-invalid"),
        ("c1;p1;9950308;2026-12-07;1", "ibge-invalid"),
    ],
)
def test_a_row_that_is_none_is_refused_by_its_line(row, code):
    with pytest.raises(Rejected) as refused:
        list(read_portfolio(f"{PORTFOLIO}{row}\n"))
    assert (refused.value.code, refused.value.pointer) == (code, "/4")


@pytest.mark.parametrize(
    "asked",
    [
        ("verify", "--gap", "-3"), ("verify", "--gap", "0"), ("verify", "--year", "99999"), ("verify", "--year", "1"),
        ("verify", "--year", "MMXXVI"), ("simulate", "--file", "x", "--days", "0"),
        ("simulate", "--file", "x", "--days", "99999999"),
    ],
)  # fmt: skip
def test_a_number_out_of_bounds_is_told_with_its_bounds(capsys, asked):
    with pytest.raises(SystemExit) as ended:
        run(capsys, *asked)
    assert ended.value.code == 2
    assert "diga um número inteiro de " in capsys.readouterr().err


def test_a_contract_told_twice_is_refused(capsys, files):
    (files / "dupla.csv").write_text(PORTFOLIO + PORTFOLIO, encoding="utf-8")
    code, _, err = run(capsys, "simulate", "--file", files / "dupla.csv")
    assert code == 1
    assert "portfolio-row-invalid" in err
