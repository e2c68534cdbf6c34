"""What each kind of door answers when something fails: one table, used by every handler.

| Raised | API door | queue door | schedule door | invoked door |
|---|---|---|---|---|
| `Rejected` | 4xx problem | counted, logged by code, not delivered again | the same, and the run ends | problem |
| `TryLater` | 503 + Retry-After | that message is delivered again | the run ends; the next one resumes | problem 503 |
| `Halted` and bugs | 500 problem, metric `Crashed` | raised: the batch returns, alarm | raised, alarm | raised, alarm |
"""

import base64
import binascii
import json
import logging
import traceback
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qs

from emdia.errors import AT_ONCE, Halted, Rejected, TryLater, decided_anew
from emdia.ports import Meter
from emdia.web.problems import CONTENT_TYPE, language, problem, status_of

RETRY_AFTER_SECONDS = 30
LOG = logging.getLogger("emdia")

Event = Mapping[str, Any]
Heard = TypeVar("Heard")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. `body` is JSON or text, as `headers` say; a file in base64 where `encoded`."""

    status: int
    body: str
    headers: Mapping[str, str]
    encoded: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a queue: its id, how often it was delivered (1: first time) and its JSON body."""

    id: str
    attempt: int
    body: Mapping[str, Any] = field(repr=False)


