"""Which life of the ledger a table is: its first, or one begun by restoring an earlier state.

After a restore the journal remembers what the ledger has forgotten. Facts and cursors of the new life carry its name,
or else a repeated command would find its own fact of the former life, take itself for done and change nothing; and the
agenda would not look again where it had already been.
"""

import re
from typing import Final

_RESTORED: Final = re.compile(r"emdia-[a-z]+-ledger-([a-z0-9-]{1,40})")


def era_of(ledger: str) -> str:
    """What a restored table's name adds to the stage's own; nothing for that one itself.

    >>> era_of("emdia-prod-ledger"), era_of("emdia-prod-ledger-20261125")
    ('', '20261125')
    """
    restored = _RESTORED.fullmatch(ledger)
    return restored[1] if restored else ""
