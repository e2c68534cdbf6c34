"""The deployed template on this machine: start the embedded AWS, deploy, settle, hand out addresses.

python -m infra.local.cloud up      stays up until Ctrl-C, prints the addresses
python -m infra.local.cloud down    ends what `up` started
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from functools import cache, partial
from pathlib import Path
from types import FrameType
from typing import Any, Final

import boto3
from botocore.config import Config

from emdia.aws.actions import WITNESS_FUNCTIONS
from emdia.clock_file import ClockFile
from emdia.settings import CLOCK
from infra.bundle import ROOT
from infra.local.assembly import assembly
from infra.local.deploy import Stack, deploy
from infra.local.ministack import ACCOUNT, Ministack, running
from infra.local.rights import name_batches
from infra.local.settle import settle
from infra.stages import API_STAGE, LAPTOP, REGION

STATE: Final = ROOT / ".local"
DOWN_SECONDS: Final = 20


@dataclass(frozen=True)
class Cloud:
    """A deployed `local` stage. Names are the template's; every client speaks to this machine only."""

    aws: Ministack
    stacks: Mapping[str, Stack]
    settled: list[str]
    seconds: float  # from nothing to deployed

    @property
    def clock(self) -> ClockFile:
        """The clock of all functions but the witness's, who are asked for the machine's time."""
        return ClockFile(self.aws.log.with_suffix(".clock"))

    @property
    def endpoint(self) -> str:
        """Address of every AWS API."""
        return self.aws.endpoint

    @property
    def public_url(self) -> str:
        """Base of the API `public`, without a trailing slash."""
        return self.api_url(API_STAGE)

    def api_url(self, name: str) -> str:
        """Base of the API `public` or `bank`, without a trailing slash; its stage is named as it is."""
        apis = self.stacks["service"].resources("AWS::ApiGateway::RestApi")
        (found,) = (id_ for id_, properties in apis.items() if properties["Name"] == f"emdia-local-{name}")
        return f"{self.endpoint}/_aws/execute-api/{found}/{name}"

    def client(self, service: str, account: str = LAPTOP.operator) -> Any:
        """A boto3 client with the rights of an account's administrator."""
        return _client(account, service, self.endpoint)

    def table(self, name: str) -> str:
        """Physical name of `ledger`, `journal` or `keys`."""
        return self.stacks["state"].outputs[f"{name.title()}Table"]

    def bucket(self, name: str) -> str:
        """Physical name of `audit`, `documents` or `intake`, or the other account's `witness` or `replica`."""
        stack = "witness" if name in ("witness", "replica") else "state"
        return self.stacks[stack].outputs[f"{name.title()}Bucket"]

    def queue_url(self, name: str) -> str:
        """URL of a work queue (`erp-events`, `steps`, `email`, `deliveries`) or of its `<name>-dead`."""
        return f"{self.endpoint}/{ACCOUNT}/emdia-local-{name}"

    def topic_arn(self, name: str) -> str:
        """ARN of the topic `ses-events` or `alarms`."""
        return f"arn:aws:sns:{REGION}:{ACCOUNT}:emdia-local-{name}"

    def function(self, name: str) -> str:
        """Deployed name of the function in `functions/<name>`."""
        return f"emdia-local-{name}"

    @property
    def functions(self) -> list[str]:
        """Deployed names of all functions but the witness's."""
        return sorted(self.stacks["service"].resources("AWS::Lambda::Function"))

    def tell_functions(self, environment: Mapping[str, str]) -> None:
        """Add to what every function is told, e.g. where a sandbox provider listens (AWS_ENDPOINT_URL_SESV2).

        The template names none of this: on AWS the SDK finds the real endpoints by itself.
        """
        lambda_ = self.client("lambda")
        for name in self.functions:
            told = lambda_.get_function_configuration(FunctionName=name).get("Environment", {}).get("Variables", {})
            if "EMDIA_PUBLIC_URL" in told:
                told["EMDIA_PUBLIC_URL"] = self.public_url
            lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": {**told, **environment}})

    def invoke(self, name: str, event: object) -> Any:
        """Run a function and wait. Raises FunctionFailedError with its error as the function reported it."""
        account = LAPTOP.witness if name in WITNESS_FUNCTIONS else LAPTOP.operator
        answer = self.client("lambda", account).invoke(
            FunctionName=self.function(name), Payload=json.dumps(event).encode()
        )
        body = answer["Payload"].read()
        if "FunctionError" in answer:
            raise FunctionFailedError(f"{name}: {body.decode(errors='replace')[:2000]}")
        return json.loads(body) if body else None

    def put_erp_secret(self, client: str, operator: str, secrets: list[str]) -> None:
        """Register an ERP client, as the operator's staff does: its operator (ANS register) and signing secrets."""
        self.client("secretsmanager").create_secret(
            Name=f"emdia/local/erp/{client}", SecretString=json.dumps({"operator": operator, "secrets": secrets})
        )


