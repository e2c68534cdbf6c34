"""Puts a cloud assembly on the embedded AWS: what `cdk bootstrap` and `cdk deploy` do, in boto3."""

import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from infra.stages import REGION

# The CDK's bootstrap stack in short: where assets go, and the version parameter its templates check.
QUALIFIER: Final = "hnb659fds"
BOOTSTRAP_VERSION: Final = "30"
# A fixed time in every zip entry, so that equal folders make equal zips.
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
DEPLOY_SECONDS: Final = 60

Client = Callable[[str], Any]
Clients = Callable[[str], Client]  # by account


class DeployFailedError(Exception):
    """A stack did not come up; the message names the resources and their reasons."""


class Stack:
    """A deployed stack: its template, outputs, and physical ids by logical id."""

    def __init__(
        self, name: str, template: Mapping[str, Any], outputs: Mapping[str, str], ids: Mapping[str, str]
    ) -> None:
        self.name = name
        self.template = template
        self.outputs = outputs
        self.ids = ids

    def resources(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """Properties of every resource of a CloudFormation type, by physical id."""
        return {
            self.ids[logical]: resource.get("Properties", {})
            for logical, resource in self.template["Resources"].items()
            if resource["Type"] == kind
        }


def deploy(assembly: Path, clients: Clients, account: str) -> dict[str, Stack]:
    """Upload the assets and create every stack in order of its dependencies; stacks by their short name.

    A stack whose template names no account goes to `account`. Raises DeployFailedError.
    """
    bootstrapped: set[str] = set()
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    stacks: dict[str, Stack] = {}
    for name in _in_order(artifacts):
        place = artifacts[name]["environment"].removeprefix("aws://").split("/")[0]
        owner = account if place == "unknown-account" else place
        client = clients(owner)
        if owner not in bootstrapped:
            _bootstrap(client, owner)
            bootstrapped.add(owner)
        _upload(assembly, f"{name}.assets.json", client, owner)
        properties = artifacts[name]["properties"]
        template = json.loads((assembly / properties["templateFile"]).read_text())
        # By address, as the CDK does: a template of this size is refused in the request itself.
        url = _with_account(properties["stackTemplateAssetObjectUrl"], owner).removeprefix("s3://")
        cloudformation = client("cloudformation")
        cloudformation.create_stack(
            StackName=name,
            TemplateURL=f"{cloudformation.meta.endpoint_url}/{url}",
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
        stacks[name.rsplit("-", 1)[-1].lower()] = _await(name, template, cloudformation)
    return stacks


def _in_order(artifacts: Mapping[str, Any]) -> list[str]:
    left = {name: artifact for name, artifact in artifacts.items() if artifact["type"] == "aws:cloudformation:stack"}
    order: list[str] = []
    while left:
        ready = [name for name, artifact in left.items() if not set(artifact.get("dependencies", [])) & left.keys()]
        order += ready
        left = {name: artifact for name, artifact in left.items() if name not in ready}
    return order


def _bootstrap(client: Client, account: str) -> None:
    client("s3").create_bucket(
        Bucket=f"cdk-{QUALIFIER}-assets-{account}-{REGION}",
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    client("ssm").put_parameter(Name=f"/cdk-bootstrap/{QUALIFIER}/version", Value=BOOTSTRAP_VERSION, Type="String")


def _upload(assembly: Path, manifest: str, client: Client, account: str) -> None:
    for asset in json.loads((assembly / manifest).read_text())["files"].values():
        source = assembly / asset["source"]["path"]
        body = _zip(source) if asset["source"]["packaging"] == "zip" else source.read_bytes()
        for destination in asset["destinations"].values():
            bucket, key = (_with_account(destination[name], account) for name in ("bucketName", "objectKey"))
            client("s3").put_object(Bucket=bucket, Key=key, Body=body)


def _with_account(text: str, account: str) -> str:
    return text.replace("${AWS::AccountId}", account).replace("${AWS::Region}", REGION)


def _zip(folder: Path) -> bytes:
    # Stored, not deflated: it is unpacked a dozen times on this machine and travels nowhere.
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def _await(name: str, template: Mapping[str, Any], cloudformation: Any) -> Stack:
    deadline = time.monotonic() + DEPLOY_SECONDS
    while True:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            break
        if not stack["StackStatus"].endswith("IN_PROGRESS") or time.monotonic() > deadline:
            raise DeployFailedError(f"{name}: {stack['StackStatus']}: {_reasons(name, cloudformation)}")
        time.sleep(0.1)
    found = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    return Stack(
        name,
        template,
        {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
        {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found},
    )


def _reasons(name: str, cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    failed = [event for event in events if "FAILED" in event["ResourceStatus"]]
    return "; ".join(
        f"{event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '?')}"
        for event in failed
    )
