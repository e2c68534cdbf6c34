"""Judges a workflow of GitHub Actions by the schema checkov carries; run by the Python that checkov lives in."""

import sys
from pathlib import Path

import yaml
from checkov.github_actions.schemas import gha_workflow
from jsonschema import Draft7Validator

told = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))
told["on"] = told.pop(True)  # what YAML 1.1 takes the word for
found = [error.message for error in Draft7Validator(gha_workflow).iter_errors(told)]
sys.stdout.write("\n".join(found))
sys.exit(bool(found))
