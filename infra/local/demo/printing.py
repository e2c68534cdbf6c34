"""The operators' print shops at the deployed stage: they fetch runs as staff does, and tell by signed calls."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from infra.local.cloud import Cloud
from infra.local.demo.erp import Erp
from infra.local.sandbox.print_shop import PrintShop


def shops(cloud: Cloud, erps: Sequence[Erp], now: Callable[[], datetime]) -> list[PrintShop]:
    """One for each operator; `now` is the demo's clock."""
    return [
        PrintShop(erp.house.ans, erp.house.name, partial(cloud.invoke, "print_letters"), partial(_told, erp, now))
        for erp in erps
    ]


def _told(erp: Erp, now: Callable[[], datetime], body: Mapping[str, object]) -> tuple[int, Mapping[str, Any]]:
    answer = erp.post(erp.call_id(), json.dumps(body, ensure_ascii=False), now(), to="letters")
    return answer.status, answer.document
