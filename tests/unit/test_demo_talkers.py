"""The demo's people who answer in their own words, the staff who answer them, and how what became of it is judged."""

import zlib
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from emdia.messages.bot.converse import Effect, Heard, State, converse
from emdia.messages.bot.script import script
from emdia.protocols.answers import Answer, Outcome, check
from emdia.protocols.deadlines import Demand, Seat, clocks_of
from infra.local.demo import attended, desk, talkers
from infra.local.demo.attended import Attended, due_by_hand
from infra.local.demo.desk import Desk
from infra.local.demo.judge import Books, Letter, _single
from infra.local.demo.phones import habits_of, phone_of
from infra.local.demo.portfolio import HOUSES, make_world
from infra.local.demo.talkers import PAUSE, Line, Meaning, Talkers
from infra.local.sandbox.carrier import Carrier
from infra.local.sandbox.mailbox import Mail
from infra.local.sandbox.phones import WHATSAPP, Account, Text

START = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
SEED = 7
NUMBER = "41275920261124000001"


@pytest.fixture(scope="module")
def world():
    return make_world(60, START, 45, SEED)


class Street:
    """Messages of the first house on WhatsApp, and people who may answer them."""

    def __init__(self, world, seed=SEED):
        self.now, self.world, self.order = NOW, world, 0
        self.carrier = Carrier(lambda: self.now, [])
        house = HOUSES[0]
        self.carrier.open_account(Account(house.whatsapp_account, (house.whatsapp_from,)))
        self.books = Books()
        self.talkers = Talkers(world, seed, self.carrier, self.books)
        mine = [one for one in world.accounts.values() if one.house is house and one.collected and one.fees]
        self.accounts = [one for one in mine if not habits_of(one.holder).stops]

    def write(self, account, notice=False):
        """A message comes and is delivered; its letter."""
        text = Text("", self.now, WHATSAPP, phone_of(account.holder), HOUSES[0].whatsapp_from, "atraso")
        self.carrier.accept(text)
        text.history.append((self.now, "delivered"))
        words = "notificação por falta de pagamento" if notice else "atraso"
        letter = Letter(self.order, text.id, text.to, words, self.now, WHATSAPP)
        self.order += 1
        self.talkers.hear(letter, text, [account.fees[0]])
        return letter

    def speak(self, account, *lines):
        """Its person answers the newest message with `lines`, one a moment; the product hears each."""
        letter = self.write(account)
        text = self.carrier.reading(lambda phones: phones.of(letter.to)).texts[-1]
        self.talkers._ahead = [talkers._Talk(letter, text, (account.fees[0],), self.now, list(lines))]
        for _ in lines:
            self.talkers.end_pauses(self.now, self.order)
            self.talkers.speak(self.now)
            self.talkers.bind(self.now, self.order)
        return letter

    def wrong(self, account):
        """What is wrong with a message that comes now."""
        letter = Letter(self.order, "x", phone_of(account.holder), "atraso", self.now, WHATSAPP)
        return [what for what in _single(letter, [account.fees[0]], account, self.books) if "during" in what]


@pytest.fixture
def street(world):
    return Street(world)


def test_one_seed_one_story_and_few_people_talk(world):
    def told(seed):
        street = Street(world, seed)
        for account in street.accounts:
            street.write(account)
        return [(one.letter.to, [line.words for line in one.lines]) for one in street.talkers._ahead]

    assert told(SEED) == told(SEED) != told(SEED + 1)
    assert 0 < len(told(SEED)) < len(Street(world).accounts) / 2


