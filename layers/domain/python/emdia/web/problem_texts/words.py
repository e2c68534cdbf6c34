"""Refusals of texts, and of whoever submits or approves texts, ladders and norms."""

from collections.abc import Mapping

from emdia.web.problem_texts.text import Text

WORDS: Mapping[str, Text] = {
    "template-unknown": Text(404, "Não há texto com este nome.", "There is no text of this name."),
    "template-undefined": Text(
        422,
        "O texto {template} usa um dado que não existe: “{variable}”, em {at}.",
        "The text {template} uses a datum that does not exist: “{variable}”, at {at}.",
    ),
    "template-invalid": Text(
        422, "O texto {template} está malformado: veja {at}.", "The text {template} is malformed: see {at}."
    ),
    "template-head": Text(
        422,
        "O cabeçalho de {at} não está como deve: confira {members}.",
        "The head of {at} is not as it must be: check {members}.",
    ),
    "url-invalid": Text(422, "O endereço público precisa começar com https://.", "The public URL must be https://."),
    "sms-long": Text(422, "O SMS {template} não cabe em 160 caracteres.", "The SMS {template} exceeds 160 characters."),
    "words-unapproved": Text(409, "O texto não tem versão aprovada em vigor.", "No approved version is in force."),
    "words-lint": Text(
        422,
        "O texto tem {count} erro(s): veja-os com emdia words lint.",
        "The text has {count} error(s): see emdia words lint.",
    ),
    # Approvals.
    "approval-unknown": Text(404, "Esta versão não foi enviada para aprovação.", "This version was not submitted."),
    "approval-thing-unknown": Text(404, "Não há nada com este nome nesta entrega.", "This release has no such thing."),
    "approval-version-taken": Text(
        409,
        "Esta versão já foi enviada para aprovação. Mudança pede uma versão nova.",
        "This version was submitted already. A change needs a new version.",
    ),
    "approval-not-pending": Text(409, "Esta versão não espera aprovação.", "This version awaits no approval."),
    "approval-office": Text(
        403,
        "Não é a sua vez: falta a decisão de quem tem o papel {office}.",
        "Not your turn: the decision of the office {office} is missing.",
    ),
    "approval-own": Text(
        403,
        "Quem escreveu ou já aprovou não aprova: são pessoas diferentes.",
        "Whoever wrote or approved it already cannot approve: it takes different people.",
    ),
    "approval-incomplete": Text(409, "Ainda falta aprovação.", "An approval is still missing."),
    "approval-digest": Text(
        409,
        "O conteúdo mudou depois da aprovação: envie uma versão nova.",
        "The content changed after its approval: submit a new version.",
    ),
    "approval-evidence": Text(
        409,
        "Não foi verificado exatamente este conteúdo: envie-o de novo.",
        "Exactly this content was not verified: submit it again.",
    ),
    "ladder-unknown": Text(
        422,
        "A régua a que o contrato está preso não existe nesta entrega.",
        "This release does not have the ladder that the contract is pinned to.",
    ),
    "ladder-unlawful": Text(
        422,
        "A régua contata quando não pode (regra {rule}): veja o cenário com emdia ladder verify.",
        "The ladder contacts when it must not (rule {rule}): see the case with emdia ladder verify.",
    ),
    "plan-not-replayed": Text(
        422,
        "Um plano só se simula para dias que ainda não foram vividos.",
        "A plan can be simulated for days not lived yet only.",
    ),
    "approval-arm": Text(
        409,
        "O plano usa a régua {ladder}, que não está em vigor.",
        "The plan uses the ladder {ladder}, which is not in force.",
    ),
    "ladder-step-out-of-order": Text(
        422,
        "Degrau fora de ordem: cada um vem pelo menos o intervalo mínimo depois do anterior.",
        "Step out of order: each comes at least the minimum gap after the one before.",
    ),
    "approval-not-active": Text(409, "Esta versão não está em vigor.", "This version is not in force."),
}
