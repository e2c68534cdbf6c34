"""The two ways a client of AWS is built. Nothing else in the package may build one (shape test)."""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.session import Session, get_session

# Seconds. A function's whole time is 30 s or less: one slow answer must leave room for a second try.
_CONNECT, _READ, _SEND_READ = 2, 5, 10
_INVOKED = 905  # who invokes a function waits until it is done: a person at a terminal, never a function


@cache
def _session() -> Session:
    return get_session()


def client(service: str) -> Any:
    """A client whose requests are safe to repeat: three attempts in all, five seconds an answer but a function's."""
    return _session().create_client(
        service,
        config=Config(
            connect_timeout=_CONNECT,
            read_timeout=_INVOKED if service == "lambda" else _READ,
            retries={"mode": "standard", "total_max_attempts": 3},
            user_agent_extra="emdia",
            tcp_keepalive=True,
            # Our requests are built from types and tested against the service models; checking every one of
            # seventy-five items again costs a quarter of a commit.
            parameter_validation=False,
            # One endpoint a region: the account in the host name buys nothing and costs a lookup.
            account_id_endpoint_mode="disabled",
        ),
    )


def send_client(service: str) -> Any:
    """A client that writes to people: exactly one attempt.

    The SDK repeats a timed-out request up to five times, and each repeat may reach the person again.
    """
    return _session().create_client(
        service,
        config=Config(
            connect_timeout=_CONNECT,
            read_timeout=_SEND_READ,
            retries={"mode": "standard", "total_max_attempts": 1},
            user_agent_extra="emdia",
            tcp_keepalive=True,
        ),
    )
