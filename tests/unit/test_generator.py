"""The demo's world is fit to be told: every value passes the product's own door, and one seed makes one world."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from emdia.calendar import is_eve, is_national_holiday
from emdia.compliance.charges import Clause, charges
from emdia.compliance.municipality import uf_of, zone_of
from emdia.errors import Rejected
from emdia.identity import parse_cnpj, parse_cpf, parse_email, parse_ibge, parse_phone
from emdia.messages.spelling import spell_month
from emdia.money import Centavos, format_brl
from emdia.providers.erp import parse_event
from infra.local.demo.bills import br_code
from infra.local.demo.chronicle import Chronicle
from infra.local.demo.erp import Erp
from infra.local.demo.judge import Books, Letter, Matcher, judge
from infra.local.demo.people import Mailbox, Temper
from infra.local.demo.phones import SAYS, Likes, contact_points, habits_of, phone_of
from infra.local.demo.places import PLACES
from infra.local.demo.portfolio import HOUSES, Happening, Kind, World, make_world
from infra.local.demo.town import Town

START = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
SEED = 7


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(600, START, 45, SEED)


@pytest.fixture
def chronicle(world):
    erps = {house.ans: Erp(house, "http://127.0.0.1:9", "whsec_" + "c2VjcmV0" * 4) for house in HOUSES}
    return Chronicle(world, Town(world, SEED), erps, Books(), SEED)


def test_one_seed_one_world(world):
    assert make_world(600, START, 45, SEED) == world
    assert make_world(600, START, 45, SEED + 1) != world


def test_places_are_real_and_their_clocks_right():
    for place in PLACES:
        assert parse_ibge(place.ibge) == place.ibge
        assert uf_of(place.ibge) == place.uf
        assert zone_of(place.ibge) == place.zone


def test_people_are_well_formed_and_distinct(world):
    people = [one for account in world.accounts.values() for one in account.beneficiaries]
    assert all(parse_cpf(person.cpf) == person.cpf for person in people)
    holders = {account.holder.cpf: account.holder for account in world.accounts.values()}
    assert len({person.cpf for person in people}) == len({(person.cpf, person.name) for person in people})
    for holder in holders.values():
        assert (holder.email == "") == (holder.mailbox is Mailbox.NONE)
        assert not holder.email or parse_email(holder.email) == holder.email
    assert len({holder.email for holder in holders.values() if holder.email}) == sum(
        bool(holder.email) for holder in holders.values()
    )


def test_operators_are_well_formed():
    for house in HOUSES:
        assert parse_cnpj(house.cnpj) == house.cnpj
        assert parse_phone(house.phone) == house.phone
        assert parse_email(house.mail_from) == house.mail_from


def test_the_world_has_everything_the_ladder_must_meet(world):
    accounts = world.accounts.values()
    assert {account.kind for account in accounts} == set(Kind)
    assert {account.holder.temper for account in accounts} == set(Temper)
    assert {account.holder.mailbox for account in accounts} == set(Mailbox)
    assert {account.house.ans for account in accounts} == {house.ans for house in HOUSES}
    assert {incident.happening for incident in world.incidents} == set(Happening)
    assert {"America/Rio_Branco", "America/Noronha", "America/Cuiaba", "America/Eirunepe"} <= {
        account.holder.place.zone for account in accounts
    }
    overdue = Counter(sum(bill.due_on < START for bill in account.fees) for account in accounts)
    assert all(overdue[count] for count in range(4))
    assert any(account.signed_on < date(1999, 1, 2) for account in accounts)
    assert any(account.charges is None for account in accounts)
    contracts = Counter(account.holder.cpf for account in accounts)
    assert max(contracts.values()) >= 2
    assert any(len(account.holder.name) > 50 for account in accounts)


def test_fees_fall_due_all_over_the_demo(world):
    due = {bill.due_on for bill in world.fees.values() if START <= bill.due_on < START + timedelta(days=45)}
    assert len(due) > 10
    assert len({bill.pix for bill in world.fees.values()}) == len(world.fees)


def test_a_pix_code_carries_its_own_checksum():
    # CRC-16/CCITT-FALSE: over the whole text, its own digits left out; the standard's check value is 0x29B1.
    from infra.local.demo.bills import _crc16

    assert _crc16(b"123456789") == 0x29B1
    code = br_code("TX1", 12345)
    assert code.endswith(f"{_crc16(code[:-4].encode()):04X}")
    assert "5406123.45" in code


def test_every_event_of_the_demo_passes_the_door(chronicle):
    events = [event for load in chronicle.opening(NOW).values() for event in load]
    end = NOW + timedelta(days=45)
    events += [event for news in chronicle.until(end).values() for event in news]
    kinds = Counter(event["type"] for event in events)
    for event in events:
        assert parse_event(event, end)["id"] == event["id"]
    assert len({event["id"] for event in events}) == len(events)
    assert set(kinds) == {
        "contract.upserted", "contact_points.updated", "invoice.issued", "invoice.updated", "invoice.paid",
        "invoice.cancelled", "hospitalisation.started", "hospitalisation.ended", "dispute.opened",
        "dispute.closed", "hold.placed", "hold.lifted", "opt_in.recorded", "opt_out.recorded",
    }  # fmt: skip


def test_nonsense_is_refused_at_the_door(chronicle):
    codes = []
    for events in chronicle.nonsense(NOW).values():
        for event in events:
            try:
                parse_event(event, NOW)
            except Rejected as refused:
                codes.append(refused.code)
    # The wrong operator is well-formed: only whoever knows the client can refuse it.
    assert codes == ["cpf-invalid", "field-unknown", "event-type-unknown"] * 2


def test_fees_come_before_their_contract_now_and_then(chronicle):
    load = chronicle.opening(NOW)[HOUSES[0].ans]
    seen: set[str] = set()
    early = 0
    for event in load:
        if event["type"] == "contract.upserted":
            seen.add(event["data"]["contract"])
        elif event["data"]["contract"] not in seen:
            early += 1
    assert early > 2


def _working(day: datetime) -> bool:
    return day.weekday() < 5 and not is_national_holiday(day.date()) and not is_eve(day.date())


class TestTheJudge:
    """The judge must find what is planted; a judge that finds nothing proves nothing."""

    def letter(self, world, order: int, at: datetime, *bills) -> Letter:
        holder = world.accounts[bills[0].account].holder
        return Letter(order, f"m{order}", holder.email, " ".join(bill.pix for bill in bills), at)

    def nameless(self, phone, at) -> Letter:
        return Letter(0, "m", phone, "Olá", at, "sms")

    def victim(self, world):
        return next(
            account
            for account in world.accounts.values()
            if account.collected and account.holder.email and len(account.fees) >= 2
            and account.holder.place.zone == "America/Sao_Paulo"
            and sum(other.holder is account.holder for other in world.accounts.values()) == 1
        )  # fmt: skip

    def count(self, world, letters, books=None) -> dict[str, int]:
        found = judge(letters, world, books or Books())
        return {what: count for what, count in found.counts.items() if count}

    def test_finds_nothing_wrong_with_lawful_letters(self, world):
        bill = self.victim(world).fees[-1]
        letters = [self.letter(world, n, at, bill) for n, at in enumerate(self.lawful(bill))]
        assert len(letters) == 2
        assert self.count(world, letters) == {}

    def lawful(self, bill) -> list[datetime]:
        """A working noon on or after the due date, and one two weeks later, when the next steps have come."""
        noon = datetime.combine(bill.due_on, datetime.min.time(), UTC) + timedelta(hours=15)
        return [
            next(day for day in (first + timedelta(days=n) for n in range(9)) if _working(day))
            for first in (noon + timedelta(days=4), noon + timedelta(days=20))
        ]

    def test_finds_a_second_letter_on_one_day(self, world):
        bill = self.victim(world).fees[-1]
        day = datetime.combine(bill.due_on, datetime.min.time(), UTC) + timedelta(hours=15)
        while day.weekday() > 3:
            day += timedelta(days=1)
        letters = [self.letter(world, n, day + timedelta(hours=n), bill) for n in range(2)]
        found = self.count(world, letters)
        assert found["two messages for one contract on one local day"] == 1
        assert found["a message that says nothing new (same step twice)"] == 1
        assert found["more than one message a day for one person of an operator"] == 1

    def test_finds_a_letter_about_a_paid_fee(self, world):
        bill = self.victim(world).fees[0]
        at = datetime(2026, 11, 25, 15, tzinfo=UTC)
        books = Books(closed={bill.number: 3})
        assert "a message about a fee already paid or cancelled" not in self.count(
            world, [self.letter(world, 2, at, bill)], books
        )
        assert self.count(world, [self.letter(world, 3, at, bill)], books)[
            "a message about a fee already paid or cancelled"
        ] == 1  # fmt: skip

    @pytest.mark.parametrize(
        "at",
        [
            datetime(2026, 11, 25, 11, 59, tzinfo=UTC),  # 08:59
            datetime(2026, 11, 25, 21, 0, tzinfo=UTC),  # 18:00
            datetime(2026, 11, 28, 16, 0, tzinfo=UTC),  # Saturday, 13:00: SP and MG allow messages until then
            datetime(2026, 11, 29, 15, 0, tzinfo=UTC),  # Sunday
            datetime(2026, 12, 24, 15, 0, tzinfo=UTC),  # noon of Christmas Eve
            datetime(2026, 12, 25, 15, 0, tzinfo=UTC),  # Christmas
        ],
    )
    def test_finds_unlawful_hours(self, world, at):
        letter = self.letter(world, 0, at, self.victim(world).fees[0])
        assert self.count(world, [letter])["outside the contact window"] == 1

    def test_finds_letters_in_a_silence_and_after_a_farewell(self, world):
        account = self.victim(world)
        bill, at = account.fees[0], datetime(2026, 11, 25, 15, tzinfo=UTC)
        books = Books()
        books.begin_silence(account.number)
        books.bind_silence(account.number, 0)
        books.end_silence(account.number, 1)
        books.left_alone[account.number, "email"] = 2
        what = "during a dispute, a hold or a hospital stay"
        asked = "after the person had asked for silence, or to a dead address or number"
        found = [self.count(world, [self.letter(world, order, at, bill)], books) for order in range(3)]
        assert [what in one for one in found] == [True, False, False]
        assert [asked in one for one in found] == [False, False, True]

    def test_finds_four_letters_in_a_week(self, world):
        account = self.victim(world)
        bill = account.fees[-1]
        monday = datetime(2026, 11, 30, 15, tzinfo=UTC)
        letters = [self.letter(world, n, monday + timedelta(days=n), bill) for n in range(4)]
        assert self.count(world, letters)["more than three messages in seven days for one person of an operator"] == 1

    def test_finds_a_letter_that_names_no_fee(self, world):
        account = self.victim(world)
        letter = Letter(0, "m", account.holder.email, "Olá", datetime(2026, 11, 25, 15, tzinfo=UTC))
        assert self.count(world, [letter]) == {"a message that names no fee of ours": 1}

    def test_a_short_message_is_matched_by_its_total_and_what_it_names(self, world):
        account = self.victim(world)
        bill = account.fees[-1]
        day = bill.due_on + timedelta(days=4)
        at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=15)
        clause = Clause(*account.charges) if account.charges else None
        total = charges(Centavos(bill.amount), bill.due_on, day, clause, account.holder.place.uf).total
        words = f"A mensalidade de {spell_month(bill.reference)} venceu. Total: *{format_brl(total)}*."
        phone = phone_of(account.holder)
        matcher = Matcher(world, Books())
        assert matcher.fees(Letter(0, "m", phone, words, at, "whatsapp")) == [bill]
        spelt = f"mensalidade {bill.reference[5:]}/{bill.reference[:4]} em aberto: {format_brl(total)}."
        assert matcher.fees(Letter(0, "m", phone, spelt, at, "sms")) == [bill]
        for wrong in (
            words.replace(format_brl(total), format_brl(Centavos(total + 1))),
            words.replace(spell_month(bill.reference), "junho/1999"),
            "Total: nada",
        ):
            assert matcher.fees(Letter(0, "m", phone, wrong, at, "whatsapp")) == []
        assert self.count(world, [self.nameless(phone, at)]) == {"a message that names no fee of ours": 1}

    def test_where_the_words_leave_a_choice_no_disputed_fee_is_read_into_them(self, world):
        account = next(one for one in world.accounts.values() if one.charges is None and len(one.fees) > 2)
        first, second, third = account.fees[:3]
        day = third.due_on + timedelta(days=40)
        at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=15)
        for disputed in (first, second, third):
            books = Books()
            books.silent[f"{SAYS} {disputed.number}"].append((0, None))
            left = [bill for bill in (first, second, third) if bill is not disputed]
            total = sum(
                charges(Centavos(bill.amount), bill.due_on, day, None, account.holder.place.uf).total for bill in left
            )
            words = f"2 mensalidades em aberto. Total: *{format_brl(Centavos(total))}*."
            letter = Letter(0, "m", phone_of(account.holder), words, at, "whatsapp")
            assert set(Matcher(world, books).fees(letter)) == set(left)

    def test_the_two_of_one_day_are_one_contact_when_the_first_reached_nobody(self, world):
        account = self.victim(world)
        bill = account.fees[-1]
        first, *_ = self.lawful(bill)
        letters = [self.letter(world, n, first + timedelta(hours=n), bill) for n in range(2)]
        assert judge(letters, world, Books(), {"m0"}).total == 0
        assert judge(letters, world, Books()).total

    def test_a_notice_is_matched_by_contract_and_due_date_and_free_of_caps_and_opt_out(self, world):
        account = self.victim(world)
        bill, at = account.fees[0], datetime(2026, 11, 25, 15, tzinfo=UTC)
        words = (
            "comunica que há mensalidades em aberto no contrato abaixo. Contrato nº {}.\n- 10/2026: vencimento {}, x"
        )
        told = words.format(account.number, bill.due_on.strftime("%d/%m/%Y"))
        notice = Letter(1, "n", account.holder.email, told, at)
        books = Books(left_alone={(account.number, "email"): 0})
        both = self.count(world, [notice, self.letter(world, 0, at, bill)])
        assert "two messages for one contract on one local day" not in both
        assert judge([notice], world, books).total == 0
        assert self.count(world, [notice], Books(closed={bill.number: 0}))
        foreign = Letter(1, "n", account.holder.email, words.format("1", "01/01/2020"), at)
        assert self.count(world, [foreign]) == {"a message that names no fee of ours": 1}

    def test_a_short_notice_is_judged_by_what_the_person_owes(self, world):
        account = self.victim(world)
        at, number = datetime(2027, 1, 6, 15, tzinfo=UTC), phone_of(account.holder)
        theirs = [one for one in world.accounts.values() if phone_of(one.holder) == number]
        told = f"Vida, CNPJ {account.house.cnpj}: notificacao por falta de pagamento do plano. https://e.test/n/x"
        notice = Letter(1, "n", number, told, at, "sms")
        assert judge([notice], world, Books(left_alone={(account.number, "sms"): 0})).total == 0
        nothing_owed = Books(closed={bill.number: 0 for one in theirs for bill in one.fees})
        assert self.count(world, [notice], nothing_owed) == {"a message that names no fee of ours": 1}

    def test_a_receipt_fills_no_slot_and_needs_money_hours_and_no_silence(self, world):
        account = self.victim(world)
        bill, at = account.fees[-1], self.lawful(account.fees[-1])[0]
        told = f"Recebemos em 25/11/2026 o pagamento.\nCNPJ {account.house.cnpj}"
        receipt = Letter(1, "r", account.holder.email, told, at)
        paid = Books(closed={bill.number: 1})
        assert judge([receipt, self.letter(world, 0, at, bill)], world, paid).total == 0
        assert Matcher(world, Books()).fees(receipt) == []
        assert self.count(world, [receipt]) == {"a receipt for money that never came": 1}
        at_night = Letter(1, "r", account.holder.email, told, at.replace(hour=3))
        assert self.count(world, [at_night], paid) == {"outside the contact window": 1}
        paid.left_alone[account.number, "email"] = 0
        assert sum(self.count(world, [receipt], paid).values()) == 1
        strange = Letter(1, "r", "nobody@else.example", told, at)
        assert self.count(world, [strange]) == {"a message that names no fee of ours": 1}

    def test_silence_and_death_are_of_one_channel(self, world):
        account = self.victim(world)
        at, holder = self.lawful(account.fees[-1])[0], account.holder
        letter = self.letter(world, 5, at, account.fees[-1])
        for mark, found in (("sms", 0), (f"whatsapp {phone_of(holder)}", 0), ("email", 1), (holder.email, 1)):
            books = Books(left_alone={(account.number, mark): 3})
            assert judge([letter], world, books).total == found


def test_people_are_reached_as_the_mix_says(world):
    habits = [habits_of(holder) for holder in {account.holder for account in world.accounts.values()}]
    likes = Counter(one.likes for one in habits)
    assert [round(100 * likes[one] / len(habits)) for one in Likes] == pytest.approx([60, 15, 25], abs=6)
    assert any(one.dead for one in habits)
    assert any(one.blocks for one in habits)
    assert any(one.stops for one in habits)
    for account in world.accounts.values():
        assert parse_phone(phone_of(account.holder)) == phone_of(account.holder)
        first = min(contact_points(account.holder, account.holder.email), key=lambda one: one["preference"])
        assert first["channel"] == habits_of(account.holder).likes or not account.holder.email
