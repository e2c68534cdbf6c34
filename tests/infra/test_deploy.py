"""`make deploy`: what it refuses before it changes anything, and all of it rehearsed with the CDK's own command."""

import json
import os
import subprocess
import sys

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from infra import deploy
from infra.bundle import ROOT
from infra.deploy import Account, NotReadyError
from infra.local.ministack import ACCOUNT, running
from infra.stages import LAPTOP, REGION, stacks_of

WHOSE = Account("123456789012", "arn:aws:sts::123456789012:assumed-role/Admin/maria")


class Answers:
    """A client whose every call answers, or raises, the same."""

    def __init__(self, answer):
        self._answer = answer

    def __getattr__(self, _name):
        def call(**_asked):
            if isinstance(self._answer, Exception):
                raise self._answer
            return self._answer

        return call


def _refusal(code):
    return ClientError({"Error": {"Code": code, "Message": "told"}}, "GetParameter")


@pytest.mark.parametrize("error", [NoCredentialsError(), _refusal("ExpiredToken")])
def test_without_credentials_it_says_how_to_get_some(error):
    with pytest.raises(NotReadyError, match="aws sso login"):
        deploy.account(Answers(error))


def test_an_account_without_bootstrap_is_told_to_make_one():
    with pytest.raises(NotReadyError, match="make bootstrap"):
        deploy.bootstrapped(Answers(_refusal("ParameterNotFound")))
    with pytest.raises(NotReadyError, match="AccessDenied"):
        deploy.bootstrapped(Answers(_refusal("AccessDenied")))
    with pytest.raises(NotReadyError, match="version 5"):
        deploy.bootstrapped(Answers({"Parameter": {"Value": "5"}}))
    deploy.bootstrapped(Answers({"Parameter": {"Value": "30"}}))


def test_the_stage_of_the_laptop_is_never_deployed_to_aws():
    for environment in ({}, {"AWS_ENDPOINT_URL": "https://sts.sa-east-1.amazonaws.com"}):
        with pytest.raises(NotReadyError, match="embedded"):
            deploy.known("local", environment)
    deploy.known("local", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
    deploy.known("prod", {})


def test_destroy_names_the_service_alone_and_deploy_the_state_first():
    destroyed = deploy.command("destroy", "prod", WHOSE, [], "never")
    assert destroyed.index("EmDia-prod-Alarms") < destroyed.index("EmDia-prod-Service")
    assert "EmDia-prod-State" not in destroyed
    deployed = deploy.command("deploy", "prod", WHOSE, ["public_url=https://x.example"], "broadening")
    assert deployed.index("EmDia-prod-State") < deployed.index("EmDia-prod-Service")
    assert deployed[deployed.index("--require-approval") + 1] == "broadening"
    assert deployed[deployed.index("--context") + 1] == "public_url=https://x.example"
    assert f"aws://{WHOSE.id}/{REGION}" in deploy.command("bootstrap", "prod", WHOSE, [], "never")


def test_one_stack_may_be_deployed_without_the_others():
    deployed = deploy.command("deploy", "prod", WHOSE, [], "broadening", "State")
    assert [part for part in deployed if part.startswith("EmDia-")] == ["EmDia-prod-State"]
    assert "--exclusively" in deployed
    compared = deploy.command("diff", "prod", WHOSE, [], "broadening", "Alarms")
    assert [part for part in compared if part.startswith("EmDia-")] == ["EmDia-prod-Alarms"]
    with pytest.raises(NotReadyError, match="State, Service, Alarms"):
        deploy.command("deploy", "prod", WHOSE, [], "broadening", "state")


def test_the_witness_is_deployed_with_its_own_account_s_credentials_and_nothing_else_is():
    def stacks(number):
        made = deploy.command("deploy", "local", Account(number, "arn"), [], "never")
        return [part for part in made if part.startswith("EmDia-")]

    assert stacks(LAPTOP.witness) == ["EmDia-local-Witness"]
    assert stacks(LAPTOP.operator) == ["EmDia-local-State", "EmDia-local-Service", "EmDia-local-Alarms"]
    with pytest.raises(NotReadyError, match="neither"):
        stacks("1" * 12)
    with pytest.raises(NotReadyError, match="never destroyed"):
        deploy.command("destroy", "local", Account(LAPTOP.witness, "arn"), [], "never")


def test_the_command_line_is_locked_by_its_hash():
    lock = json.loads((ROOT / "requirements" / "cdk" / "package-lock.json").read_text())
    packages = {name: body for name, body in lock["packages"].items() if name}
    assert set(packages) == {"node_modules/aws-cdk"}
    assert all(body["integrity"].startswith("sha512-") for body in packages.values())


@pytest.mark.embedded
@pytest.mark.slow
def test_bootstrap_deploy_diff_and_destroy_on_the_embedded_aws(tmp_path):
    """As the guide tells it, with the very commands; only the endpoint is another."""
    with running(tmp_path / "log", rights=False) as aws:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
        }

        def run(action):
            command = [sys.executable, "-m", "infra.deploy", action, "--stage", "local", "--approve", "never"]
            return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

        early = run("deploy")
        assert (early.returncode, "make bootstrap" in early.stderr) == (1, True), early.stderr
        for action in ("bootstrap", "deploy"):
            done = run(action)
            assert done.returncode == 0, (action, done.stdout[-3000:], done.stderr[-3000:])
        outputs = json.loads((ROOT / ".local" / "outputs-local.json").read_text())
        assert outputs["EmDia-local-State"]["LedgerTable"] == "emdia-local-ledger"
        session = boto3.Session(aws_access_key_id=ACCOUNT, aws_secret_access_key="local", region_name=REGION)
        cloudformation = session.client("cloudformation", endpoint_url=aws.endpoint)
        again = run("diff")
        assert again.returncode == 0, again.stderr[-3000:]
        assert "Number of stacks with differences: 0" in again.stdout + again.stderr
        assert _standing(cloudformation) == {*stacks_of("local"), "CDKToolkit"}
        gone = run("destroy")
        assert gone.returncode == 0, gone.stderr[-3000:]
        assert _standing(cloudformation) == {"EmDia-local-State", "CDKToolkit"}


def _standing(cloudformation):
    stacks = cloudformation.describe_stacks()["Stacks"]
    return {stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"}
