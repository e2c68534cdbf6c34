"""States to store in tests: one contract, its case, an invoice, with values that must never show in clear."""

from datetime import UTC, date, datetime

from emdia.money import Centavos
from emdia.portfolio.case import Case, Invoice, OpenInvoice, PaymentCodes, Reach
from emdia.portfolio.contract import (
    Address,
    AsOf,
    Channel,
    Consent,
    ContactPoint,
    Contract,
    ContractKind,
    Holder,
    Plan,
)
from emdia.state import Subject

WHEN = datetime(2026, 11, 23, 15, 0, 0, 1, tzinfo=UTC)
AS_OF = AsOf(7, WHEN)
# What names or reaches a person, as it is spelled in the states below.
PERSONAL = (
    "Josefa Araújo", "52998224725", "1961-04-30", "Rua das Acácias", "josefa@exemplo.com.br", "CT-778-2",
    "FAT-99-1", "00020126pix", "concordo com o e-mail", "internada na UTI",
)  # fmt: skip


def case(n: int = 0, **more: object) -> Case:
    fields: dict[str, object] = {
        "contract": f"{n:032x}",
        "holder_key": holder(n).id,
        "kind": ContractKind.INDIVIDUAL,
        "uf": "SP",
        "zone": "America/Sao_Paulo",
        "ladder": "padrao-2026-1",
        "multa_bp": 200,
        "juros_bp_month": 100,
        "reach": ((Channel.EMAIL, Reach.OPEN), (Channel.SMS, Reach.NONE)),
        "invoices": (OpenInvoice(f"{n:031x}a", "2026-11", date(2026, 11, 20), Centavos(45_990), "D-3"),),
    }
    return Case(**(fields | more))  # type: ignore[arg-type]


def holder(n: int = 0) -> Subject:
    return Subject(f"{n + 0xABC000:032x}")


def contract(n: int = 0, **more: object) -> Contract:
    fields: dict[str, object] = {
        "key": f"{n:032x}",
        "holder_key": holder(n).id,
        "number": "CT-778-2",
        "kind": ContractKind.INDIVIDUAL,
        "signed_on": date(2015, 2, 1),
        "regulated": True,
        "plan": Plan("Essencial", "470001"),
        "holder": Holder("Josefa Araújo", "52998224725", date(1961, 4, 30)),
        "address": Address("Rua das Acácias", "12", "", "Centro", "Santos", "SP", "11010000", "3548500"),
        "contact_points": (ContactPoint("p1", Channel.EMAIL, "josefa@exemplo.com.br", 1),),
        "consents": (Consent(Channel.EMAIL, True, WHEN, "app", "concordo com o e-mail", AS_OF),),
        "as_of": AS_OF,
        "points_as_of": AS_OF,
    }
    return Contract(**(fields | more))  # type: ignore[arg-type]


def invoice(n: int = 0, **more: object) -> Invoice:
    fields: dict[str, object] = {
        "contract": f"{n:032x}",
        "id": f"{n:031x}a",
        "holder_key": holder(n).id,
        "number": "FAT-99-1",
        "reference": "2026-11",
        "due_on": date(2026, 11, 20),
        "amount": Centavos(45_990),
        "codes": PaymentCodes(pix="00020126pix"),
        "as_of": AS_OF,
    }
    return Invoice(**(fields | more))  # type: ignore[arg-type]
