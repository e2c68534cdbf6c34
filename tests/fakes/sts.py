"""MemorySts: answers AWS's question "who am I" for those who signed it, as STS does over HTTP."""

import re
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.session import Session

from emdia.aws.caller import HEADER, signed_question
from tests.fakes.faults import Faults

ENDPOINT = "https://sts.sa-east-1.amazonaws.com"


@cache
def _client(key: str) -> Any:
    session = Session()
    session.set_credentials(key, "secret")
    return session.create_client("sts", region_name="sa-east-1")


@dataclass
class MemorySts:
    """`people`: ARN by access key. A question holds only with the very header its signature was made over."""

    faults: Faults
    people: dict[str, str] = field(default_factory=dict)
    signed: dict[str, str] = field(default_factory=dict)  # question -> what its signer bound it to

    @property
    def meta(self) -> SimpleNamespace:
        return SimpleNamespace(endpoint_url=ENDPOINT)

    def question(self, arn: str, digest: str) -> str:
        """What the command line of `arn` makes: the real signature of the real SDK."""
        key = "AKIA" + re.sub(r"\W", "", arn)[-16:].upper().rjust(16, "A")
        self.people[key] = arn
        made = signed_question(_client(key), digest)
        self.signed[made] = digest
        return made

    def get(self, url: str, headers: dict[str, str]) -> tuple[int, str]:
        def do() -> dict[str, object]:
            key = parse_qs(urlsplit(url).query)["X-Amz-Credential"][0].split("/")[0]
            if self.signed.get(url) != headers.get(HEADER):
                return {"answer": (403, "<Code>SignatureDoesNotMatch</Code>")}
            return {
                "answer": (200, f"<GetCallerIdentityResult><Arn>{self.people[key]}</Arn></GetCallerIdentityResult>")
            }

        return self.faults.around("sts", "GetCallerIdentity", do)["answer"]  # type: ignore[return-value]
