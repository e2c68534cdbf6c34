"""From a record file to the content of a notice, as of its issue date. Pure; holds personal data: never log it."""

from datetime import date

from emdia.compliance.charges import Clause
from emdia.compliance.notice_content import Content, DebtLine, Named, NamedPlan, Supplier, check
from emdia.compliance.notice_days import last_day_to_pay
from emdia.compliance.notice_file import NoticeFile
from emdia.compliance.notice_need import Need
from emdia.compliance.rules import DATA_MISSING
from emdia.errors import Rejected
from emdia.messages.spelling import spell_month, spell_phone
from emdia.money import Centavos
from emdia.payments.settlement import Debt, owed
from emdia.portfolio.case import Case
from emdia.portfolio.contract import Operator


def content_of(file: NoticeFile, need: Need, operator: Operator | None, issued_on: date) -> Content:
    """The checked content of the notice `need` asks for; `operator` is the profile that signs.

    Raises Rejected: the codes of `notice_content.check`, `operator-unknown`, and `notice-means-unknown` for a contract
    of which nobody told the means of notice it lists: no proof could be judged.
    """
    if operator is None:
        raise Rejected("operator-unknown", "/operator")
    contract, case = file.contract, file.case
    if not contract.means_of_notice:
        raise Rejected("notice-means-unknown", "/means_of_notice", rule=DATA_MISSING)
    if {one.key for one in file.beneficiaries} != set(contract.beneficiaries):
        raise Rejected("notice-incomplete", "/beneficiaries", rule=DATA_MISSING)
    clause, resting = clause_of(case), file.arrears.resting
    by_id = {invoice.id: invoice for invoice in file.invoices}
    debts = tuple(
        DebtLine(
            spell_month(invoice.reference),
            invoice.due_on,
            owed(Debt(invoice.amount, invoice.due_on, clause, case.uf, resting=resting), invoice.entries, issued_on),
            invoice.amount,
            invoice.entries,
        )
        for invoice in (by_id[fee] for fee in need.fees)
    )
    content = Content(
        supplier=Supplier(operator.name, operator.address, operator.cnpj, operator.ans),
        person=Named(contract.holder.name, contract.holder.cpf),
        affected=tuple(Named(one.name, one.cpf) for one in file.beneficiaries),
        plan=NamedPlan(contract.plan.name, contract.number, contract.plan.ans_register),
        issued_on=issued_on,
        debts=debts,
        total=Centavos(sum(line.owed.total for line in debts)),
        how_to_pay=operator.how_to_pay,
        pay_by=last_day_to_pay(issued_on, case.uf, resting),
        consequence=need.consequence,
        contacts=f"{spell_phone(operator.phone)} ou {operator.site}" if operator.phone and operator.site else "",
    )
    return check(content, [one.cpf for one in file.beneficiaries], clause, case.uf, resting)


def clause_of(case: Case) -> Clause | None:
    """What the contract agrees for delay; None when it agrees nothing."""
    if case.multa_bp is None and case.juros_bp_month is None:
        return None
    return Clause(case.multa_bp or 0, case.juros_bp_month or 0)
