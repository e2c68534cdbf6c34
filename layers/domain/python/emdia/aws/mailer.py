"""E-mail over Amazon SES v2 (ports.Sender): one attempt, and an outcome for every mail.

A group goes as one SendBulkEmail whose inline template is nothing but three placeholders: each mail is fully
rendered by us and travels as its entry's data. SES fills placeholders in as they are (it escapes no HTML).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emdia.aws.attempt import SEND_ERRORS, outcome_of
from emdia.aws.plain import dumps
from emdia.messages.ports import Mail, Outcome, Sent

_ENTRIES = 50  # destinations of a SendBulkEmail
_DATA = 262_144  # bytes of one entry's template data
# Template data of one request, in bytes. With an inline template SES takes 1 MB of JSON (Developer Guide, “Using
# templates to send personalized email”), and data grows by a third when it is quoted inside the request.
_REQUEST = 700_000
_TEMPLATE = {"Subject": "{{subject}}", "Text": "{{text}}", "Html": "{{html}}"}

# Status of an entry -> what is known. Statuses not listed, new ones included, are MAYBE: only a delivery
# event can tell. A paused account or an unverified sender took nothing, and will take it once it is mended.
_STATUS: Mapping[str, Outcome] = {
    "SUCCESS": Outcome.ACCEPTED,
    "ACCOUNT_THROTTLED": Outcome.THROTTLED,
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": Outcome.THROTTLED,
    "ACCOUNT_SENDING_PAUSED": Outcome.BROKEN,
    "ACCOUNT_SUSPENDED": Outcome.BROKEN,
    "CONFIGURATION_SET_SENDING_PAUSED": Outcome.BROKEN,
    "MESSAGE_REJECTED": Outcome.REJECTED,
    "INVALID_PARAMETER": Outcome.REJECTED,
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": Outcome.BROKEN,
    "CONFIGURATION_SET_NOT_FOUND": Outcome.BROKEN,
    "TEMPLATE_NOT_FOUND": Outcome.BROKEN,
    "INVALID_SENDING_POOL_NAME": Outcome.BROKEN,
    "TRANSIENT_FAILURE": Outcome.MAYBE,
    "FAILED": Outcome.MAYBE,
}
_OURS = frozenset(
    {
        "SendingPausedException",
        "AccountSuspendedException",
        "MailFromDomainNotVerifiedException",
        "NotFoundException",  # the configuration set
    }
)


@dataclass(frozen=True)
class SesMailer:
    """`ses` must come from `clients.send_client`: a client that repeats would write to people twice."""

    ses: Any
    configuration_set: str
    at_once: int = _ENTRIES

    def send(self, messages: Sequence[Mail]) -> Sequence[Sent]:
        """See ports.Sender."""
        sent: dict[int, Sent] = {}
        for group in _groups(messages):
            some = [mail for _, mail, _ in group]
            bulk = len(group) > 1 or len(group[0][2]) <= _DATA
            results = self._bulk(some, [data for _, _, data in group]) if bulk else [self._single(some[0])]
            sent.update((index, result) for (index, _, _), result in zip(group, results, strict=True))
        return [sent[index] for index in range(len(messages))]

    def _bulk(self, mails: Sequence[Mail], data: Sequence[str]) -> Sequence[Sent]:
        entries = [
            {
                "Destination": {"ToAddresses": [mail.to]},
                "ReplacementTags": _tags(mail),
                "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": one}},
                "ReplacementHeaders": _headers(mail),
            }
            for mail, one in zip(mails, data, strict=True)
        ]
        try:
            answer = self.ses.send_bulk_email(
                FromEmailAddress=mails[0].sender,
                DefaultContent={"Template": {"TemplateContent": _TEMPLATE, "TemplateData": "{}"}},
                BulkEmailEntries=entries,
                ConfigurationSetName=self.configuration_set,
            )
        except SEND_ERRORS as error:
            failed = outcome_of(error, _OURS)
            if failed.outcome is Outcome.REJECTED and len(mails) > 1:
                # Proved not taken, perhaps for one of them only: each is asked about alone.
                return [one for mail, its in zip(mails, data, strict=True) for one in self._bulk([mail], [its])]
            return [failed] * len(mails)
        results = answer.get("BulkEmailEntryResults", ())
        if len(results) != len(mails):
            return [Sent(Outcome.MAYBE, reason="results-missing")] * len(mails)
        return [_result(one) for one in results]

    def _single(self, mail: Mail) -> Sent:
        """A mail too large for template data."""
        body = {
            "Text": {"Data": mail.text, "Charset": "UTF-8"},
            "Html": {"Data": mail.html, "Charset": "UTF-8"},
        }
        subject = {"Data": mail.subject, "Charset": "UTF-8"}
        try:
            answer = self.ses.send_email(
                FromEmailAddress=mail.sender,
                Destination={"ToAddresses": [mail.to]},
                Content={"Simple": {"Subject": subject, "Body": body, "Headers": _headers(mail)}},
                EmailTags=_tags(mail),
                ConfigurationSetName=self.configuration_set,
            )
        except SEND_ERRORS as error:
            return outcome_of(error, _OURS)
        return Sent(Outcome.ACCEPTED, provider_id=answer["MessageId"])


def _groups(mails: Sequence[Mail]) -> Iterator[list[tuple[int, Mail, str]]]:
    """Mails with their place and data, as many of one sender together as one request takes."""
    group: list[tuple[int, Mail, str]] = []
    size = 0
    sender, large = "", False
    for index, mail in enumerate(mails):
        data = dumps({"subject": mail.subject, "text": mail.text, "html": mail.html})
        length = len(data.encode())
        full = len(group) == _ENTRIES or size + length > _REQUEST
        if group and (full or large or length > _DATA or mail.sender != sender):
            yield group
            group, size = [], 0
        group.append((index, mail, data))
        size += length
        sender, large = mail.sender, length > _DATA
    if group:
        yield group


def _tags(mail: Mail) -> list[dict[str, str]]:
    return [{"Name": "ref", "Value": mail.ref}]


def _headers(mail: Mail) -> list[dict[str, str]]:
    """One click to stop, by RFC 8058; none where a person asked for this one mail."""
    if not mail.unsubscribe_url:
        return []
    return [
        {"Name": "List-Unsubscribe", "Value": f"<{mail.unsubscribe_url}>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]


def _result(entry: Mapping[str, str]) -> Sent:
    status = entry.get("Status", "")
    outcome = _STATUS.get(status, Outcome.MAYBE)
    if outcome is Outcome.ACCEPTED:
        return Sent(outcome, provider_id=entry.get("MessageId", ""))
    # Not the entry's error text: it may quote the address.
    return Sent(outcome, reason=status)
