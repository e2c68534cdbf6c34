"""Where the embedded AWS differs from AWS, as data.

The demo prints it, so that nobody takes the laptop for the cloud.
"""

from typing import Final

# Constructs the `local` stage's template does not have (`Stage.tls`, `Stage.embedded`), with the reason.
LEFT_OUT: Final[dict[str, str]] = {
    "TLS-only statements in bucket, queue and topic policies": "it listens on loopback without TLS, and enforces them",
    "the web ACL, the aliases and their releases, traces, the backup plan": "it has none; functions are called bare",
    "the SMS configuration set and its opt-out list": "it has no SMS service; the sandbox speaks for it and publishes",
    "what policies demand of writes and signatures": "it knows neither condition key and would refuse all",
    "that a log's key is found by its name or kind": "it knows neither kms:RequestAlias nor kms:KeySpec",
    "which role of the witness's account may read the logs": "it knows another account's callers as that account only",
}
# What its CloudFormation drops without a word; `settle` sets it from the same template and reads it back.
SET_AFTERWARDS: Final[dict[str, str]] = {
    "S3 Object Lock, encryption, lifecycle": "PutObjectLockConfiguration, PutBucketEncryption, PutBucketLifecycle",
    "S3 replication": "PutBucketReplication",
    "DynamoDB TTL, point-in-time recovery, customer key": "UpdateTimeToLive, UpdateContinuousBackups, UpdateTable",
    "sqs:SendMessage for batches": "it asks for sqs:SendMessageBatch, which AWS does not know (rights.py)",
}
# What is deployed but does not act.
IDLE: Final[dict[str, str]] = {
    "schedules": "disabled on this stage: whoever moves the simulated clock invokes what is due",
    "the event of a file dropped into intake": "it names no version; `emdia import` tells the queue of it",
    "batch windows of queues": "it delivers at once",
    "locks of replicas": "it copies each object into the witness's account, without the date it is locked until",
    "alarms": "it publishes no metrics of its own",
    "key policies": "it checks neither kms:ViaService nor what a store does with its key",
}
