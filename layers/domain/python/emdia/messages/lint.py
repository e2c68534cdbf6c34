"""What is wrong with a text, by code, file and line, and what to do about it. Pure.

Words that must not stand in it are looked for in its files; what it must say is looked for in messages made from it,
for awkward people and debts (samples.py). Lexicon, lengths and thresholds: lint_rules.toml.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from emdia.errors import Rejected
from emdia.messages import gsm7, readability, texts
from emdia.messages.render import AnyView, Rendered, render
from emdia.messages.samples import RECEIPT, example_of, samples_of
from emdia.messages.texts import Text
from emdia.messages.variables import declared_and_used
from emdia.money import Centavos, format_brl
from emdia.portfolio.contract import Channel

_RULES = Path(__file__).parent / "lint_rules.toml"
_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}|<style>.*?</style>|<[^>]*>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `line` counts from 1 in `path` (below templates/); a warning does not keep a text from approval."""

    code: str
    path: str
    line: int
    do: str
    warning: bool = False


def lint(text: Text) -> tuple[Finding, ...]:
    """All faults of a text, by file and line."""
    found = [*_words(text), *_variables(text), *_category(text)]
    try:
        samples = samples_of(text.name)
        made = {name: render(text.name, text.channel, view, text.version) for name, view in samples.items()}
        whole = render(text.name, text.channel, example_of(text.name), text.version)
    except Rejected as wrong:
        # Without a message nothing else can be looked for: this is the fault to mend first.
        return _sorted([*found, *_unmade(text, wrong, found)])
    found += [*_required(text, whole, example_of(text.name)), *_lengths(text, made), *_readable(text, made)]
    return _sorted(found)


def errors(findings: tuple[Finding, ...]) -> int:
    """How many of them keep a text from approval."""
    return sum(not one.warning for one in findings)


def _sorted(found: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(set(found), key=lambda one: (one.path, one.line, one.code, one.do)))


@cache
def _rules() -> Mapping[str, Any]:
    return tomllib.loads(_RULES.read_text(encoding="utf-8"))


def _main(text: Text) -> str:
    return f"{text.folder}/{text.channel}.txt"


def _at_head(text: Text, code: str, do: str, *, warning: bool = False, member: str = "purpose") -> Finding:
    """About the text as a whole: told at the line of its head that speaks of it."""
    return Finding(code, _main(text), _line_of(_main(text), member), do, warning)


def _line_of(path: str, start: str) -> int:
    lines = (texts.ROOT / path).read_text(encoding="utf-8").splitlines()
    return next((n for n, line in enumerate(lines, start=1) if line.startswith(start)), 1)


def _words(text: Text) -> Iterator[Finding]:
    """Forbidden words, file by file; a word is told where it stands, in a shared part too."""
    for path in texts.files(text.folder, text.channel):
        seen = _blanked((texts.ROOT / path).read_text(encoding="utf-8"))
        for group in _rules()["forbidden"]:
            for line, match in _matches(group["words"], seen):
                yield Finding(group["code"], path, line, f"“{match}”. {group['do']}")


def _matches(words: list[str], seen: str) -> Iterator[tuple[int, str]]:
    for n, line in enumerate(seen.lower().splitlines(), start=1):
        for word in words:
            if match := re.search(rf"(?<!\w)(?:{word})(?!\w)", line):
                yield n, match[0]


def _blanked(told: str) -> str:
    """A file without head and tags, every line where it was."""
    words = texts.words_of(told)
    head = told[: len(told) - len(words)]
    bare = _TAG.sub(lambda tag: "\n" * tag[0].count("\n"), words)
    return "\n" * head.count("\n") + bare


def _variables(text: Text) -> Iterator[Finding]:
    undeclared, unused, unknown = declared_and_used(text)
    for path, line, name in undeclared:
        yield Finding(
            "variable-undeclared", path, line, f"Declare “{name}” em variables no cabeçalho de {_main(text)}."
        )
    for path, line, name in unknown:
        yield Finding("variable-unknown", path, line, f"Não existe o dado “{name}”.")
    for name in unused:
        yield _at_head(text, "variable-unused", f"Tire “{name}” de variables: nada o usa.", member="variables")


