"""`cdk synth` and `make synth`: the templates of one stage.

Needs no account, no Docker and, but for wheels, no network.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from aws_cdk import App, Tags, Validations
from cdk_nag import AwsSolutionsChecks

from infra.service_stack import ServiceStack
from infra.stages import STAGES, Stage
from infra.state_stack import StateStack


def build(stage: Stage, outdir: Path | None = None) -> App:
    """The app of one stage with both stacks and the AwsSolutions checks attached; `app.synth()` writes it."""
    app = App(analytics_reporting=False, tree_metadata=False, outdir=None if outdir is None else str(outdir))
    state = StateStack(app, f"EmDia-{stage.name}-State", stage)
    ServiceStack(app, f"EmDia-{stage.name}-Service", stage, state)
    Tags.of(app).add("app", "emdia")
    Tags.of(app).add("stage", stage.name)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def main() -> None:
    """Synthesise `--stage`, or the context value `stage` under the CDK's own command line (`-c stage=prod`)."""
    parser = argparse.ArgumentParser(prog="python -m infra.app", description=main.__doc__)
    context = App().node
    parser.add_argument("--stage", choices=sorted(STAGES), default=context.try_get_context("stage") or "dev")
    parser.add_argument("--public-url", default=context.try_get_context("public_url"))
    parser.add_argument("--out", type=Path, default=None)
    given = parser.parse_args()
    stage = replace(STAGES[given.stage], public_url=given.public_url)
    build(stage, given.out).synth()


if __name__ == "__main__":
    main()
