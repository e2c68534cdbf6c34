"""What a simulated ERP says, in the JSON of the webhook: `(type, data)` of every kind of event."""

from datetime import datetime
from typing import Any

from infra.local.demo.bills import Bill
from infra.local.demo.phones import contact_points as points_of
from infra.local.demo.portfolio import Account, Kind

Said = tuple[str, dict[str, Any]]


def contract(account: Account) -> Said:
    """The whole contract as it stands."""
    holder, place = account.holder, account.holder.place
    data: dict[str, Any] = {
        "contract": account.number,
        "kind": account.kind.value,
        "signed_on": account.signed_on.isoformat(),
        "plan": {"name": account.plan[0], "ans_register": account.plan[1]},
        "holder": {"name": holder.name, "cpf": holder.cpf, "birth_on": holder.birth_on.isoformat()},
        "beneficiaries": [
            {"name": one.name, "cpf": one.cpf, "birth_on": one.birth_on.isoformat()} for one in account.beneficiaries
        ],
        "address": {
            "street": holder.street,
            "number": holder.number,
            "district": holder.district,
            "city": place.city,
            "uf": place.uf,
            "postal_code": place.postal_code,
            "ibge": place.ibge,
        },
        "contact_points": points_of(holder, holder.email),
        "means_of_notice": ["email", "letter"],
    }
    if account.kind is Kind.ADESAO:
        data["exclusion_agreed"] = int(account.number) % 10 != 0
    if account.company:
        data["cnpj"] = account.company
    if account.charges is not None:
        data["charges"] = {"multa_bp": account.charges[0], "juros_bp_month": account.charges[1]}
    return "contract.upserted", data


def contact_points(account: Account, email: str) -> Said:
    """The person gave another address at the counter."""
    return "contact_points.updated", {"contract": account.number, "contact_points": points_of(account.holder, email)}


def issued(bill: Bill, amount: int | None = None) -> Said:
    """A fee; with `amount` the corrected one."""
    data = {
        "contract": bill.account,
        "invoice": bill.number,
        "reference": bill.reference,
        "due_on": bill.due_on.isoformat(),
        "amount_centavos": bill.amount if amount is None else amount,
        "payment": {"pix": bill.pix, "digitable_line": bill.digitable_line},
    }
    return ("invoice.issued" if amount is None else "invoice.updated"), data


def paid(bill: Bill, at: datetime, amount: int) -> Said:
    """Money arrived."""
    return "invoice.paid", {
        "contract": bill.account,
        "invoice": bill.number,
        "paid_at": at.isoformat(),
        "amount_centavos": amount,
    }


def cancelled(bill: Bill) -> Said:
    """The fee is no longer owed."""
    return "invoice.cancelled", {"contract": bill.account, "invoice": bill.number}


def dispute(account: str, bill: str) -> Said:
    """The person disputes one fee, or (no `bill`) all of it."""
    data = {"contract": account, "dispute": f"D{account}", "note": "Cliente não reconhece o reajuste."}
    return "dispute.opened", data | ({"invoices": [bill]} if bill else {})


def dispute_closed(account: str) -> Said:
    """The dispute was answered."""
    return "dispute.closed", {"contract": account, "dispute": f"D{account}"}


def hold(account: str) -> Said:
    """The operator asks for silence."""
    return "hold.placed", {"contract": account, "hold": f"H{account}", "note": "Negociação em andamento."}


def hold_lifted(account: str) -> Said:
    """Collection may go on."""
    return "hold.lifted", {"contract": account, "hold": f"H{account}"}


def stay(account: str) -> Said:
    """Somebody covered is in hospital."""
    return "hospitalisation.started", {"contract": account, "stay": f"I{account}", "note": "Internação eletiva."}


def stay_ended(account: str) -> Said:
    """The stay is over."""
    return "hospitalisation.ended", {"contract": account, "stay": f"I{account}"}


def consent(account: str, at: datetime, *, opted_in: bool) -> Said:
    """What the person said of e-mail."""
    words = "Aceito receber avisos por e-mail." if opted_in else "Não quero mais e-mails de cobrança."
    return ("opt_in.recorded" if opted_in else "opt_out.recorded"), {
        "contract": account,
        "channel": "email",
        "at": at.isoformat(),
        "how": "proposta de adesão" if opted_in else "atendimento presencial",
        "text": words,
    }


def whatsapp_opt_in(account: str, at: datetime, phone: str) -> Said:
    """The person has asked for WhatsApp, with this number."""
    return "opt_in.recorded", {
        "contract": account,
        "channel": "whatsapp",
        "at": at.isoformat(),
        "how": "proposta de adesão",
        "text": "Aceito receber avisos pelo WhatsApp.",
        "contact_value": phone,
    }
