"""The operators' staff of the demo: once a working day they answer the attendances that people were asked for.

Through the product's own function, as `emdia protocol` does. Now and then one is forgotten, so that the terms have
something to be late about.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from infra.local.demo.chronicle import BRASILIA
from infra.local.demo.judge import window_open
from infra.local.demo.laptop import Laptop
from infra.local.demo.portfolio import HOUSES, House

ATTEND: Final = "attend_protocol"
STAFF: Final = "ana.souza"
SEAT: Final = "SP"  # whose working days they keep, wherever the operator sits
FORGOTTEN: Final = 0.06
CARE: Final = ("internad", "hospital", "cirurgia", "exame", "consulta")

_PLAIN: Final = {
    "outcome": "informado",
    "text": "Conferimos o seu contrato hoje. A segunda via e o valor de cada item estão na página que o link abre.",
}
_ANSWERS: Final[Mapping[str, Mapping[str, str]]] = {
    "parcelar": {
        "outcome": "informado",
        "text": "Parcelamos em até três vezes, sem juros, pelo telefone desta operadora. O boleto sai na hora.",
    },
    "errado": {
        "outcome": "negado",
        "text": "O valor está certo. É a mensalidade com o reajuste deste ano, que veio explicado no boleto.",
        "basis": "RN ANS 565/2022: reajuste anual, e cláusula 14 do contrato do plano.",
    },
    "internada": {
        "outcome": "informado",
        "text": "O seu atendimento continua normal. A mensalidade em aberto não muda isso enquanto você se trata.",
    },
}


@dataclass(slots=True)
class Desk:
    """`answered`: attendances by their outcome. `left`: numbers that were forgotten. `refused`: by action and code."""

    laptop: Laptop
    seed: int
    answered: Counter[str] = field(default_factory=Counter)
    left: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    _worked_on: date | None = None
    _seen: int = 0

    def work(self, now: datetime) -> None:
        """Answer what waits for a person, the first time in a working day that somebody is there."""
        local = now.astimezone(BRASILIA)
        if self._worked_on == local.date() or not window_open(local, SEAT):
            return
        self._worked_on = local.date()
        with self.laptop.progress.time("staff answer"):
            for house in HOUSES:
                waiting = (self._asked(house, {"action": "queue"}) or {"waiting": []})["waiting"]
                for one in waiting:
                    if one["human_asked_at"] and one["number"] not in self.left:
                        self._attend(house, one)

    def _attend(self, house: House, waiting: Mapping[str, Any]) -> None:
        """Claim, read, class, answer. What somebody else moves meanwhile waits for the next day."""
        number = {"number": waiting["number"]}
        self._seen += 1
        if random.Random(f"{self.seed} forgotten {self._seen}").random() < FORGOTTEN:
            self.left.add(waiting["number"])
            return
        self._asked(house, {"action": "claim", **number})
        told = self._asked(house, {"action": "show", **number})
        if told is None:
            return
        words = " ".join(one["words"] for one in told["interactions"] if one["speaker"] == "beneficiario").casefold()
        if waiting["demand"] is None:
            demand = "assistencial" if any(word in words for word in CARE) else "nao_assistencial"
            self._asked(house, {"action": "class", **number, "demand": demand})
        answer = next((answer for word, answer in _ANSWERS.items() if word in words), _PLAIN)
        if self._asked(house, {"action": "answer", **number, **answer}) is not None:
            self.answered[answer["outcome"]] += 1

    def _asked(self, house: House, action: Mapping[str, str]) -> Any:
        """What the function answers; None when it refuses."""
        told = self.laptop.cloud.invoke(ATTEND, {**action, "operator": house.ans, "actor": STAFF})
        if "problem" in told:
            self.refused[f"{action['action']} {told['problem']['code']}"] += 1
        return told.get("result")
