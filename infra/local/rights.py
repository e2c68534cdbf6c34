"""Rights that the embedded AWS asks for under another name than AWS does.

On AWS `sqs:SendMessage` allows SendMessageBatch too, and there is no action of that name (Service Authorization
Reference, Amazon SQS). The embedded AWS looks for `sqs:SendMessageBatch`, so that every role which may send gets
both names here: nothing is allowed that AWS would refuse.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from infra.local.deploy import Client, Stack

SEND: Final = "sqs:SendMessage"
SEND_BATCH: Final = "sqs:SendMessageBatch"


def name_batches(service: Stack, client: Client) -> list[str]:
    """Names of the roles that were given the second name."""
    iam = client("iam")
    done = []
    for role in service.resources("AWS::IAM::Role"):
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            sends = [statement for statement in document["Statement"] if SEND in _actions(statement)]
            for statement in sends:
                statement["Action"] = sorted({*_actions(statement), SEND_BATCH})
            if sends:
                iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
                done.append(role)
    return done


def _actions(statement: Mapping[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else list(actions)
