"""The certificate of an erasure, in the words of the person who asked and of whoever audits."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from emdia.audit.leaf import leaf_of
from emdia.people.erasure import Erasure
from emdia.people.offices import Office, person_behind

_OFFICE = {Office.DPO: "encarregado de dados (DPO)", Office.LEGAL: "jurídico"}
_WARM = timedelta(minutes=5)  # how long a running worker may still hold a key that was deleted


def certificate(erasure: Erasure, operator: str, ans: str, recovery_days: int, zone: str) -> str:
    """What was erased, by whose word, what may still exist and until when, and how to prove it. Names no titular.

    `recovery_days`: of point-in-time recovery of the table of keys. Raises ValueError for a request that is not done.
    """
    if erasure.done_at is None:
        raise ValueError("a certificate of what was not done")
    gone = erasure.done_at + timedelta(days=recovery_days)
    lines = [
        "CERTIFICADO DE ELIMINAÇÃO DE DADOS PESSOAIS (LGPD, arts. 16 e 18, VI)",
        "",
        f"Operadora: {operator} (ANS {ans})",
        f"Pedido: {erasure.id}, feito em {_moment(erasure.asked_at, zone)} por {person_behind(erasure.asked_by)}",
    ]
    lines += [
        f"Aprovado por {_OFFICE[one.office]}: {person_behind(one.actor)}, {_moment(one.at, zone)}"
        for one in erasure.approvals
    ]
    lines += [
        f"Eliminado em {_moment(erasure.done_at, zone)}.",
        f"Classes de dados: {', '.join(erasure.classes)}.",
        *([f"Atendimentos (RN ANS 623): {', '.join(erasure.attendances)}."] if erasure.attendances else []),
        "",
        "Foram apagadas as chaves sob as quais estavam cifrados os dados desta pessoa nas classes acima. Sem elas",
        "ninguém abre esses dados, em nenhuma versão de nenhum registro ou documento. Continuam existindo, sem que",
        "identifiquem a pessoa por si: pseudônimos, valores, datas e os resumos criptográficos (SHA-256 com sal de",
        "128 bits) do registro imutável.",
        "",
        f"Até {_moment(erasure.done_at + _WARM, zone)} um processo em execução podia ainda ter uma chave na memória.",
        f"Até {_moment(gone, zone)} um administrador ainda pode restaurar a tabela de chaves, numa tabela nova, pela",
        f"recuperação pontual de {recovery_days} dias; depois disso a eliminação é definitiva.",
        "",
        f"Prova: registro {ans}/operacao/{erasure.done_at.astimezone(UTC).year}, folha {leaf_of(erasure.last)}",
    ]
    return "\n".join(lines)


def _moment(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%d/%m/%Y %H:%M}"
