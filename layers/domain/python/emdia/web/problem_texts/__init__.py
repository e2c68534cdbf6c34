"""Every code of refusal with its status and texts, by the room that raises it."""

from collections.abc import Mapping

from emdia.web.problem_texts.audit import AUDIT
from emdia.web.problem_texts.calls import CALLS
from emdia.web.problem_texts.channels import CHANNELS
from emdia.web.problem_texts.imports import IMPORTS
from emdia.web.problem_texts.letters import LETTERS
from emdia.web.problem_texts.notices import NOTICES
from emdia.web.problem_texts.payments import PAYMENTS
from emdia.web.problem_texts.people import PEOPLE
from emdia.web.problem_texts.protocols import PROTOCOLS
from emdia.web.problem_texts.simulations import SIMULATIONS
from emdia.web.problem_texts.text import Text
from emdia.web.problem_texts.words import WORDS

PROBLEMS: Mapping[str, Text] = {
    **AUDIT,
    **CALLS,
    **CHANNELS,
    **LETTERS,
    **IMPORTS,
    **NOTICES,
    **PAYMENTS,
    **PEOPLE,
    **PROTOCOLS,
    **SIMULATIONS,
    **WORDS,
}
