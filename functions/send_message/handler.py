"""Queue door: up to 25 outreach of one channel a message."""

from typing import Protocol

from emdia import doors, wiring
from emdia.workflows.send_message import send_message


class Context(Protocol):
    """What is used of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds this invocation may still run."""


def handle(event: doors.Event, context: Context) -> dict[str, object]:
    """See workflows/send_message.py."""
    deps = wiring.send_message()
    return doors.each(
        event,
        lambda message: send_message(message.body, deps, lambda: context.get_remaining_time_in_millis() / 1000),
        deps.meter,
    )
