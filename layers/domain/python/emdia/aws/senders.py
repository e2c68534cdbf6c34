"""Whose sender a message of a person came to: rows of `ledger` beside those of operators (messages.ports.Senders).

`SENDER#<channel>#<identity>` / `SENDER` with `ans`: the one thing that must be found before the operator is known. An
identity is no secret and nobody's personal data.
"""

from dataclasses import dataclass
from typing import Any

from emdia.aws.answers import AWS_ERRORS, code_of, trouble
from emdia.aws.keyring import Item
from emdia.errors import Rejected


@dataclass(frozen=True)
class DynamoSenders:
    """`ledger` is the table's name."""

    dynamodb: Any
    ledger: str

    def operator_of(self, channel: str, identity: str) -> str | None:
        """See messages.ports.Senders."""
        try:
            answer = self.dynamodb.get_item(TableName=self.ledger, Key=_key(channel, identity), ConsistentRead=True)
        except AWS_ERRORS as error:
            raise trouble(error, "senders GetItem") from error
        return str(answer["Item"]["ans"]["S"]) if "Item" in answer else None

    def register(self, channel: str, identity: str, ans: str) -> None:
        """Say that `identity` is the operator's. Raises Rejected `sender-taken` when it is another operator's."""
        item = {**_key(channel, identity), "ans": {"S": ans}}
        try:
            self.dynamodb.put_item(TableName=self.ledger, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except AWS_ERRORS as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise trouble(error, "senders PutItem") from error
            if self.operator_of(channel, identity) != ans:
                raise Rejected("sender-taken", f"/{channel}_from") from None


def _key(channel: str, identity: str) -> Item:
    return {"pk": {"S": f"SENDER#{channel}#{identity}"}, "sk": {"S": "SENDER"}}
