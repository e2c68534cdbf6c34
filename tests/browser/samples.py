"""Messages with awkward data: long names, two dozen invoices, no multa, six figures."""

from datetime import UTC, date, datetime

from emdia.messages.render import Rendered, render
from emdia.messages.words import View, compose
from emdia.money import Centavos
from emdia.portfolio.case import Case, Invoice, OpenInvoice, PaymentCodes
from emdia.portfolio.contract import Address, AsOf, Channel, Contract, ContractKind, Holder, Operator, Plan

AS_OF = AsOf(1, datetime(2026, 11, 1, tzinfo=UTC))
KEY = "ab" * 16
PIX = (
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR"
    "5913Fulano de Tal6008BRASILIA62070503***63041D3D"
)
CODES = PaymentCodes(
    PIX,
    "23793.38128 60007.827136 95000.063305 9 12340000012345",
    "https://pagar.vidaserena.example/f/8c1d",
)
UNSUBSCRIBE = "https://avisos.vidaserena.example/u/9tTqg2hLJ3dS0m1kQyAbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
PAGE = "https://avisos.vidaserena.example/p/Zk3mQ9xV2bTr7LwPa1cYdE"

OPERATOR = Operator(
    ans="123456",
    name="Vida Serena Operadora de Planos de Saúde Ltda.",
    cnpj="12ABC34501DE35",
    address="Avenida Paulista, 1000, 12º andar, Bela Vista, São Paulo/SP, 01310-100",
    mail_from="avisos@vidaserena.example",
    phone="0800 555 0199",
    site="https://vidaserena.example",
    how_to_pay="Pague pelo aplicativo do seu banco, em lotéricas ou na área do cliente.",
)


def contract(name: str = "MARIA DAS DORES DA SILVA", plan: str = "Essencial Enfermaria") -> Contract:
    return Contract(
        key=KEY,
        holder_key="cd" * 16,
        number="1",
        kind=ContractKind.INDIVIDUAL,
        signed_on=date(2025, 1, 1),
        regulated=True,
        plan=Plan(plan, "471234567"),
        holder=Holder(name, "52998224725", date(1970, 1, 1)),
        address=Address("Rua A", "1", "", "Centro", "São Paulo", "SP", "01310100", "3550308"),
        contact_points=(),
        as_of=AS_OF,
        points_as_of=AS_OF,
    )


def invoice(reference: str, due_on: date, reais: float = 899.90) -> OpenInvoice:
    return OpenInvoice(f"i-{reference}", reference, due_on, Centavos(round(reais * 100)))


def view(
    *invoices: OpenInvoice,
    on: date,
    of: Contract | None = None,
    operator: Operator = OPERATOR,
    multa_bp: int | None = 200,
    juros_bp: int | None = 100,
    codes: PaymentCodes = CODES,
) -> View:
    case = Case(
        contract=KEY,
        holder_key="cd" * 16,
        kind=ContractKind.INDIVIDUAL,
        uf="SP",
        zone="America/Sao_Paulo",
        ladder="padrao-2026-1",
        multa_bp=multa_bp,
        juros_bp_month=juros_bp,
        invoices=invoices,
    )
    full = [
        Invoice(
            contract=KEY,
            id=brief.id,
            holder_key="cd" * 16,
            number="77",
            reference=brief.reference,
            due_on=brief.due_on,
            amount=brief.amount,
            codes=codes,
            as_of=AS_OF,
        )
        for brief in invoices
    ]
    return compose(
        case, of or contract(), full, operator, on, UNSUBSCRIBE, [brief.id for brief in invoices], PAGE, resting=()
    )


def two_years() -> tuple[OpenInvoice, ...]:
    months = [(2024 + n // 12, n % 12 + 1) for n in range(11, 35)]
    return tuple(invoice(f"{year}-{month:02d}", date(year, month, 10)) for year, month in months)


def awkward() -> dict[str, Rendered]:
    """Messages by name, each awkward in its own way."""
    november = invoice("2026-11", date(2026, 11, 10))
    long_name = contract(
        "Wolfeschlegelsteinhausenbergerdorff de Albuquerque e Bragança",
        "Plano Especial Superior Nacional com Obstetrícia, Coparticipação e Acomodação em Apartamento Individual II",
    )
    return {
        "lembrete": render("lembrete", Channel.EMAIL, view(november, on=date(2026, 11, 7))),
        "vencimento": render("vencimento", Channel.EMAIL, view(november, on=date(2026, 11, 10), of=long_name)),
        "atraso": render("atraso", Channel.EMAIL, view(november, on=date(2026, 11, 23))),
        "atraso-dois": render(
            "atraso",
            Channel.EMAIL,
            view(
                invoice("2026-10", date(2026, 10, 10)),
                invoice("2026-11", date(2026, 11, 26), 123_456.78),
                on=date(2026, 11, 23),
            ),
        ),
        "atraso-24": render("atraso", Channel.EMAIL, view(*two_years(), on=date(2026, 11, 23), codes=PaymentCodes())),
        "sem-multa": render(
            "atraso",
            Channel.EMAIL,
            view(
                invoice("2026-10", date(2026, 10, 10), 123_456.78), on=date(2026, 11, 23), multa_bp=None, juros_bp=None
            ),
        ),
    }
