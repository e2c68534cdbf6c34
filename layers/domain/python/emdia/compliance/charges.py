"""What delay may cost: multa once and simple juros, as the contract agrees and never above the caps.

Source: docs/law.md, charges (CDC art. 52 §1, RN ANS 593/2023, Lei 7.089/1983); parameters in norms.py.
"""

from dataclasses import dataclass
from datetime import date

from emdia.compliance.delay import OperatorDelay, days_late
from emdia.compliance.norms import norm
from emdia.compliance.rules import CHARGES_JUROS_CAP, CHARGES_MULTA_CAP
from emdia.errors import Halted, Rejected
from emdia.money import Centavos, percent, pro_rata


@dataclass(frozen=True, slots=True)
class Clause:
    """What the contract agrees for delay: multa in basis points, juros in basis points a month."""

    multa_bp: int
    juros_bp_month: int


@dataclass(frozen=True, slots=True)
class Itemised:
    """What is owed, part by part (RN 593 and CDC art. 42-A ask for exact values). `days` late, calendar."""

    principal: Centavos
    multa: Centavos
    juros: Centavos
    total: Centavos
    days: int


def parse_clause(multa_bp: int, juros_bp_month: int, on: date, pointer: str = "") -> Clause:
    """The contract's clause, refused when it asks more than the law of `on` allows. 0 means not agreed.

    `pointer` is that of the object; the error names the field below it. Raises Rejected `clause-invalid`
    for a negative rate, `clause-over-cap` (with the rule and the cap) above a cap.
    """
    fields = (
        ("multa_bp", multa_bp, "charges.multa.cap", CHARGES_MULTA_CAP),
        ("juros_bp_month", juros_bp_month, "charges.juros.cap", CHARGES_JUROS_CAP),
    )
    for name, rate, cap_id, rule in fields:
        cap = norm(cap_id, on).value
        if rate < 0:
            raise Rejected("clause-invalid", f"{pointer}/{name}")
        if rate > cap:
            raise Rejected("clause-over-cap", f"{pointer}/{name}", rule=rule, cap_bp=cap)
    return Clause(multa_bp, juros_bp_month)


def charges(
    principal: Centavos,
    due: date,
    on: date,
    clause: Clause | None,
    uf: str = "",
    caused: OperatorDelay | None = None,
    resting: tuple[date, ...] = (),
) -> Itemised:
    """What settles a fee of `principal` due on `due` when paid on `on` (local calendar days), in state `uf`.

    `resting` are the holidays of the person's municipality. Delay runs from the effective due date, without the days
    `caused` by the operator. Multa once, juros simple pro rata die, each rounded half-even; on time neither; without a
    clause no multa, and juros at the rate that the norm sets (zero). A clause above a cap (older than the check at the
    door) charges the cap. Raises Halted for a negative principal.
    """
    if principal < 0:
        raise Halted("negative principal")
    days = max(0, days_late(due, on, uf, caused, resting))
    multa = juros = Centavos(0)
    if days:
        agreed = clause or Clause(0, 0)
        multa = percent(principal, min(agreed.multa_bp, norm("charges.multa.cap", on).value))
        rate = agreed.juros_bp_month or norm("charges.legal-rate", on).value
        juros = pro_rata(principal, min(rate, norm("charges.juros.cap", on).value), days)
    return Itemised(principal, multa, juros, Centavos(principal + multa + juros), days)
