"""The simulator's own small truths, and its figures. That it equals the road is shown in tests/flows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from emdia.errors import Rejected
from emdia.ladder.happenings import Lifted, OptOut, Payment, Stopped
from emdia.ladder.ladder import DEFAULT, LADDERS, Ladder, Step, on_trial
from emdia.ladder.outlook import diff_table, difference, outlook, repinned, table
from emdia.ladder.simulate import simulate
from emdia.portfolio.case import Stop, StopKind
from emdia.portfolio.contract import Channel
from tests.unit.cases import case, contacted, invoice, local

MONDAY = local("2026-11-23 00:00")
PRICES = {Channel.EMAIL: 550}
LIGHT = Ladder("leve-1", (Step("D0", 0, "vencimento"), Step("D+5", 5, "atraso")))


def told(*cases, days=45, persons=None, **more):
    return simulate(cases, persons or {}, MONDAY, days, **more)


def when(simulated):
    return [(one.step, f"{one.at - timedelta(hours=3):%d/%m %H:%M}") for one in simulated.contacts]


def test_a_quiet_contract_climbs_every_step():
    # Due on Monday 7 December; D-3 is a Friday, D-1 a Sunday and so lapses into D0; D+30 is a Wednesday.
    assert when(told(case(invoice("2026-12-07")))) == [
        ("D-3", "04/12 09:00"), ("D0", "07/12 09:00"), ("D+3", "10/12 09:00"), ("D+7", "14/12 09:00"),
        ("D+15", "22/12 09:00"), ("D+30", "06/01 09:00"),
    ]  # fmt: skip


def test_what_happens_meanwhile_stops_or_holds():
    one = case(invoice("2026-12-07"))
    at = local("2026-12-08 10:00")
    paid = told(one, happenings=[Payment(at, "c1")])
    assert [step for step, _ in when(paid)] == ["D-3", "D0"]
    out = told(one, happenings=[OptOut(at, "c1")])
    assert [step for step, _ in when(out)] == ["D-3", "D0"]
    assert sum(n for (_, rule), n in out.decided.items() if rule == "consent.opted-out") == 4
    stop = Stopped(at, "c1", Stop(StopKind.DISPUTE, "s"))
    held = told(one, happenings=[stop, Lifted(local("2026-12-16 10:00"), "c1", "s")])
    assert when(held)[2:4] == [("D+7", "16/12 10:00"), ("D+15", "22/12 09:00")]
    part = told(case(invoice("2026-12-07"), invoice("2026-12-08", "f2")), happenings=[Payment(at, "c1", ("f1",))])
    assert all(c.invoices == ("f2",) for c in part.contacts if c.at > at)
    assert told(one, happenings=[Payment(at, "nobody")]).contacts == told(one).contacts


def test_two_contracts_of_one_person_share_the_caps():
    both = told(case(invoice("2026-12-07")), case(invoice("2026-12-07", "f2"), contract="c2"))
    days = [one.at.date() for one in both.contacts]
    assert len(days) == len(set(days))
    week = contacted(*(local(f"2026-11-{day} 09:00") for day in (18, 19, 20)))
    waits = told(case(invoice("2026-11-16")), persons={"p1": week}, days=3)
    assert when(waits) == [("D+7", "25/11 09:00")]


def test_missed_runs_send_late_and_never_twice():
    one = case(invoice("2026-12-07"))
    runs = [local("2026-12-23 09:30"), local("2026-12-23 09:45"), local("2026-12-24 13:00"), local("2026-12-28 11:00")]
    late = told(one, runs=runs)
    assert when(late) == [("D+15", "23/12 09:30")]


def test_runs_before_the_clock_and_parked_cases_do_nothing():
    assert not told(case(invoice("2026-12-07")), runs=[MONDAY]).contacts
    assert not told(case(invoice("2026-12-07"), parked="ladder-unknown")).contacts


def test_a_version_on_trial_is_known_inside_its_block_only():
    tried = list(repinned([case(invoice("2026-12-07", step="D+3"))], DEFAULT, LIGHT))
    assert tried[0].invoices[0].step == "D0"
    with on_trial(LIGHT):
        assert [step for step, _ in when(told(*tried))] == ["D+5"]
        with pytest.raises(ValueError, match="own name"), on_trial(LIGHT):
            pass
    assert LIGHT.version not in LADDERS
    with pytest.raises(Rejected, match="ladder-unknown"):
        told(*tried)
    with pytest.raises(ValueError, match="own name"), on_trial(replace(LIGHT, version=DEFAULT.version)):
        pass


def test_repinning_takes_no_step_back_nor_twice():
    for step in ["", *(s.name for s in DEFAULT.steps)]:
        (there,) = repinned([case(invoice("2026-12-07", step=step))], DEFAULT, LIGHT)
        expected = {"": "", "D-3": "", "D-1": "", "D0": "D0", "D+3": "D0"}.get(step, "D+5")
        assert there.invoices[0].step == expected
        assert (there.ladder, there.due) == ("leve-1", None)


def test_figures_tables_and_the_difference_of_two_versions():
    cases = [case(invoice("2026-12-07", f"f{n}"), contract=f"c{n}", holder_key=f"p{n}") for n in range(10)]
    before = outlook(told(*cases), PRICES)
    with on_trial(LIGHT):
        after = outlook(told(*repinned(cases, DEFAULT, LIGHT)), PRICES)
    assert (before.messages, before.cost, after.messages, after.cost) == (60, 33_000, 20, 11_000)
    assert before.steps["D+15"] == 10
    assert {hour for _, hour, _ in before.sent} == {9}
    rows = {(row.group, row.what): row.change for row in difference(before, after)}
    assert (rows["total", "messages"], rows["total", "cost"], rows["step", "D+5"]) == (-40, -22_000, 10)
    assert list(rows)[:2] == [("total", "messages"), ("total", "cost")]
    text = diff_table(difference(before, after), DEFAULT.version, "leve-1")
    shown = [line.split() for line in text.splitlines()]
    assert ["custo", "R$", "0,0330", "R$", "0,0110", "-R$", "0,0220"] in shown
    assert ["D+5", "0", "10", "+10"] in shown
    assert "Mensagens: 60. Custo: R$ 0,0330." in table(before)
    assert "04/12/2026" in table(before)


def test_a_channel_without_price_is_refused():
    with pytest.raises(Rejected, match="price-unknown"):
        outlook(told(case(invoice("2026-12-07"))), {})
