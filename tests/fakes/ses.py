# ruff: noqa: N803  parameters are spelled as the SDK spells them
"""MemorySes: SES v2 sending into mailboxes."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.faults import Faults


@dataclass(frozen=True)
class Delivered:
    """A mail as it lies in the mailbox."""

    message_id: str
    ref: str
    sender: str
    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]


class MemorySes:
    """`status_of` decides each entry's status by its address; the default takes everything.

    To accept and never answer: `faults.fail("SendBulkEmail", landed=True, error=read_timeout)`.
    """

    def __init__(self, faults: Faults, configuration_set: str) -> None:
        self.faults = faults
        self.configuration_set = configuration_set
        self.mailbox: list[Delivered] = []
        self.status_of: Callable[[str], str] = lambda _: "SUCCESS"

    def send_bulk_email(
        self,
        *,
        FromEmailAddress: str,
        DefaultContent: Mapping[str, Any],
        BulkEmailEntries: Sequence[Mapping[str, Any]],
        ConfigurationSetName: str,
    ) -> dict[str, Any]:
        template = DefaultContent["Template"]["TemplateContent"]
        assert template == {"Subject": "{{subject}}", "Text": "{{text}}", "Html": "{{html}}"}
        assert ConfigurationSetName == self.configuration_set
        assert 1 <= len(BulkEmailEntries) <= 50, f"{len(BulkEmailEntries)} entries"

        def do() -> dict[str, Any]:
            return {"BulkEmailEntryResults": [self._entry(FromEmailAddress, entry) for entry in BulkEmailEntries]}

        return self.faults.around("ses", "SendBulkEmail", do)  # type: ignore[return-value]

    def send_email(
        self,
        *,
        FromEmailAddress: str,
        Destination: Mapping[str, Any],
        Content: Mapping[str, Any],
        EmailTags: Sequence[Mapping[str, str]],
        ConfigurationSetName: str,
    ) -> dict[str, Any]:
        assert ConfigurationSetName == self.configuration_set
        simple = Content["Simple"]
        body = simple["Body"]

        def do() -> dict[str, Any]:
            (to,) = Destination["ToAddresses"]
            words = (simple["Subject"]["Data"], body["Text"]["Data"], body["Html"]["Data"])
            return {"MessageId": self._deliver(FromEmailAddress, to, words, EmailTags, simple["Headers"])}

        return self.faults.around("ses", "SendEmail", do)  # type: ignore[return-value]

    def _entry(self, sender: str, entry: Mapping[str, Any]) -> dict[str, str]:
        assert set(entry) == {"Destination", "ReplacementTags", "ReplacementEmailContent", "ReplacementHeaders"}
        (to,) = entry["Destination"]["ToAddresses"]
        status = self.status_of(to)
        if status != "SUCCESS":
            return {"Status": status, "Error": f"refused for {to}"}
        data = entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"]
        assert len(data) <= 262_144, "template data too long"
        told = json.loads(data)
        assert set(told) == {"subject", "text", "html"}
        words = (told["subject"], told["text"], told["html"])
        name = self._deliver(sender, to, words, entry["ReplacementTags"], entry["ReplacementHeaders"])
        return {"Status": "SUCCESS", "MessageId": name}

    def _deliver(
        self,
        sender: str,
        to: str,
        words: tuple[str, str, str],
        tags: Sequence[Mapping[str, str]],
        headers: Sequence[Mapping[str, str]],
    ) -> str:
        ((name, ref),) = [(tag["Name"], tag["Value"]) for tag in tags]
        assert name == "ref"
        assert len(ref) <= 256, "a tag value too long"
        assert all(c.isascii() and (c.isalnum() or c in "-_.@") for c in ref), "a tag value SES refuses"
        for header in headers:
            assert 1 <= len(header["Value"]) <= 995
            assert header["Value"].isascii()
        message = f"mail-{len(self.mailbox) + 1:06d}"
        told = {header["Name"]: header["Value"] for header in headers}
        self.mailbox.append(Delivered(message, ref, sender, to, *words, told))
        return message