def test_every_line_means_to_the_bot_what_the_demo_says_it_means():
    effects = {
        Meaning.PAID: Effect.SAYS_PAID,
        Meaning.DISPUTE: Effect.DISPUTE,
        Meaning.AWARE: Effect.AWARE,
        Meaning.HUMAN: Effect.HAND_OVER,
        Meaning.OUT: Effect.OPT_OUT,
    }
    stories = [lines for _, lines in talkers._TO_A_STEP] + list(talkers._TO_A_NOTICE)
    for lines in stories:
        state = State()
        for line in lines:
            said = converse(Heard(line.words), state, script(), notice_open=True, known=True)
            state = said.state
            if line.means is Meaning.LEAVE:
                assert {Effect.WRONG_PERSON, Effect.LAWYER} & set(said.effects), line
            elif line.means is Meaning.TALK:
                assert said.effects == (), line
            else:
                assert effects[line.means] in said.effects, line


def test_who_said_that_they_paid_is_left_alone_for_two_days_and_no_longer(street):
    account = street.accounts[0]
    street.speak(account, Line("já paguei", Meaning.PAID))
    assert street.wrong(account)
    street.now += PAUSE - timedelta(minutes=1)
    street.talkers.end_pauses(street.now, street.order)
    street.talkers.speak(street.now)
    assert street.wrong(account)
    street.now += timedelta(minutes=1)
    street.talkers.end_pauses(street.now, street.order)
    street.talkers.speak(street.now)
    assert not street.wrong(account)


def test_a_dispute_stops_the_amount_and_a_wrong_number_the_contract(street):
    one, other = street.accounts[:2]
    street.speak(one, Line("vou ver"), Line("4", Meaning.DISPUTE))
    street.speak(other, Line("não sou eu", Meaning.LEAVE))
    assert street.wrong(one)
    assert street.wrong(other)
    assert street.talkers.said == {Meaning.TALK: 1, Meaning.DISPUTE: 1, Meaning.LEAVE: 1}


def test_nobody_answers_a_message_that_is_no_longer_the_newest(street):
    account = street.accounts[0]
    letter = street.write(account)
    text = street.carrier.reading(lambda phones: phones.of(letter.to)).texts[-1]
    street.write(account)
    street.talkers._ahead = [talkers._Talk(letter, text, (account.fees[0],), street.now, [Line("já paguei")])]
    street.talkers.end_pauses(street.now, street.order)
    street.talkers.speak(street.now)
    assert not street.talkers.said
    assert not street.talkers._ahead


class Office:
    """The function of attendances, as the staff of the demo meet it."""

    def __init__(self, *waiting):
        self.waiting, self.calls, self.problem = list(waiting), [], ""

    def invoke(self, function, asked):
        assert function == "attend_protocol"
        self.calls.append(asked)
        if self.problem == asked["action"]:
            return {"problem": {"code": "try-later"}}
        answers = {
            "queue": {"waiting": self.waiting if asked["operator"] == HOUSES[0].ans else []},
            "show": {"interactions": [{"speaker": "beneficiario", "words": "estou INTERNADA"}]},
        }
        return {"result": answers.get(asked["action"], {})}


def waiting(number=NUMBER, asked="2026-11-24T12:00:00.000Z", demand=None):
    return {"number": number, "human_asked_at": asked, "demand": demand}


def at_work(office):
    progress = SimpleNamespace(time=lambda _: nullcontext())
    return Desk(SimpleNamespace(cloud=office, progress=progress), SEED)


def test_staff_answer_once_a_working_day_what_asks_for_a_person():
    office = Office(waiting(), waiting("41275920261124000002", asked=""))
    staff = at_work(office)
    staff.work(datetime(2026, 11, 24, 5, 30, tzinfo=UTC))  # night
    assert not office.calls
    staff.work(NOW)
    staff.work(NOW + timedelta(hours=1))
    assert [one["action"] for one in office.calls] == ["queue", "claim", "show", "class", "answer", "queue"]
    assert {one.get("number", NUMBER) for one in office.calls} == {NUMBER}
    assert office.calls[3]["demand"] == "assistencial"
    assert (staff.answered, staff.refused) == (Counter(informado=1), Counter())


