"""The logs' keys: who may make, name and use them, and under which policy every one of them is made."""

import json

import pytest

from tests.infra.log_key_rights import role_matches
from tests.infra.templates import STAGES, actions, template

ON_AWS = ("dev", "prod")
MAKING = {"kms:CreateKey", "kms:PutKeyPolicy", "kms:TagResource"}
NAMING = {"kms:CreateAlias", "kms:DisableKey"}


def policy_of(every):
    """The key policy as open_log is told it, references of the template left as `${...}`."""
    function = every.resources[
        every.logical_id("AWS::Lambda::Function", "FunctionName", f"emdia-{every.stage}-open_log")
    ]
    told = function["Properties"]["Environment"]["Variables"]["EMDIA_LOG_KEY_POLICY"]
    parts = told["Fn::Join"][1] if isinstance(told, dict) else [told]
    return json.loads("".join(part if isinstance(part, str) else "x" for part in parts))


def statements_of(every, function):
    logical = every.logical_id("AWS::Lambda::Function", "FunctionName", f"emdia-{every.stage}-{function}")
    role = every.resources[logical]["Properties"]["Role"]["Fn::GetAtt"][0]
    for policy in every.properties("AWS::IAM::Policy").values():
        if policy["Roles"] == [{"Ref": role}]:
            yield from policy["PolicyDocument"]["Statement"]


@pytest.mark.parametrize("stage", STAGES)
def test_every_log_s_key_is_made_to_sign_bytes_as_they_are_for_the_sealer_alone(stage):
    own, *denied = policy_of(template(stage))["Statement"]
    assert (own["Effect"], own["Action"]) == ("Allow", "kms:*")
    assert own["Principal"]["AWS"].endswith(":root")
    assert all((one["Effect"], one["Action"], one["Principal"]) == ("Deny", "kms:Sign", {"AWS": "*"}) for one in denied)
    conditions = [one["Condition"] for one in denied]
    if stage in ON_AWS:
        assert {"StringNotEquals": {"kms:SigningAlgorithm": "ED25519_SHA_512"}} in conditions
        assert {"StringNotEquals": {"kms:MessageType": "RAW"}} in conditions
    (sealer,) = (one["ArnNotLike"]["aws:PrincipalArn"] for one in conditions if "ArnNotLike" in one)
    assert role_matches(template(stage), sealer)


@pytest.mark.parametrize("stage", STAGES)
def test_one_function_makes_and_names_keys_and_does_not_sign_and_one_signs_and_makes_none(stage):
    every = template(stage)
    holders = {}
    for name, statement in every.statements("AWS::IAM::Policy"):
        for action in actions(statement):
            holders.setdefault(action, set()).add(name)
    (maker,) = set().union(*(holders[action] for action in MAKING | NAMING))
    assert "OpenLog" in maker
    signers = holders["kms:Sign"]
    assert maker not in signers
    assert [name for name in signers if "SealAudit" in name]
    for never in ("kms:ScheduleKeyDeletion", "kms:UpdateAlias", "kms:DeleteAlias", "kms:EnableKey", "kms:CreateGrant"):
        assert never not in holders


@pytest.mark.parametrize("stage", ON_AWS)
def test_rights_on_keys_that_nobody_can_name_are_bound_to_their_names_or_their_kind(stage):
    every, bound = template(stage), {}
    for function in ("open_log", "seal_audit"):
        for one in statements_of(every, function):
            if not set(actions(one)) & {*MAKING, *NAMING, "kms:Sign", "kms:GetPublicKey"}:
                continue
            bound[function, tuple(actions(one))] = one.get("Condition"), json.dumps(one["Resource"])
    name = {"StringLike": {"kms:RequestAlias": f"alias/emdia-{stage}-log-*"}}
    kind = {"StringEquals": {"kms:KeySpec": "ECC_NIST_EDWARDS25519"}}
    assert bound.pop(("seal_audit", ("kms:GetPublicKey", "kms:Sign")))[0] == name
    assert bound.pop(("open_log", ("kms:GetPublicKey",)))[0] == name
    assert bound.pop(("open_log", ("kms:CreateKey", "kms:PutKeyPolicy", "kms:TagResource"))) == (kind, '"*"')
    assert bound.pop(("open_log", ("kms:CreateAlias", "kms:DisableKey", "kms:GetPublicKey")))[0] == kind
    condition, resource = bound.pop(("open_log", ("kms:CreateAlias",)))
    assert (condition, f":alias/emdia-{stage}-log-*" in resource) == (None, True)
    assert bound == {}


@pytest.mark.parametrize("stage", STAGES)
def test_logs_are_opened_every_night_before_what_waits_is_sealed(stage):
    found = {
        one["Name"]: one["ScheduleExpression"]
        for one in template(stage).properties("AWS::Scheduler::Schedule").values()
    }
    opens, seals = found[f"emdia-{stage}-OpenLogs"], found[f"emdia-{stage}-SealUnsealed"]
    minutes = [int(hour) * 60 + int(minute) for minute, hour in (one[5:].split()[:2] for one in (opens, seals))]
    assert minutes[0] + 5 < minutes[1]
