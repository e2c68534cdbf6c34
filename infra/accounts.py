"""What two accounts know of each other: names made of an account's number, known before anything exists there.

Neither account's stack waits for the other's, and no name has to be carried from one deployment to the next.
"""


def audit_bucket(stage: str, account: str) -> str:
    """The sealed logs, in the operator's account."""
    return f"emdia-{stage}-audit-{account}"
