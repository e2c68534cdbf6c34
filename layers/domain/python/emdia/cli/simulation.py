"""`emdia ladder simulate` and `snapshot`: what a ladder would do, or would have done, to a portfolio on a file."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from emdia.cli import snapshots
from emdia.cli.numbers import whole
from emdia.cli.prices import SHIPPED, read_prices
from emdia.clock import UtcClock
from emdia.compliance.municipality import uf_of, zone_of
from emdia.errors import Rejected
from emdia.identity import parse_ibge
from emdia.ladder.ladder import DEFAULT, PUBLISHED, Ladder, on_trial
from emdia.ladder.outlook import Outlook, diff_table, difference, outlook, repinned, table
from emdia.ladder.picture import picture
from emdia.ladder.plan import PLANS, Plan, pinned
from emdia.ladder.replay import Snapshot, past
from emdia.ladder.simulate import simulate
from emdia.money import Centavos
from emdia.portfolio.case import Case, OpenInvoice, Reach
from emdia.portfolio.contract import Channel, ContractKind

HEADING = "contract;person;ibge;due_on;amount"
Prices = Mapping[Channel, int]
# Writes the snapshot of (stage, operator) to a file, in the name of who types.
Take = Callable[[str, str], str]


def read_portfolio(text: str) -> Iterator[Case]:
    """One case a line of `contract;person;ibge;due_on;amount` (centavos): individual contracts reached by e-mail.

    Raises Rejected with the line as pointer: `portfolio-row-invalid`, `ibge-invalid`.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip() or (number == 1 and line.strip() == HEADING):
            continue
        cells = [cell.strip() for cell in line.split(";")]
        try:
            contract, person, ibge, due, amount = cells
            day, centavos = date.fromisoformat(due), Centavos(int(amount))
        except ValueError:
            raise Rejected("portfolio-row-invalid", f"/{number}") from None
        if not contract or not person or centavos <= 0:
            raise Rejected("portfolio-row-invalid", f"/{number}")
        code = parse_ibge(ibge, f"/{number}")
        yield Case(
            contract=contract, holder_key=person, kind=ContractKind.INDIVIDUAL, uf=uf_of(code), zone=zone_of(code),
            ibge=code, ladder=DEFAULT.version, reach=((Channel.EMAIL, Reach.OPEN),),
            invoices=(OpenInvoice(contract, f"{day:%Y-%m}", day, centavos),),
        )  # fmt: skip


def run_simulate(asked: argparse.Namespace, read_ladder: Callable[[str], Ladder]) -> str:
    """The table of one version, or what changes from the published one to that of `--ladder`; a picture if asked.

    Days before a snapshot was taken are lived again with what happened on them; days after it come as they may.
    """
    portfolio = _portfolio(Path(asked.file).read_text(encoding="utf-8"))
    prices = read_prices(Path(asked.prices or SHIPPED).read_text(encoding="utf-8"))
    start = _start(asked.start, portfolio)
    end = start + timedelta(days=asked.days)
    shown = [(DEFAULT.version, _look(portfolio, start, end, DEFAULT, prices))]
    if asked.ladder is not None:
        other = read_ladder(Path(asked.ladder).read_text(encoding="utf-8"))
        shown.append((other.version, _look(portfolio, start, end, other, prices)))
    again = _lived(start, portfolio)
    if asked.plan is not None:
        if asked.plan not in PLANS:
            raise Rejected("approval-thing-unknown", "/plan")
        if again:
            raise Rejected("plan-not-replayed", "/start")  # who would have been drawn to what, nobody can have lived
        shown.append((asked.plan, _look_at_plan(portfolio, start, end, PLANS[asked.plan], prices)))
    said = [_heading(portfolio, start, end)] if again else []
    if asked.picture is not None:
        title = f"Régua de cobrança de {start:%d/%m/%Y} a {end - timedelta(days=1):%d/%m/%Y}"
        Path(asked.picture).write_text(picture(shown, title), encoding="utf-8")
        said.append(f"Figura: {asked.picture}")
    if len(shown) == 1:
        return "\n".join([*said, table(shown[0][1])])
    rows = difference(shown[0][1], shown[1][1])
    return "\n".join([*said, diff_table(rows, shown[0][0], shown[1][0])])


def _portfolio(text: str) -> Snapshot:
    """A snapshot as it is; a table as one taken now of a portfolio without a past."""
    if snapshots.is_snapshot(text):
        return snapshots.read(text)
    cases = list(read_portfolio(text))
    if len({case.contract for case in cases}) < len(cases):
        raise Rejected("portfolio-row-invalid")
    return Snapshot("000000", datetime.min.replace(tzinfo=UTC), cases)


