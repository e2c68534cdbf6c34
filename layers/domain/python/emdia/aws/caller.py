"""Who calls a function, told by AWS and not by the caller (people.ports.Callers).

The caller signs AWS's own question "who am I" (STS GetCallerIdentity) with their credentials, for a minute and for one
request, whose digest is among the signed headers, and hands the signed question over. The function asks it: the
answer names whoever signed. No credential leaves the caller, and a question signed for one request proves no other.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from emdia.aws.answers import AWS_ERRORS
from emdia.errors import Rejected, TryLater

HEADER = "x-emdia-request"
SECONDS = 60
_ARN = re.compile(r"<Arn>(arn:[^<]{1,2048})</Arn>")

Send = Callable[[str, Mapping[str, str]], tuple[int, str]]


def signed_question(sts: Any, digest: str) -> str:
    """The signed question, as a URL, for the request of `digest`; `sts` is a client with the caller's credentials."""

    def bind(request: Any, **_: object) -> None:
        request.headers[HEADER] = digest

    sts.meta.events.register("before-sign.sts.GetCallerIdentity", bind)
    try:
        return str(sts.generate_presigned_url("get_caller_identity", ExpiresIn=SECONDS))
    finally:
        sts.meta.events.unregister("before-sign.sts.GetCallerIdentity", bind)


def get(url: str, headers: Mapping[str, str]) -> tuple[int, str]:
    """Status and text of one GET, redirects not followed. Raises botocore's transport errors."""
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415  doors that ask nobody
    from botocore.httpsession import URLLib3Session  # noqa: PLC0415

    answer = URLLib3Session(timeout=5).send(AWSRequest("GET", url, headers=dict(headers)).prepare())
    return int(answer.status_code), str(answer.text)


class StsCallers:
    """`endpoint`: of STS in the region, scheme and host, and the only address that is ever asked."""

    def __init__(self, endpoint: str, send: Send) -> None:
        self._endpoint, self._send = endpoint, send

    def arn(self, question: str, digest: str) -> str:
        """See people.ports.Callers."""
        if not self._is_ours(question):
            raise Rejected("caller-unproved", "/proof")
        try:
            status, text = self._send(question, {HEADER: digest})
        except AWS_ERRORS as error:
            raise TryLater(f"sts GetCallerIdentity: {type(error).__name__}") from error
        if status >= 500 or status == 429:
            raise TryLater(f"sts GetCallerIdentity: {status}")
        found = _ARN.search(text) if status == 200 else None
        if found is None:
            raise Rejected("caller-unproved", "/proof")
        return found[1]

    def _is_ours(self, question: str) -> bool:
        """Whether it asks STS this one question, for a minute at most, bound to a request: it may ask nothing else."""
        parts = urlsplit(question)
        asked = parse_qs(parts.query)
        one = {name: values[0] for name, values in asked.items() if len(values) == 1}
        return (
            f"{parts.scheme}://{parts.netloc}" == self._endpoint.rstrip("/")
            and parts.path in ("", "/")
            and one.get("Action") == "GetCallerIdentity"
            and HEADER in one.get("X-Amz-SignedHeaders", "").split(";")
            and one.get("X-Amz-Expires", "").isdigit()
            and int(one["X-Amz-Expires"]) <= SECONDS
        )
