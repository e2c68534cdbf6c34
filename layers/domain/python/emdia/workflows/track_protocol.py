"""A person follows their attendances: number and code, list and words, a copy, a complaint, a rating."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape

from emdia.clock import instant
from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, Value
from emdia.messages.ports import Mail, Outcome, Sender, Sms
from emdia.portfolio.contract import Channel
from emdia.ports import Act, Clock, Ledgers, Meter, Pseudonyms, Put, Randomness, Seals
from emdia.protocols import tracking
from emdia.protocols.copy import spoken
from emdia.protocols.number import brasilia_day, parse_number
from emdia.protocols.protocol import Interaction, Medium, Protocol, Speaker, Status, reanalyse
from emdia.protocols.tracking import Rating
from emdia.protocols.views import Asked, Challenged, Download, Listed, Shown, View
from emdia.state import protocol_ref, rating_ref, tracking_ref
from emdia.workflows.acts import command
from emdia.workflows.attendance import Attendance, digest, move, read, seat_of
from emdia.workflows.number_desk import NumberDesk
from emdia.workflows.portal_talk import open_here, write_here
from emdia.workflows.tracking_code import enter, send_code
from emdia.workflows.tracking_visit import PERSON, Visit, copy_for, mail_of, reference, seen, visit_of
from emdia.workflows.views import show

__all__ = ["Asked", "Deps", "Download", "follow"]

WORDS_MAX = 4_000  # characters of a complaint


@dataclass(frozen=True, slots=True)
class Deps:
    """What following needs."""

    ledgers: Ledgers
    pseudonyms: Pseudonyms
    clock: Clock
    randomness: Randomness
    meter: Meter
    seals: Seals
    mailer: Sender[Mail]
    texter: Sender[Sms]
    desk: NumberDesk


def follow(form: Mapping[str, str], deps: Deps) -> View:
    """The next thing to show for what a page sent.

    `numero` alone asks for a code; with `codigo` it opens. With `sessao`: the list, or `acao` `abrir` (`texto`,
    `pedido`); with `protocolo` one attendance, and `acao` on it: `escrever` (`texto`, `pedido`), `baixar`, `enviar`,
    `reclamar` (`texto`), `avaliar` (`nota`, `recomenda`?). Raises Rejected `token-invalid` for a session that ended;
    LostRace, TryLater.
    """
    if "sessao" in form:
        return _inside(visit_of(form["sessao"], deps.ledgers, deps.pseudonyms, deps.clock.now()), form, deps)
    typed = form.get("numero", "")
    try:
        number = str(parse_number(typed, brasilia_day(deps.clock.now()), "/numero"))
    except Rejected as wrong:
        return Asked(typed[:40], wrong)
    if "codigo" not in form:
        send_code(number, deps)
        return Challenged(number)
    session = enter(number, form["codigo"], deps)
    if session is None:
        return Challenged(number, wrong=True)
    return _list(visit_of(session, deps.ledgers, deps.pseudonyms, deps.clock.now()), deps)


def _inside(visit: Visit, form: Mapping[str, str], deps: Deps) -> View:
    if form.get("acao") == "abrir":
        return _open(visit, form, deps)
    return _one(visit, form, deps) if "protocolo" in form else _list(visit, deps)


def _open(visit: Visit, form: Mapping[str, str], deps: Deps) -> View:
    """A new attendance, and its page; what is wrong with it is said beside the words."""
    ports = (deps.ledgers, deps.pseudonyms, deps.clock, deps.randomness, deps.meter)
    try:
        number = open_here(visit, form, deps.desk, ports)
    except Rejected as refused:
        return _list(visit, deps, refused, form.get("texto", ""))
    return _one(visit, {"protocolo": number}, deps, f"Este é o número do seu atendimento: {spoken(number)}.")


def _list(visit: Visit, deps: Deps, problem: Rejected | None = None, typed: str = "") -> Listed:
    now = deps.clock.now()
    pointers = visit.ledger.record(visit.contract.key, "ATTENDANCE#")
    witnessed = seen(visit, tracking_ref(visit.contract.key), "lista", now)
    held = visit.ledger.get([protocol_ref(one.ref.sort.partition("#")[2]) for one in pointers])
    mine = [one for one in held.values() if isinstance(one, Protocol) and one.holder_key == visit.contract.holder_key]
    newest = tuple(sorted(mine, key=lambda one: (one.opened_at, one.number), reverse=True))
    asking = deps.randomness.token(8).hex()
    return show(witnessed, Listed(visit.session, visit.operator, visit.zone, newest, asking, problem, typed))


def _one(visit: Visit, form: Mapping[str, str], deps: Deps, done: str = "") -> View:
    held = read(str(parse_number(form["protocolo"], brasilia_day(deps.clock.now()))), visit.ledger)
    mine = held.protocol.contract == visit.contract.key and held.protocol.holder_key == visit.contract.holder_key
    if not mine:
        raise Rejected("protocol-unknown")
    problem = None
    if form.get("acao") in _ACTIONS:
        try:
            done = _ACTIONS[form["acao"]](visit, held, form, deps)
        except Rejected as refused:
            problem = refused
    now = deps.clock.now()
    witnessed = seen(visit, held.protocol.ref, "acompanhar", now)
    protocol = read(held.protocol.number, visit.ledger).protocol
    copy = copy_for(visit, protocol, deps.seals)
    if form.get("acao") == "baixar":
        return show(witnessed, Download(copy))
    rated = rating_ref(protocol.number) in visit.ledger.get([rating_ref(protocol.number)])
    mail = visit.contract.point(Channel.EMAIL) is not None
    asking = deps.randomness.token(8).hex()
    return show(witnessed, Shown(visit.session, visit.operator, protocol, copy, rated, mail, asking, done, problem))


def _mail_copy(visit: Visit, held: Attendance, _form: Mapping[str, str], deps: Deps) -> str:
    """The words by e-mail, to the register's address; a fact says so first."""
    point = visit.contract.point(Channel.EMAIL)
    if point is None:
        raise Rejected("protocol-no-mail")
    now = deps.clock.now()
    fact = Fact("protocol.copied", held.protocol.ref, (Value("canal", str(Channel.EMAIL)), Value("ator", PERSON)))
    witnessed = visit.ledger.witness([fact], command("copied", held.protocol.number, instant(now)))
    copy = show(witnessed, copy_for(visit, held.protocol, deps.seals))
    html = "".join(f"<p>{escape(part)}</p>" for part in copy.text.split("\n") if part)
    subject = f"Cópia do protocolo {copy.spoken}"
    to = reference(visit.ledger.ans, visit.contract.key, deps.randomness)
    sent = deps.mailer.send([mail_of(visit.ledger, visit.contract, point.value, subject, copy.text, html, to)])[0]
    deps.meter.count("ProtocolCopy", outcome=sent.outcome)
    if sent.outcome not in (Outcome.ACCEPTED, Outcome.MAYBE):
        raise Rejected("try-later")
    return "Enviamos a cópia para o seu e-mail cadastrado."


