"""What a smoke test is told of a deployed stage, and how one of its checks says what it saw."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from emdia.adapters import Adapters
from emdia.ports import Randomness

Service = Callable[[str], Any]  # name of an AWS service -> its client


class WrongError(Exception):
    """A check is red; the message is what was seen, without personal data."""


class AbsentError(Exception):
    """A check does not apply here; the message says why."""


@dataclass(frozen=True)
class Probe:
    """One check: what it is called, what to do when it is red, and the look itself, which tells what it saw.

    `look` raises WrongError or AbsentError; what AWS refuses is red too.
    """

    name: str
    todo: str
    look: Callable[["Site"], str]


@dataclass(frozen=True)
class Site:
    """A stage as the deployer's credentials see it.

    `operators`: ANS registers; `address`: of the public API, the stack's own if ""; `patience`: seconds that work on
    its way may take.
    """

    stage: str
    operators: Sequence[str]
    address: str
    patience: float
    service: Service
    house: Adapters
    randomness: Randomness
    stopwatch: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    @property
    def prefix(self) -> str:
        """What the names of everything of the stage begin with."""
        return f"emdia-{self.stage}-"

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """Outputs of the stage's stacks, by the CDK's names for them."""
        found: dict[str, str] = {}
        for short in ("State", "Service", "Alarms"):
            (stack,) = self.service("cloudformation").describe_stacks(StackName=stack_name(self.stage, short))["Stacks"]
            found |= {one["OutputKey"]: str(one["OutputValue"]) for one in stack.get("Outputs", [])}
        return found

    def output(self, name: str) -> str:
        """The output whose name the CDK began with `name`. Raises WrongError."""
        value = next((value for key, value in self.outputs.items() if key.startswith(name)), None)
        if value is None:
            raise WrongError(f"nenhuma pilha diz {name}")
        return value

    def wait(self, done: Callable[[], bool]) -> bool:
        """Whether it was done within the patience; looks every two seconds."""
        until = self.stopwatch() + self.patience
        while not done():
            if self.stopwatch() > until:
                return False
            self.sleep(2)
        return True


def stack_name(stage: str, short: str) -> str:
    """A stack as CloudFormation knows it."""
    return f"EmDia-{stage}-{short}"


def paged(call: Callable[..., Mapping[str, Any]], items: str, **asked: Any) -> Iterator[Any]:
    """The items of every page of a listing."""
    request = dict(asked)
    while True:
        answer = call(**request)
        yield from answer.get(items, ())
        if not answer.get("NextToken"):
            return
        request["NextToken"] = answer["NextToken"]
