"""Refusals about letters, their runs and what the printer tells of them."""

from collections.abc import Mapping

from emdia.web.problem_texts.text import Text

LETTERS: Mapping[str, Text] = {
    "address-incomplete": Text(
        422, "Falta nome ou endereço para a carta.", "Name or address is missing for the letter."
    ),
    "address-too-long": Text(
        422, "O endereço não cabe na janela do envelope.", "The address does not fit the window of the envelope."
    ),
    "letter-unprintable": Text(
        422,
        "A carta traz um caractere que não se imprime: {character}.",
        "The letter has a character that cannot be printed: {character}.",
    ),
    "sender-absent": Text(
        422, "A operadora não tem remetente neste canal.", "The operator has no sender on this channel."
    ),
    "contact-point-absent": Text(
        422, "O cadastro não tem contato vivo neste canal.", "The register has no living contact point on this channel."
    ),
    "words-barred": Text(
        422,
        "A Meta não aprovou este modelo: registre-o e rode emdia whatsapp sync.",
        "Meta has not approved this template: register it, then run emdia whatsapp sync.",
    ),
    "letter-event-invalid": Text(
        422,
        "Evento de carta inválido: posted, returned ou delivered, só com os campos descritos.",
        "Invalid letter event: posted, returned or delivered, with the documented fields only.",
    ),
    "letter-events-invalid": Text(
        422, "Envie de 1 a 200 eventos de carta em events.", "Send 1 to 200 letter events in events."
    ),
    "letter-file-invalid": Text(
        422,
        "Arquivo da gráfica inválido nesta linha: referencia;evento;quando;objeto;motivo;recebedor.",
        "Invalid printer's file at this line: referencia;evento;quando;objeto;motivo;recebedor.",
    ),
    "letter-object-invalid": Text(
        422,
        "Número de objeto inválido: duas letras, nove algarismos, duas letras.",
        "Invalid postal object number: two letters, nine digits, two letters.",
    ),
    "letter-reference-invalid": Text(
        422, "Referência de carta inválida: a do código de barras.", "Invalid letter reference: that of the barcode."
    ),
    "letter-signer-missing": Text(
        422, "Falta quem assinou o AR (signer).", "Who signed the receipt is missing (signer)."
    ),
    "letter-unnamed": Text(
        422,
        "Diga a referência da carta; depois da postagem, basta o número do objeto.",
        "Name the letter's reference; after posting, its object number will do.",
    ),
    "print-run-empty": Text(404, "Nenhuma carta neste dia.", "No letters on this day."),
    "print-run-open": Text(
        409,
        "O lote deste dia ainda está aberto: feche-o depois da meia-noite e meia de Brasília.",
        "This day's run is still open: close it after half past midnight in Brasília.",
    ),
}
