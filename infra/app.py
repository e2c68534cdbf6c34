"""`cdk synth` and `make synth`: the templates of one stage.

Needs no account, no Docker and, but for wheels, no network.
"""

import argparse
import json
import os
from dataclasses import replace
from pathlib import Path

from aws_cdk import App, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from infra.service_stack import ServiceStack
from infra.stages import STAGES, Stage
from infra.state_stack import StateStack


def build(stage: Stage, outdir: Path) -> App:
    """The app of one stage: both stacks, the AwsSolutions checks attached. `app.synth()` writes it to `outdir`."""
    app = App(analytics_reporting=False, tree_metadata=False, outdir=str(outdir))
    state = StateStack(app, f"EmDia-{stage.name}-State", stage)
    ServiceStack(app, f"EmDia-{stage.name}-Service", stage, state)
    Tags.of(app).add("app", "emdia")
    Tags.of(app).add("stage", stage.name)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def main() -> None:
    """Synthesise `--stage`, or the context value `stage` under the CDK's own command line (`cdk -c stage=prod`)."""
    parser = argparse.ArgumentParser(prog="python -m infra.app", description=main.__doc__)
    # Read by hand: a second App made only to ask it would write its own, empty assembly over ours on leaving.
    context = json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}"))
    parser.add_argument("--stage", choices=sorted(STAGES), default=context.get("stage", "dev"))
    parser.add_argument("--public-url", default=context.get("public_url"))
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("CDK_OUTDIR", "cdk.out")))
    given = parser.parse_args()
    if given.stage not in STAGES:  # argparse lets a default pass that is none of the choices
        parser.error(f"no stage {given.stage!r}; there are {', '.join(sorted(STAGES))}")
    stage = replace(STAGES[given.stage], public_url=given.public_url)
    build(stage, given.out).synth()


if __name__ == "__main__":
    main()
