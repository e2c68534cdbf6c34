"""The demo's channels: what the sandbox is told of people and templates, and what it saw by channel at the end."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from emdia.messages import texts
from emdia.messages.render import registered_name, registration, render
from emdia.messages.samples import example_of
from emdia.portfolio.contract import Channel
from infra.local.demo.attended import is_copy
from infra.local.demo.chronicle import BRASILIA
from infra.local.demo.laptop import Laptop
from infra.local.demo.live import Life
from infra.local.demo.people import new_address
from infra.local.demo.phones import phone_of
from infra.local.demo.portfolio import HOUSES, World
from infra.local.sandbox.mailbox import Mail, Person
from infra.local.sandbox.phones import CHANNELS, Account, Owner, Text
from infra.local.sandbox.server import Sandbox

_LOST = ("Bounce", "failed")
_WINDOW = timedelta(days=1)


def introduce(world: World, sandbox: Sandbox, public_url: str) -> None:
    """Whose every mailbox and phone is; and each operator's WhatsApp account, with this release's texts approved."""
    people, owners = [], []
    for account in world.accounts.values():
        holder = account.holder
        place = f"{holder.place.city} - {holder.place.uf}"
        owners.append(Owner(phone_of(holder), holder.name, place, holder.place.zone, holder.email))
        addresses = filter(None, (holder.email, new_address(holder)))
        people += [Person(address, holder.name, place, holder.place.zone) for address in addresses]
    sandbox.office.reading(lambda boxes: boxes.introduce(people))
    sandbox.carrier.reading(lambda phones: phones.introduce(owners))
    ours = [text for text in texts.texts() if text.channel is Channel.WHATSAPP]
    for house in HOUSES:
        documents = {
            registered_name(text): registration(
                text, render(text.name, text.channel, example_of(text.name), text.version), public_url
            )
            for text in ours
        }
        approved = dict.fromkeys(documents, "APPROVED")
        sandbox.carrier.open_account(Account(house.whatsapp_account, (house.whatsapp_from,), documents, approved))


def lost(mails: Sequence[Mail | Text]) -> frozenset[str]:
    """Ids of the messages that reached nobody."""
    return frozenset(mail.id for mail in mails if any(mail.met(kind) for kind in _LOST))


def unasked(laptop: Laptop) -> int:
    """Answers of the product to somebody who had not written on that channel within a day; copies are judged apart."""
    asked: dict[tuple[str, str], list[Text]] = defaultdict(list)
    for reply in laptop.sandbox.carrier.replies():
        asked[reply.channel, reply.to].append(reply)
    answers = [one for one in laptop.answers if isinstance(one, Text) and not is_copy(one)]
    return sum(
        all(not answer.at - _WINDOW <= reply.at <= answer.at for reply in asked[answer.channel, answer.to])
        for answer in answers
    )


def shown(life: Life) -> Iterator[str]:
    """Messages by channel, and which channel served where another had failed."""
    laptop = life.laptop
    of: dict[str, list[Mail | Text]] = {channel: [] for channel in ("email", *CHANNELS)}
    for letter, mail in zip(laptop.letters, laptop.mails, strict=True):
        of[letter.channel].append(mail)
    yield f"{'channel':<10}{'sent':>7}{'delivered':>11}{'read':>7}{'failed':>8}{'of all':>8}"
    for channel, mails in of.items():
        told = [sum(any(mail.met(kind) for kind in kinds) for mail in mails) for kinds in _KINDS]
        share = 100 * len(mails) // max(1, len(laptop.mails))
        yield f"{channel:<10}{len(mails):>7}{told[0]:>11}{told[1]:>7}{told[2]:>8}{share:>7}%"
    pairs = ", ".join(f"{before} to {after} {count}" for (before, after), count in _fallbacks(life).most_common())
    yield f"fallbacks on the same day, after proof that the first had not arrived: {pairs or 'none'}"
    replies = laptop.sandbox.carrier.replies()
    yield (
        f"people wrote back {len(replies)} times and were answered {len(laptop.answers)} times; "
        f"the providers refused {laptop.sandbox.carrier.throttled} calls for load, and each was made again"
    )


_KINDS = (("Delivery", "delivered"), ("Open", "read"), _LOST)


def _fallbacks(life: Life) -> Counter[tuple[str, str]]:
    before: dict[tuple[str, object], tuple[str, bool]] = {}
    found: Counter[tuple[str, str]] = Counter()
    failed = lost(life.laptop.mails)
    for letter in life.laptop.letters:
        for account in {bill.account for bill in life.matcher.fees(letter)}:
            key = account, letter.at.astimezone(BRASILIA).date()
            if key in before and before[key][1]:
                found[before[key][0], letter.channel] += 1
            before[key] = letter.channel, letter.id in failed
    return found