def _complain(visit: Visit, held: Attendance, form: Mapping[str, str], deps: Deps) -> str:
    """The ombudsman looks once more: with the person's words, in one transaction."""
    words = form.get("texto", "").strip()
    if not words or len(words) > WORDS_MAX:
        raise Rejected("field-invalid", "/texto")
    now = deps.clock.now()
    again = reanalyse(held.protocol, seat_of(visit.ledger), now)
    longer = replace(again, said=again.said + 1)
    line = Interaction(
        number=again.number,
        id=f"complaint-{again.stage}",
        sequence=longer.said,
        at=now,
        medium=Medium.CHAT,
        speaker=Speaker.PERSON,
        under=held.under.id,
        words=words,
        author=PERSON,
    )
    values = {"prazo": instant(again.due or now), "texto": digest(words)}
    move(held, longer, "protocol.reanalysed", values, PERSON, visit.ledger, [line])
    return "Seu pedido de reanálise foi registrado neste mesmo protocolo e está com a ouvidoria."


def _write(visit: Visit, held: Attendance, form: Mapping[str, str], deps: Deps) -> str:
    return write_here(visit, held, form, deps.clock)


def _rate(visit: Visit, held: Attendance, form: Mapping[str, str], deps: Deps) -> str:
    """Said once; asked after an answer and never a condition of anything."""
    score = tracking.score_of(form.get("nota", ""), "/nota")
    nps = tracking.nps_of(form.get("recomenda", ""), "/recomenda")
    if held.protocol.status is not Status.CLOSED:
        raise Rejected("protocol-open")
    number = held.protocol.number
    rating = Rating(number=number, score=score, nps=nps, at=deps.clock.now())
    values = {"nota": score} | ({} if nps is None else {"recomenda": nps})
    fact = Fact("protocol.rated", rating.ref, tuple(Value(name, value, held.under) for name, value in values.items()))
    told = Fact("protocol.rated", held.protocol.ref)
    puts = (Put(rating), Put(replace(held.protocol, csat=score, nps=nps)))
    done = visit.ledger.commit([Act(f"rated:{number}", puts, (fact, told))])
    if done.lost and rating.ref not in visit.ledger.get([rating.ref]):
        raise LostRace("somebody else dealt with this attendance")
    return "Obrigado pela avaliação."


Action = Callable[[Visit, Attendance, Mapping[str, str], Deps], str]
_ACTIONS: Mapping[str, Action] = {
    "escrever": _write,
    "enviar": _mail_copy,
    "reclamar": _complain,
    "avaliar": _rate,
}
