# ruff: noqa: PLC0415  a door imports what it uses and nothing else: its cold start pays for every line
"""The wiring of the witness's account: none of what the operator's doors use is there.

Its clock is the machine's on every stage: it is what a witness is asked for.
"""

from typing import TYPE_CHECKING

from emdia.adapters import BY_CLASS, Adapters
from emdia.clock import UtcClock

if TYPE_CHECKING:
    import emdia.workflows.cosign_audit
    import emdia.workflows.stamp_audit
    from emdia.aws.witness import S3WitnessBook, Trust


def cosign(house: Adapters) -> "emdia.workflows.cosign_audit.Deps":
    """For functions/cosign_audit."""
    from emdia.aws.clients import client
    from emdia.aws.logs import KmsSigner
    from emdia.aws.witness import S3AuditedLogs
    from emdia.workflows.cosign_audit import Deps

    told = house.settings
    return Deps(
        logs=S3AuditedLogs(client("s3"), told.of("EMDIA_AUDIT"), told.stage),
        book=_book(house),
        trusted=lambda: _trust(house).log_keys,
        signer=KmsSigner(client("kms"), told.of("EMDIA_WITNESS_KEY")),
        name=f"testemunha.emdia-{told.stage}",
        clock=UtcClock(),
        meter=house.meter,
    )


def stamp(house: Adapters) -> "emdia.workflows.stamp_audit.Deps":
    """For functions/stamp_audit."""
    from emdia.providers.tsa import HttpAuthority
    from emdia.workflows.stamp_audit import Deps

    def authority() -> HttpAuthority | None:
        told = _trust(house)
        return HttpAuthority(told.tsa_url, told.roots, told.authorization) if told.tsa_url else None

    return Deps(book=_book(house), authority=authority, clock=UtcClock(), meter=house.meter)


def _book(house: Adapters) -> "S3WitnessBook":
    from emdia.aws.clients import client
    from emdia.aws.witness import S3WitnessBook

    days = house.settings.of("EMDIA_LOCK_DAYS")
    until = None if days == BY_CLASS else int(days)
    return S3WitnessBook(client("s3"), house.settings.of("EMDIA_WITNESS"), UtcClock(), until)


def _trust(house: Adapters) -> "Trust":
    from emdia.aws.clients import client
    from emdia.aws.witness import trust

    return trust(client("secretsmanager"), house.settings.stage)
