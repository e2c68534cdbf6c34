"""Meta says how WhatsApp templates stand: one that is rejected or paused carries nothing from that moment on."""

import logging
from collections import defaultdict
from collections.abc import Sequence

from emdia.errors import TryLater
from emdia.facts import Fact, Value
from emdia.messages.ports import Senders
from emdia.messages.registry import Registry, TemplateStanding
from emdia.messages.reply import TemplateTold
from emdia.portfolio.contract import Channel
from emdia.ports import Act, Ledger, Ledgers, Put
from emdia.state import registry_ref
from emdia.workflows.acts import command

LOG = logging.getLogger("emdia")


def hear_templates(told: Sequence[TemplateTold], ledgers: Ledgers, senders: Senders) -> set[TemplateTold]:
    """Record what is new, in any order; answers what must be heard again (no operator of ours, or a lost race)."""
    again: set[TemplateTold] = set()
    by_operator: dict[str, list[TemplateTold]] = defaultdict(list)
    for one in told:
        try:
            found = [ans for number in one.to if (ans := senders.operator_of(Channel.WHATSAPP, number)) is not None]
        except TryLater as later:
            LOG.warning("a template's standing comes again: %s", later)
            found = []
        if found:
            by_operator[found[0]].append(one)
        else:
            again.add(one)
    for ans, some in by_operator.items():
        try:
            standings = [TemplateStanding(one.name, one.status, one.category, one.at) for one in some]
            if record(standings, ledgers.of(ans)) is None:
                again.update(some)
        except TryLater as later:
            LOG.warning("a template's standing comes again: %s", later)
            again.update(some)
    return again


def record(standings: Sequence[TemplateStanding], ledger: Ledger) -> Registry | None:
    """The operator's registry after `standings` are written down; None when somebody else changed it meanwhile."""
    held = ledger.get([registry_ref()]).get(registry_ref())
    before = held if isinstance(held, Registry) else Registry()
    after = before
    for one in standings:
        after = after.hears(one)
    changed = [one for one in after.templates if before.by_name().get(one.name) != one]
    if not changed:
        return before
    facts = tuple(
        Fact(
            "template.standing",
            after.ref,
            (Value("modelo", one.name), Value("situacao", one.status), Value("categoria", one.category)),
        )
        for one in changed
    )
    act = Act(command("templates", before.v, *changed), (Put(after),), facts)
    return after if ledger.commit([act]).landed else None
