"""The texts of the house as files: what each is for, by which law, and what it is made of.

`templates/<name>/<version>/<channel>.txt`, with a head in TOML between `+++` lines; the parts of an e-mail or letter
stand beside it (`email.html`, `letter.subject.txt`), what texts share in `templates/partes/<version>`. A version that
was approved is never edited: a change is a new folder beside it, and the old one serves until the new one is active.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from emdia.errors import Rejected
from emdia.portfolio.contract import Channel

ROOT = Path(__file__).parent / "templates"
SHARED = "partes"
_FENCE = "+++\n"
_REFERENCE = re.compile(r"""\{%-?\s*(?:extends|include|import|from)\s+["']([^"']+)["']""")
_TOLD = {"purpose", "legal_base", "norm", "channel", "variables"}
_LISTS = {"variables", "parameters"}
_WHATSAPP = {"category", "parameters", "footer", "button"}


@dataclass(frozen=True, slots=True)
class Text:
    """One text on one channel, in one version. `digest`: hex SHA-256 over every file it is made of."""

    name: str
    version: int
    channel: Channel
    purpose: str
    legal_base: str
    norm: str
    variables: tuple[str, ...]  # members of the view it uses
    digest: str
    category: str = ""  # WhatsApp: "utility" or "marketing"
    parameters: tuple[str, ...] = ()  # WhatsApp: what stands for {{1}}, {{2}} ..., as templates
    footer: str = ""
    button: str = ""

    @property
    def id(self) -> str:
        """Name and channel, "atraso/email": what is approved in versions."""
        return f"{self.name}/{self.channel}"

    @property
    def folder(self) -> str:
        """Where its files lie, below ROOT."""
        return f"{self.name}/{self.version}"


def source(path: str) -> str:
    """The words of a file below ROOT, without its head. Raises OSError when there is none."""
    return words_of((ROOT / path).read_text(encoding="utf-8"))


def words_of(told: str) -> str:
    """What follows the head of a file's text."""
    return _split(told)[1]


def head_lines(path: Path) -> int:
    """How many lines of a file its head takes."""
    told = path.read_text(encoding="utf-8")
    return told[: len(told) - len(words_of(told))].count("\n")


def line_of(path: str, told: str) -> int:
    """The first line, from 1, of a file below ROOT that has `told` in it; 1 when none has."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return next((n for n, line in enumerate(lines, start=1) if told in line), 1)


def referenced(source: str) -> tuple[str, ...]:
    """Files that a template includes or extends."""
    return tuple(_REFERENCE.findall(source))


def files(text_folder: str, channel: Channel) -> tuple[str, ...]:
    """Every file a text is made of, what it shares with others included; paths below ROOT, sorted."""
    own = sorted((ROOT / text_folder).glob(f"{channel}.*"))
    left = [str(path.relative_to(ROOT)) for path in own]
    found: set[str] = set()
    while left:
        path = left.pop()
        if path not in found:
            found.add(path)
            left += referenced((ROOT / path).read_text(encoding="utf-8"))
    return tuple(sorted(found))


@cache
def text_of(name: str, channel: Channel, version: int | None = None) -> Text:
    """A text in `version`, or in the newest there is.

    Raises Rejected: `template-unknown`; `template-invalid` for a file that is missing or cannot be read;
    `template-head` for a head that does not say what it must.
    """
    if version is None:
        version = max(_versions(name, channel), default=0)
    if version not in _versions(name, channel):
        raise Rejected("template-unknown", template=name)
    folder = f"{name}/{version}"
    parts = _readable(name, folder, channel)
    words, lists = _head(f"{folder}/{channel}.txt", channel)
    digest = sha256()
    for path in parts:
        digest.update(f"{path}\0".encode() + (ROOT / path).read_bytes() + b"\0")
    return Text(
        name=name,
        version=version,
        channel=channel,
        digest=digest.hexdigest(),
        purpose=words["purpose"],
        legal_base=words["legal_base"],
        norm=words["norm"],
        variables=lists["variables"],
        category=words.get("category", ""),
        parameters=lists.get("parameters", ()),
        footer=words.get("footer", ""),
        button=words.get("button", ""),
    )


def _readable(name: str, folder: str, channel: Channel) -> tuple[str, ...]:
    try:
        return files(folder, channel)
    except OSError as missing:
        at = Path(str(missing.filename))
        told = str(at.relative_to(ROOT)) if at.is_relative_to(ROOT) else folder
        raise Rejected("template-invalid", template=name, at=told) from None
    except ValueError:
        raise Rejected("template-invalid", template=name, at=f"{folder}: UTF-8") from None


def _head(path: str, channel: Channel) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """The words and the lists that a head gives. Raises Rejected `template-head`, with the members to look at."""
    try:
        told = tomllib.loads(_split((ROOT / path).read_text(encoding="utf-8"))[0])
    except tomllib.TOMLDecodeError:
        raise Rejected("template-head", at=path, members="TOML") from None
    wanted = _TOLD | (_WHATSAPP if channel is Channel.WHATSAPP else set())
    wrong = sorted(set(told) ^ wanted)
    wrong = wrong or [name for name in sorted(wanted) if not _fits(name, told[name], channel)]
    if wrong:
        raise Rejected("template-head", at=path, members=", ".join(wrong))
    lists = {name: tuple(told[name]) for name in _LISTS & set(told)}
    return {name: told[name] for name in told if name not in _LISTS}, lists


def _fits(name: str, value: object, channel: Channel) -> bool:
    if name in _LISTS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return value == channel if name == "channel" else isinstance(value, str) and bool(value.strip())


def texts() -> Iterator[Text]:
    """Every text there is, in every version."""
    for folder in sorted(ROOT.iterdir()):
        if folder.is_dir() and folder.name != SHARED:
            for channel in Channel:
                for version in sorted(_versions(folder.name, channel)):
                    yield text_of(folder.name, channel, version)


def _versions(name: str, channel: Channel) -> set[int]:
    if not name.isidentifier() or name == SHARED:
        return set()
    found = (ROOT / name).glob(f"*/{channel}.txt")
    return {int(path.parent.name) for path in found if path.parent.name.isdigit()}


def _split(told: str) -> tuple[str, str]:
    """Head and words of a file."""
    if not told.startswith(_FENCE):
        return "", told
    head, _, words = told[len(_FENCE) :].partition(_FENCE)
    return head, words