class FunctionFailedError(Exception):
    """A function raised; the message is what it reported."""


@contextmanager
def cloud(environment: Mapping[str, str] | None = None, log: Path | None = None) -> Iterator[Cloud]:
    """A deployed `local` stage for as long as the block runs; every process of it is gone afterwards.

    `environment` is told to every function on top of the template's. Several may run side by side: each has
    its own port, temporary folder and log. Raises NotStartedError, SynthFailedError, DeployFailedError or
    NotSettledError, each with the reason.
    """
    made = assembly()
    started = time.monotonic()
    with running(log or STATE / f"aws-{os.getpid()}.log") as aws:
        operator, witness = (partial(_client, account, endpoint=aws.endpoint) for account in astuple(LAPTOP))
        stacks = deploy(made, {LAPTOP.operator: operator, LAPTOP.witness: witness}.__getitem__, LAPTOP.operator)
        settled = settle(stacks["witness"], witness) + settle(stacks["state"], operator)
        name_batches(stacks["service"], operator)
        here = Cloud(aws, stacks, settled, time.monotonic() - started)
        here.clock.path.unlink(missing_ok=True)
        here.tell_functions({CLOCK: str(here.clock.path), **(environment or {})})
        yield here
        here.clock.path.unlink(missing_ok=True)


@cache
def _client(account: str, service: str, endpoint: str) -> Any:
    # An explicit endpoint and made-up credentials: nothing here can reach a real account.
    session = boto3.Session(aws_access_key_id=account, aws_secret_access_key="local", region_name=REGION)  # noqa: S106
    return session.client(service, endpoint_url=endpoint, config=Config(max_pool_connections=32))


def _up() -> None:
    signal.signal(signal.SIGTERM, _leave)
    with cloud() as here:
        mark = STATE / f"up-{os.getpid()}.json"
        mark.write_text(json.dumps({"pid": os.getpid(), "endpoint": here.endpoint, "public_url": here.public_url}))
        try:
            print(f"deployed in {here.seconds:.1f} s; AWS APIs {here.endpoint}; public API {here.public_url}")
            print(f"log {here.aws.log}; Ctrl-C ends it")
            signal.pause()
        finally:
            mark.unlink(missing_ok=True)


def _leave(_signum: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _down() -> None:
    marks = sorted(STATE.glob("up-*.json"))
    for mark in marks:
        pid = json.loads(mark.read_text())["pid"]
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            mark.unlink(missing_ok=True)
            continue
        deadline = time.monotonic() + DOWN_SECONDS
        while mark.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        print(f"ended {pid}" if not mark.exists() else f"{pid} did not end within {DOWN_SECONDS} s")
    if not marks:
        print("nothing is up")


def main() -> None:
    """`up` or `down`."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.cloud")
    parser.add_argument("action", choices=["up", "down"])
    action = parser.parse_args().action
    try:
        _up() if action == "up" else _down()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
