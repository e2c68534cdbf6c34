"""The IAM actions every adapter method needs, as data: infrastructure turns them into policies.

Nothing but constants may live here: infrastructure imports this module and no other of the domain.
A test holds them to the truth in both directions: calls made ⊆ rights granted ⊆ calls made.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Grant:
    """`actions` on the thing infrastructure knows as `on`.

    Known: ledger, agenda (the ledger's index), journal, keys, class-key, erp-events-queue, steps-queue,
    email-queue, deliveries-queue, erp-secrets, email.
    """

    on: str
    actions: tuple[str, ...]


LEDGER_READ: Final = Grant("ledger", ("dynamodb:BatchGetItem", "dynamodb:GetItem"))
LEDGER_RECORD: Final = Grant("ledger", ("dynamodb:Query",))
LEDGER_COMMIT: Final = Grant(
    "ledger", ("dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
)
JOURNAL_PUT: Final = Grant("journal", ("dynamodb:GetItem", "dynamodb:PutItem"))
KEYS: Final = Grant("keys", ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"))
CLASS_KEY: Final = Grant("class-key", ("kms:Decrypt", "kms:GenerateDataKey"))
AGENDA: Final = Grant("agenda", ("dynamodb:Query",))
ERP_QUEUE: Final = Grant("erp-events-queue", ("sqs:SendMessage",))
STEPS_QUEUE: Final = Grant("steps-queue", ("sqs:SendMessage",))
EMAIL_QUEUE: Final = Grant("email-queue", ("sqs:SendMessage",))
ERP_SECRETS: Final = Grant("erp-secrets", ("secretsmanager:GetSecretValue",))
EMAIL: Final = Grant("email", ("ses:SendBulkEmail", "ses:SendEmail"))

_STATE: Final = (LEDGER_READ, LEDGER_COMMIT, JOURNAL_PUT, KEYS, CLASS_KEY)

FUNCTION_ACTIONS: Final[dict[str, tuple[Grant, ...]]] = {
    "receive_erp_event": (*_STATE, ERP_QUEUE, ERP_SECRETS),
    "apply_erp_event": (*_STATE, LEDGER_RECORD),
    "replay_parked": (*_STATE, LEDGER_RECORD, ERP_QUEUE),
    "climb_ladder": (LEDGER_READ, LEDGER_COMMIT, AGENDA, STEPS_QUEUE),
    "take_step": (*_STATE, EMAIL_QUEUE),
    "send_message": (*_STATE, EMAIL),
    "receive_delivery": (*_STATE,),
    "receive_opt_out": (*_STATE, LEDGER_RECORD),
    "sweep_outreach": (*_STATE, AGENDA, STEPS_QUEUE, EMAIL_QUEUE),
}
