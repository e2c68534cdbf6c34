"""How the demo's people are reached: the channel they like, their number, and what is wrong with some of them.

Drawn from the person alone, so that nothing else of the world moves when this does.
"""

import random
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from infra.local.demo.people import Person


class Likes(StrEnum):
    """The channel a person has asked to be written to on."""

    WHATSAPP = "whatsapp"
    SMS = "sms"
    EMAIL = "email"


STOP = "SAIR"
SAYS, SAYS_PAID = "its person says so:", "its person says it is paid:"  # before a contract or fee in the judge's books
_MIX = {Likes.WHATSAPP: 60, Likes.SMS: 15, Likes.EMAIL: 25}


@dataclass(frozen=True, slots=True)
class Habits:
    """`dead`: nobody has the number; `blocks`: WhatsApp messages; `stops`: writes SAIR once a message was read."""

    likes: Likes
    dead: bool
    blocks: bool
    stops: bool


@cache
def habits_of(person: Person) -> Habits:
    """Always the same for a person."""
    rng = random.Random(f"{person.cpf} habits")
    likes = rng.choices(list(_MIX), weights=list(_MIX.values()))[0]
    return Habits(likes, rng.random() < 0.03, rng.random() < 0.04, rng.random() < 0.02)


@cache
def phone_of(person: Person) -> str:
    """The person's mobile number (E.164), in the area code of where they live."""
    return f"+55{person.place.ddd}9{random.Random(f'{person.cpf} phone').randint(80_000_000, 99_999_999)}"


def contact_points(person: Person, email: str) -> list[dict[str, Any]]:
    """What the operator's register has, in the person's own order. WhatsApp only where they have asked for it."""
    habits, phone = habits_of(person), phone_of(person)
    points = [{"id": "t1", "channel": "sms", "value": phone, "preference": 2 - 2 * (habits.likes is Likes.SMS)}]
    if habits.likes is Likes.WHATSAPP:
        points.append({"id": "w1", "channel": "whatsapp", "value": phone, "preference": 0})
    if email:
        name = "e1" if email == person.email else "e2"
        points.append({"id": name, "channel": "email", "value": email, "preference": int(habits.likes != "email")})
    return points
