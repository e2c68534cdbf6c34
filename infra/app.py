"""`cdk synth` and `make synth`: the templates of one stage.

Needs no account, no Docker and, but for wheels, no network.
"""

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from aws_cdk import App, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from infra.alarm_stack import AlarmStack
from infra.bundle import ROOT
from infra.service_stack import ServiceStack
from infra.stages import STAGES, Stage, stacks_of, told, witness_of
from infra.state_stack import StateStack
from infra.witness_stack import WitnessStack

FLAGS: Final = {
    # A new layer is a new version of every function that carries it: without this an alias would keep the old one.
    "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
    # What one stack uses of another cannot be taken away from under it.
    "@aws-cdk/core:defaultCrossStackReferences": "strong",
}


def build(stage: Stage, outdir: Path) -> App:
    """The app of one stage: its stacks, the witness's where accounts are told, the AwsSolutions checks attached.

    `app.synth()` writes it to `outdir`.
    """
    app = App(analytics_reporting=False, tree_metadata=False, outdir=str(outdir), context=FLAGS)
    of_state, of_service, of_alarms = stacks_of(stage.name)
    state = StateStack(app, of_state, stage)
    service = ServiceStack(app, of_service, stage, state)
    AlarmStack(app, of_alarms, stage, state, service.watched).add_stack_dependency(service)
    if stage.accounts is not None:
        WitnessStack(app, witness_of(stage.name), stage, stage.accounts)
    Tags.of(app).add("app", "emdia")
    Tags.of(app).add("stage", stage.name)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def main() -> None:
    """Synthesise `--stage`, or the context value `stage` under the CDK's own command line (`cdk -c stage=prod`).

    What an operator says of a stage stands in `cdk.context.json` under the stage's name (`infra.stages.told`).
    """
    parser = argparse.ArgumentParser(prog="python -m infra.app", description=main.__doc__)
    context = _context()
    parser.add_argument("--stage", choices=sorted(STAGES), default=context.get("stage", "dev"))
    parser.add_argument("--public-url", default=context.get("public_url"))
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("CDK_OUTDIR", "cdk.out")))
    given = parser.parse_args()
    if given.stage not in STAGES:  # argparse lets a default pass that is none of the choices
        parser.error(f"no stage {given.stage!r}; there are {', '.join(sorted(STAGES))}")
    try:
        stage = told(STAGES[given.stage], context.get(given.stage, {}))
    except ValueError as wrong:
        parser.error(f"cdk.context.json: {wrong}")
    build(replace(stage, public_url=given.public_url or stage.public_url), given.out).synth()


def _context() -> dict[str, Any]:
    """The CDK's context. Read by hand: a second App made only to ask it would write its own, empty assembly."""
    path = ROOT / "cdk.context.json"
    file = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {**file, **json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}"))}


if __name__ == "__main__":
    main()
