"""Two operators' portfolios, made up from a seed: contracts, fees, and what will happen to them.

Everything random is drawn here, before anything runs, so that two demos with one seed and one start tell one story.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from infra.local.demo.bills import Bill, make_bill
from infra.local.demo.people import People, Person, Temper

ISSUED_BEFORE = 10  # days before its due date that the ERP issues a fee


class Kind(StrEnum):
    """Kinds of contract, by the names of the webhook."""

    INDIVIDUAL = "individual"
    ADESAO = "adesao"
    EMPRESARIAL = "empresarial"
    EMPRESARIO_INDIVIDUAL = "empresario_individual"


@dataclass(frozen=True, slots=True)
class House:
    """An operator of the demo and the name its ERP signs in with."""

    ans: str
    client: str
    name: str
    cnpj: str
    address: str
    mail_from: str
    phone: str
    site: str
    how_to_pay: str
    seat: str  # IBGE municipality
    sms_from: str
    whatsapp_from: str
    whatsapp_account: str


HOUSES: Final = (
    House(
        ans="412759",
        client="erp-vida-plena",
        name="Vida Plena Saúde S.A.",
        cnpj="11222333000181",
        address="Avenida Paulista, 900, 5º andar, Bela Vista, São Paulo - SP, 01310-100",
        mail_from="cobranca@vidaplena.example",
        phone="+551130030000",
        site="https://www.vidaplena.example",
        how_to_pay="Peça a segunda via no aplicativo ou pelo telefone desta mensagem.",
        seat="3550308",
        sms_from="27001",
        whatsapp_from="phone-number-id-4127594127594127594127594127594a",
        whatsapp_account="waba-4127594127594127594127594127594b",
    ),
    House(
        ans="398160",
        client="erp-cerrado",
        name="Cooperativa Médica do Cerrado",
        cnpj="12ABC34501DE35",  # alphanumeric, as issued since July 2026
        address="Avenida Goiás, 250, Setor Central, Goiânia - GO, 74005-010",
        mail_from="financeiro@medcerrado.example",
        phone="+556232000000",
        site="https://www.medcerrado.example",
        how_to_pay="Procure o atendimento da cooperativa para receber a segunda via.",
        seat="5208707",
        sms_from="27002",
        whatsapp_from="phone-number-id-3981603981603981603981603981603a",
        whatsapp_account="waba-3981603981603981603981603981603b",
    ),
)
_PLANS: Final = (
    ("Essencial Enfermaria", "479001218", 28_990),
    ("Clássico Apartamento", "481233199", 61_245),
    ("Família Mais", "463050091", 94_870),
    ("Sênior Cuidado", "470112835", 187_333),
)
_COMPANY_CNPJ: Final = "04252011000110"


@dataclass(frozen=True, slots=True)
class Covered:
    """A beneficiary."""

    name: str
    cpf: str
    birth_on: date


@dataclass(frozen=True, slots=True)
class Account:
    """A contract in the ERP's books. `fees` are all that are open at the start or will be issued."""

    number: str
    house: House
    kind: Kind
    holder: Person
    signed_on: date
    plan: tuple[str, str]  # name and ANS register
    beneficiaries: tuple[Covered, ...]
    charges: tuple[int, int] | None  # multa in basis points, juros in basis points a month
    opted_in: bool
    fees: tuple[Bill, ...]

    @property
    def company(self) -> str:
        """CNPJ of the contracting company, "" for a natural person."""
        return _COMPANY_CNPJ if self.kind is Kind.EMPRESARIAL else ""

    @property
    def collected(self) -> bool:
        """Whether the holder is the one who owes."""
        return self.kind is not Kind.EMPRESARIAL


class Happening(StrEnum):
    """What befalls a contract beside fees and payments."""

    DISPUTE = "dispute"
    HOLD = "hold"
    STAY = "hospital stay"
    CANCELLED = "fee cancelled"
    CORRECTED = "fee corrected"
    MOVED = "new address"
    OPT_OUT = "asked at the counter to be left alone"


@dataclass(frozen=True, slots=True)
class Incident:
    """`happening` befalls `account` on the day `begins` and is over on `ends` (None: not within the demo)."""

    happening: Happening
    account: str
    begins: date
    ends: date | None
    bill: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """Everything that is given before the first day."""

    start: date
    days: int
    accounts: Mapping[str, Account]
    incidents: tuple[Incident, ...]
    fees: Mapping[str, Bill] = field(init=False)

    def __post_init__(self) -> None:
        fees = {bill.number: bill for account in self.accounts.values() for bill in account.fees}
        object.__setattr__(self, "fees", fees)


