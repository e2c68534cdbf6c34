"""Refusals about persons who are to be forgotten."""

from collections.abc import Mapping

from emdia.web.problem_texts.text import Text

PEOPLE: Mapping[str, Text] = {
    "caller-unproved": Text(
        403,
        "Não foi possível confirmar com a AWS quem pede: entre de novo e repita.",
        "AWS did not confirm who is asking: sign in again and repeat.",
    ),
    "erasure-legal-hold": Text(
        409,
        "Há uma retenção jurídica sobre esta pessoa: nada é eliminado enquanto ela valer.",
        "There is a legal hold on this person: nothing is erased while it stands.",
    ),
    "erasure-case-open": Text(
        409,
        "Há {count} contrato(s) desta pessoa com faturas em aberto.",
        "{count} contract(s) of this person have open invoices.",
    ),
    "erasure-events-unsettled": Text(
        409,
        "{count} evento(s) do ERP sobre esta pessoa esperam (o primeiro: {event}): resolva-os ou descarte-os antes.",
        "{count} ERP event(s) about this person wait (the first: {event}): settle or discard them first.",
    ),
    "erasure-nothing-held": Text(
        404,
        "Nada desta pessoa está guardado nas classes pedidas.",
        "Nothing of this person is held in the classes asked for.",
    ),
    "erasure-retention": Text(
        409,
        "Os dados da classe {key_class} devem ser guardados até {until}.",
        "Data of class {key_class} must be kept until {until}.",
    ),
    "erasure-attendance-open": Text(
        409,
        "O atendimento {number} desta pessoa ainda não foi respondido.",
        "Attendance {number} of this person is not answered yet.",
    ),
    "erasure-attendance-kept": Text(
        409,
        "O registro do atendimento {number} deve ser guardado até {until} (RN ANS 623).",
        "The record of attendance {number} must be kept until {until} (RN ANS 623).",
    ),
    "erasure-unknown": Text(404, "Não há pedido de eliminação com este id.", "There is no erasure request of this id."),
    "erasure-approver-invalid": Text(
        403,
        "Só o encarregado de dados (DPO) e o jurídico decidem isto.",
        "Only the data protection officer and legal decide this.",
    ),
    "erasure-own": Text(
        403,
        "Quem pediu ou já aprovou não aprova de novo: são duas pessoas diferentes de quem pediu.",
        "Whoever asked or approved already cannot approve: it takes two people other than who asked.",
    ),
    "erasure-approved": Text(
        409,
        "Esta função já aprovou este pedido, ou ele já foi cumprido.",
        "This office has approved this request already, or it is done.",
    ),
    "erasure-not-done": Text(409, "O pedido ainda não foi cumprido.", "The request is not done yet."),
}
