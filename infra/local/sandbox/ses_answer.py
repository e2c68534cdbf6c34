"""What SES answers to a request, by what the post office does with its mails."""

from collections.abc import Mapping

from infra.local.sandbox import ses
from infra.local.sandbox.faults import carried
from infra.local.sandbox.post_office import PostOffice

PARSERS = {
    "/v2/email/outbound-bulk-emails": ses.parse_bulk,
    "/v2/email/outbound-emails": ses.parse_single,
}


def answer(office: PostOffice, path: str, authorization: str, body: bytes) -> object:
    """The document of the answer; None for the connection that is dropped without a word. Raises SesError."""
    ses.check_signed(authorization)
    throttled = ses.SesError(429, "TooManyRequestsException", "Maximum sending rate exceeded.")
    broken = ses.SesError(500, "InternalServiceErrorException", "Service failure.")
    mails = PARSERS[path]
    results = carried(office.faults, lambda: [_take(office, one) for one in mails(body)], throttled, broken)
    if results is None:
        return None
    if path.endswith("bulk-emails"):
        return {"BulkEmailEntryResults": results}
    if results[0]["Status"] != "SUCCESS":
        raise ses.SesError(400, "MessageRejected", results[0]["Error"])
    return {"MessageId": results[0]["MessageId"]}


def _take(office: PostOffice, asked: ses.Outgoing) -> Mapping[str, str]:
    refused = office.faults.take("status", asked.to)
    if refused:
        return {"Status": refused.status, "Error": "as told by the sandbox's controls"}
    return {"Status": "SUCCESS", "MessageId": office.accept(asked)}
