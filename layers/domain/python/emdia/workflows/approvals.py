"""What comes into force, and by whose word: every act is a fact that names who acted, on what and in which office."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from emdia.compliance.approval import (
    LADDER_ID,
    NORMS_ID,
    PLAN_ID,
    Approval,
    InForce,
    Matter,
    Standing,
    activate,
    approve,
    in_force,
    refuse,
    retire,
    submit,
)
from emdia.compliance.norms import edition
from emdia.errors import Halted, LostRace, Rejected
from emdia.facts import Fact, Value
from emdia.ladder.ladder import PUBLISHED, Ladder
from emdia.ladder.plan import PLANS
from emdia.ladder.verify import ours, verify, worlds
from emdia.messages.bot.script import BOT, NEWEST, script
from emdia.messages.bot.words import too_long
from emdia.messages.lint import errors, lint
from emdia.messages.notice_words import TEXT as NOTICE
from emdia.messages.notice_words import digest
from emdia.messages.texts import Text, texts
from emdia.people.offices import Office, office_of, person_behind
from emdia.ports import Act, Ledger, Put
from emdia.protocols.library import LIBRARY, faults, library
from emdia.protocols.library import NEWEST as NEWEST_ANSWERS
from emdia.state import Ref, State, approval_ref, approvals_drawer, in_force_ref
from emdia.workflows.acts import command

ALL: Final = "all"
ACTIONS: Mapping[str, str] = {
    "submit": "approval.submitted",
    "approve": "approval.given",
    "refuse": "approval.refused",
    "activate": "approval.activated",
    "retire": "approval.retired",
}


@dataclass(frozen=True, slots=True)
class Thing:
    """Something of this release that can be approved. `check` gives the evidence, or raises what is wrong with it."""

    matter: Matter
    id: str
    version: str
    digest: str
    check: Callable[[], str]

    @property
    def name(self) -> str:
        """What people call it: "atraso/email@1", "padrao-2026-1", an edition."""
        return f"{self.id}@{self.version}" if self.matter is Matter.WORDS else self.version


@dataclass(frozen=True, slots=True)
class Signer:
    """Who acts: the caller as AWS knows them, at a stage."""

    arn: str
    stage: str

    @property
    def person(self) -> str:
        """Name of the person's session."""
        return person_behind(self.arn)

    @property
    def office(self) -> Office | None:
        """In which office they act, if any."""
        return office_of(self.arn, self.stage)


def things(matter: Matter, year: int) -> Iterator[Thing]:
    """All of a matter that this release has; ladders are verified over the due dates of `year`."""
    if matter is Matter.WORDS:
        for text in texts():
            yield Thing(matter, text.id, str(text.version), text.digest, _linted(text))
        yield Thing(matter, BOT, str(NEWEST), script().digest, _answerable)
        yield Thing(matter, LIBRARY, str(NEWEST_ANSWERS), library().digest, _answers)
        # The statutory notice, whose words are the norm's eight items: content_of and check hold it to them.
        name, _, version = NOTICE.partition("/")
        yield Thing(matter, name, version, digest(), lambda: "itens da RN 593 conferidos em cada notificação")
    elif matter is Matter.LADDER:
        for ladder in PUBLISHED.values():
            yield Thing(matter, LADDER_ID, ladder.version, ladder.digest, _verified(ladder, year))
        for plan in PLANS.values():
            yield Thing(matter, PLAN_ID, plan.version, plan.digest, lambda: "braços: só réguas verificadas")
    else:
        yield Thing(matter, NORMS_ID, edition(), edition(), lambda: "")


def _answerable() -> str:
    """Raises Rejected `words-lint` when an answer of the bot does not fit one SMS beside the number."""
    if long := too_long(script()):
        raise Rejected("words-lint", count=len(long))
    return f"roteiro: {len(script().intents)} intenções, cada resposta cabe em um SMS com o número"


def _answers() -> str:
    """Raises Rejected `words-lint` when an answer of the library is none, or hard to read."""
    if found := faults(library()):
        raise Rejected("words-lint", count=len(found))
    return f"respostas: {len(library().models)} textos conclusivos e de leitura fácil"


def _linted(text: Text) -> Callable[[], str]:
    def check() -> str:
        found = lint(text)
        if count := errors(found):
            raise Rejected("words-lint", count=count)
        return f"lint: nenhum erro, {len(found)} aviso(s)"

    return check


