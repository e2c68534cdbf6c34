"""Import time of each function against its own AWS clients alone, each in a fresh interpreter."""

import os
import subprocess
import sys

from tests.shape.source import FUNCTIONS, PACKAGE, ROOT

CLIENTS = {
    "receive_erp_event": ("dynamodb", "kms", "sqs", "secretsmanager"),
    "import_file": ("dynamodb", "kms", "s3", "sqs", "secretsmanager"),
    "apply_erp_event": ("dynamodb", "kms"),
    "replay_parked": ("dynamodb", "kms", "sqs", "secretsmanager"),
    "climb_ladder": ("dynamodb", "sqs"),
    "take_step": ("dynamodb", "kms", "sqs"),
    "release_case": ("dynamodb", "kms"),
    "explain_case": ("dynamodb", "kms", "secretsmanager"),
    "attend_protocol": ("dynamodb", "kms"),
    "confirm_notice": ("dynamodb", "kms", "s3"),
    "find_arrears": ("dynamodb", "sqs"),
    "prove_notice": ("dynamodb", "kms", "s3"),
    "judge_contract": ("dynamodb", "kms", "s3"),
    "serve_notice": ("dynamodb", "kms", "s3", "sesv2"),
    "open_log": ("dynamodb", "kms"),
    "seal_audit": ("dynamodb", "kms", "s3"),
    "approve_version": ("dynamodb", "kms", "sts"),
    "dispose_records": ("dynamodb", "kms"),
    "erase_person": ("dynamodb", "kms", "sts"),
    "cosign_audit": ("kms", "s3", "secretsmanager"),
    "stamp_audit": ("s3", "secretsmanager"),
    "watch_log": ("dynamodb", "kms", "s3"),
    "prove_audit": ("dynamodb", "kms", "s3", "sts"),
    "relay_facts": ("dynamodb", "kms", "sqs"),
    "deliver_facts": ("dynamodb", "kms", "sqs", "secretsmanager"),
    "send_message": ("dynamodb", "kms", "sesv2"),
    "send_copy": ("dynamodb", "kms", "sesv2", "pinpoint-sms-voice-v2", "socialmessaging"),
    "receive_payment": ("dynamodb", "kms", "secretsmanager"),
    "reconcile_payments": ("dynamodb", "kms", "secretsmanager"),
    "attend_payment": ("dynamodb", "kms"),
    "track_protocol": ("dynamodb", "kms", "sesv2", "pinpoint-sms-voice-v2", "socialmessaging"),
    "open_protocol": ("dynamodb", "kms"),
    "show_debt": ("dynamodb", "kms"),
    "print_letters": ("dynamodb", "kms", "s3", "secretsmanager"),
    "receive_reply": ("dynamodb", "kms", "s3", "pinpoint-sms-voice-v2", "socialmessaging"),
    "report_protocols": ("dynamodb", "kms"),
    "receive_delivery": ("dynamodb", "kms"),
    "receive_opt_out": ("dynamodb", "kms"),
    "sweep_outreach": ("dynamodb", "kms", "sqs"),
}
# Doors that somebody waits at and that parse what strangers wrote.
API_DOORS = {
    "receive_erp_event", "receive_opt_out", "confirm_notice", "replay_parked", "explain_case", "track_protocol",
    "open_protocol", "show_debt", "print_letters", "receive_payment",
}  # fmt: skip
ENVIRONMENT = dict.fromkeys(
    (
        "EMDIA_LEDGER",
        "EMDIA_JOURNAL",
        "EMDIA_KEYS",
        "EMDIA_KEYS_CMK",
        "EMDIA_ERP_QUEUE",
        "EMDIA_STEPS_QUEUE",
        "EMDIA_ERP_OUT_QUEUE",
        "EMDIA_EMAIL_QUEUE",
        "EMDIA_SMS_QUEUE",
        "EMDIA_WHATSAPP_QUEUE",
        "EMDIA_LETTER_QUEUE",
        "EMDIA_SMS_SET",
        "EMDIA_OPT_OUT_LIST",
        "EMDIA_ACCOUNT",
        "EMDIA_CONFIGURATION_SET",
        "EMDIA_PUBLIC_URL",
        "EMDIA_AUDIT",
        "EMDIA_DOCUMENTS",
        "EMDIA_INTAKE",
        "EMDIA_IMPORTS_QUEUE",
        "EMDIA_NOTICES_QUEUE",
        "EMDIA_COPIES_QUEUE",
        "EMDIA_LOG_KEY_POLICY",
        "EMDIA_WITNESS",
        "EMDIA_WITNESS_KEY",
    ),
    "https://example.invalid/q",
) | {"EMDIA_LOCK_DAYS": "class", "EMDIA_RECOVERY_DAYS": "7"}
ROUNDS = 7

_TIMED = """
import time
start = time.perf_counter()
{body}
print(time.perf_counter() - start)
"""
_CLIENTS_ALONE = """
from botocore.session import get_session
session = get_session()
for service in {services!r}:
    session.create_client(service)
"""
_FUNCTION = """
import functions.{function}.handler
from emdia import wiring
wiring.{function}()
"""


def best(body: str) -> float:
    """Seconds, the best of several fresh interpreters."""
    env = (
        os.environ
        | ENVIRONMENT
        | {
            "PYTHONPATH": f"{ROOT}:{PACKAGE}",
            "EMDIA_STAGE": "dev",
            "AWS_DEFAULT_REGION": "sa-east-1",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
        }
    )
    code = _TIMED.format(body=body)
    runs = [
        subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
        for _ in range(ROUNDS)
    ]
    return min(float(run.stdout) for run in runs)


def ratio(function: str) -> tuple[float, float, float]:
    """Milliseconds of the function, of its clients alone, and their ratio."""
    services = CLIENTS[function]
    ours = best(_FUNCTION.format(function=function))
    alone = best(_CLIENTS_ALONE.format(services=services))
    return ours * 1000, alone * 1000, ours / alone


def functions() -> list[str]:
    found = sorted(path.parent.name for path in FUNCTIONS.glob("*/handler.py"))
    assert found == sorted(CLIENTS), "every function is measured"
    return found