def _unmade(text: Text, wrong: Rejected, found: Sequence[Finding]) -> Iterator[Finding]:
    """Why the text forms no message, where it is wrong; nothing that is told at that line already."""
    path, _, line = str(wrong.params.get("at", "")).partition(":")
    place = (path, int(line)) if line.isdecimal() else (_main(text), _line_of(_main(text), "purpose"))
    if wrong.code == "sms-long":
        yield Finding("length", *place, f"Não cabe num SMS de {_rules()['length']['sms']} caracteres: encurte.")
    elif wrong.code != "template-undefined":
        what = f" ({path})" if path and not line.isdecimal() else ""
        yield Finding("not-rendered", *place, f"O texto não forma uma mensagem: a expressão está errada{what}.")
    elif not any((one.code, one.path, one.line) == ("variable-unknown", *place) for one in found):
        yield Finding("variable-unknown", *place, f"Não existe o dado “{wrong.params['variable']}”.")


def _category(text: Text) -> Iterator[Finding]:
    if text.channel is not Channel.WHATSAPP:
        return
    if text.category == "marketing":
        do = f"Categoria marketing custa {_rules()['marketing']['cost']}. Um aviso de mensalidade é utility."
        yield _at_head(text, "category-marketing", do, warning=True, member="category")
    elif text.category != "utility":
        yield _at_head(text, "category-unknown", "Use utility ou marketing.", member="category")
    body = texts.source(_main(text)).strip()
    holes = [int(n) for n in re.findall(r"\{\{(\d+)\}\}", body)]
    if holes != list(range(1, len(text.parameters) + 1)):
        yield _at_head(text, "holes", "Numere {{1}}, {{2}} … em ordem, um para cada item de parameters.")
    if re.match(r"\{\{", body) or body.endswith("}}"):
        yield _at_head(text, "holes", "A Meta recusa um texto que começa ou termina com {{n}}.")


def _required(text: Text, made: Rendered, view: AnyView) -> Iterator[Finding]:
    whole = _spaces(made.text)
    for rule in _rules()["required_of_receipts" if text.name == RECEIPT else "required"]:
        if text.channel in rule["channels"] and _spaces(_told(view, rule["member"])) not in whole:
            yield _at_head(text, rule["code"], rule["do"])
    opt_out = _rules()["opt_out"]
    parts = (made.text, made.html) if made.html else (made.text,)
    if not all(re.search(opt_out[text.channel], _TAG.sub(" ", part).lower()) for part in parts):
        yield _at_head(text, "missing-opt-out", opt_out["do"])
    if text.channel is Channel.EMAIL and not all(view.unsubscribe_url in part for part in parts):
        yield _at_head(text, "missing-opt-out", "Dê o link que encerra os e-mails, no texto e no HTML.")


def _told(view: AnyView, member: str) -> str:
    value: Any = view
    for name in member.split("."):
        value = getattr(value, name)
    return format_brl(Centavos(value)) if isinstance(value, int) else str(value)


def _spaces(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


def _lengths(text: Text, made: Mapping[str, Rendered]) -> Iterator[Finding]:
    most = _rules()["length"]
    for name, one in made.items():
        if text.channel is Channel.SMS and not gsm7.fits(one.text):
            yield _at_head(text, "length", f"Com a amostra {name} não cabe num SMS de {most['sms']} caracteres.")
        if text.channel is Channel.WHATSAPP and len(one.text) > most["whatsapp"]:
            yield _at_head(text, "length", f"Com a amostra {name} passa de {most['whatsapp']} caracteres.")
        if len(one.html.encode()) > most["html_bytes"]:
            yield _at_head(text, "length", f"Com a amostra {name} o HTML passa de {most['html_bytes']} bytes.")
        if text.channel is Channel.EMAIL:
            if len(one.subject) > most["subject"]:
                yield _at_head(text, "length", f"Com a amostra {name} o assunto passa de {most['subject']} caracteres.")
            for _, word in _matches(_rules()["subject"]["words"], one.subject):
                yield _at_head(text, "subject-shows-debt", f"“{word}”. {_rules()['subject']['do']}")
    for member in ("footer", "button"):
        if len(getattr(text, member)) > most[member]:
            yield _at_head(text, "length", f"{member}: no máximo {most[member]} caracteres.", member=member)


def _readable(text: Text, made: Mapping[str, Rendered]) -> Iterator[Finding]:
    least = _rules()["readability"]["minimum"]
    for name, one in made.items():
        index = readability.index(one.text)
        if index is not None and index < least:
            do = (
                f"Índice de leitura {index:.0f} com a amostra {name}; o mínimo é {least}. Use frases e palavras curtas."
            )
            yield _at_head(text, "hard-to-read", do)