def _start(asked: date | None, portfolio: Snapshot) -> datetime:
    """Midnight (UTC) of the day asked for; else the moment of a snapshot, or today."""
    if asked is not None:
        return datetime.combine(asked, datetime.min.time(), UTC)
    if portfolio.taken_at.year > 1:
        return portfolio.taken_at
    return datetime.combine(UtcClock().now().date(), datetime.min.time(), UTC)


def _lived(start: datetime, portfolio: Snapshot) -> bool:
    return start < portfolio.taken_at


def _look(portfolio: Snapshot, start: datetime, end: datetime, ladder: Ladder, prices: Prices) -> Outlook:
    days = -((start - end) // timedelta(days=1))
    with nullcontext() if ladder.version in PUBLISHED else on_trial(ladder):
        if _lived(start, portfolio):
            stood = past(portfolio, start, end, ladder)
            told = simulate(
                stood.cases, stood.persons, start, days,
                ans=portfolio.ans, happenings=stood.happenings, holidays=portfolio.holidays,
            )  # fmt: skip
        else:
            told = simulate(
                list(_pinned(portfolio.cases, ladder)), portfolio.persons, start, days,
                ans=portfolio.ans, outreach=portfolio.outreach, holidays=portfolio.holidays,
            )  # fmt: skip
    return outlook(told, prices)


def _look_at_plan(portfolio: Snapshot, start: datetime, end: datetime, plan: Plan, prices: Prices) -> Outlook:
    """Each contract with an open invoice on the ladder that the plan draws for it."""
    drawn = []
    for case in portfolio.cases:
        arm = pinned(case, plan) if case.invoices else case
        drawn += [replace(one, arm=arm.arm) for one in _pinned([case], PUBLISHED[arm.ladder])]
    days = -((start - end) // timedelta(days=1))
    told = simulate(
        drawn, portfolio.persons, start, days,
        ans=portfolio.ans, outreach=portfolio.outreach, holidays=portfolio.holidays,
    )  # fmt: skip
    return outlook(told, prices)


def _pinned(cases: list[Case], ladder: Ladder) -> Iterator[Case]:
    """`cases`, those of another version as if pinned to `ladder`."""
    for case in cases:
        if case.ladder == ladder.version:
            yield replace(case, due=None)
        else:
            yield from repinned([case], PUBLISHED[case.ladder], ladder)


def _heading(portfolio: Snapshot, start: datetime, end: datetime) -> str:
    sent = sum(start <= one.at < end for one in portfolio.sent)
    return f"Dias já vividos, com os pagamentos e as pausas que houve. Enviadas de fato no período: {sent} mensagens."


def add_parser(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", read: Callable[[str], Ladder], take: Take
) -> None:
    """The two commands; `read` makes a ladder of JSON."""
    look = actions.add_parser("simulate", help="o que a régua faria, ou teria feito; nada é gravado nem enviado")
    look.add_argument(
        "--file", required=True, help=f"carteira: linhas {HEADING}, valores em centavos; ou o arquivo de snapshot"
    )
    look.add_argument("--days", type=whole(1, 3650), default=60, help="quantos dias (padrão: 60)")
    look.add_argument("--start", type=date.fromisoformat, help="primeiro dia, 2026-12-01 (padrão: hoje)")
    other = look.add_mutually_exclusive_group()
    other.add_argument("--ladder", help="outra versão da régua, em JSON, para comparar com a publicada")
    other.add_argument("--plan", help="plano de segmentos e braços, para comparar com a publicada para todos")
    look.add_argument("--prices", help="preços: linhas channel;reais;source (padrão: estimativas)")
    look.add_argument("--picture", help="arquivo SVG a gravar, que qualquer navegador abre")
    look.set_defaults(run=lambda asked: run_simulate(asked, read))
    taken = actions.add_parser(
        "snapshot", help="a carteira viva num arquivo, só com pseudônimos; quem a tira é registrado"
    )
    taken.add_argument("--operator", required=True, help="registro na ANS")
    taken.add_argument("--out", required=True, help="arquivo a gravar")

    def run(asked: argparse.Namespace) -> str:
        text = take(asked.stage, asked.operator)
        Path(asked.out).write_text(text, encoding="utf-8")
        return f"Carteira em {asked.out}: {len(snapshots.read(text).cases)} contratos."

    taken.set_defaults(run=run)
