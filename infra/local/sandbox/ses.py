"""The SES v2 wire protocol, as much of it as a sender can get wrong.

Checked: that a request is signed for `ses` at all (the signature itself is not verified, nor is any policy: on this
machine nothing asks IAM for the sandbox), sizes, counts, addresses, tags, headers, template data.
Source: Amazon SES API v2 Reference, SendBulkEmail, SendEmail and their types; Developer Guide, quotas of templates.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_ENTRIES = 50
MAX_INLINE_REQUEST = 1024 * 1024  # “each input JSON file can be up to 1 MB”
MAX_TEMPLATE_DATA = 262_144
MAX_HEADERS = 15
MAX_RECIPIENTS = 50
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_HEADER_NAME = re.compile(r"[!-9;-@A-~]{1,126}")
_HEADER_VALUE = re.compile(r"[ -~]{1,995}")
_ADDRESS = re.compile(r"(?:[^<>]*<)?[!-~]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+>?")
_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=[^/]+/\d{8}/[^/]+/ses/aws4_request, ?SignedHeaders=")
_SLOT = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\}\}")


class SesError(Exception):
    """An answer other than 200, in the shape of SES."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message


@dataclass(frozen=True)
class Outgoing:
    """One mail asked for. `missing` names template data that is absent: SES accepts, then fails to render."""

    to: str
    sender: str
    subject: str
    text: str
    html: str
    headers: Sequence[tuple[str, str]]
    tags: Mapping[str, str]
    configuration_set: str
    missing: str = ""


