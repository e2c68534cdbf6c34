"""A person follows their attendances: number and code, list and words, a copy, a complaint, a rating."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from html import escape

from emdia.clock import instant
from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, Value
from emdia.messages.outreach import Target
from emdia.messages.ports import Mail, Outcome, Sender
from emdia.portfolio.contract import Channel, Contract
from emdia.ports import Act, Clock, Ledger, Ledgers, Meter, Pseudonyms, Put, Randomness, Seals
from emdia.protocols import tracking
from emdia.protocols.copy import spoken
from emdia.protocols.number import brasilia_day, parse_number
from emdia.protocols.protocol import Interaction, Medium, Protocol, Speaker, Status, reanalyse
from emdia.protocols.tracking import Challenge, Rating
from emdia.protocols.views import Asked, Challenged, Download, Listed, Shown, View
from emdia.state import contract_ref, protocol_ref, rating_ref, tracking_ref
from emdia.workflows.acts import command
from emdia.workflows.attendance import Attendance, digest, move, read, seat_of
from emdia.workflows.tracking_visit import PERSON, Visit, copy_for, mail_of, reference, seen, session_of, visit_of
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


def follow(form: Mapping[str, str], deps: Deps) -> View:
    """The next thing to show for what a page sent.

    `numero` alone asks for a code; with `codigo` it opens. With `sessao`: the list; with `protocolo` one attendance,
    and `acao` on it: `baixar`, `enviar`, `reclamar` (`texto`), `avaliar` (`nota`, `recomenda`?).
    Raises Rejected `token-invalid` for a session that ended; LostRace, TryLater.
    """
    if "sessao" in form:
        visit = visit_of(form["sessao"], deps.ledgers, deps.pseudonyms, deps.clock.now())
        if "protocolo" not in form:
            return _list(visit, deps)
        return _one(visit, form, deps)
    typed = form.get("numero", "")
    try:
        number = str(parse_number(typed, brasilia_day(deps.clock.now()), "/numero"))
    except Rejected as wrong:
        return Asked(typed[:40], wrong)
    if "codigo" not in form:
        _send_code(number, deps)
        return Challenged(number)
    session = _enter(number, form["codigo"], deps)
    if session is None:
        return Challenged(number, wrong=True)
    return _list(visit_of(session, deps.ledgers, deps.pseudonyms, deps.clock.now()), deps)


def _whose(number: str, ledger: Ledger) -> Contract | None:
    """The contract of an attendance; None for a number of nobody, of nobody known, and of a person forgotten."""
    protocol = ledger.get([protocol_ref(number)]).get(protocol_ref(number))
    if not isinstance(protocol, Protocol) or not protocol.contract:
        return None
    try:
        contract = ledger.get([contract_ref(protocol.contract)]).get(contract_ref(protocol.contract))
    except Rejected:  # forgotten: to whoever asks, as if it had never been
        return None
    # Words of a former holder are not the present one's.
    known = isinstance(contract, Contract) and contract.holder_key == protocol.holder_key
    return contract if known and isinstance(contract, Contract) else None


def _send_code(number: str, deps: Deps) -> None:
    """Write a code to the register's e-mail address, if there is whom to write to; nobody is told whether."""
    ledger = deps.ledgers.of(number[:6])
    contract = _whose(number, ledger)
    point = contract.point(Channel.EMAIL) if contract is not None else None
    if contract is None or point is None:
        return
    now = deps.clock.now()
    held = ledger.get([tracking_ref(contract.key)]).get(tracking_ref(contract.key))
    before = held if isinstance(held, Challenge) else None
    if not tracking.may_send(before, now):
        return
    code = tracking.code_of(deps.randomness.token(8))
    fresh = tracking.challenge(before, contract.key, _digest(contract.key, code, ledger, deps), now)
    fact = Fact("protocol.code_sent", fresh.ref, (Value("vez", fresh.sent),))
    act = Act(f"code:{contract.key}:{deps.randomness.token(8).hex()}", (Put(fresh),), (fact,))
    if not ledger.commit([act]).landed:
        return  # another click was faster: its code is on the way
    lines = (
        f"Seu código para acompanhar o protocolo {spoken(number)}: {code}",
        "Vale por dez minutos e uma só vez. Não conte este código a ninguém: a operadora nunca o pede.",
        "Se não foi você que pediu, ignore este e-mail.",
    )
    html = "".join(f"<p>{escape(line)}</p>" for line in lines)
    mail = mail_of(
        ledger, contract, point.value, f"Código {code}", "\n\n".join(lines), html, _ref(ledger, contract, deps)
    )
    deps.meter.count("TrackingCode", outcome=deps.mailer.send([mail])[0].outcome)


def _ref(ledger: Ledger, contract: Contract, deps: Deps) -> Target:
    return reference(ledger.ans, contract.key, deps.randomness)


def _digest(contract: str, code: str, ledger: Ledger, deps: Deps) -> str:
    return deps.pseudonyms.of(ledger.ans, "tracking-code", f"{contract}\x00{code}")


def _enter(number: str, code: str, deps: Deps) -> str | None:
    """A session, or None for a wrong code, one that has ended and a number of nobody alike."""
    ledger = deps.ledgers.of(number[:6])
    contract = _whose(number, ledger)
    if contract is None:
        return None
    held = ledger.get([tracking_ref(contract.key)]).get(tracking_ref(contract.key))
    now = deps.clock.now()
    if not isinstance(held, Challenge) or not tracking.opens(held, now):
        return None
    told = "".join(char for char in code[:40] if char.isdecimal())
    right = hmac.compare_digest(_digest(contract.key, told, ledger, deps), held.code)
    # What is not counted is not answered: a wrong code, and the one use of the right one.
    after = replace(held, used=True) if right else replace(held, tries=held.tries + 1)
    fact = Fact("protocol.code_tried", held.ref, (Value("certo", int(right)), Value("vezes", after.tries)))
    act = Act(f"code-tried:{held.contract}:{deps.randomness.token(8).hex()}", (Put(after),), (fact,))
    if not ledger.commit([act]).landed:
        raise LostRace("another try was faster")
    return session_of(contract, ledger.ans, deps.pseudonyms, now) if right else None


def _list(visit: Visit, deps: Deps) -> Listed:
    now = deps.clock.now()
    pointers = visit.ledger.record(visit.contract.key, "ATTENDANCE#")
    witnessed = seen(visit, tracking_ref(visit.contract.key), "lista", now)
    held = visit.ledger.get([protocol_ref(one.ref.sort.partition("#")[2]) for one in pointers])
    mine = [one for one in held.values() if isinstance(one, Protocol) and one.holder_key == visit.contract.holder_key]
    newest = tuple(sorted(mine, key=lambda one: (one.opened_at, one.number), reverse=True))
    return show(witnessed, Listed(visit.session, visit.operator, visit.zone, newest))


def _one(visit: Visit, form: Mapping[str, str], deps: Deps) -> View:
    held = read(str(parse_number(form["protocolo"], brasilia_day(deps.clock.now()))), visit.ledger)
    mine = held.protocol.contract == visit.contract.key and held.protocol.holder_key == visit.contract.holder_key
    if not mine:
        raise Rejected("protocol-unknown")
    done, problem = "", None
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
    return show(witnessed, Shown(visit.session, visit.operator, protocol, copy, rated, mail, done, problem))


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
    "enviar": _mail_copy,
    "reclamar": _complain,
    "avaliar": _rate,
}
