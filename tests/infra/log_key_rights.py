"""What templates say of the logs' keys, which exist only at run time."""

from fnmatch import fnmatch

# Rights that IAM knows no resource for, and those that are asked for while a key is made.
ON_EVERY_KEY = {"kms:CreateKey", "kms:ListAliases"}


def role_matches(every, patterns):
    """The pattern in a policy of the state stack is how CloudFormation will name seal_audit's role."""
    function = every.resources[
        every.logical_id("AWS::Lambda::Function", "FunctionName", f"emdia-{every.stage}-seal_audit")
    ]
    role = function["Properties"]["Role"]["Fn::GetAtt"][0]
    texts = [pattern["Fn::Join"][1][-1] if isinstance(pattern, dict) else pattern for pattern in patterns]
    named, session = (":" + text.rpartition(":")[2] for text in texts)
    role = f"EmDia-{every.stage}-Service-{role}-AB12CD34EF56"
    return fnmatch(f":role/{role}", named) and fnmatch(f":assumed-role/{role}/x", session)
