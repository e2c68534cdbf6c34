"""The demo's people: who they are, how they can be reached, and how they treat a bill."""

import random
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from infra.local.demo.places import DISTRICTS, PLACES, STREETS, Place

_WOMEN = (
    "Maria", "Ana", "Francisca", "Antônia", "Adriana", "Juliana", "Márcia", "Fernanda", "Patrícia", "Aline",
    "Sandra", "Camila", "Amanda", "Bruna", "Jéssica", "Letícia", "Júlia", "Luciana", "Vanessa", "Mariana",
    "Gabriela", "Valéria", "Conceição", "Terezinha", "Iracema", "Jaci", "Yasmin", "Kethelyn", "Érica", "Zuleide",
)  # fmt: skip
_MEN = (
    "José", "João", "Antônio", "Francisco", "Carlos", "Paulo", "Pedro", "Lucas", "Luiz", "Marcos",
    "Luís", "Gabriel", "Rafael", "Daniel", "Marcelo", "Bruno", "Eduardo", "Felipe", "Raimundo", "Rodrigo",
    "Mateus", "Sebastião", "Fábio", "Caetano", "Ubiratan", "Wellington", "Jean-Claude", "Ítalo", "Hélio", "Davi",
)  # fmt: skip
_SECOND = ("das Graças", "Aparecida", "de Fátima", "do Socorro", "Luísa", "Clara", "Beatriz", "do Carmo")
_SECOND_MEN = ("Carlos", "Henrique", "Augusto", "Eduardo", "Miguel", "Batista", "Afonso", "Otávio")
_SURNAMES = (
    "Silva", "Santos", "Oliveira", "Souza", "Rodrigues", "Ferreira", "Alves", "Pereira", "Lima", "Gomes",
    "Costa", "Ribeiro", "Martins", "Carvalho", "Almeida", "Lopes", "Soares", "Fernandes", "Vieira", "Barbosa",
    "Rocha", "Dias", "Nascimento", "Andrade", "Moreira", "Nunes", "Marques", "Machado", "Araújo", "Gonçalves",
    "Conceição", "Magalhães", "Guimarães", "Assunção", "Tanaka", "Yamamoto", "Bianchi", "Schmidt", "Müller",
    "Kowalski", "Haddad", "Abdala", "Munduruku", "Potiguara", "D'Ávila", "Sant'Ana", "Cohen", "Nguyen",
)  # fmt: skip
_PARTICLES = ("da", "de", "dos", "do", "das")


class Temper(StrEnum):
    """What a person does with a bill."""

    AT_ONCE = "at once"  # pays as soon as it comes, before any reminder
    REMINDED = "after a reminder"  # pays when a mail has been read
    LATE = "late"  # pays some days after the due date, whatever is written
    NEVER = "never"


class Mailbox(StrEnum):
    """What there is behind a person's e-mail address."""

    ALIVE = "alive"
    DEAD = "dead"  # bounces for ever
    NONE = "none"  # the operator knows no address


@dataclass(frozen=True, slots=True)
class Person:
    """A natural person.

    `opens`: of a hundred mails, how many are opened; `patience`: days until a reader of a reminder pays, or days of
    delay of one who pays late.
    """

    name: str
    cpf: str
    birth_on: date
    place: Place
    street: str
    number: str
    district: str
    email: str
    mailbox: Mailbox
    temper: Temper
    opens: int
    patience: int
    unsubscribes: bool = False  # uses the link of the first mail read
    complains: bool = False  # presses "this is spam" on the first mail


class People:
    """Makes people, all different, always the same ones for the same `rng`."""

    def __init__(self, rng: random.Random, today: date) -> None:
        self._rng = rng
        self._today = today
        self._cpfs: set[str] = set()
        self._made = 0

    def adult(self) -> Person:
        """Somebody who can hold a contract."""
        rng = self._rng
        self._made += 1
        name = self.name()
        mailbox = rng.choices(list(Mailbox), weights=(92, 4, 4))[0]
        temper = rng.choices(list(Temper), weights=(44, 26, 18, 12))[0]
        late = temper is Temper.LATE
        return Person(
            name=name,
            cpf=self.cpf(),
            birth_on=self.birth(18, 88),
            place=rng.choices(PLACES, weights=[place.weight for place in PLACES])[0],
            street=rng.choice(STREETS),
            number=str(rng.randint(1, 3200)) if rng.random() > 0.03 else "s/n",
            district=rng.choice(DISTRICTS),
            email=_address(name, self._made, mailbox),
            mailbox=mailbox,
            temper=temper,
            opens=rng.choice((0, 30, 60, 90)) if temper is not Temper.REMINDED else rng.choice((60, 90, 100)),
            patience=rng.randint(2, 24) if late else rng.randint(0, 2),
            unsubscribes=rng.random() < 0.015,
            complains=rng.random() < 0.006,
        )

    def name(self, surname: str | None = None) -> str:
        """A full name; now and then very long, or in capitals as old registers keep them."""
        rng = self._rng
        woman = rng.random() < 0.53
        parts = [rng.choice(_WOMEN if woman else _MEN)]
        if rng.random() < 0.35:
            parts.append(rng.choice(_SECOND if woman else _SECOND_MEN))
        for _ in range(rng.choices((1, 2, 3, 5), weights=(40, 45, 12, 3))[0]):
            if rng.random() < 0.3:
                parts.append(rng.choice(_PARTICLES))
            parts.append(rng.choice(_SURNAMES))
        parts.append(surname or rng.choice(_SURNAMES))
        if woman is False and rng.random() < 0.06:
            parts.append(rng.choice(("Júnior", "Neto", "Filho")))
        name = " ".join(parts)
        return name.upper() if rng.random() < 0.12 else name

    def cpf(self) -> str:
        """A CPF with right check digits that nobody else of the demo has."""
        while True:
            nine = [self._rng.randint(0, 9) for _ in range(9)]
            text = "".join(map(str, with_cpf_digits(nine)))
            if len(set(nine)) > 1 and text not in self._cpfs:
                self._cpfs.add(text)
                return text

    def birth(self, youngest: int, oldest: int) -> date:
        """A birth date for an age in years."""
        days = self._rng.randint(youngest * 365 + youngest, oldest * 365)
        return self._today - timedelta(days=days)


def with_cpf_digits(nine: list[int]) -> list[int]:
    """Eleven digits: the nine and their two check digits (modulo 11, weights rising from 2 on the right)."""
    digits = list(nine)
    for _ in range(2):
        rest = sum(digit * weight for weight, digit in enumerate(reversed(digits), start=2)) % 11
        digits.append(0 if rest < 2 else 11 - rest)
    return digits


def _address(name: str, number: int, mailbox: Mailbox) -> str:
    """An address under domains that can never exist (RFC 2606); "" for people without one."""
    if mailbox is Mailbox.NONE:
        return ""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    words = ["".join(c for c in word if c.isalnum()) for word in plain.split()]
    domain = "caixa-extinta.example" if mailbox is Mailbox.DEAD else "correio.example"
    return f"{words[0]}.{words[-1]}.{number}@{domain}"


def new_address(person: Person) -> str:
    """The address a person gives when asked for a better one."""
    return f"novo.{person.cpf[:6]}.{person.cpf[9:]}@correio.example"
