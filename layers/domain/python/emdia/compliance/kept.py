"""Rows of the norms: how long what is kept stays. The logs' classes by years, what only leads elsewhere by days."""

from datetime import date
from typing import Final, Literal

KeptRow = tuple[str, int, Literal["years", "days"], str, date, str]

_LOG = "a proposal for counsel: from the end of the year, so never less than the source asks; see Retention"
_LGPD = "LGPD arts. 15 I, 16"
_LGPD_SINCE = date(2020, 9, 18)

KEPT: Final[tuple[KeptRow, ...]] = (
    ("contato", 5, "years", "CDC art. 27; Código Civil art. 206 §5 I", date(2003, 1, 11), _LOG),
    ("acordo", 11, "years", "Código Civil arts. 205 e 206 §5 I", date(2003, 1, 11), _LOG),
    ("atendimento", 5, "years", "CDC art. 27; Decreto 11.034/2022 art. 12", date(2022, 10, 3), _LOG),
    ("acesso", 5, "years", "LGPD art. 37; CDC art. 27", _LGPD_SINCE, _LOG),
    ("operacao", 5, "years", "CDC art. 27; Código Civil art. 206 §5 I", date(2003, 1, 11), _LOG),
    ("page", 60, "days", _LGPD, _LGPD_SINCE,
     "policy: from when the link opens nothing any more; until then it can be said whose it was"),
    ("reply", 90, "days", _LGPD, _LGPD_SINCE,
     "policy: from the message; its words are in the attendance, and providers repeat for two weeks"),
    ("inbox", 400, "days", _LGPD, _LGPD_SINCE,
     "policy: from its receipt, once settled; a repetition within a year is known as one"),
    ("returned", 1827, "days", _LGPD, _LGPD_SINCE,
     "policy: five years from a payment that was nobody's and went back whole"),
    ("tracking", 400, "days", _LGPD, _LGPD_SINCE,
     "policy: from what was told of a letter that nobody of ours sent; an AR takes three weeks"),
)  # fmt: skip
