"""SES event records, as event publishing writes them to an SNS topic.

Source: Amazon SES Developer Guide, “Examples of event data that Amazon SES publishes to Amazon SNS”.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from infra.local.ministack import ACCOUNT
from infra.local.sandbox.mailbox import Mail

_AGENT = "Mozilla/5.0 (sandbox)"


def stamp(when: datetime) -> str:
    """UTC with milliseconds and Z, as in the records."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def record(mail: Mail, kind: str, at: datetime, detail: str, configuration_set: str) -> str:
    """The JSON of one event. `detail`: bounce type and subtype as `Permanent/General`, subtype of a complaint."""
    makers = {
        "Delivery": _delivery,
        "Bounce": _bounce,
        "Complaint": _complaint,
        "Open": _open,
        "Rendering Failure": _failure,
    }
    name, body = makers[kind](mail, stamp(at), detail)
    return json.dumps({"eventType": kind, name: body, "mail": _mail(mail, configuration_set)}, ensure_ascii=False)


def _mail(mail: Mail, configuration_set: str) -> Mapping[str, object]:
    tags = {name: [value] for name, value in mail.tags.items()}
    tags |= {
        "ses:configuration-set": [configuration_set],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": [mail.sender.rpartition("@")[2].strip(" >")],
        "ses:caller-identity": ["sandbox"],
    }
    headers = [{"name": name, "value": value} for name, value in mail.headers]
    return {
        "timestamp": stamp(mail.at),
        "source": mail.sender,
        "sendingAccountId": ACCOUNT,
        "messageId": mail.id,
        "destination": [mail.to],
        "headersTruncated": False,
        "headers": headers,
        "commonHeaders": {"from": [mail.sender], "to": [mail.to], "messageId": mail.id, "subject": mail.subject},
        "tags": tags,
    }


def _delivery(mail: Mail, at: str, detail: str) -> tuple[str, Mapping[str, object]]:
    del detail
    return "delivery", {
        "timestamp": at,
        "processingTimeMillis": 1000,
        "recipients": [mail.to],
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "mta.sandbox.invalid",
    }


def _bounce(mail: Mail, at: str, detail: str) -> tuple[str, Mapping[str, object]]:
    bounce_type, _, subtype = detail.partition("/")
    recipient = {"emailAddress": mail.to, "action": "failed", "status": "5.1.1"}
    recipient["diagnosticCode"] = "smtp; 550 5.1.1 user unknown"
    return "bounce", {
        "bounceType": bounce_type,
        "bounceSubType": subtype,
        "bouncedRecipients": [recipient],
        "timestamp": at,
        "feedbackId": f"bounce-{mail.id}",
        "reportingMTA": "dsn; mta.sandbox.invalid",
    }


def _complaint(mail: Mail, at: str, detail: str) -> tuple[str, Mapping[str, object]]:
    return "complaint", {
        "complainedRecipients": [{"emailAddress": mail.to}],
        "timestamp": at,
        "feedbackId": f"complaint-{mail.id}",
        "complaintSubType": detail or None,
        "userAgent": _AGENT,
        "complaintFeedbackType": "abuse",
        "arrivalDate": stamp(mail.at),
    }


def _open(mail: Mail, at: str, detail: str) -> tuple[str, Mapping[str, object]]:
    del mail, detail
    return "open", {"ipAddress": "127.0.0.1", "timestamp": at, "userAgent": _AGENT}


def _failure(mail: Mail, at: str, detail: str) -> tuple[str, Mapping[str, object]]:
    del mail, at
    return "failure", {"templateName": "inline", "errorMessage": f"Attribute '{detail}' is not present in the data."}
