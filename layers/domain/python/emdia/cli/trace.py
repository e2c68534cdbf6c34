"""`emdia trace`: what became of one outreach, told in order."""

import argparse
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from emdia import wiring
from emdia.aws.openings import KeyedOpenings
from emdia.aws.past_facts import DynamoPastFacts
from emdia.workflows.trace_outreach import Deps, Happened, Story, trace_outreach

SAID: Final[Mapping[str, str]] = {
    "invoice.recorded": "o ERP informou uma fatura",
    "invoice.settled": "o ERP informou o pagamento de uma fatura",
    "invoice.cancelled": "o ERP cancelou uma fatura",
    "outreach.queued": "a régua decidiu escrever",
    "outreach.deferred": "adiado",
    "outreach.refused": "recusado: não havia forma lícita ou possível",
    "outreach.cancelled": "cancelado: o motivo deixou de existir",
    "outreach.claimed": "reservado para envio",
    "outreach.released": "o provedor não o aceitou; volta à fila",
    "outreach.accepted": "aceito pelo provedor",
    "outreach.rejected": "recusado pelo provedor, em definitivo",
    "outreach.delivered": "entregue",
    "outreach.read": "aberto pela pessoa",
    "outreach.failed": "não entregue",
    "outreach.complained": "a pessoa reclamou dele",
    "outreach.unknown": "sem notícia do provedor: conta como enviado",
    "outreach.recalled": "lembrado depois de restaurar o razão: conta como enviado",
}
# Which values of a fact are told, in this order, and how they are called.
_TOLD: Final = ("canal", "degrau", "regra", "modelo", "resposta", "motivo", "ate")
_ZONE: Final = ZoneInfo("America/Sao_Paulo")


def add_parser(parser: argparse.ArgumentParser, actor: Callable[[], str]) -> None:
    """What can be asked. `actor` tells who asks, as AWS knows them."""
    parser.add_argument("ref", help="referência que o provedor devolve: operadora-contrato-contato")

    def run(asked: argparse.Namespace) -> str:
        house = wiring.command_line(asked.stage)
        past = DynamoPastFacts(house.dynamodb, house.settings.of("EMDIA_JOURNAL"))
        deps = Deps(house.ledgers, past, KeyedOpenings(house.keyring), house.clock)
        return told(trace_outreach(asked.ref, actor(), deps))

    parser.set_defaults(run=run)


def told(story: Story) -> str:
    """One line for each thing that happened, by the clock of Brasília, and how it stands."""
    outreach = story.outreach
    lines = [f"Contato {outreach.id} por {outreach.channel}, degrau {outreach.step}: {outreach.status}."]
    lines += [f"{_local(one.at)}  {SAID.get(one.kind, one.kind)}{_more(one)}" for one in story.happened]
    return "\n".join([*lines, "Horário de Brasília."])


def _more(one: Happened) -> str:
    values = [f"{name} {one.values[name]}" for name in _TOLD if one.values.get(name)]
    return f" ({'; '.join(values)})" if values else ""


def _local(at: datetime) -> str:
    return f"{at.astimezone(_ZONE):%d/%m/%Y %H:%M:%S}"
