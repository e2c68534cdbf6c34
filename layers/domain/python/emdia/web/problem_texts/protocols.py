"""Refusals about protocols of attendance."""

from collections.abc import Mapping

from emdia.web.problem_texts.text import Text

PROTOCOLS: Mapping[str, Text] = {
    "protocol-number-digits": Text(
        422, "O número de protocolo só tem algarismos.", "A protocol number consists of digits only."
    ),
    "protocol-number-length": Text(
        422,
        "O número de protocolo tem {wanted} algarismos; este tem {given}.",
        "A protocol number has {wanted} digits; this one has {given}.",
    ),
    "protocol-number-date": Text(
        422,
        "Os algarismos 7 a 14 do protocolo são o dia do atendimento, AAAAMMDD: este não existe ou ainda não chegou.",
        "Digits 7 to 14 of a protocol number are its day, YYYYMMDD: this one does not exist or is to come.",
    ),
    "protocol-number-sequence": Text(
        422,
        "Os seis últimos algarismos do protocolo não podem ser todos zero.",
        "The last six digits of a protocol number cannot all be zero.",
    ),
    "protocol-numbers-exhausted": Text(
        503,
        "Todos os {limit} números de protocolo de hoje já foram reservados. A equipe foi avisada.",
        "All {limit} protocol numbers of today are taken. The team has been told.",
    ),
    "protocol-day-closed": Text(
        409, "O dia deste número de protocolo já foi encerrado.", "The day of this protocol number is closed."
    ),
    "protocol-unknown": Text(404, "Não há atendimento com este protocolo.", "There is no attendance of this number."),
    "protocol-closed": Text(409, "O atendimento já foi encerrado.", "The attendance is closed already."),
    "protocol-open": Text(409, "O atendimento ainda não foi respondido.", "The attendance has not been answered yet."),
    "protocol-reanalysed": Text(
        409,
        "A ouvidoria já reanalisou este atendimento: abra outro.",
        "The ombudsman has looked at this attendance once already: open another one.",
    ),
    "protocol-unclassed": Text(
        409,
        "Diga primeiro o que foi pedido (class): dele dependem os prazos.",
        "Say first what was asked for (class): the terms depend on it.",
    ),
    "protocol-claimed": Text(409, "Outra pessoa já assumiu este atendimento.", "Somebody else has this attendance."),
    "protocol-not-yours": Text(
        409, "Este atendimento não está com quem pede.", "This attendance is not with whoever asks."
    ),
    "protocol-identified": Text(
        409,
        "O atendimento já é de outro contrato: abra outro.",
        "The attendance belongs to another contract: open another one.",
    ),
    "report-period": Text(
        422,
        "O período são dias como 2026-11-01, o último até hoje, e no máximo {longest} dias.",
        "A period is days like 2026-11-01, the last no later than today, and {longest} days at most.",
    ),
    "operator-seat-missing": Text(
        409,
        "Falta o município da sede da operadora (operator add --seat): os prazos contam os dias úteis de lá.",
        "The municipality of the operator's seat is missing (operator add --seat): terms count its business days.",
    ),
    "answer-too-short": Text(
        422,
        "A resposta precisa de pelo menos {least} caracteres: diga o que foi decidido e por quê.",
        "An answer needs at least {least} characters: say what was decided and why.",
    ),
    "answer-not-conclusive": Text(
        422,
        "A resposta diz que o assunto continua (“{words}”). Só encerra o atendimento o que diz sim ou não e por quê.",
        "The answer says that the matter goes on (“{words}”). Only a yes or no with its reason closes an attendance.",
    ),
    "answer-basis-missing": Text(
        422,
        "A negativa precisa da cláusula do contrato ou da norma em que se apoia, com pelo menos {least} caracteres.",
        "A denial needs the clause or the norm it rests on, at least {least} characters of it.",
    ),
    "answer-blank": Text(
        422,
        "Falta preencher {{{blank}}} na resposta.",
        "The answer still has {{{blank}}} to be filled in.",
    ),
    "answer-model-unknown": Text(
        404, "Não há resposta aprovada com este nome (drafts).", "There is no approved answer of this name (drafts)."
    ),
    "answer-models-not-approved": Text(
        409,
        "Nenhuma versão das respostas-modelo está em vigor: jurídico e comitê de ética as aprovam (words … respostas).",
        "No version of the model answers is in force: legal and ethics approve them (words … respostas).",
    ),
    "protocol-many-open": Text(
        409,
        "Você já tem {limit} atendimentos sem resposta. Escreva em um deles, ou ligue.",
        "There are {limit} attendances without an answer already: write in one of them, or call.",
    ),
    "protocol-no-mail": Text(
        409, "Não há e-mail no cadastro: peça a cópia à central.", "The register has no e-mail address."
    ),
    "mark-key-invalid": Text(422, "A chave pública são 32 bytes em base64.", "The public key is 32 bytes in base64."),
    "scope-missing": Text(
        403,
        "O token não é de um cliente de atendimento de exatamente uma operadora.",
        "The token is not of an attendance client of exactly one operator.",
    ),
    "idempotency-key-invalid": Text(
        400,
        "Falta o cabeçalho Idempotency-Key: de 1 a 128 caracteres visíveis, o id da interação em quem chama.",
        "The header Idempotency-Key is missing: 1 to 128 visible characters, the caller's own id of the interaction.",
    ),
    "staff-invalid": Text(
        400,
        "O cabeçalho X-Staff deve ter de 1 a 48 letras, algarismos e . _ @ -",
        "The header X-Staff must be 1 to 48 letters, digits and . _ @ -",
    ),
    "path-unknown": Text(404, "Endereço desconhecido.", "Unknown address."),
    "body-not-object": Text(400, "O corpo deve ser um objeto JSON.", "The body must be a JSON object."),
    "mark-malformed": Text(
        422, "Este texto não é uma marca de protocolo da Em Dia.", "This text is no mark of a protocol of Em Dia."
    ),
    "mark-false": Text(
        422,
        "A marca não foi assinada por esta operadora: o número não vale.",
        "This operator did not sign the mark: the number is not good.",
    ),
}
