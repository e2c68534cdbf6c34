"""A person follows the import of a file, and sees its refused rows: who looks is recorded first."""

import base64
from collections.abc import Mapping

from emdia.clock import instant
from emdia.errors import Rejected
from emdia.facts import Fact, Value
from emdia.portfolio.imports import Import, ImportStatus
from emdia.providers.columns import Kind
from emdia.providers.intake_events import dropped
from emdia.workflows.acts import command
from emdia.workflows.import_file import Deps, held_import, result_key
from emdia.workflows.views import show

PAGE = 3 * 1024 * 1024  # bytes of a result in one answer: Lambda takes six, and base64 is a third longer
_NAME_MAX = 128


def view_import(request: Mapping[str, object], deps: Deps) -> Mapping[str, object]:
    """Carry out `{"action", "key", "version", "actor"}`.

    `status`: how far the file is, in rows and bytes, nothing personal. `result` (`kind`, `start`): bytes of the result
    from `start` on, in base64, and where the `next` begin (None: no more). Raises Rejected `import-running` for a
    result that is not there yet; TryLater.
    """
    actor, action, start = request.get("actor"), request.get("action"), request.get("start", 0)
    if not isinstance(actor, str) or not 0 < len(actor) <= _NAME_MAX:
        raise Rejected("action-invalid", "/actor")
    if action not in ("status", "result") or not isinstance(start, int) or start < 0:
        raise Rejected("action-invalid", "/action")
    file = dropped(request)
    ledger, job = held_import(file, deps)
    if action == "status":
        return _status(job)
    if job is None or job.status is ImportStatus.RUNNING:
        raise Rejected("import-running")
    kind = str(request.get("kind", ""))
    if kind not in set(Kind):
        raise Rejected("action-invalid", "/kind")
    if not any(part.startswith(f"{kind}-") for part in job.parts):
        return {"body": "", "next": None}
    # Whoever looks is seen first: when this cannot be made durable, nothing is shown.
    values = (Value("ator", actor), Value("tela", "linhas recusadas"), Value("arquivo", file.name))
    now = instant(deps.clock.now())
    witnessed = ledger.witness(
        [Fact("import.viewed", job.ref, values)], command("view", job.id, kind, start, actor, now)
    )
    body = deps.files.read(result_key(file, Kind(kind)), "", start, PAGE)
    shown = {"body": base64.b64encode(body).decode(), "next": start + PAGE if len(body) == PAGE else None}
    return show(witnessed, shown)


def _status(job: Import | None) -> Mapping[str, object]:
    if job is None:
        return {"status": "waiting"}
    return {
        "status": str(job.status),
        "size": job.size,
        "offset": job.offset,
        "row": job.row,
        "accepted": job.accepted,
        "refused": job.refused,
        "reason": job.reason,
    }
