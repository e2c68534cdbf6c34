"""Refusals of portfolio files, their columns, rows and cells: read by whoever filled them in."""

from collections.abc import Mapping

from emdia.web.problem_texts.text import Text

IMPORTS: Mapping[str, Text] = {
    # The file as a whole.
    "intake-key-invalid": Text(
        422,
        "Deixe o arquivo em entrada/<cliente>/<nome>, numa pasta com versões.",
        "Drop the file at entrada/<client>/<name>, in a versioned bucket.",
    ),
    "file-absent": Text(404, "O arquivo não está mais no balde.", "The file is no longer in the bucket."),
    "file-empty": Text(
        422,
        "O arquivo está vazio: use o modelo de emdia import --template.",
        "The file is empty: use the template of emdia import --template.",
    ),
    "file-too-large": Text(
        413,
        "O arquivo passa de {limit} MB: divida-o em vários.",
        "The file is larger than {limit} MB: divide it into several.",
    ),
    "file-not-text": Text(
        422,
        "O arquivo não é CSV em UTF-8 ou Latin-1, nem XLSX: salve-o de novo num desses formatos.",
        "The file is neither CSV in UTF-8 or Latin-1 nor XLSX: save it again as one of these.",
    ),
    "line-too-long": Text(
        422,
        "Uma linha passa de {limit} bytes: o arquivo não é uma tabela, ou falta quebra de linha.",
        "A line is longer than {limit} bytes: the file is no table, or lacks line breaks.",
    ),
    "quote-open": Text(
        422,
        "Aspas abertas na linha {row} e nunca fechadas, ou arquivo cortado: corrija e envie de novo a partir dali.",
        "A quote opened in row {row} is never closed, or the file is cut off: correct it and send it from there on.",
    ),
    "sheet-broken": Text(
        422,
        "A planilha está cortada, protegida por senha ou danificada: abra-a e salve de novo como XLSX.",
        "The workbook is cut off, protected by a password or damaged: open it and save it again as XLSX.",
    ),
    "sheet-too-large": Text(
        413,
        "A planilha é grande demais para XLSX: salve-a como CSV.",
        "The workbook is too large for XLSX: save it as CSV.",
    ),
    "sheet-merged": Text(
        422,
        "A planilha tem células mescladas: desfaça a mesclagem e salve de novo.",
        "The workbook has merged cells: unmerge them and save it again.",
    ),
    "columns-unknown": Text(
        422,
        "A primeira linha não traz as colunas de contratos nem de faturas: use o modelo de emdia import --template.",
        "The first row has the columns of neither contracts nor invoices: use the template of emdia import --template.",
    ),
    "column-unknown": Text(
        422,
        "A coluna {column} (contada da esquerda) é desconhecida ou repetida.",
        "Column {column} (counted from the left) is unknown or repeated.",
    ),
    "column-missing": Text(422, "Faltam colunas: {column}.", "Columns are missing: {column}."),
    "import-running": Text(
        409,
        "A importação ainda não terminou: tente de novo em alguns minutos.",
        "The import is not over yet: try again in a few minutes.",
    ),
    # One row.
    "row-cells": Text(
        422,
        "A linha tem {found} células, e o cabeçalho {wanted}: confira separador e aspas.",
        "The row has {found} cells, the header {wanted}: check separator and quotes.",
    ),
    "quote-stray": Text(
        422,
        "Aspas no meio da célula: dobre-as, ou tire-as.",
        "A quote in the middle of a cell: double it, or remove it.",
    ),
    # One cell.
    "cell-formula": Text(
        422,
        "A célula tem uma fórmula: cole apenas o valor.",
        "The cell holds a formula: paste its value only.",
    ),
    "cell-error": Text(422, "A célula tem um erro de planilha.", "The cell holds a spreadsheet's error."),
    "cell-not-text": Text(
        422,
        "A célula deveria ser texto: formate a coluna como texto e digite o valor de novo.",
        "The cell should be text: format the column as text and type the value again.",
    ),
    "cell-number-lossy": Text(
        422,
        "Número longo demais: a planilha perdeu dígitos. Formate a coluna como texto e digite o valor de novo.",
        "Too long a number: the spreadsheet lost digits. Format the column as text and type the value again.",
    ),
    "number-not-brazilian": Text(
        422,
        "Número inválido: use 1.234,56, com duas casas no máximo.",
        "Invalid number: use 1.234,56, with two decimals at most.",
    ),
    "day-not-brazilian": Text(422, "Data inválida: use DD/MM/AAAA.", "Invalid date: use DD/MM/YYYY."),
    "month-not-brazilian": Text(422, "Competência inválida: use MM/AAAA.", "Invalid reference month: use MM/YYYY."),
    "yes-or-no": Text(422, "Use sim ou não.", "Use sim or não."),
    "people-invalid": Text(
        422,
        "Use uma pessoa por linha da célula: nome | CPF | nascimento.",
        "Use one person per line of the cell: name | CPF | birth date.",
    ),
}