def check_signed(authorization: str) -> None:
    """Refuse a request that is not signed for SES (Signature Version 4)."""
    if not authorization:
        raise SesError(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    if not _SIGNED.match(authorization):
        raise SesError(403, "IncompleteSignatureException", "Credential should be scoped to the service: 'ses'.")


def parse_bulk(body: bytes) -> Sequence[Outgoing]:
    """The mails of a SendBulkEmail request, one per entry. Raises SesError for a request SES would refuse whole."""
    request = _object(body)
    template = _member(_member(request, "DefaultContent"), "Template")
    content = _member(template, "TemplateContent")
    if len(body) > MAX_INLINE_REQUEST:
        raise _bad(f"Request with an inline template is over 1 MB: {len(body)} bytes.")
    entries = request.get("BulkEmailEntries")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_ENTRIES:
        raise _bad("BulkEmailEntries must have between 1 and 50 members.")
    shared = _data(template.get("TemplateData"))
    return [_entry(request, template, content, shared, entry) for entry in entries]


def _entry(
    request: Mapping[str, Any],
    template: Mapping[str, Any],
    content: Mapping[str, Any],
    shared: Mapping[str, Any],
    entry: Mapping[str, Any],
) -> Outgoing:
    replacement = (entry.get("ReplacementEmailContent") or {}).get("ReplacementTemplate") or {}
    data = {**shared, **_data(replacement.get("ReplacementTemplateData"))}
    wanted = {name for part in content.values() for name in _slots(str(part))}
    missing = next((name for name in sorted(wanted) if name not in data), "")
    parts = {name: _fill(str(content.get(name, "")), data) for name in ("Subject", "Text", "Html")}
    headers = _headers([*(template.get("Headers") or []), *(entry.get("ReplacementHeaders") or [])])
    tags = _tags([*(request.get("DefaultEmailTags") or []), *(entry.get("ReplacementTags") or [])])
    return _outgoing(request, entry.get("Destination"), parts, headers, tags, missing)


def parse_single(body: bytes) -> Sequence[Outgoing]:
    """The mail of a SendEmail request with simple or inline template content, in a list of one."""
    request = _object(body)
    content = _member(request, "Content")
    if "Template" in content:
        template = content["Template"]
        entry = {"Destination": request.get("Destination"), "ReplacementTags": request.get("EmailTags")}
        inline = _member(template, "TemplateContent")
        return [_entry(request, template, inline, _data(template.get("TemplateData")), entry)]
    simple = _member(content, "Simple")
    body_part = _member(simple, "Body")
    parts = {
        "Subject": str(_member(simple, "Subject").get("Data", "")),
        "Text": str((body_part.get("Text") or {}).get("Data", "")),
        "Html": str((body_part.get("Html") or {}).get("Data", "")),
    }
    headers = _headers(simple.get("Headers") or [])
    return [_outgoing(request, request.get("Destination"), parts, headers, _tags(request.get("EmailTags") or []), "")]


def _outgoing(
    request: Mapping[str, Any],
    destination: object,
    parts: Mapping[str, str],
    headers: Sequence[tuple[str, str]],
    tags: Mapping[str, str],
    missing: str,
) -> Outgoing:
    sender = request.get("FromEmailAddress")
    if not isinstance(sender, str) or not _ADDRESS.fullmatch(sender):
        raise _bad("Missing or invalid FromEmailAddress.")
    recipients = destination.get("ToAddresses") if isinstance(destination, dict) else None
    if not isinstance(recipients, list) or not 1 <= len(recipients) <= MAX_RECIPIENTS:
        raise _bad("Destination must have between 1 and 50 recipients.")
    if not all(isinstance(to, str) and _ADDRESS.fullmatch(to) for to in recipients):
        raise _bad("Invalid recipient address.")
    if len(recipients) != 1:
        raise _bad("The sandbox keeps one mailbox per mail: send to one recipient.")
    if not missing and (not parts["Subject"] or "\n" in parts["Subject"] or not (parts["Text"] or parts["Html"])):
        raise _bad("A mail needs a subject of one line and at least one part.")
    configuration_set = str(request.get("ConfigurationSetName") or "")
    return Outgoing(
        recipients[0], sender, parts["Subject"], parts["Text"], parts["Html"], headers, tags, configuration_set, missing
    )


def _fill(text: str, data: Mapping[str, Any]) -> str:
    """Replace `{{name}}`. Values go in as they are: SES does not escape HTML, whatever Handlebars does."""
    return _SLOT.sub(lambda match: str(data.get(match[1], "")), text)


def _slots(text: str) -> Sequence[str]:
    if len(_SLOT.findall(text)) != text.count("{{"):
        raise _bad("The sandbox knows plain {{name}} replacement only.")
    return _SLOT.findall(text)


def _data(text: object) -> Mapping[str, Any]:
    if text is None:
        return {}
    if not isinstance(text, str) or len(text) > MAX_TEMPLATE_DATA:
        raise _bad(f"Template data must be JSON text of at most {MAX_TEMPLATE_DATA} characters.")
    try:
        value = json.loads(text)
    except ValueError:
        raise _bad("Template data is not JSON.") from None
    if not isinstance(value, dict):
        raise _bad("Template data is not a JSON object.")
    return value


def _tags(pairs: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    tags = {str(pair.get("Name", "")): str(pair.get("Value", "")) for pair in pairs}
    if not all(_TAG.fullmatch(name) and _TAG.fullmatch(value) for name, value in tags.items()):
        raise _bad("Tags hold ASCII letters, digits, _ and - only, at most 256.")
    return tags


def _headers(pairs: Sequence[Mapping[str, Any]]) -> Sequence[tuple[str, str]]:
    headers = [(str(pair.get("Name", "")), str(pair.get("Value", ""))) for pair in pairs]
    if len(headers) > MAX_HEADERS:
        raise _bad(f"At most {MAX_HEADERS} headers.")
    if not all(_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value) for name, value in headers):
        raise _bad("A header's name or value has characters or a length that SES refuses.")
    return headers


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        request = json.loads(body)
    except ValueError:
        raise SesError(400, "SerializationException", "The request body is not JSON.") from None
    if not isinstance(request, dict):
        raise SesError(400, "SerializationException", "The request body is not a JSON object.")
    return request


def _member(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    member = value.get(name)
    if not isinstance(member, dict):
        raise _bad(f"{name} is missing.")
    return member


def _bad(message: str) -> SesError:
    return SesError(400, "BadRequestException", message)
