"""A spy on AWS calls: which IAM actions a function really needs, on which of the things infrastructure knows.

Records calls of real botocore clients (hooked) and of in-memory ones (wrapped by `spy`), under the name of the
function that is running: `with recorder.function("take_step"): ...`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.client import BaseClient
from botocore.session import get_session

from emdia.aws.actions import FUNCTION_ACTIONS

Right = tuple[str, str]  # IAM action, name of the target

# Operations whose IAM action has another name (Service Authorization Reference).
RENAMED = {
    ("dynamodb", "TransactGetItems"): "dynamodb:GetItem",
    ("sqs", "SendMessageBatch"): "sqs:SendMessage",
    ("s3", "HeadObject"): "s3:GetObject",
    ("s3", "ListObjectVersions"): "s3:ListBucketVersions",
    ("s3", "ListObjectsV2"): "s3:ListBucket",
}
TRANSACT = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}
# Making and naming keys (Service Authorization Reference): an alias asks for a right on itself and on the key.
KEY_MAKING: Mapping[tuple[str, str], tuple[Right, ...]] = {
    ("kms", "CreateKey"): tuple((f"kms:{one}", "new-log-key") for one in ("CreateKey", "PutKeyPolicy", "TagResource")),
    ("kms", "CreateAlias"): (("kms:CreateAlias", "any-log-key"), ("kms:CreateAlias", "log-name")),
    ("kms", "ListAliases"): (("kms:ListAliases", "key-names"),),
    ("kms", "DisableKey"): (("kms:DisableKey", "any-log-key"),),
}
TABLES = ("ledger", "journal", "keys")
BUCKETS = ("audit", "documents", "intake", "witness")
QUEUES = (
    "erp-events",
    "erp-out",
    "steps",
    "email",
    "sms",
    "whatsapp",
    "letter",
    "deliveries",
    "imports",
    "notices",
    "copies",
)
PREFIXES = {"sesv2": "ses", "pinpoint-sms-voice-v2": "sms-voice", "socialmessaging": "social-messaging"}


class UnknownCallError(Exception):
    """A call to a service or resource that infrastructure has no name for."""


class Recorder:
    """Collects rights by function. Calls outside any function (a test's own set-up) are not counted."""

    def __init__(self) -> None:
        self.calls: dict[str, set[Right]] = defaultdict(set)
        self._running: list[str] = []

    @contextmanager
    def function(self, name: str) -> Iterator[None]:
        """Calls made inside belong to `name`."""
        if name not in FUNCTION_ACTIONS:
            raise UnknownCallError(f"no function {name!r}")
        self._running.append(name)
        try:
            yield
        finally:
            self._running.pop()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hook every botocore client of the process."""
        original = BaseClient._make_api_call

        def spied(client: Any, operation: str, params: Mapping[str, Any]) -> Any:
            self.note(client.meta.service_model.service_name, operation, params)
            return original(client, operation, params)

        BaseClient._make_api_call = spied
        try:
            yield
        finally:
            BaseClient._make_api_call = original

    def spy(self, client: Any, service: str) -> Any:
        """The in-memory `client`, every call of it noted."""
        return _Spied(client, service, self)

    def note(self, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """Count one call for the function that is running."""
        if self._running:
            self.calls[self._running[-1]] |= set(rights(service, operation, params))


class _Spied:
    def __init__(self, client: Any, service: str, recorder: Recorder) -> None:
        self._client = client
        self._operations = _operations(service)
        self._service = service
        self._recorder = recorder

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in self._operations:
            return found

        def noted(**params: Any) -> Any:
            self._recorder.note(self._service, self._operations[name], params)
            return found(**params)

        return noted


@cache
def _operations(service: str) -> Mapping[str, str]:
    names = get_session().get_service_model(service).operation_names
    return {xform_name(name): name for name in names}


def rights(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[Right]:
    """What one call needs: a transaction needs its parts', a batch needs itself on each table."""
    if operation == "TransactWriteItems":
        for item in params["TransactItems"]:
            for verb, body in item.items():
                yield TRANSACT[verb], _table(body["TableName"])
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for table in params["RequestItems"]:
            yield f"dynamodb:{operation}", _table(table)
    elif (service, operation) in KEY_MAKING:
        yield from KEY_MAKING[service, operation]
    elif service == "s3":
        yield from _object_rights(operation, params)
    else:
        prefix = PREFIXES.get(service, service)
        yield RENAMED.get((service, operation), f"{prefix}:{operation}"), _target(service, params)


def _object_rights(operation: str, params: Mapping[str, Any]) -> Iterator[Right]:
    bucket = _one_of(BUCKETS, params["Bucket"])
    if operation.startswith("List"):
        yield RENAMED["s3", operation], f"{bucket}-bucket"
        return
    if bucket == "intake":
        bucket = "intake-dropped" if params["Key"].startswith("entrada/") else "intake-results"
    version = "Version" if "VersionId" in params else ""
    yield RENAMED.get(("s3", operation), f"s3:{operation}{version}"), bucket
    if operation == "GetObject":
        # Without it S3 answers "denied", not "absent", for what is not there.
        yield "s3:ListBucket", f"{bucket.partition('-')[0]}-bucket"
    if "ObjectLockMode" in params:
        yield "s3:PutObjectRetention", bucket


def _target(service: str, params: Mapping[str, Any]) -> str:  # noqa: PLR0911  one line per service reads best
    if service == "dynamodb":
        return params.get("IndexName") or _table(params["TableName"])
    if service == "sqs":
        return f"{_one_of(QUEUES, params['QueueUrl'])}-queue"
    if service == "kms":
        return _key(params)
    if service == "secretsmanager" and params["SecretId"].endswith("/witness"):
        return "witness-trust"
    if service == "secretsmanager" and params["SecretId"].endswith("/bank"):
        return "bank-secret"
    if service == "pinpoint-sms-voice-v2" and "OptOutListName" in params:
        return "opt-out-list"
    targets = {
        "secretsmanager": "erp-secrets",
        "sesv2": "email",
        "pinpoint-sms-voice-v2": "sms",
        "socialmessaging": "whatsapp",
    }
    if service not in targets:
        raise UnknownCallError(service)
    return targets[service]


def _key(params: Mapping[str, Any]) -> str:
    """Which key a call is about: only the signing keys' names end so."""
    name = str(params.get("KeyId", "")).rsplit(":", 1)[-1]
    if "-log-" in name:
        return "log-key"  # by its name
    if name.startswith("made/"):
        return "any-log-key"
    return name if name in ("log-key", "witness-key") else "class-key"


def _table(name: str) -> str:
    return _one_of(TABLES, name)


def _one_of(names: tuple[str, ...], text: str) -> str:
    for name in names:
        if text.rsplit("/", 1)[-1].endswith(name):
            return name
    raise UnknownCallError(text)


def granted(function: str) -> set[Right]:
    """What infrastructure gives the function."""
    return {(action, grant.on) for grant in FUNCTION_ACTIONS[function] for action in grant.actions}


def differences(calls: Mapping[str, set[Right]]) -> list[str]:
    """Where calls and grants part, function by function; empty when calls ⊆ grants ⊆ calls."""
    found = []
    for function in sorted(FUNCTION_ACTIONS):
        made, given = calls.get(function, set()), granted(function)
        found += [f"{function} calls {action} on {on} without the right" for action, on in sorted(made - given)]
        found += [f"{function} may {action} on {on} but never does" for action, on in sorted(given - made)]
    return found
