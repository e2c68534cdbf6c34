"""`emdia words` and `emdia norms`: texts checked, shown and brought into force; editions of the norms table."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from emdia.cli import approvals
from emdia.compliance.approval import Matter
from emdia.errors import EmDiaError, Rejected
from emdia.messages import notice_short, texts
from emdia.messages.lint import errors, lint
from emdia.messages.notice_words import TEXT as NOTICE
from emdia.messages.render import registration, render
from emdia.messages.samples import example_of, samples_of
from emdia.messages.texts import Text
from emdia.portfolio.contract import Channel
from emdia.web.previews import preview
from emdia.workflows.approvals import ALL


class TextFaultyError(EmDiaError):
    """The linter found errors; the text is its list."""


def run_lint(asked: argparse.Namespace) -> str:
    """The findings of what is asked for. Raises TextFaultyError when one of them keeps a text from approval."""
    lines: list[str] = []
    wrong = 0
    for text in named(asked.name):
        found = lint(text)
        wrong += errors(found)
        lines += [f"{f.path}:{f.line}: {'aviso' if f.warning else 'erro'} {f.code}: {f.do}" for f in found]
    if wrong:
        raise TextFaultyError("\n".join(lines))
    return "\n".join([*lines, "Nenhum erro."])


def run_preview(asked: argparse.Namespace) -> str:
    """The messages of the samples as text, or with `--out` as a page to open."""
    (text,) = named(f"{asked.name}/{asked.channel}")[-1:]
    made = {name: render(text.name, text.channel, view, text.version) for name, view in samples_of(text.name).items()}
    if asked.out is None:
        return "\n\n".join(f"== {name}\n{one.text.strip()}" for name, one in made.items())
    Path(asked.out).write_text(preview(text, made, lint(text)), encoding="utf-8")
    return f"Página gravada: {asked.out}"


def run_register(asked: argparse.Namespace) -> str:
    """The document with which a WhatsApp text is registered at Meta.

    Raises Rejected `template-unknown`, `url-invalid` for links that are no https.
    """
    if urlsplit(asked.public_url).scheme != "https" or not urlsplit(asked.public_url).hostname:
        raise Rejected("url-invalid", "/public_url")
    url = asked.public_url.rstrip("/")
    if asked.name == NOTICE.partition("/")[0]:
        return json.dumps(notice_short.registration(url), ensure_ascii=False, indent=2)
    (text,) = named(f"{asked.name}/{Channel.WHATSAPP}")[-1:]
    example = render(text.name, text.channel, example_of(text.name), text.version)
    return json.dumps(registration(text, example, url), ensure_ascii=False, indent=2)


def named(name: str) -> Sequence[Text]:
    """The texts that `name` means: all, a text on every channel, on one ("atraso/sms"), or a file of one.

    Raises Rejected `template-unknown`.
    """
    path = Path(name if name.isprintable() else "").resolve()
    if path.is_relative_to(texts.ROOT.resolve()) and path.is_file():
        part = path.relative_to(texts.ROOT.resolve()).as_posix()
        found = [one for one in texts.texts() if part in texts.files(one.folder, one.channel)]
    else:
        found = [one for one in texts.texts() if name in (ALL, one.name, one.id)]
    if not found:
        raise Rejected("template-unknown")
    return found


def add_parsers(nouns: Any) -> None:
    """What can be done with texts and with the norms table."""
    words = nouns.add_parser("words", help="textos das mensagens: conferência, amostras, aprovação")
    actions = words.add_subparsers(required=True)
    check = actions.add_parser("lint", help="confere um texto: lei, palavras, leitura, tamanho")
    check.add_argument("name", help=f"nome (atraso), nome e canal (atraso/sms), arquivo, ou {ALL}")
    check.set_defaults(run=run_lint)
    show = actions.add_parser("preview", help="mostra um texto com pessoas e dívidas inventadas, fora do comum")
    show.add_argument("name", help="nome do texto")
    show.add_argument("--channel", required=True, choices=[str(one) for one in Channel], help="canal")
    show.add_argument("--out", help="grava uma página HTML neste arquivo")
    show.set_defaults(run=run_preview)
    whatsapp = actions.add_parser("whatsapp", help="documento JSON que registra o texto na Meta, com exemplos")
    whatsapp.add_argument("name", help="nome do texto")
    whatsapp.add_argument("--public-url", required=True, help="endereço público dos links, https://...")
    whatsapp.set_defaults(run=run_register)
    approvals.add_actions(actions, Matter.WORDS)
    norms = nouns.add_parser("norms", help="tabela de normas: aprovação pelo jurídico").add_subparsers(required=True)
    approvals.add_actions(norms, Matter.NORMS)