def make_world(contracts: int, start: date, days: int, seed: int) -> World:
    """`contracts` contracts as of `start`, and what will happen in the `days` days from then."""
    rng = random.Random(seed)
    people = People(rng, start)
    holders: list[Person] = []
    accounts: dict[str, Account] = {}
    for index in range(contracts):
        # One holder in sixteen has a second contract: the caps count persons, not contracts.
        holder = rng.choice(holders[-40:]) if holders and rng.random() < 0.06 else people.adult()
        holders.append(holder)
        account = _account(rng, people, index, holder, start, days)
        accounts[account.number] = account
    return World(start, days, accounts, tuple(_incidents(rng, accounts, start, days)))


def _account(rng: random.Random, people: People, index: int, holder: Person, start: date, days: int) -> Account:
    house = HOUSES[0 if rng.random() < 0.7 else 1]
    number = f"{house.ans[:2]}{index:06d}"
    kind = rng.choices(list(Kind), weights=(55, 20, 15, 10))[0]
    name, register, price = rng.choice(_PLANS)
    old = rng.random() < 0.08  # before Lei 9.656 came into force
    signed = date(rng.randint(1990, 1998), rng.randint(1, 12), 1) if old else _since_1999(rng, start)
    surname = holder.name.split()[-1]
    family = rng.choices((0, 1, 2, 3), weights=(45, 25, 20, 10))[0]
    covered = [Covered(holder.name, holder.cpf, holder.birth_on)]
    covered += [Covered(people.name(surname), people.cpf(), people.birth(0, 60)) for _ in range(family)]
    amount = price * len(covered) * rng.randint(80, 130) // 100
    return Account(
        number=number,
        house=house,
        kind=kind,
        holder=holder,
        signed_on=signed,
        plan=(name, register),
        beneficiaries=tuple(covered),
        charges=rng.choices(((200, 100), (200, 33), (100, 0), None), weights=(60, 15, 10, 15))[0],
        opted_in=rng.random() < 0.4,
        fees=tuple(_fees(rng, number, holder, amount, start, days)),
    )


def _since_1999(rng: random.Random, start: date) -> date:
    return date(1999, 1, 1) + timedelta(days=rng.randint(0, (start - date(1999, 1, 1)).days - 60))


def _fees(rng: random.Random, account: str, holder: Person, amount: int, start: date, days: int) -> Iterator[Bill]:
    """Monthly fees: what is still open from before the start, then one a month."""
    due_day = rng.choice((1, 5, 8, 10, 12, 15, 18, 20, 22, 25, 28))
    behind = 0
    if holder.temper in (Temper.LATE, Temper.NEVER):
        behind = rng.choices((0, 1, 2, 3), weights=(50, 30, 13, 7))[0]
    elif holder.temper is Temper.REMINDED:
        behind = rng.choices((0, 1), weights=(80, 20))[0]
    last = start + timedelta(days=days + ISSUED_BEFORE)
    dues = [_due(start, step, due_day) for step in range(-4, 4 + days // 28)]
    past = [due_on for due_on in dues if due_on < start]
    coming = [due_on for due_on in dues if start <= due_on <= last]
    for due_on in past[len(past) - behind :] + coming:
        yield make_bill(account, due_on, max(start, due_on - timedelta(days=ISSUED_BEFORE)), amount)


def _due(start: date, step: int, day: int) -> date:
    """The `day` of the month `step` months after that of `start`."""
    years, zero_based = divmod(start.year * 12 + start.month - 1 + step, 12)
    return date(years, zero_based + 1, day)


def _incidents(rng: random.Random, accounts: Mapping[str, Account], start: date, days: int) -> Iterator[Incident]:
    """About one contract in twelve has something out of the ordinary."""
    for account in accounts.values():
        if rng.random() > 0.085 or not account.fees:
            continue
        kinds = list(Happening)
        happening = rng.choices(kinds, weights=(20, 15, 15, 15, 15, 15, 5))[0]
        begins = start + timedelta(days=rng.randint(0, max(0, days - 2)))
        length = rng.randint(2, 20)
        lasting = happening in (Happening.DISPUTE, Happening.HOLD, Happening.STAY)
        ends = begins + timedelta(days=length) if lasting and rng.random() < 0.75 else None
        issued = [bill for bill in account.fees if bill.issued_on <= begins]
        about_fee = happening in (Happening.CANCELLED, Happening.CORRECTED)
        if about_fee and not issued:
            continue
        named = about_fee or (happening is Happening.DISPUTE and issued and rng.random() < 0.7)
        yield Incident(happening, account.number, begins, ends, rng.choice(issued).number if named else "")
