"""Somebody says on the page of their receipt how they found paying; once, and never a condition of anything."""

from collections.abc import Mapping

from emdia.errors import LostRace, Rejected
from emdia.facts import Fact, Value
from emdia.ports import Act, Put
from emdia.protocols.number import brasilia_day
from emdia.protocols.ratings import PaymentRating, RatingsOfDay, ratings_ref
from emdia.protocols.tracking import nps_of, score_of
from emdia.state import Subject
from emdia.workflows.show_debt import Deps, Opened, opened

_ROUNDS = 4  # ratings of others in the same moment, before the person is asked to come again


def rate_payment(token: str, form: Mapping[str, str], deps: Deps) -> Rejected | None:
    """Keep `nota` (1 to 5) and `recomenda` (0 to 10, or nothing) of the receipt behind `token`; again changes nothing.

    Answers what is wrong with the form, to be said beside it. Raises Rejected `token-invalid`, for a page that is none
    of a receipt too; LostRace, TryLater.
    """
    page = opened(token, deps)
    if not page.outreach.payment:
        raise Rejected("token-invalid")
    try:
        score, nps = score_of(form.get("nota", ""), "/nota"), nps_of(form.get("recomenda", ""), "/recomenda")
    except Rejected as refused:
        return refused
    _keep(page, score, nps, deps)
    return None


def _keep(page: Opened, score: int, nps: int | None, deps: Deps) -> None:
    now = deps.clock.now()
    day = ratings_ref(brasilia_day(now))
    rating = PaymentRating(contract=page.case.contract, outreach=page.outreach.id, score=score, nps=nps, at=now)
    holder = Subject(page.case.holder_key)
    told = {"nota": score} | ({} if nps is None else {"recomenda": nps})
    facts = (
        Fact("payment.rated", rating.ref, tuple(Value(name, value, holder) for name, value in told.items())),
        Fact("payment.rated", day),
    )
    for _ in range(_ROUNDS):
        held = page.ledger.get([rating.ref, day])
        if rating.ref in held:
            return
        before = held.get(day)
        sums = before if isinstance(before, RatingsOfDay) else RatingsOfDay(day=brasilia_day(now))
        puts = (Put(rating), Put(sums.with_one(score, nps)))
        if page.ledger.commit([Act(f"rated:{page.outreach.id}:{sums.v}", puts, facts)]).landed:
            return
    raise LostRace("others rate in this moment")
