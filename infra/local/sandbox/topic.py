"""Where the providers' events go: SNS topics of the embedded AWS, ten records a request."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

BATCH = 10
SUBJECT = "Amazon SES Email Event Notification"


class Topic(Protocol):
    """Takes event records."""

    def publish(self, records: Sequence[str]) -> Sequence[str]:
        """Publish in order; the records that were not taken. Raises when none could be tried."""


class SnsTopic:
    """The topic at `arn`, reached at `endpoint` with the credentials of the environment. SES gives a `subject`."""

    def __init__(self, endpoint: str, arn: str, subject: str = SUBJECT) -> None:
        import boto3  # noqa: PLC0415  half a second that a sandbox without a topic need not wait

        self._arn = arn
        self._told = {"Subject": subject} if subject else {}
        self._sns: Any = boto3.client("sns", endpoint_url=endpoint, region_name=arn.split(":")[3])

    def publish(self, records: Sequence[str]) -> Sequence[str]:
        """As `Topic.publish`."""
        left: list[str] = []
        for start in range(0, len(records), BATCH):
            batch = records[start : start + BATCH]
            entries = [{"Id": str(n), "Message": text} | self._told for n, text in enumerate(batch)]
            answer = self._sns.publish_batch(TopicArn=self._arn, PublishBatchRequestEntries=entries)
            left += [batch[int(failed["Id"])] for failed in answer.get("Failed", [])]
        return left


class NoTopic:
    """Keeps what it is given, for a sandbox that stands alone. `records` is all there was, in order."""

    def __init__(self) -> None:
        self.records: list[str] = []

    def publish(self, records: Sequence[str]) -> Sequence[str]:
        """As `Topic.publish`; takes everything."""
        self.records += records
        return []


@dataclass(frozen=True)
class Topics:
    """Where events go: what becomes of SMS, what people write to a short code, and all that is WhatsApp's."""

    sms: Topic = field(default_factory=NoTopic)
    texts: Topic = field(default_factory=NoTopic)
    whatsapp: Topic = field(default_factory=NoTopic)


def topics(endpoint: str, ses_arn: str) -> Topics:
    """The phone providers' topics beside the one of SES events, of the same stage."""
    beside = ses_arn.removesuffix("ses-events")
    names = ("sms-events", "sms-replies", "whatsapp-events")
    return Topics(*(SnsTopic(endpoint, beside + name, subject="") for name in names))
