"""SMS over AWS End User Messaging SMS, API v2 (ports.Sender): one request a message, one attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emdia.aws.answers import AWS_ERRORS, trouble
from emdia.aws.attempt import SEND_ERRORS, outcome_of
from emdia.messages.ports import Outcome, Sent, Sms

# seconds, SendTextMessage's TimeToLive
_SHORTEST, _LONGEST = 5, 259_200
# Of our identity, set, account or its limits. This service answers refused rights with 400 as well.
_OURS = frozenset(
    {
        "AccessDeniedException",
        "ResourceNotFoundException",
        "ServiceQuotaExceededException",
        "UnrecognizedClientException",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "DESTINATION_PHONE_NUMBER_NOT_VERIFIED",  # the account is still in the service's sandbox
        "NO_ORIGINATION_IDENTITIES_FOUND",
        "RESOURCE_NOT_ACTIVE",
        "RESOURCE_NOT_ACCESSIBLE",
        "CHANNEL_NOT_ENABLED",
        "COUNTRY_NOT_ENABLED",
        "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
        "MESSAGE_TYPE_MISMATCH",
        "NUMBER_CAPABILITIES_MISMATCH",
        "SENDER_ID_NOT_REGISTERED",
        "SENDER_ID_NOT_SUPPORTED",
        "SENDER_ID_REQUIRES_REGISTRATION",
    }
)


@dataclass(frozen=True)
class SmsTexter:
    """`sms` must come from `clients.send_client`. `configuration_set` publishes what becomes of each message."""

    sms: Any
    configuration_set: str
    at_once: int = 1

    def send(self, messages: Sequence[Sms]) -> Sequence[Sent]:
        """See ports.Sender."""
        return [self._one(message) for message in messages]

    def _one(self, text: Sms) -> Sent:
        if text.seconds < _SHORTEST:
            return Sent(Outcome.NOT_SENT, reason="window-closes")
        try:
            answer = self.sms.send_text_message(
                DestinationPhoneNumber=text.to,
                OriginationIdentity=text.sender,
                MessageBody=text.body,
                MessageType="TRANSACTIONAL",
                ConfigurationSetName=self.configuration_set,
                TimeToLive=min(text.seconds, _LONGEST),
                Context={"ref": text.ref},
            )
        except SEND_ERRORS as error:
            return outcome_of(error, _OURS)
        return Sent(Outcome.ACCEPTED, provider_id=answer["MessageId"])


@dataclass(frozen=True)
class SmsOptOuts:
    """The provider's own list of numbers that take no SMS of ours (ports.OptOutList), by `clients.client`."""

    sms: Any
    opt_out_list: str

    def add(self, phone: str) -> None:
        """See ports.OptOutList."""
        try:
            self.sms.put_opted_out_number(OptOutListName=self.opt_out_list, OptedOutNumber=phone)
        except AWS_ERRORS as error:
            raise trouble(error, "sms-voice PutOptedOutNumber") from error
