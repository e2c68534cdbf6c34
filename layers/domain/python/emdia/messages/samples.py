"""Made-up people and debts, each awkward in its own way, to look at a text before anybody is written to with it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from emdia.messages.receipt_words import ReceiptView, receipt_view
from emdia.messages.words import View, compose
from emdia.money import Centavos
from emdia.payments.settlement import Entry
from emdia.portfolio.case import Case, Invoice, InvoiceStatus, OpenInvoice, PaymentCodes
from emdia.portfolio.contract import Address, AsOf, Contract, ContractKind, Holder, Operator, Plan
from emdia.portfolio.received import balance_of

_KEY: Final = "0" * 32
_AS_OF: Final = AsOf(1, datetime(2026, 11, 1, tzinfo=UTC))
_UNSUBSCRIBE: Final = "https://avisos.operadora.example/u/9tTqg2hLJ3dS0m1kQyAbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
_PAGE: Final = "https://avisos.operadora.example/p/Zk3mQ9xV2bTr7LwPa1cYdE"
_CODES: Final = PaymentCodes(
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR"
    "5913Fulano de Tal6008BRASILIA62070503***63041D3D",
    "23793.38128 60007.827136 95000.063305 9 12340000012345",
    "https://pagar.operadora.example/f/8c1d",
)
_OPERATOR: Final = Operator(
    ans="123456",
    name="Operadora Exemplo de Planos de Saúde Ltda.",
    cnpj="11222333000181",
    address="Avenida Paulista, 1000, 12º andar, Bela Vista, São Paulo/SP, 01310-100",
    mail_from="avisos@operadora.example",
    phone="0800 555 0199",
    site="https://operadora.example",
    how_to_pay="Pague pelo aplicativo do seu banco, em lotéricas ou na área do cliente.",
)
RECEIPT: Final = "recibo"
# Due on a Tuesday; the days of sending stand around it.
DUE: Final = date(2026, 11, 10)


def samples_of(name: str) -> Mapping[str, View] | Mapping[str, ReceiptView]:
    """What the text called `name` is looked at with: debts, or payments."""
    return receipt_samples() if name == RECEIPT else samples()


def example_of(name: str) -> View | ReceiptView:
    """The sample in which everything that the text called `name` may say has a value of its own."""
    return receipt_samples()["parte"] if name == RECEIPT else samples()["atraso"]


def receipt_samples() -> Mapping[str, ReceiptView]:
    """Receipts by what is awkward about them."""
    long_names = _contract("WOLFESCHLEGELSTEINHAUSENBERGERDORFF DE ALBUQUERQUE E BRAGANÇA")
    dear = replace(_invoice(DUE), amount=Centavos(12_345_678))
    return {
        "em-dia": _paid(89_990, on=DUE),
        "atraso": _paid(92_240),
        "parte": _paid(40_000),
        "a-mais": _paid(100_000),
        "dobro": _paid(89_990, status=InvoiceStatus.PAID, before=((DUE, 89_990),)),
        "cancelada": _paid(89_990, status=InvoiceStatus.CANCELLED),
        "parte-de-muito": _paid(1_234_567, invoice=dear),
        "um-centavo": _paid(1),
        "sem-nome": _paid(40_000, of=_contract("")),
        "nomes-longos": _paid(40_000, of=long_names),
    }


def samples() -> Mapping[str, View]:
    """Views by what is awkward about them."""
    late = DUE + timedelta(days=13)
    plain = _invoice(DUE)
    long_names = _contract(
        "WOLFESCHLEGELSTEINHAUSENBERGERDORFF DE ALBUQUERQUE E BRAGANÇA",
        "Plano Especial Superior Nacional com Coparticipação e Acomodação em Apartamento Individual II",
    )
    letters = replace(
        _OPERATOR, name="Cooperativa de Assistência à Saúde do Interior de São João del-Rei S/A", cnpj="12ABC34501DE35"
    )
    return {
        "antes": _view(plain, on=DUE - timedelta(days=3)),
        "hoje": _view(plain, on=DUE),
        "carencia": _view(_invoice(date(2026, 11, 28)), on=date(2026, 11, 30)),
        "atraso": _view(plain, on=late),
        "dois": _view(_invoice(date(2026, 10, 10)), _invoice(date(2026, 11, 26), 12_345_678), on=late),
        "muitos": _view(*(_invoice(date(2024 + n // 12, n % 12 + 1, 10)) for n in range(11, 35)), on=late),
        "um-centavo": _view(_invoice(DUE, 1), on=late),
        "sem-encargos": _view(plain, on=late, clause=None),
        "sem-nome": _view(plain, on=late, of=_contract("")),
        "nomes-longos": _view(plain, on=late, of=long_names),
        "acentos-e-cnpj-com-letras": _view(plain, on=late, of=_contract("JOÃO ÁVILA"), operator=letters),
        "sem-codigos": _view(plain, on=late, codes=PaymentCodes()),
    }


def _invoice(due_on: date, amount: int = 89_990) -> OpenInvoice:
    return OpenInvoice(f"i-{due_on}", f"{due_on:%Y-%m}", due_on, Centavos(amount))


def _contract(name: str = "MARIA DAS DORES DA SILVA", plan: str = "Essencial Enfermaria") -> Contract:
    return Contract(
        key=_KEY, holder_key=_KEY, number="1", kind=ContractKind.INDIVIDUAL, signed_on=date(2025, 1, 1), regulated=True,
        plan=Plan(plan, "471234567"), holder=Holder(name, "52998224725", date(1970, 1, 1)),
        address=Address("Rua A", "1", "", "Centro", "São Paulo", "SP", "01310100", "3550308"),
        contact_points=(), as_of=_AS_OF, points_as_of=_AS_OF,
    )  # fmt: skip


def _paid(
    amount: int,
    *,
    on: date = DUE + timedelta(days=15),
    invoice: OpenInvoice | None = None,
    status: InvoiceStatus | None = None,
    before: tuple[tuple[date, int], ...] = (),
    of: Contract | None = None,
) -> ReceiptView:
    """The receipt of a payment of `amount` on `on`, read the same day; `before` are earlier ones."""
    brief = invoice or _invoice(DUE)
    case = Case(
        contract=_KEY, holder_key=_KEY, kind=ContractKind.INDIVIDUAL, uf="SP", zone="America/Sao_Paulo", ladder="",
        multa_bp=200, juros_bp_month=100,
    )  # fmt: skip
    earlier = [Entry(f"e-{n}", day, Centavos(sum_)) for n, (day, sum_) in enumerate(before)]
    entry = Entry("e", on, Centavos(amount))
    full = Invoice(
        contract=_KEY, id=brief.id, holder_key=_KEY, number="1", reference=brief.reference, due_on=brief.due_on,
        amount=brief.amount, as_of=_AS_OF, entries=(*earlier, entry),
    )  # fmt: skip
    settled = InvoiceStatus.PAID if balance_of(full, case, ()).settled else InvoiceStatus.OPEN
    full = replace(full, status=status or settled)
    return receipt_view(case, of or _contract(), full, entry, _OPERATOR, on, _UNSUBSCRIBE, _PAGE, resting=())


def _view(
    *invoices: OpenInvoice,
    on: date,
    of: Contract | None = None,
    operator: Operator = _OPERATOR,
    clause: tuple[int, int] | None = (200, 100),
    codes: PaymentCodes = _CODES,
) -> View:
    multa, juros = clause or (None, None)
    case = Case(
        contract=_KEY, holder_key=_KEY, kind=ContractKind.INDIVIDUAL, uf="SP", zone="America/Sao_Paulo", ladder="",
        multa_bp=multa, juros_bp_month=juros, invoices=invoices,
    )  # fmt: skip
    full = [
        Invoice(
            contract=_KEY, id=one.id, holder_key=_KEY, number="1", reference=one.reference, due_on=one.due_on,
            amount=one.amount, codes=codes, as_of=_AS_OF,
        )
        for one in invoices
    ]  # fmt: skip
    keep = [one.id for one in invoices]
    return compose(case, of or _contract(), full, operator, on, _UNSUBSCRIBE, keep, _PAGE, resting=())
