"""What an operator has in its books before the first event: contracts and fees of one ERP as a workbook."""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from infra.local.cloud import Cloud
from infra.local.demo.chronicle import Chronicle
from infra.local.demo.erp import Erp, Event
from infra.local.demo.laptop import Laptop

FILED: Final = 4  # one contract in so many comes by file
_BRASILIA: Final = ZoneInfo("America/Sao_Paulo")
_POINTS: Final = {"email": "email", "sms": "celular", "whatsapp": "whatsapp"}
_MEANS: Final = {"letter": "carta", "agent": "preposto", "call": "ligacao"}


class ImportFailedError(Exception):
    """The file was not taken in as it had to be; the message holds what the product says of it."""


def bring(laptop: Laptop, chronicle: Chronicle, load: dict[str, list[Event]]) -> dict[str, list[Event]]:
    """The first operator's portfolio comes by file, as far as a file says it; what of `load` is left to be told.

    Raises ImportFailedError, StuckError.
    """
    ans, erp = next(iter(chronicle.erps.items()))
    filed, left = split(load[ans], len(chronicle.world.accounts) // FILED)
    file = drop(laptop.cloud, erp, filed)
    laptop.wait("import a workbook", lambda: ended(laptop.cloud, file, erp, len(filed)))
    laptop.progress.say(f"{erp.house.client}: a workbook of {len(filed)} rows imported")
    return {**load, ans: left}


def split(events: Sequence[Event], contracts: int) -> tuple[list[Event], list[Event]]:
    """What goes into the file, of so many contracts, and what is told by event."""
    numbers = dict.fromkeys(one["data"]["contract"] for one in events if one["type"] == "contract.upserted")
    chosen = set(list(numbers)[:contracts])
    filed = [
        one
        for one in events
        if one["type"] in ("contract.upserted", "invoice.issued") and one["data"]["contract"] in chosen
    ]
    ids = {one["id"] for one in filed}
    return filed, [one for one in events if one["id"] not in ids]


def drop(cloud: Cloud, erp: Erp, events: Sequence[Event]) -> Mapping[str, str]:
    """Put the workbook of `events` where the operator's staff would; how to ask what became of it."""
    key = f"entrada/{erp.house.client}/carteira.xlsx"
    answer = cloud.client("s3").put_object(Bucket=cloud.bucket("intake"), Key=key, Body=workbook(events))
    file = {"key": key, "version": str(answer["VersionId"])}
    # As EventBridge does on AWS; here it does not know the version (gaps.py).
    cloud.client("sqs").send_message(QueueUrl=cloud.queue_url("imports"), MessageBody=json.dumps(file))
    return {**file, "actor": "maria.silva"}


def ended(cloud: Cloud, file: Mapping[str, str], erp: Erp, rows: int) -> bool:
    """Whether the file is taken in. Raises ImportFailedError when it is, and not all of it was."""
    told = cloud.invoke("import_file", {"action": "status", **file})
    status = told.get("result", {})
    if status.get("status") in ("waiting", "running"):
        return False
    if (status.get("status"), status.get("accepted")) != ("done", rows):
        raise ImportFailedError(str(told))
    erp.sent += rows
    return True


def workbook(events: Sequence[Event]) -> bytes:
    """An XLSX with a sheet of contracts and one of fees, as a person's spreadsheet holds them: days, numbers, text."""
    from openpyxl import Workbook  # noqa: PLC0415  the demo alone writes one

    book = Workbook(write_only=True)
    for kind, row in (("contract.upserted", _contract), ("invoice.issued", _fee)):
        sheet = book.create_sheet()
        rows = [{**_head(one), **row(one["data"])} for one in events if one["type"] == kind]
        columns = list(dict.fromkeys(name for one in rows for name in one))
        sheet.append(columns)
        for one in rows:
            sheet.append([one.get(name) for name in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _head(event: Event) -> dict[str, Any]:
    at = datetime.fromisoformat(event["occurred_at"]).astimezone(_BRASILIA)
    return {"posicao": f"{at:%d/%m/%Y %H:%M:%S}", "sequencia": event["sequence"], "contrato": event["data"]["contract"]}


def _contract(data: Mapping[str, Any]) -> dict[str, Any]:
    holder, address, charges = data["holder"], data["address"], data.get("charges", {})
    others = [one for one in data["beneficiaries"] if one["cpf"] != holder["cpf"]]
    row = {
        "modalidade": data["kind"],
        "assinado_em": date.fromisoformat(data["signed_on"]),
        "plano": data["plan"]["name"],
        "plano_ans": data["plan"]["ans_register"],
        "titular_nome": holder["name"],
        "titular_cpf": holder["cpf"],
        "titular_nascimento": _day(holder["birth_on"]),
        "titular_coberto": "sim" if len(others) < len(data["beneficiaries"]) else "não",
        "dependentes": "\n".join(f"{one['name']} | {one['cpf']} | {_day(one['birth_on'])}" for one in others),
        "cnpj": data.get("cnpj"),
        "logradouro": address["street"],
        "numero": address["number"],
        "bairro": address["district"],
        "cidade": address["city"],
        "uf": address["uf"],
        "cep": address["postal_code"],
        "ibge": address["ibge"],
        "meios_de_notificacao": ", ".join(_MEANS.get(one, one) for one in data["means_of_notice"]),
        "multa_percentual": charges["multa_bp"] / 100 if charges else None,
        "juros_percentual_mes": charges["juros_bp_month"] / 100 if charges else None,
        "exclusao_prevista": {True: "sim", False: "não", None: None}[data.get("exclusion_agreed")],
    }
    # A file has an order of its own; it keeps the person's by naming the one way that they like.
    liked = min(data["contact_points"], key=lambda one: one["preference"])
    return row | {_POINTS[liked["channel"]]: liked["value"]}


def _fee(data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "fatura": data["invoice"],
        "competencia": f"{data['reference'][5:]}/{data['reference'][:4]}",
        "vencimento": date.fromisoformat(data["due_on"]),
        "valor": data["amount_centavos"] / 100,
        "pix": data["payment"]["pix"],
        "linha_digitavel": data["payment"]["digitable_line"],
    }


def _day(iso: str) -> str:
    return f"{date.fromisoformat(iso):%d/%m/%Y}"
