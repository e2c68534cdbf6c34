"""One operator's printer: asks the function `print_letters` for runs, and tells by signed calls what became of them."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from infra.local.sandbox.letters import Letter, ShopRefusedError

_ACTOR = "grafica"


@dataclass(frozen=True)
class PrintShop:
    """`ask` runs the function, as `emdia letters` does; `post` sends a signed body to `/v1/erp/{client}/letters`."""

    ans: str
    name: str
    ask: Callable[[Mapping[str, object]], Mapping[str, Any]]
    post: Callable[[Mapping[str, object]], tuple[int, Mapping[str, Any]]]

    def letters(self, day: date) -> Sequence[Letter]:
        """See letters.Shop."""
        told = self._asked("jobs", day)
        return [
            Letter(self.name, one["reference"], one["posting"], one["object"], one["service"] == "registrada-ar")
            for one in told["letters"]
        ]

    def fetch(self, day: date) -> Mapping[str, bytes]:
        """See letters.Shop."""
        self._asked("close", day)
        sheets: dict[str, bytes] = {}
        start: int | None = 0
        while start is not None:
            told = self._asked("letters", day, {"from": start})
            sheets |= {one["name"].removesuffix(".pdf"): base64.b64decode(one["body"]) for one in told["sheets"]}
            start = told["next"]
        return sheets

    def tell(self, event: Mapping[str, str]) -> str:
        """See letters.Shop."""
        status, document = self.post({"events": [event]})
        if status != 200:
            raise ShopRefusedError(str(document.get("title", status)))
        return str(document["events"][0])

    def _asked(self, action: str, day: date, more: Mapping[str, object] | None = None) -> Mapping[str, Any]:
        request = {"action": action, "operator": self.ans, "actor": _ACTOR, "day": day.isoformat(), "language": "pt-BR"}
        answer = self.ask({**request, **(more or {})})
        if "problem" in answer:
            raise ShopRefusedError(str(answer["problem"]["title"]))
        told: Mapping[str, Any] = answer["result"]
        return told