def json_answer(status: int, document: Mapping[str, object], lang: str) -> Answer:
    """An answer with a JSON body, a problem from 400 on. Never cached: it speaks of one call."""
    headers = {
        "Content-Type": CONTENT_TYPE if status >= 400 else "application/json",
        "Content-Language": lang,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Answer(status, json.dumps(document, ensure_ascii=False, separators=(",", ":")), headers)


def refusal(refused: Rejected, lang: str) -> Answer:
    """The problem+json answer of a refusal."""
    return json_answer(status_of(refused.code), problem(refused, lang), lang)


def header(event: Event, name: str) -> str:
    """A header of an API Gateway request, whatever its case; "" when absent. The last one counts, as there."""
    headers = event.get("headers") or {}
    return next((str(value) for key, value in headers.items() if key.lower() == name.lower()), "")


def raw_body(event: Event) -> bytes:
    """The exact bytes that were sent: signatures are over them. Raises Rejected `encoding-invalid`."""
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise Rejected("encoding-invalid") from None


def form_of(event: Event, most: int) -> dict[str, str]:
    """What a page posted: the first value of each field. Raises Rejected `body-too-large`, `encoding-invalid`."""
    told = raw_body(event)
    if len(told) > most:
        raise Rejected("body-too-large", limit=most)
    return {name: values[0] for name, values in parse_qs(told.decode("utf-8", "replace")).items()}


def api(
    event: Event,
    work: Callable[[], Answer],
    meter: Meter,
    refuse: Callable[[Rejected, str], Answer] = refusal,
) -> dict[str, object]:
    """Run `work` for an API Gateway proxy request and give its answer, or what `refuse` makes of the problem."""
    lang = language(header(event, "accept-language"))
    try:
        answer = work()
    except Rejected as refused:
        meter.count("Refused", code=refused.code)
        answer = refuse(refused, lang)
    except TryLater as later:
        LOG.warning("try later: %s", later)
        answer = refuse(Rejected("try-later"), lang)
        answer = Answer(answer.status, answer.body, {**answer.headers, "Retry-After": str(RETRY_AFTER_SECONDS)})
    except Exception as crash:  # noqa: BLE001  see below
        # The caller must hear something it can parse, so this does not reach Lambda's own error count:
        # the alarm stands on the metric.
        LOG.error("crashed: %s", _where(crash))  # noqa: TRY400  its text may quote what was sent
        meter.count("Crashed")
        answer = refuse(Rejected("internal"), lang)
    told = {"statusCode": answer.status, "headers": dict(answer.headers), "body": answer.body}
    return {**told, "isBase64Encoded": True} if answer.encoded else told


def messages(event: Event) -> Sequence[Message]:
    """The messages of an SQS batch. Raises Halted for a body that we cannot have written."""
    try:
        return [
            Message(
                str(record["messageId"]),
                int(record["attributes"]["ApproximateReceiveCount"]),
                json.loads(record["body"]),
            )
            for record in event["Records"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise Halted(f"malformed queue message: {type(error).__name__}") from None


def _repeated(work: Callable[[Sequence[Heard]], Collection[Heard]], heard: Sequence[Heard]) -> Collection[Heard]:
    """What `work` still names after it was run three times, each time on what it had named before."""
    left = list(heard)
    for _ in range(AT_ONCE):
        again = frozenset(work(left)) if left else frozenset()
        left = [one for one in left if one in again]
    return left


def each(event: Event, work: Callable[[Message], object], meter: Meter) -> dict[str, object]:
    """Run `work` on every message of an SQS batch by itself; a failed one comes again, alone."""
    again = []
    for message in messages(event):
        try:
            decided_anew(partial(work, message))
        except Rejected as refused:
            _dropped(refused, meter)
        except TryLater as later:
            LOG.warning("message comes again: %s", later)
            again.append(message.id)
    return _failures(again)


def together(event: Event, work: Callable[[Sequence[Message]], Collection[str]], meter: Meter) -> dict[str, object]:
    """Run `work` once on a whole SQS batch; it answers the ids of the messages that must come again."""
    batch = messages(event)
    try:
        again = sorted(work(batch))
        if again:
            LOG.warning("messages come again: %d of %d", len(again), len(batch))
    except Rejected as refused:
        _dropped(refused, meter)
        again = []
    except TryLater as later:
        LOG.warning("batch comes again: %s", later)
        again = [message.id for message in batch]
    return _failures(again)


def foreign(
    event: Event,
    parse: Callable[[str], Collection[Heard]],
    work: Callable[[Sequence[Heard]], Collection[Heard]],
    meter: Meter,
) -> dict[str, object]:
    """Run `work` on an SQS batch that somebody else wrote, and again on what it answers; what is left comes again.

    What cannot be parsed is not dropped, for it may speak of a person: it comes again until the dead-letter
    queue keeps it and its alarm calls somebody.
    """
    ids: dict[Heard, list[str]] = defaultdict(list)
    again: list[str] = []
    for record in event["Records"]:
        try:
            for one in parse(str(record["body"])):
                ids[one].append(str(record["messageId"]))
        except Rejected as refused:
            _dropped(refused, meter)
            again.append(str(record["messageId"]))
    for heard in _repeated(work, list(ids)):
        again += ids[heard]
    if again:
        LOG.warning("messages come again: %d of %d", len(set(again)), len(event["Records"]))
    return _failures(sorted(set(again)))


def streamed(event: Event, sort: str, work: Callable[[Sequence[Event], int], object]) -> dict[str, object]:
    """Run `work` once on a batch of a table's stream.

    It is given the rows under the sort key `sort` that were written, and how many were changed or deleted by
    anything but their expiry. After TryLater the whole batch comes again.
    """
    records = [one for one in event["Records"] if one["dynamodb"]["Keys"]["sk"]["S"] == sort]
    written = [_row(one["dynamodb"]["NewImage"]) for one in records if one["eventName"] == "INSERT"]
    touched = [one for one in records if one["eventName"] != "INSERT" and not _expired(one)]
    try:
        work(written, len(touched))
    except TryLater as later:
        LOG.warning("stream batch comes again: %s", later)
        return _failures([str(event["Records"][0]["dynamodb"]["SequenceNumber"])])
    return _failures([])


def tick(work: Callable[[], object], meter: Meter) -> None:
    """Run `work` for a schedule. What is left undone, the next tick finds."""
    try:
        work()
    except Rejected as refused:
        _dropped(refused, meter)
    except TryLater as later:
        meter.count("TickEndedEarly")
        LOG.warning("tick ended early: %s", later)


def invoked(event: Event, work: Callable[[], Mapping[str, object]]) -> dict[str, object]:
    """Run `work` for a caller inside the account (the command line): `{"result"}` or `{"problem"}`."""
    lang = language(str(event.get("language", "")))
    try:
        return {"result": dict(work())}
    except Rejected as refused:
        return {"problem": problem(refused, lang)}
    except TryLater as later:
        LOG.warning("try later: %s", later)
        return {"problem": problem(Rejected("try-later"), lang)}


def _row(image: Event) -> Event:
    """A row as the table's client gives it: in a stream's JSON, bytes are base64."""
    return {name: {"B": base64.b64decode(value["B"])} if "B" in value else dict(value) for name, value in image.items()}


def _expired(record: Event) -> bool:
    return (record.get("userIdentity") or {}).get("principalId") == "dynamodb.amazonaws.com"


def _failures(again: Sequence[str]) -> dict[str, object]:
    return {"batchItemFailures": [{"itemIdentifier": message} for message in again]}


def _dropped(refused: Rejected, meter: Meter) -> None:
    LOG.warning("rejected: %s", refused)
    meter.count("Rejected", code=refused.code)


def _where(crash: Exception) -> str:
    """Class and place of a crash, without its text: third parties quote values in theirs."""
    frames = traceback.extract_tb(crash.__traceback__)[-3:]
    places = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
    said = f" {crash}" if isinstance(crash, Halted) else ""
    return f"{type(crash).__name__}{said} at {places}"