def _verified(ladder: Ladder, year: int) -> Callable[[], str]:
    def check() -> str:
        if not ladder.steps:
            return "sem degraus: nenhum contato"
        found = verify(ours(ladder), worlds(year, ladder.days), ladder.gap)
        if found.counter_example is not None:
            raise Rejected("ladder-unlawful", rule=found.counter_example.rule)
        return f"verify: {found.worlds} cenários de {year}, nenhum contato indevido"

    return check


def act(action: str, thing: Thing, ledger: Ledger, signer: Signer, now: datetime) -> Approval:
    """Carry out one action of `ACTIONS` and log it. Raises Rejected (compliance/approval.py); LostRace; TryLater."""
    ref = approval_ref(thing.matter, thing.id, thing.version)
    states = ledger.get([ref, in_force_ref()])
    held = states.get(ref)
    more: tuple[Put, ...] = ()
    if action == "submit":
        moved = _submitted(thing, held, signer, now)
    elif not isinstance(held, Approval):
        raise Rejected("approval-unknown")
    elif action == "approve":
        moved = approve(held, signer.office, signer.person, now)
    elif action == "refuse":
        moved = refuse(held, signer.office)
    elif action == "activate":
        moved, more = _activated(held, in_force(states), thing.digest, ledger)
    else:
        moved, force = retire(held, in_force(states), signer.office)
        more = (Put(force),)
    told = {
        "ator": signer.arn, "papel": signer.office or "-", "materia": moved.matter, "item": moved.id,
        "versao": moved.version, "resumo": moved.digest, "verificacao": moved.evidence or "-",
    }  # fmt: skip
    fact = Fact(ACTIONS[action], ref, tuple(Value(name, str(value)) for name, value in told.items()))
    sign = command(f"approval-{action}", ref.sort, moved.v, signer.arn, now)
    if ledger.commit([Act(sign, (Put(moved), *more), (fact,))]).lost:
        raise LostRace("somebody else acts on the same version")
    return moved


def _submitted(thing: Thing, held: State | None, signer: Signer, now: datetime) -> Approval:
    asked = Approval(
        matter=thing.matter, id=thing.id, version=thing.version, digest=thing.digest,
        author=signer.person, at=now, evidence=thing.check(),
    )  # fmt: skip
    return submit(asked, held if isinstance(held, Approval) else None)


def _activated(held: Approval, force: InForce, digest: str, ledger: Ledger) -> tuple[Approval, tuple[Put, ...]]:
    """In force, and what it takes the place of out of it."""
    if held.id == PLAN_ID:
        _arms_in_force(held.version, force)
    moved, force, before = activate(held, force, digest)
    if before is None:
        return moved, (Put(force),)
    old = approval_ref(before.matter, before.id, before.version)
    ended = ledger.get([old])[old]
    if not isinstance(ended, Approval):
        raise Halted("what is in force was never approved")
    return moved, (Put(force), Put(replace(ended, standing=Standing.RETIRED)))


def _arms_in_force(version: str, force: InForce) -> None:
    """No contract is drawn to a ladder that was not verified and approved."""
    for name in sorted(PLANS[version].ladders):
        if not force.holds(Matter.LADDER, LADDER_ID, name, PUBLISHED[name].digest):
            raise Rejected("approval-arm", ladder=name)


def approvals_of(matter: Matter, ledger: Ledger) -> Mapping[Ref, Approval]:
    """Everything of a matter that was ever submitted."""
    held = ledger.record(approvals_drawer(matter), "APPROVAL#")
    return {one.ref: one for one in held if isinstance(one, Approval)}


def chosen(name: str, matter: Matter, year: int) -> Sequence[Thing]:
    """What a person means by `name`: one thing, the newest version of a text, or "all" of the newest.

    Raises Rejected `approval-thing-unknown`.
    """
    found = list(things(matter, year))
    newest = {one.id if matter is Matter.WORDS else one.name: one for one in found}  # versions rise
    if name == ALL:
        return [one for one in newest.values() if one.id != PLAN_ID]  # a plan is chosen, never taken with the rest
    exact = [one for one in found if one.name == name] or [one for key, one in newest.items() if key == name]
    if not exact:
        raise Rejected("approval-thing-unknown")
    return exact
