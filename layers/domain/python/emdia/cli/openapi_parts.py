"""What the description of the attendance API says of each of its parts and answers, in words."""

from collections.abc import Mapping, Sequence

STATUSES = {
    400: "The call cannot be read, or a header is missing.",
    401: "The gateway: no token, or one that is not good. Its body is the gateway's.",
    403: "The gateway: no API key, or the token is of no one operator.",
    404: "No such attendance, contract or address.",
    409: "Not in this state of the attendance.",
    413: "The body is too large.",
    422: "A field is wrong; `pointer` names it.",
    429: "The gateway: too many calls of this client. Wait and send again.",
    500: "Our fault; the team has been told.",
    503: "Not possible now; send again after `Retry-After` seconds.",
}
SUMMARIES = {
    "interactions": "Record one thing said; the same `id` again changes nothing",
    "contract": "Say whose attendance it is, by the ERP's contract number; once",
    "class": "Say what was asked for; its terms run from the opening",
    "claim": "Take it; `X-Staff` says who",
    "handover": "Give it to somebody, or back to the queue",
    "answer": "Answer conclusively, and so close it",
    "drafts": "Approved texts to begin an answer with, filled in as far as is known",
    "reanalysis": "The ombudsman looks once more, after the answer",
}
REQUIRED: Mapping[str, Sequence[str]] = {
    "interactions": ("id", "words", "medium", "speaker"),
    "contract": ("contract",),
    "class": ("demand",),
    "claim": (),
    "handover": (),
    "answer": (),
    "drafts": (),
    "reanalysis": (),
}
