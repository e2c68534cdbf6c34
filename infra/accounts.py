"""What two accounts know of each other: names made of an account's number, known before anything exists there.

Neither account's stack waits for the other's, and no name has to be carried from one deployment to the next.
"""


def audit_bucket(stage: str, account: str) -> str:
    """The sealed logs, in the operator's account."""
    return f"emdia-{stage}-audit-{account}"


def witness_bucket(stage: str, account: str) -> str:
    """What the witness cosigned, stamped and refused, in its own account."""
    return f"emdia-{stage}-witness-{account}"


def replica_bucket(stage: str, account: str) -> str:
    """The locked replica of the sealed logs, in the witness's account."""
    return f"emdia-{stage}-replica-{account}"


def root_of(account: str) -> str:
    """An account as a principal. Which of its roles is a condition beside it: a role need not exist yet."""
    return f"arn:aws:iam::{account}:root"


def role_of(account: str, name: str) -> str:
    """A role of an account, as the condition key `aws:PrincipalArn` tells it."""
    return f"arn:aws:iam::{account}:role/{name}"


def session_of(account: str, name: str) -> str:
    """The same as a session: what the embedded AWS tells."""
    return f"arn:aws:sts::{account}:assumed-role/{name}/*"


def cosign_role(stage: str) -> str:
    """The role of `cosign_audit`, by name: the operator's account lets it read."""
    return f"emdia-{stage}-cosign-audit"


def stamp_role(stage: str) -> str:
    """The role of `stamp_audit`, by name: its bucket lets it write."""
    return f"emdia-{stage}-stamp-audit"


def replication_role(stage: str) -> str:
    """The role by which S3 replicates, by name: the witness's account lets it write."""
    return f"emdia-{stage}-audit-replication"
