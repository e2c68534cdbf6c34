"""What each measure of attendances is, as data: formula, source, and whether anybody confirmed the reading. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Definition:
    """A measure as it is computed. `value`: its one parameter, 0 for none. `confirmed` False: a reading of ours."""

    id: str
    label: str
    unit: str
    formula: str
    source: str
    confirmed: bool = False
    value: int = 0


_TRADE: Final = "definição do setor, sem norma"
_RN_623: Final = "RN ANS 623/2024"
_ON_RECEIPTS: Final = "dadas na página do recibo, no período em que foram dadas"
_SAC: Final = "Portaria MJ 2.014/2008 art. 1"

DEFINITIONS: Final[tuple[Definition, ...]] = (
    Definition("opened", "Atendimentos abertos", "atendimentos", "números emitidos no período", _RN_623, True),
    Definition("answered", "Respondidos", "atendimentos", "abertos no período e hoje encerrados", _RN_623, True),
    Definition("open", "Em aberto", "atendimentos", "abertos no período e ainda sem resposta", _RN_623, True),
    Definition(
        "not_issued",
        "Números não emitidos",
        "números",
        "reservados por um sistema e dados a ninguém; a exportação diz quais",
        _RN_623,
    ),
    Definition(
        "tma",
        "TMA, tempo médio de atendimento",
        "segundos",
        "fala, espera e pós-atendimento ÷ contatos cujo canal informou a duração",
        _TRADE,
    ),
    Definition(
        "working",
        "Tempo de tratamento",
        "segundos",
        "média entre a primeira pessoa que assumiu e a primeira resposta",
        _TRADE,
    ),
    Definition("answering", "Tempo até a resposta", "segundos", "média entre a abertura e a primeira resposta", _TRADE),
    Definition(
        "waiting",
        "Espera por uma pessoa",
        "segundos",
        "média entre pedir uma pessoa e a primeira que assumiu",
        _SAC,
    ),
    Definition(
        "waiting_kept",
        "Espera dentro da meta",
        "%",
        "esperas até a meta (norma protocol.human.seconds) ÷ esperas terminadas",
        _SAC,
    ),
    Definition(
        "fcr",
        "Resolvidos no primeiro contato",
        "%",
        "respondidos no dia da abertura, sem reanálise e sem outro atendimento do mesmo contrato em 7 dias"
        " ÷ respondidos de contrato conhecido, menos desistências",
        _TRADE,
        value=7,
    ),
    Definition(
        "resolved",
        "Taxa de resolução",
        "%",
        "respondidos sem reanálise nem reclamação na ANS (NIP) do mesmo contrato em 30 dias da abertura"
        " ÷ respondidos, menos desistências; a RN 623 deixa o método a cada operadora",
        _RN_623,
        value=30,
    ),
    Definition(
        "in_time",
        "Respondidos no prazo",
        "%",
        "respostas até o menor prazo ÷ (respostas + abertos vencidos)",
        "RN ANS 623/2024; RN ANS 483/2022; Decreto 11.034/2022",
    ),
    Definition(
        "ombudsman",
        "Reclamações à ouvidoria",
        "atendimentos",
        "reanálises pedidas, contadas no período em que o atendimento foi aberto",
        "RN ANS 623/2024 art. 16",
    ),
    Definition("nip", "Reclamações na ANS (NIP)", "atendimentos", "das classes NIP", "RN ANS 483/2022", True),
    Definition(
        "igr",
        "IGR, estimativa",
        "reclamações por 100.000 vidas",
        "média das NIP por mês, mês incompleto contado inteiro, ÷ média de vidas × 100.000; até 2022 eram 10.000:"
        " a ficha técnica da ANS decide",
        "ANS, Índice Geral de Reclamações",
        value=100_000,
    ),
    Definition("csat", "CSAT", "%", "notas 4 e 5 ÷ notas de 1 a 5", _TRADE),
    Definition("csat_mean", "CSAT, média", "nota de 1 a 5", "média das notas", _TRADE),
    Definition("nps", "NPS", "pontos", "% de 9 e 10 menos % de 0 a 6", _TRADE),
    Definition("paid_csat", "CSAT do pagamento", "%", f"notas 4 e 5 ÷ notas de 1 a 5, {_ON_RECEIPTS}", _TRADE),
    Definition(
        "paid_csat_mean", "CSAT do pagamento, média", "nota de 1 a 5", f"média das notas, {_ON_RECEIPTS}", _TRADE
    ),
    Definition("paid_nps", "NPS do pagamento", "pontos", f"% de 9 e 10 menos % de 0 a 6, {_ON_RECEIPTS}", _TRADE),
    Definition("by_channel", "Abertos por canal", "atendimentos", "abertos, por canal", "RN ANS 623/2024 art. 6", True),
)
PARAMETERS: Final[Mapping[str, int]] = {one.id: one.value for one in DEFINITIONS if one.value}
AFTER: Final = max(PARAMETERS["fcr"], PARAMETERS["resolved"])  # days behind a period that are looked at too
