"""The synthesised templates as the tests read them: once per stage and session, both stacks together."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from emdia.aws.actions import WITNESS_FUNCTIONS
from infra.local.assembly import assembly

STAGES = ("local", "dev", "prod")
FUNCTION = "AWS::Lambda::Function"
TRACES = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}


@dataclass(frozen=True)
class Template:
    """All resources of a stage by logical id, whichever stack they are in."""

    stage: str
    folder: Path
    resources: dict[str, dict[str, Any]]

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Resources of a type. A type that is not there at all would make every assertion on it empty."""
        found = {name: body for name, body in self.resources.items() if body["Type"] == kind}
        assert found, f"no {kind} in the template"
        return found

    def properties(self, kind: str) -> dict[str, dict[str, Any]]:
        return {name: body.get("Properties", {}) for name, body in self.of(kind).items()}

    def statements(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every policy statement in resources of a type, with the resource's logical id."""
        for name, properties in self.properties(kind).items():
            documents = [properties.get("PolicyDocument"), properties.get("KeyPolicy")]
            documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
            for document in filter(None, documents):
                for statement in document["Statement"]:
                    yield name, statement

    def logical_id(self, kind: str, attribute: str, value: str) -> str:
        """The one resource of a type whose `attribute` is `value`."""
        (found,) = (name for name, body in self.properties(kind).items() if body.get(attribute) == value)
        return found

    def called(self, reference: Any) -> str:
        """Logical id of the function that something calls, by itself or by an alias of it."""
        text = json.dumps(reference)
        for name, body in self.resources.items():
            if f'"{name}"' in text and body["Type"] == "AWS::Lambda::Alias":
                return str(body["Properties"]["FunctionName"]["Ref"])
        (found,) = (n for n, body in self.resources.items() if f'"{n}"' in text and body["Type"] == FUNCTION)
        return found


@cache
def template(stage: str) -> Template:
    """The operator's account: its stacks together."""
    return _merged(stage, "[!W]*")


@cache
def witness_template(stage: str) -> Template:
    """The witness's account."""
    return _merged(stage, "Witness")


def template_of(function: str, stage: str) -> Template:
    """The account a function lives in."""
    return witness_template(stage) if function in WITNESS_FUNCTIONS else template(stage)


def _merged(stage: str, stacks: str) -> Template:
    folder = assembly(stage)
    resources: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob(f"EmDia-{stage}-{stacks}.template.json")):
        resources |= json.loads(path.read_text())["Resources"]
    return Template(stage, folder, resources)


def actions(statement: dict[str, Any]) -> list[str]:
    found = statement["Action"]
    return [found] if isinstance(found, str) else found


def is_key(reference: Any) -> bool:
    """Whether a property points at one of our own keys, from whichever stack."""
    text = json.dumps(reference)
    return "DataKey" in text or "ClassKey" in text  # the witness's is its WitnessDataKey
