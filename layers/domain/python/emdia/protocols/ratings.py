"""Ratings that people give, and what a day's come to: of an attendance once answered, of a payment once received. Pure.

Asked afterwards and never a condition: whoever leaves the question alone is refused nothing.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from emdia.state import Ref, State

PROMOTES, DETRACTS, PLEASED = 9, 6, 4  # NPS from, NPS up to, CSAT from


def payment_rating_ref(contract: str, outreach: str) -> Ref:
    """How somebody found paying, by the receipt that asked."""
    return Ref(f"C#{contract}", f"PAIDRATING#{outreach}")


def ratings_ref(day: date) -> Ref:
    """What a day's ratings of payments come to."""
    return Ref(f"N#{day:%Y%m%d}", "RATINGS")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRating(State):
    """How somebody found paying, said once on the page of their receipt (`outreach`): `score` 1 to 5, `nps` 0 to 10."""

    contract: str
    outreach: str
    score: int
    nps: int | None = None  # None: they did not say
    at: datetime

    @property
    def ref(self) -> Ref:
        """See State."""
        return payment_rating_ref(self.contract, self.outreach)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingsOfDay(State):
    """What the ratings of payments of one day (Brasília) come to: numbers of nobody, which need no disposal.

    `scores` ratings with the sum `score_sum`, of which `pleased` from 4 on; `nps` answers, promoters less detractors
    `nps_net`.
    """

    day: date
    scores: int = 0
    score_sum: int = 0
    pleased: int = 0
    nps: int = 0
    nps_net: int = 0

    @property
    def ref(self) -> Ref:
        """See State."""
        return ratings_ref(self.day)

    def with_one(self, score: int, nps: int | None) -> "RatingsOfDay":
        """One rating more."""
        return replace(
            self,
            scores=self.scores + 1,
            score_sum=self.score_sum + score,
            pleased=self.pleased + (score >= PLEASED),
            nps=self.nps + (nps is not None),
            nps_net=self.nps_net + net(nps),
        )


def net(nps: int | None) -> int:
    """What one answer adds to an NPS: 1 of a promoter, -1 of a detractor.

    >>> [net(one) for one in (10, 9, 8, 6, 0, None)]
    [1, 1, 0, -1, -1, 0]
    """
    return 0 if nps is None else (nps >= PROMOTES) - (nps <= DETRACTS)
