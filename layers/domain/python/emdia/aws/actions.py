"""The IAM actions every adapter method needs, as data: infrastructure turns them into policies.

Nothing but constants may live here: infrastructure imports this module and no other of the domain.
A test holds them to the truth in both directions: calls made ⊆ rights granted ⊆ calls made.
A TransactWriteItems is authorised by the actions of its items.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Grant:
    """`actions` on the thing infrastructure knows as `on`.

    Known: ledger, agenda (the ledger's index), journal, keys, class-key, erp-events-queue, steps-queue,
    email-queue, sms-queue, whatsapp-queue, letter-queue, deliveries-queue, notices-queue, copies-queue, imports-queue,
    erp-secrets,
    email, sms, whatsapp, opt-out-list, audit (objects), audit-bucket, log-key (by its name), any-log-key, new-log-key,
    log-name, key-names, documents (objects), documents-bucket, intake-dropped and intake-results (objects),
    intake-bucket, witness (objects), witness-bucket, witness-key, witness-trust.
    """

    on: str
    actions: tuple[str, ...]


# DynamoLedger.get: items, and in the same request the subjects' keys; class keys are read and unwrapped.
GET: Final = (
    Grant("ledger", ("dynamodb:BatchGetItem",)),
    Grant("keys", ("dynamodb:BatchGetItem", "dynamodb:GetItem")),
    Grant("class-key", ("kms:Decrypt",)),
)
# DynamoLedger.record
RECORD: Final = (Grant("ledger", ("dynamodb:Query",)),)
# DynamoLedger.commit: states and facts; a lost answer is resolved by reading the facts.
COMMIT: Final = (
    Grant("ledger", ("dynamodb:PutItem",)),
    Grant("journal", ("dynamodb:BatchGetItem", "dynamodb:PutItem")),
)
# ... with a Check, with a Remove among its changes.
CHECK: Final = (Grant("ledger", ("dynamodb:ConditionCheckItem",)),)
REMOVE: Final = (Grant("ledger", ("dynamodb:DeleteItem",)),)
# DynamoLedger.witness
WITNESS: Final = (Grant("journal", ("dynamodb:PutItem",)),)
# DynamoLedger.ensure_keys, and KeyedPseudonyms.of for an operator's first contract.
MAKE_KEYS: Final = (Grant("keys", ("dynamodb:PutItem",)), Grant("class-key", ("kms:GenerateDataKey",)))
# KeyedPseudonyms.open_token and seal_token
TOKENS: Final = (Grant("keys", ("dynamodb:GetItem",)), Grant("class-key", ("kms:Decrypt",)))
# DynamoAgenda.due: the index, and a cursor row per shard.
AGENDA: Final = (
    Grant("agenda", ("dynamodb:Query",)),
    Grant("journal", ("dynamodb:BatchGetItem", "dynamodb:PutItem")),
)
# DynamoCaseScan.cases
SCAN: Final = (Grant("ledger", ("dynamodb:Scan",)),)
# SqsQueue.send
ERP_QUEUE: Final = (Grant("erp-events-queue", ("sqs:SendMessage",)),)
STEPS_QUEUE: Final = (Grant("steps-queue", ("sqs:SendMessage",)),)
CHANNEL_QUEUES: Final = tuple(
    Grant(f"{name}-queue", ("sqs:SendMessage",)) for name in ("email", "sms", "whatsapp", "letter")
)
ERP_OUT_QUEUE: Final = (Grant("erp-out-queue", ("sqs:SendMessage",)),)
NOTICES_QUEUE: Final = (Grant("notices-queue", ("sqs:SendMessage",)),)
COPIES_QUEUE: Final = (Grant("copies-queue", ("sqs:SendMessage",)),)
# What sweep_outreach brings back to each.
WORK_QUEUES: Final = (*ERP_QUEUE, *STEPS_QUEUE, *CHANNEL_QUEUES, *NOTICES_QUEUE, *COPIES_QUEUE, *ERP_OUT_QUEUE)
IMPORTS_QUEUE: Final = (Grant("imports-queue", ("sqs:SendMessage",)),)
# S3IntakeFiles: what was dropped in is read by its version and never written; parts and results are both.
INTAKE: Final = (
    Grant("intake-dropped", ("s3:GetObjectVersion",)),
    Grant("intake-results", ("s3:GetObject", "s3:PutObject")),
    Grant("intake-bucket", ("s3:ListBucket",)),
)
# ManagedSecrets.erp_client
ERP_SECRETS: Final = (Grant("erp-secrets", ("secretsmanager:GetSecretValue",)),)
# ManagedSecrets.bank
BANK_SECRET: Final = (Grant("bank-secret", ("secretsmanager:GetSecretValue",)),)
# SesMailer.send: bulk, and singly what is too large for it.
EMAIL: Final = (Grant("email", ("ses:SendBulkEmail", "ses:SendEmail")),)
# SmsTexter.send and WhatsAppChatter.send
SMS: Final = (Grant("sms", ("sms-voice:SendTextMessage",)),)
WHATSAPP: Final = (Grant("whatsapp", ("social-messaging:SendWhatsAppMessage",)),)
# SmsOptOuts.add
OPT_OUTS: Final = (Grant("opt-out-list", ("sms-voice:PutOptedOutNumber",)),)
# DynamoSenders.operator_of
SENDERS: Final = (Grant("ledger", ("dynamodb:GetItem",)),)
# S3LogStore: a write carries its own lock; without the right to list, S3 answers "denied" for what is not there.
LOG_STORE: Final = (
    Grant("audit", ("s3:GetObject", "s3:PutObject", "s3:PutObjectRetention")),
    Grant("audit-bucket", ("s3:ListBucket",)),
)
# S3LogReader: whoever proves reads objects and older checkpoints, and writes nothing; DynamoLogHead.marks and leaves.
LOG_READER: Final = (
    Grant("audit", ("s3:GetObject", "s3:GetObjectVersion")),
    Grant("audit-bucket", ("s3:ListBucket", "s3:ListBucketVersions")),
)
# S3LogReader.checkpoints: every version, since the last may be the damage.
CHECKPOINTS: Final = (
    Grant("audit", ("s3:GetObjectVersion",)),
    Grant("audit-bucket", ("s3:ListBucket", "s3:ListBucketVersions")),
)
LOG_MARKS: Final = (Grant("journal", ("dynamodb:BatchGetItem",)),)
# KeyedOpenings.disclosures: subjects' keys, unwrapped by the class's.
OPEN: Final = (
    Grant("keys", ("dynamodb:BatchGetItem", "dynamodb:GetItem")),
    Grant("class-key", ("kms:Decrypt",)),
)
# S3Documents.keep and S3Documents.open
KEEP_FILE: Final = (Grant("documents", ("s3:PutObject", "s3:PutObjectRetention")),)
OPEN_FILE: Final = (Grant("documents", ("s3:GetObject",)), Grant("documents-bucket", ("s3:ListBucket",)))
# DynamoLogHead: head, seal marks, and the facts' own rows; DynamoUnsealedFacts: the sweep.
LOG_HEAD: Final = (
    Grant("journal", ("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:GetItem", "dynamodb:PutItem")),
)
UNSEALED: Final = (Grant("journal", ("dynamodb:BatchGetItem", "dynamodb:Scan")),)
# RecentFacts: the sweep of what the stream lost.
RECENT: Final = (Grant("journal", ("dynamodb:Scan",)),)
# KmsSigner, by the name of a log's key.
LOG_KEY: Final = (Grant("log-key", ("kms:GetPublicKey", "kms:Sign")),)
# KmsLogKeys: a CreateKey with a policy and tags asks for all three; nobody else in the house may.
LOG_KEYS: Final = (
    Grant("new-log-key", ("kms:CreateKey", "kms:PutKeyPolicy", "kms:TagResource")),
    Grant("log-key", ("kms:GetPublicKey",)),
    Grant("any-log-key", ("kms:CreateAlias", "kms:DisableKey", "kms:GetPublicKey")),
    Grant("log-name", ("kms:CreateAlias",)),
    Grant("key-names", ("kms:ListAliases",)),
)

# DynamoTraces.of: the whole ledger once, the person's partitions, the classes of their keys.
TRACES: Final = (
    Grant("ledger", ("dynamodb:Query", "dynamodb:Scan")),
    Grant("keys", ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")),
    Grant("class-key", ("kms:Decrypt",)),
)
# DynamoLedger.commit with a Forget: who has it can delete a subject's key.
FORGET: Final = (Grant("keys", ("dynamodb:DeleteItem",)),)
# DynamoRemains.rows and .classes
REMAINS: Final = (Grant("ledger", ("dynamodb:Query",)), Grant("keys", ("dynamodb:Query",)))
# DynamoStateCheck.differences, S3LogVersions.rewritten, JournalCanary: looked at, never mended.
STATE_CHECK: Final = (
    Grant("ledger", ("dynamodb:BatchGetItem",)),
    Grant("journal", ("dynamodb:BatchGetItem", "dynamodb:Scan")),
)
VERSIONS: Final = (Grant("audit-bucket", ("s3:ListBucketVersions",)),)
CANARY: Final = (
    Grant("keys", ("dynamodb:BatchGetItem", "dynamodb:GetItem")),
    Grant("class-key", ("kms:Decrypt",)),
    *WITNESS,
    *MAKE_KEYS,
)

# S3AuditedLogs: another account's checkpoints and tiles. S3WitnessBook: the witness's own objects.
AUDITED_LOGS: Final = (Grant("audit", ("s3:GetObject",)), Grant("audit-bucket", ("s3:ListBucket",)))
WITNESS_BOOK: Final = (
    Grant("witness", ("s3:GetObject", "s3:PutObject", "s3:PutObjectRetention")),
    Grant("witness-bucket", ("s3:ListBucket",)),
)
WITNESS_KEY: Final = (Grant("witness-key", ("kms:GetPublicKey", "kms:Sign")),)
# witness.trust
WITNESS_TRUST: Final = (Grant("witness-trust", ("secretsmanager:GetSecretValue",)),)

FUNCTION_ACTIONS: Final[dict[str, tuple[Grant, ...]]] = {
    "receive_erp_event": (*GET, *COMMIT, *REMOVE, *MAKE_KEYS, *ERP_QUEUE, *ERP_SECRETS),
    "apply_erp_event": (*GET, *COMMIT, *CHECK, *REMOVE, *MAKE_KEYS),
    "import_file": (*GET, *COMMIT, *WITNESS, *MAKE_KEYS, *ERP_QUEUE, *IMPORTS_QUEUE, *ERP_SECRETS, *INTAKE),
    "replay_parked": (*GET, *RECORD, *COMMIT, *REMOVE, *WITNESS, *MAKE_KEYS, *ERP_QUEUE, *ERP_SECRETS),
    "climb_ladder": (*AGENDA, *STEPS_QUEUE),
    "take_step": (*GET, *COMMIT, *CHANNEL_QUEUES),
    "release_case": (*GET, *RECORD, *COMMIT, *REMOVE, *WITNESS),
    "approve_version": (*GET, *COMMIT),
    "erase_person": (*GET, *RECORD, *COMMIT, *CHECK, *REMOVE, *WITNESS, *TRACES, *FORGET),
    "dispose_records": (*GET, *RECORD, *COMMIT, *CHECK, *REMOVE, *AGENDA, *REMAINS, *FORGET),
    "explain_case": (*GET, *RECORD, *WITNESS, *MAKE_KEYS, *ERP_SECRETS),
    "relay_facts": (*GET, *COMMIT, *RECENT, *ERP_OUT_QUEUE),
    "deliver_facts": (*GET, *COMMIT, *ERP_SECRETS, *ERP_OUT_QUEUE),
    "attend_protocol": (*GET, *RECORD, *COMMIT, *REMOVE, *WITNESS, *MAKE_KEYS),
    "send_copy": (*GET, *RECORD, *COMMIT, *EMAIL, *SMS, *WHATSAPP),
    "report_protocols": (*GET, *WITNESS, *MAKE_KEYS),
    "open_log": (*GET, *COMMIT, *MAKE_KEYS, *UNSEALED, *LOG_KEYS, *CHECKPOINTS),
    "track_protocol": (*GET, *RECORD, *COMMIT, *WITNESS, *EMAIL, *SMS),
    "prove_audit": (*GET, *LOG_READER, *LOG_MARKS, *OPEN, *WITNESS),
    "open_protocol": (*GET, *RECORD, *COMMIT, *REMOVE, *WITNESS, *MAKE_KEYS),
    "send_message": (*GET, *COMMIT, *CHECK, *TOKENS, *EMAIL, *SMS, *WHATSAPP, *KEEP_FILE),
    "receive_delivery": (*GET, *COMMIT, *SENDERS),
    "receive_reply": (
        *GET,
        *RECORD,
        *COMMIT,
        *REMOVE,
        *MAKE_KEYS,
        *SENDERS,
        *SMS,
        *WHATSAPP,
        *OPT_OUTS,
        *KEEP_FILE,
    ),
    "show_debt": (*GET, *COMMIT, *WITNESS, *BANK_SECRET),
    "receive_payment": (*GET, *COMMIT, *REMOVE, *TOKENS, *BANK_SECRET),
    "reconcile_payments": (*GET, *COMMIT, *REMOVE, *TOKENS, *BANK_SECRET),
    "attend_payment": (*GET, *RECORD, *COMMIT, *REMOVE, *TOKENS, *WITNESS),
    "receive_opt_out": (*GET, *COMMIT, *TOKENS),
    "sweep_outreach": (
        *GET,
        *COMMIT,
        *REMOVE,
        *AGENDA,
        *SCAN,
        *ERP_QUEUE,
        *STEPS_QUEUE,
        *CHANNEL_QUEUES,
        *NOTICES_QUEUE,
        *COPIES_QUEUE,
        *ERP_OUT_QUEUE,
    ),
    "find_arrears": (*SCAN, *NOTICES_QUEUE),
    "serve_notice": (*GET, *RECORD, *COMMIT, *CHECK, *REMOVE, *TOKENS, *EMAIL, *SMS, *WHATSAPP, *KEEP_FILE, *OPEN_FILE),
    "confirm_notice": (*GET, *RECORD, *COMMIT, *WITNESS, *TOKENS, *KEEP_FILE, *OPEN_FILE),
    "prove_notice": (*GET, *RECORD, *COMMIT, *MAKE_KEYS, *KEEP_FILE),
    "judge_contract": (*GET, *RECORD, *WITNESS, *MAKE_KEYS, *OPEN_FILE),
    "print_letters": (*GET, *RECORD, *COMMIT, *REMOVE, *WITNESS, *KEEP_FILE, *OPEN_FILE, *ERP_SECRETS),
    "watch_log": (*STATE_CHECK, *VERSIONS, *CANARY),
    "seal_audit": (*LOG_STORE, *LOG_HEAD, *UNSEALED, *LOG_KEY),
    "cosign_audit": (*AUDITED_LOGS, *WITNESS_BOOK, *WITNESS_KEY, *WITNESS_TRUST),
    "stamp_audit": (*WITNESS_BOOK, *WITNESS_TRUST),
}

# Functions of the second account.
WITNESS_FUNCTIONS: Final = frozenset({"cosign_audit", "stamp_audit"})
