"""Cases and their parts, with defaults, for the tests of pure rules."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from emdia.compliance.frequency import Contacted
from emdia.ladder.ladder import DEFAULT
from emdia.messages.outreach import Outreach, OutreachKind, OutreachStatus, outreach_id
from emdia.messages.person import PersonLog
from emdia.money import Centavos
from emdia.portfolio.case import Case, OpenInvoice, Reach
from emdia.portfolio.contract import Channel, ContractKind

ANS = "123456"
SAO_PAULO = "America/Sao_Paulo"


def local(text: str, zone: str = SAO_PAULO) -> datetime:
    """The UTC instant of a local clock reading like "2026-11-23 09:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def invoice(due_on: str, id_: str = "f1", step: str = "", amount: int = 120_000) -> OpenInvoice:
    day = date.fromisoformat(due_on)
    return OpenInvoice(id_, f"{day:%Y-%m}", day, Centavos(amount), step)


def case(*invoices: OpenInvoice, zone: str = SAO_PAULO, uf: str = "SP", **changes: object) -> Case:
    fields: dict[str, object] = {
        "contract": "c1",
        "holder_key": "p1",
        "kind": ContractKind.INDIVIDUAL,
        "uf": uf,
        "zone": zone,
        "ladder": DEFAULT.version,
        "reach": ((Channel.EMAIL, Reach.OPEN),),
        "invoices": invoices,
    }
    return Case(**(fields | changes))


def outreach(created: datetime, status: OutreachStatus = OutreachStatus.QUEUED, **changes: object) -> Outreach:
    fields: dict[str, object] = {
        "contract": "c1",
        "id": outreach_id(ANS, "c1", OutreachKind.LADDER, created.date()),
        "holder_key": "p1",
        "channel": Channel.EMAIL,
        "step": "D+3",
        "template": "atraso",
        "ladder": DEFAULT.version,
        "invoices": ("f1",),
        "status": status,
        "created_at": created,
        "rule": "ladder.step-due",
    }
    fields |= changes
    return Outreach(**({"advanced": fields["invoices"]} | fields))


def contacted(*moments: datetime) -> PersonLog:
    return PersonLog(key="p1", contacted=tuple(Contacted(at, f"o{n}") for n, at in enumerate(moments)))
