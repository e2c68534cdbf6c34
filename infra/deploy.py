"""`make bootstrap|diff|deploy|destroy STAGE=`: a stage in an AWS account, by the CDK command line of the lock file.

Whose account it is follows from the credentials of the shell, as everywhere in AWS; nothing here holds any.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.bundle import ROOT
from infra.stages import REGION, STAGES, stacks_of, told, witness_of

CLI: Final = ROOT / ".venvs" / "cdk" / "node_modules" / "aws-cdk" / "bin" / "cdk"
MARK: Final = "/cdk-bootstrap/hnb659fds/version"  # what `cdk bootstrap` leaves in an account and region
OLDEST_BOOTSTRAP: Final = 6  # what the CDK's own templates ask for
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class NotReadyError(Exception):
    """The account or the shell is not what a deployment needs; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose credentials the shell holds."""

    id: str
    arn: str


def account(sts: Any) -> Account:
    """Raises NotReadyError without credentials that AWS takes."""
    try:
        told = sts.get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise NotReadyError(
            f"no valid AWS credentials ({type(error).__name__}): `aws sso login`, or set AWS_PROFILE"
        ) from error
    return Account(told["Account"], told["Arn"])


def bootstrapped(ssm: Any) -> None:
    """Raises NotReadyError when the CDK's staging bucket and roles are not in this account and region."""
    try:
        version = int(ssm.get_parameter(Name=MARK)["Parameter"]["Value"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise NotReadyError(f"cannot read {MARK}: {error.response['Error']['Code']}") from error
        raise NotReadyError(f"this account has no CDK bootstrap in {REGION}: run `make bootstrap` once") from error
    if version < OLDEST_BOOTSTRAP:
        raise NotReadyError(f"the CDK bootstrap of this account is version {version}: run `make bootstrap` again")


def known(stage: str, environment: Mapping[str, str]) -> None:
    """Raises NotReadyError for `local` anywhere but on this machine: its data is locked for a day only."""
    if stage == "local" and urlsplit(environment.get("AWS_ENDPOINT_URL", "")).hostname not in LOOPBACK:
        raise NotReadyError("the stage local is for the embedded AWS only; deploy dev or prod")


def stacks_in(stage: str, whose: Account) -> list[str]:
    """The stage's stacks that live in this account: the witness's in its own, without the others.

    Raises NotReadyError for an account that `cdk.context.json` does not name, if it names any.
    """
    path = ROOT / "cdk.context.json"
    context = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    accounts = told(STAGES[stage], context.get(stage, {})).accounts
    if accounts is None or whose.id == accounts.operator:
        return list(stacks_of(stage))
    if whose.id == accounts.witness:
        return [witness_of(stage)]
    raise NotReadyError(f"{whose.id} is neither the operator's account nor the witness's: cdk.context.json names both")


def chosen(stacks: Sequence[str], only: str) -> list[str]:
    """Of `stacks` the one that ends in `only`; all without it. Raises NotReadyError for one that is not among them."""
    found = [name for name in stacks if name.endswith(f"-{only}")] if only else list(stacks)
    if not found:
        raise NotReadyError(f"there is no stack {only} here: {', '.join(name.rpartition('-')[2] for name in stacks)}")
    return found


def command(action: str, stage: str, whose: Account, context: Sequence[str], approve: str, only: str = "") -> list[str]:
    """The CDK's command line for `action`. `destroy` spares the state stack: nothing here destroys state.

    `only`: the one stack that is deployed or compared, without those it stands on.
    """
    app = f'"{sys.executable}" -m infra.app --stage {stage}'
    asked = [part for pair in context for part in ("--context", pair)]
    base = [os.environ["JSII_NODE"], str(CLI), "--app", app, "--output", str(ROOT / "cdk.out"), *asked]
    stacks = stacks_in(stage, whose)
    if action == "bootstrap":
        return [*base, "bootstrap", f"aws://{whose.id}/{REGION}", "--termination-protection"]
    alone = ["--exclusively"] if only else []
    if action == "diff":
        return [*base, "diff", *alone, *chosen(stacks, only)]
    if action == "destroy" and stacks == [witness_of(stage)]:
        raise NotReadyError("a witness is never destroyed: its evidence is locked, and its silence would ring")
    if action == "destroy":
        return [*base, "destroy", "--exclusively", *reversed(stacks[1:]), *(["--force"] if approve == "never" else [])]
    outputs = ROOT / ".local" / f"outputs-{stage}.json"
    how = ["--require-approval", approve, "--outputs-file", str(outputs)]
    return [*base, "deploy", *alone, *chosen(stacks, only), *how]


def run(action: str, stage: str, context: Sequence[str], approve: str, only: str = "") -> int:
    """Do it; the exit code of the CDK. Raises NotReadyError before anything is changed."""
    if not CLI.exists():
        raise NotReadyError("the CDK command line is not installed: `make setup`")
    known(stage, os.environ)
    session = boto3.Session(region_name=REGION)
    whose = account(session.client("sts"))
    print(f"{action} {stage}: account {whose.id}, region {REGION}, as {whose.arn}", flush=True)
    if action != "bootstrap":
        bootstrapped(session.client("ssm"))
    (ROOT / ".local").mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }
    environment["PATH"] = f"{Path(os.environ['JSII_NODE']).parent}{os.pathsep}{environment.get('PATH', '')}"
    line = command(action, stage, whose, context, approve, only)
    return subprocess.run(line, cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    """Exit codes: the CDK's own; 1 when something has to be put right first."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=__doc__)
    parser.add_argument("action", choices=["bootstrap", "diff", "deploy", "destroy"])
    parser.add_argument("--stage", required=True, choices=sorted(STAGES))
    parser.add_argument("--context", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--approve", choices=["never", "any-change", "broadening"], default="broadening")
    parser.add_argument("--only", default="", metavar="State|Service|Alarms", help="deploy or compare that stack alone")
    asked = parser.parse_args()
    if asked.only and asked.action not in ("diff", "deploy"):
        parser.error("--only is for diff and deploy")
    try:
        return run(asked.action, asked.stage, asked.context, asked.approve, asked.only)
    except NotReadyError as reason:
        print(f"not ready: {reason}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
