"""The page of the operators' banks: pay a code by hand, read the book, spoil the next call. Portuguese; no script."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from emdia.money import Centavos, format_brl
from infra.local.sandbox.faults import Fault
from infra.local.sandbox.pages import PAGE_SIZE, Reply, missing, moment, page
from infra.local.sandbox.teller import NotPaidError, Pix, Teller

_TEMPLATES = Path(__file__).parent / "templates"
_LONGEST = 1000
_LATE = 3600.0  # seconds
_FAULTS = {
    "perder": Fault("lost"),
    "repetir": Fault("double"),
    "atrasar": Fault("late", seconds=_LATE),
}
_DONE = {
    "pago": "Pix pago. O banco avisa a operadora em seguida.",
    "vazio": "Cole o código antes de pagar.",
    "unreadable": "Isto não é um Pix copia e cola inteiro. Copie o código todo, sem cortar.",
    "foreign": "Este código é de outro banco: aqui se pagam os que o Em Dia gera.",
    "closed": "Este código não pode mais ser pago: já foi pago, trocado ou venceu. Abra de novo a página da mensagem.",
    "perder": "O aviso do próximo Pix vai se perder. O sistema o acha na pergunta da noite.",
    "repetir": "O aviso do próximo Pix vai chegar duas vezes.",
    "atrasar": "O aviso do próximo Pix vai chegar uma hora depois.",
    "sem-falhas": "Os próximos avisos chegam como devem.",
}
_FAILED = frozenset({"vazio", "unreadable", "foreign", "closed"})


class BankPages:
    """Answers a browser."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    def answer(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Reply:
        """The page, or the effect of a button and where to go next."""
        parts = [part for part in path.split("/") if part]
        if method == "POST" and len(parts) == 2 and parts[0] == "banco":
            done = self._press(parts[1], dict(parse_qsl(body.decode(errors="replace"))))
            return Reply(303, b"", {"Location": f"/banco?{urlencode({'feito': done})}"}) if done else missing()
        if method != "GET" or parts != ["banco"]:
            return missing()
        return page(200, _show(self._teller, query))

    def _press(self, button: str, form: Mapping[str, str]) -> str:
        """What was done, a key of _DONE; "" for a button that is not there."""
        faults = self._teller.faults
        if button == "pagar":
            # A code that was copied over several lines is one; spaces are part of it.
            return self._pay("".join(form.get("codigo", "").splitlines()).strip()[:_LONGEST])
        if button == "sem-falhas":
            faults.clear()
        elif button in _FAULTS:
            wanted = _FAULTS[button]
            faults.add(Fault(wanted.kind, seconds=wanted.seconds))
        else:
            return ""
        return button

    def _pay(self, code: str) -> str:
        if not code:
            return "vazio"
        try:
            self._teller.pay(code)
        except NotPaidError as refused:
            return str(refused)
        return "pago"


def _show(teller: Teller, query: Mapping[str, str]) -> str:
    book = teller.book()[::-1]
    pages = max(1, -(-len(book) // PAGE_SIZE))
    asked = query.get("p", "1")
    number = min(max(int(asked), 1), pages) if asked.isdecimal() else 1
    done = query.get("feito", "")
    return _template().render(
        book=book[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        payments=len(book),
        total=_sum(book),
        number=number,
        pages=pages,
        spoilt=bool(teller.faults.left()),
        names=teller.names(),
        done=_DONE.get(done),
        failed=done in _FAILED,
        now=teller.now(),
    )


def _sum(book: Sequence[Pix]) -> Centavos:
    return Centavos(sum(one.amount for one in book))


def _state(pix: Pix) -> tuple[str, str]:
    """Whether the operator was told, and how bad it is when not."""
    if pix.told_at:
        times = f"{len(pix.told_at)} vezes às" if len(pix.told_at) > 1 else "às"
        return f"Avisada {times} {moment(pix.told_at[-1])[-5:]}", "good"
    if pix.lost:
        return "Aviso perdido", "bad"
    return ("Ninguém respondeu ao aviso", "bad") if pix.failed else (f"Aviso às {moment(pix.due)[-5:]}", "plain")


@cache
def _template() -> Template:
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters |= {"state": _state, "moment": moment, "brl": lambda amount: format_brl(Centavos(amount))}
    return environment.get_template("bank.html")