def test_what_staff_are_refused_is_counted_and_never_taken_for_an_answer():
    office = Office(waiting())
    office.problem = "answer"
    staff = at_work(office)
    staff.work(NOW)
    assert (staff.answered, staff.refused) == (Counter(), Counter({"answer try-later": 1}))


def test_answers_of_staff_may_close_an_attendance():
    for answer in (desk._PLAIN, *desk._ANSWERS.values()):
        check(Answer(Outcome(answer["outcome"]), answer["text"], answer.get("basis", "")))


def row(**more):
    told = {
        "number": NUMBER, "opened_at": "2026-11-24T15:00:00.000Z", "class": "nao_assistencial", "answered_at": None,
        "terms": [{"due_at": "2026-12-02T03:00:00.000Z"}], "warnings": [], "late": False, "copy": None,
    }  # fmt: skip
    return {**told, **more}


def judged(made_at=datetime(2026, 11, 30, tzinfo=UTC), **more):
    found = Attended()
    attended._judge(row(**more), made_at, "SP", found)
    return found


LATER = datetime(2026, 12, 3, tzinfo=UTC)


def test_an_attendance_is_in_time_running_or_on_the_late_list():
    assert judged().running == {"nao_assistencial": 1}
    assert judged(answered_at="2026-11-25T12:00:00.000Z").in_time == {"nao_assistencial": 1}
    late = judged(LATER, warnings=[{"percent": 100}])
    assert (list(late.late), late.wrong) == ([NUMBER], [])
    assert judged(LATER, answered_at="2026-12-02T12:00:00.000Z", late=True).late == {NUMBER: "nao_assistencial"}


def test_what_is_said_wrongly_is_wrong():
    assert "nobody was told" in judged(LATER).wrong[0]
    assert "called late" in judged(late=True).wrong[0]
    assert "by hand" in judged(terms=[{"due_at": "2026-12-03T03:00:00.000Z"}]).wrong[0]
    copy = {"due_at": "2026-11-28T12:00:00.000Z", "sent_at": None, "channel": None}
    assert "never sent" in judged(copy=copy).wrong[0]
    assert not judged(copy={**copy, "sent_at": "2026-11-26T12:00:00.000Z", "channel": "sms"}).wrong


@pytest.mark.parametrize("uf", ["SP", "GO"])
def test_terms_by_hand_are_the_products_all_year_round(uf):
    seat = Seat(uf, "America/Sao_Paulo")
    for offset in range(400):
        opened = NOW + timedelta(days=offset, hours=offset % 24)
        for demand in (Demand.ASSISTENTIAL, Demand.NON_ASSISTENTIAL):
            assert clocks_of(demand, opened, seat)[0].due == due_by_hand(demand, opened, uf)
    assert due_by_hand("ouvidoria", NOW, uf) is None


def test_copies_are_told_from_answers_and_from_whom_they_went_to(world):
    account = next(one for one in world.accounts.values() if one.holder.email)
    phone = phone_of(account.holder)
    answer = Text("1", NOW, WHATSAPP, phone, "x", f"Protocolo {NUMBER}.\n\nUma pessoa vai responder.")
    spoken = f"{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}"
    whole = Text("2", NOW, WHATSAPP, phone, "x", f"Protocolo de atendimento {spoken}\n\nAberto em")
    short = Text("3", NOW, "sms", phone, "x", f"Vida Plena: protocolo {NUMBER} respondido. Pedido negado.")
    zipped = zlib.compress(f"Protocolo de atendimento {spoken}".encode())
    mail = Mail("4", NOW, account.holder.email, "x", "Cópia", zipped, zipped, (), {})
    laptop = SimpleNamespace(answers=[answer, whole, short, mail])
    assert attended.numbers_given(laptop) == {NUMBER: {phone}}
    assert attended.copies(laptop, world) == {(NUMBER, phone)}
    stray = SimpleNamespace(answers=[Mail("5", NOW, "outra@correio.example", "x", "Cópia", zipped, zipped, (), {})])
    assert attended.copies(stray, world) == {(NUMBER, "")}
