"""Verification: our ladder passes, bad ones and those of others do not, and each property is really asked."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from emdia.calendar import instant_of
from emdia.ladder import decide
from emdia.ladder.calendar_page import page
from emdia.ladder.foreign import OCA_THREE_TIMES, TRYTON_SCENARIO, Level, next_level
from emdia.ladder.happenings import Lifted, OptOut, Payment, Stopped
from emdia.ladder.ladder import DEFAULT, LADDERS, Ladder, Step
from emdia.ladder.verify import DESK, Touch, World, ours, verify, worlds
from emdia.portfolio.case import Stop, StopKind
from emdia.portfolio.contract import Channel
from infra.local.demo.hasty import counter_example
from tests.unit.cases import SAO_PAULO, local

BAD = Ladder("ruim", (Step("D+3", 3, "atraso"), Step("D+4", 4, "atraso")))


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "uf"), [(SAO_PAULO, "SP"), ("America/Rio_Branco", "AC")])
def test_the_published_ladder_holds_in_every_world(zone, uf):
    found = verify(ours(DEFAULT), worlds(2026, DEFAULT.days, zone=zone, uf=uf))
    assert found.counter_example is None
    assert found.worlds > 10_000


def test_a_ladder_with_two_steps_on_the_heels_of_each_other_fails_the_gap_it_promises():
    found = verify(ours(BAD), worlds(2026, BAD.days), gap=2).counter_example
    assert found.rule == "ladder.minimum-gap"
    assert [touch.step for touch in found.touches] == ["D+3", "D+4"]
    assert verify(ours(BAD), worlds(2026, BAD.days), gap=1).counter_example is None
    assert BAD.version not in LADDERS


@pytest.mark.parametrize(
    ("levels", "days"), [(OCA_THREE_TIMES, (10, 30, 40)), (TRYTON_SCENARIO, (5, 20, 40))], ids=["oca", "tryton"]
)
def test_the_ladders_that_others_ship_take_two_steps_on_one_day(levels, days):
    """A debt that is late when it is first seen, and a button pressed twice: the next level is due at once."""
    found = verify(next_level(levels), worlds(2026, days, DESK)).counter_example
    assert found.rule == "frequency.day"
    first, second = found.touches[-2:]
    assert second.at - first.at == timedelta(minutes=1)
    assert [first.step, second.step] == [level.name for level in levels[:2]]
    # Ours on the same days and the same presses of the button takes one.
    mine = ours(DEFAULT)(found.world)
    assert len({touch.at.date() for touch in mine}) == len(mine)


def test_what_is_said_of_their_levels():
    end_of_month = Level("x", "end_of_month", 30)
    assert end_of_month.comes(date(2026, 8, 3), None) == date(2026, 9, 30)
    assert end_of_month.comes(date(2026, 1, 1), None) == date(2026, 1, 31)
    last = OCA_THREE_TIMES[2]
    assert last.comes(date(2026, 8, 3), None) is None
    assert last.comes(date(2026, 8, 3), date(2026, 9, 30)) == date(2026, 10, 10)
    daily = tuple(local(f"2026-08-{day:02d} 10:00") for day in range(3, 29))
    told = next_level(TRYTON_SCENARIO)(World((date(2026, 8, 3),), daily))
    assert [touch.at.day for touch in told] == [8, 23]
    paid = next_level(TRYTON_SCENARIO)(World((date(2026, 8, 3),), daily, (Payment(daily[10], "c1"),)))
    assert [touch.at.day for touch in paid] == [8]


# Engines that do one wrong thing each: verify must see exactly that.

QUIET = World((date(2026, 8, 3),), (local("2026-08-03 09:00"),))


def judged(*moments, happenings=(), gap=1, contract="c1"):
    touches = [Touch(local(text), contract, f"s{n}") for n, text in enumerate(moments)]
    found = verify(lambda _: touches, [replace(QUIET, happenings=happenings)], gap)
    return found.counter_example.rule if found.counter_example else ""


@pytest.mark.parametrize(
    ("moments", "rule"),
    [
        (["2026-08-04 09:00", "2026-08-06 17:59", "2026-08-11 09:00"], ""),
        (["2026-08-04 08:59"], "window.weekday-hours"),
        (["2026-08-09 10:00"], "window.weekend"),
        (["2026-09-07 10:00"], "window.holiday"),
        (["2026-12-24 12:00"], "window.eve"),
        (["2026-08-04 09:00", "2026-08-04 15:00"], "frequency.day"),
        (["2026-08-03 09:00", "2026-08-04 09:00", "2026-08-05 09:00", "2026-08-07 09:00"], "frequency.week"),
    ],
)
def test_window_and_caps_are_judged_anew(moments, rule):
    assert judged(*moments) == rule


AT = local("2026-08-04 08:00")
HOLD = Stopped(AT, "c1", Stop(StopKind.HOLD, "s"))


@pytest.mark.parametrize(
    ("happenings", "rule"),
    [
        ((Payment(AT, "c1"),), "stop.settled"),
        ((Payment(AT, "c2"),), ""),
        ((Payment(local("2026-08-05 08:00"), "c1"),), ""),
        ((HOLD,), "stop.hold"),
        ((Stopped(AT, "c1", Stop(StopKind.PROTECTIVE, "s")),), "stop.protective"),
        ((HOLD, Lifted(local("2026-08-04 08:30"), "c1", "s")), ""),
        ((HOLD, Lifted(local("2026-08-04 08:30"), "c1", "another")), "stop.hold"),
        ((OptOut(AT, "c1"),), "consent.opted-out"),
        ((OptOut(AT, "c2"),), "consent.opted-out"),  # the person said it, whatever the contract
        ((OptOut(AT, "c1", Channel.SMS),), ""),
    ],
)
def test_a_contact_after_money_a_pause_or_a_no_is_wrong(happenings, rule):
    assert judged("2026-08-04 09:00", happenings=happenings) == rule


def test_each_channel_is_judged_by_its_own_hours_and_clocks():
    def judge(text, channel, **more):
        world = replace(QUIET, channels=(channel,), **more)
        found = verify(lambda _: [Touch(local(text), "c1", "s", channel)], [world]).counter_example
        return found.rule if found else ""

    saturday = "2026-08-08 10:30"  # SP allows messages on Saturdays, and nothing on paper
    assert [judge(saturday, channel) for channel in Channel] == ["", "", "", "window.weekend"]
    acre = {"phone_zones": ("America/Rio_Branco",)}
    early = "2026-08-04 10:00"  # eight o'clock in Acre
    assert [judge(early, one, **acre) for one in Channel] == ["", "window.phone-clock", "window.phone-clock", ""]
    assert judge("2026-08-04 11:00", Channel.SMS, **acre) == ""
    assert judge(early, Channel.EMAIL, holidays=(date(2026, 8, 4),)) == "window.municipal-holiday"


def test_our_engine_is_searched_on_every_channel_it_serves(monkeypatch):
    """A ladder that serves a channel waits for its window and its clocks; one that forgets them is found."""
    monkeypatch.setattr(decide, "CHANNELS", tuple(Channel))
    due = date(2026, 8, 10)
    days = [f"2026-08-{day:02d}" for day in range(5, 29)] + ["2026-09-09", "2026-09-10"]  # D+30 goes on paper
    runs = tuple(local(f"{day} {hour:02d}:00") for day in days for hour in (9, 10, 11, 12))
    away = {"phone_zones": ("America/Rio_Branco",)}
    for channel in Channel:
        world = World((due,), runs, channels=(channel,), **(away if channel in (Channel.SMS, Channel.WHATSAPP) else {}))
        touches = ours(DEFAULT)(world)
        assert {touch.channel for touch in touches} == {channel}
        assert verify(ours(DEFAULT), [world]).counter_example is None
    blind = [world for world in worlds(2026, (0,)) if world.phone_zones]
    found = verify(lambda world: ours(DEFAULT)(replace(world, phone_zones=())), blind).counter_example
    assert found.rule == "window.phone-clock"


def test_steps_keep_their_distance_and_none_is_taken_twice():
    assert judged("2026-08-04 09:00", "2026-08-06 09:00", gap=3) == "ladder.minimum-gap"
    assert judged("2026-08-04 09:00", "2026-08-06 09:00", gap=2) == ""
    twice = [Touch(local("2026-08-04 09:00"), "c1", "D+1"), Touch(local("2026-08-11 09:00"), "c1", "D+1")]
    assert verify(lambda _: twice, [QUIET]).counter_example.rule == "ladder.minimum-gap"


def test_worlds_are_bounded_and_hold_what_is_promised():
    found = list(worlds(2026, (3, 10)))
    assert {world.due_on[0] for world in found[:365]} == {date(2026, 1, 1) + timedelta(days=n) for n in range(365)}
    assert {type(one) for world in found for one in world.happenings} == {Payment, OptOut, Stopped, Lifted}
    assert any(len(world.due_on) == 2 for world in found)
    assert {world.channels for world in found} == {(channel,) for channel in Channel}
    assert {world.phone_zones for world in found if Channel.SMS in world.channels} == {("America/Rio_Branco",)}
    assert any(world.holidays for world in found)
    assert any(
        b - a == timedelta(minutes=1) for world in found for a, b in zip(world.runs, world.runs[1:], strict=False)
    )
    holes = {max(b - a for a, b in zip(w.runs, w.runs[1:], strict=False)).days for w in found if len(w.due_on) == 1}
    assert {1, 2, 4, 8, 16, 32, 64} <= holes
    # A desk is never at work when nobody may be contacted.
    desk = {run for world in worlds(2026, (5,), DESK) for run in world.runs}
    assert not {run for run in desk if run.weekday() >= 5}
    assert datetime.fromisoformat("2026-09-07T13:00:00+00:00") not in desk
    assert instant_of(date(2026, 9, 8), 600, SAO_PAULO) in desk


def test_the_counter_example_is_a_page_of_a_calendar():
    found = verify(next_level(TRYTON_SCENARIO), worlds(2026, (5, 20, 40), DESK)).counter_example
    text = page(found)
    assert text.startswith("Contraexemplo: No máximo um contato por dia")
    head, *lines = text.splitlines()[2:]
    assert head.split() == ["seg", "ter", "qua", "qui", "sex", "sáb", "dom"]
    assert lines[0].split() == [f"{day:02d}/08/2026" for day in range(3, 10)]
    assert lines[1].startswith("vence c1")
    assert "sem execução" in text
    assert text.rstrip().splitlines()[-2:] == ["(!) contato 10:01", "c1 2"]


def test_the_demo_shows_why_a_hasty_ladder_may_not_be_published():
    title, why, _, week, *days = counter_example(2026)
    assert title == "verify of a bad ladder (apressada: D+3, D+4, promising 2 days between two steps)"
    assert why.endswith("[ladder.minimum-gap]")
    assert week.split()[0] == "seg"
    assert days[-1].split() == ["c1", "D+3", "c1", "D+4"]


def test_the_page_tells_what_happened_between():
    happenings = (
        HOLD, Lifted(local("2026-08-05 08:00"), "c1", "s"), Payment(local("2026-08-06 08:00"), "c1"),
        OptOut(local("2026-08-06 08:30"), "c1"),
    )  # fmt: skip
    touches = [Touch(local("2026-09-08 09:00"), "c1", "D+30")]
    found = verify(lambda _: touches, [replace(QUIET, happenings=happenings)]).counter_example
    text = page(found)
    for word in ("pausa c1", "fim da pausa c1", "paga c1", "pede silêncio c1", "feriado", "(!) contato 09:00"):
        assert word in text
