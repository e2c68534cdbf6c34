"""Refusals of calls, events and fields: what integrators meet first."""

from collections.abc import Mapping

from emdia.web.problem_texts.text import Text

CALLS: Mapping[str, Text] = {
    # The call as a whole.
    "signature-invalid": Text(
        401,
        "Assinatura ausente ou inválida para este cliente.",
        "Signature missing, or not valid for this client.",
    ),
    "timestamp-stale": Text(
        401,
        "O instante da assinatura está a mais de {minutes} minutos do nosso relógio.",
        "The signature's timestamp is more than {minutes} minutes away from our clock.",
    ),
    "body-too-large": Text(413, "O corpo passa de {limit} bytes.", "The body is larger than {limit} bytes."),
    "encoding-invalid": Text(400, "O corpo não está em UTF-8.", "The body is not UTF-8."),
    "json-invalid": Text(
        400,
        "O corpo não é JSON válido, ou repete um campo.",
        "The body is not valid JSON, or repeats a member.",
    ),
    "envelope-invalid": Text(
        400,
        "O corpo deve ser um objeto apenas com a lista events, de 1 a {limit} eventos.",
        "The body must be an object with nothing but the list events, of 1 to {limit} events.",
    ),
    "events-refused": Text(422, "Nenhum evento foi aceito.", "No event was accepted."),
    "try-later": Text(
        503, "Não foi possível atender agora. Envie de novo mais tarde.", "Not possible now. Send again later."
    ),
    "internal": Text(500, "Falha nossa. A equipe foi avisada.", "Our fault. The team has been told."),
    # One event.
    "event-invalid": Text(422, "O evento deve ser um objeto.", "An event must be an object."),
    "event-id-invalid": Text(
        422,
        "O id do evento deve ter de 1 a 64 caracteres entre letras, dígitos e . _ : -",
        "The event's id must be 1 to 64 characters: letters, digits and . _ : -",
    ),
    "event-id-conflict": Text(
        409,
        "Este id já foi usado por um evento de outro conteúdo.",
        "This id was already used by an event with another content.",
    ),
    "event-corrected": Text(
        409,
        "A operadora corrigiu este evento à mão: este conteúdo já não vale.",
        "The operator corrected this event by hand: this content no longer counts.",
    ),
    "event-too-large": Text(413, "O evento passa de {limit} bytes.", "The event is larger than {limit} bytes."),
    "event-type-unknown": Text(422, "Tipo de evento desconhecido.", "Unknown type of event."),
    "operator-mismatch": Text(
        403,
        "A operadora do evento não é a deste cliente.",
        "The event's operator is not this client's.",
    ),
    "field-missing": Text(422, "Campo obrigatório ausente.", "Required field missing."),
    "field-unknown": Text(422, "Campo desconhecido.", "Unknown field."),
    "field-invalid": Text(422, "Valor de tipo, tamanho ou forma errada.", "Value of the wrong type, length or form."),
    "ans-invalid": Text(422, "Registro ANS inválido: são seis dígitos.", "Invalid ANS register: six digits."),
    "cpf-invalid": Text(422, "CPF inválido.", "Invalid CPF."),
    "cnpj-invalid": Text(422, "CNPJ inválido.", "Invalid CNPJ."),
    "phone-invalid": Text(422, "Telefone brasileiro inválido.", "Invalid Brazilian phone number."),
    "opt-in-without-number": Text(
        422,
        "Para o WhatsApp, informe o número autorizado em contact_value.",
        "For WhatsApp, tell the number that was opted in with as contact_value.",
    ),
    "phone-not-mobile": Text(
        422,
        "SMS e WhatsApp só alcançam telefone móvel: informe um celular ou retire este contato.",
        "SMS and WhatsApp reach mobile phones only: give a mobile number or leave this contact point out.",
    ),
    "email-invalid": Text(422, "E-mail inválido.", "Invalid e-mail address."),
    "ibge-invalid": Text(422, "Código IBGE de município inválido.", "Invalid IBGE municipality code."),
    "uf-mismatch": Text(422, "A UF não é a do município.", "The state is not the municipality's."),
    "amount-invalid": Text(
        422,
        "Valor inválido: inteiro em centavos, maior que zero.",
        "Invalid amount: a whole number of centavos above zero.",
    ),
    "ref-invalid": Text(
        422,
        "Referência inválida: operadora-contrato-contato.",
        "Invalid reference: operator-contract-outreach.",
    ),
    "ref-unknown": Text(404, "Contato desconhecido.", "Unknown outreach."),
    "stage-unknown": Text(
        404,
        "Ambiente inexistente nesta conta e região da AWS.",
        "There is no such stage in this AWS account and region.",
    ),
    "date-invalid": Text(422, "Data inválida: use AAAA-MM-DD.", "Invalid date: use YYYY-MM-DD."),
    "reference-invalid": Text(422, "Competência inválida: use AAAA-MM.", "Invalid reference month: use YYYY-MM."),
    "due-far-from-reference": Text(
        422,
        "O vencimento fica a mais de doze meses da competência.",
        "The due date is more than twelve months away from the reference month.",
    ),
    "instant-invalid": Text(
        422,
        "Instante inválido: data e hora com fuso (RFC 3339).",
        "Invalid instant: date and time with offset (RFC 3339).",
    ),
    "instant-in-future": Text(
        422,
        "Instante no futuro: confira o fuso do seu sistema.",
        "Instant in the future: check your system's time zone.",
    ),
    "payment-code-invalid": Text(
        422,
        "Código de pagamento inválido (Pix copia e cola, linha digitável ou URL https).",
        "Invalid payment code (Pix copy and paste, digitable line or https URL).",
    ),
    "contact-point-repeated": Text(422, "Dois contatos com o mesmo id.", "Two contact points with the same id."),
    "beneficiary-repeated": Text(422, "Dois beneficiários com o mesmo CPF.", "Two beneficiaries with the same CPF."),
    "cnpj-missing": Text(
        422,
        "Contrato pago pela empresa exige o CNPJ dela.",
        "A contract paid by the company needs its CNPJ.",
    ),
    "clause-invalid": Text(
        422,
        "Encargo inválido: pontos-base, zero ou mais.",
        "Invalid charge: basis points, zero or more.",
    ),
    "clause-over-cap": Text(
        422,
        "Encargo acima do teto legal de {cap_bp} pontos-base (regra {rule}).",
        "Charge above the legal cap of {cap_bp} basis points (rule {rule}).",
    ),
    "contract-too-large": Text(
        422,
        "O evento muda mais itens do contrato do que cabem numa só gravação: trate-o com o suporte.",
        "The event changes more of the contract's items than one write holds: ask for help with it.",
    ),
    "contract-unknown": Text(404, "Contrato desconhecido.", "Unknown contract."),
    "ladder-invalid": Text(422, "Régua inválida: veja o campo indicado.", "Invalid ladder: see the field named."),
    "portfolio-row-invalid": Text(
        422,
        "Linha inválida: use contract;person;ibge;due_on;amount, cada contrato uma só vez.",
        "Invalid row: use contract;person;ibge;due_on;amount, each contract once.",
    ),
    # A notice of RN 593 that may not be sent.
    "notice-incomplete": Text(
        422, "Falta um item obrigatório da notificação (regra {rule}).", "The notice lacks an item (rule {rule})."
    ),
    "notice-inexact": Text(
        422,
        "O valor não é o exato na data de emissão (regra {rule}).",
        "Not the exact value on the issue date (rule {rule}).",
    ),
    "notice-term-short": Text(
        422,
        "O prazo para pagar é menor que dez dias (regra {rule}).",
        "The term to pay is shorter than ten days (rule {rule}).",
    ),
    # Found while applying: reasons of parked events.
    "contract-never-came": Text(
        422,
        "O contrato deste evento não chegou em {days} dias.",
        "The contract of this event did not arrive within {days} days.",
    ),
    "invoice-never-came": Text(
        422,
        "A fatura deste evento não chegou em {days} dias.",
        "The invoice of this event did not arrive within {days} days.",
    ),
    "subject-forgotten": Text(410, "Os dados desta pessoa foram eliminados.", "This person's data has been erased."),
    # Parked events, handled by a person.
    "parked-not-found": Text(404, "Não há evento parado com este id.", "There is no parked event with this id."),
    "parked-body-absent": Text(
        409,
        "O conteúdo deste evento não foi guardado: edite-o antes, ou descarte-o.",
        "This event's content was not kept: edit it first, or discard it.",
    ),
    "action-invalid": Text(400, "Pedido de ação inválido.", "Invalid action request."),
    "holidays-empty": Text(422, "A tabela não tem nenhum feriado.", "The table has no holiday."),
    "holiday-row-invalid": Text(
        422, "Linha inválida: use ibge;dia;nome, cada dia uma só vez.", "Invalid row: use ibge;day;name, each day once."
    ),
    "operator-unknown": Text(
        404,
        "Operadora não registrada: registre-a antes com emdia operator add.",
        "The operator is not registered: first use emdia operator add.",
    ),
    "client-exists": Text(
        409, "Já existe um cliente com este nome: use rotate.", "A client of this name exists: use rotate."
    ),
    "client-unknown": Text(404, "Cliente desconhecido.", "Unknown client."),
    # Links in messages.
    "token-invalid": Text(404, "Link inválido.", "Invalid link."),
}
