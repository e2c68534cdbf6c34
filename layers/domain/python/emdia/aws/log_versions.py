"""Every log's objects by their versions (audit.ports.LogVersions): the logs are those that have a head."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from emdia.audit.ports import LogName, Logs, parse_label
from emdia.audit.retention import locked_until
from emdia.aws.log_reader import S3LogReader
from emdia.aws.reading import pages
from emdia.facts import LogClass
from emdia.ports import Clock


@dataclass(frozen=True)
class S3LogVersions:
    """`bucket`: of the logs; `journal`: the table of their heads. A log whose retention is over may be cleared away."""

    s3: Any
    dynamodb: Any
    bucket: str
    journal: str
    logs: Logs
    clock: Clock

    def rewritten(self) -> Iterator[str]:
        """See audit.ports.LogVersions."""
        for name in self._names():
            origin = self.logs.origin(name)
            for path in dict.fromkeys(S3LogReader(self.s3, self.bucket, origin).rewritten()):
                yield f"{origin}/{path}"

    def _names(self) -> Iterator[LogName]:
        request: dict[str, Any] = {
            "TableName": self.journal,
            "FilterExpression": "sk = :h",
            "ExpressionAttributeValues": {":h": {"S": "HEAD"}},
        }
        for page in pages(self.dynamodb.scan, request, "journal Scan"):
            for row in page:
                ans, _, log, year = row["pk"]["S"].split("#")
                name, now = LogName(ans, LogClass(log), *parse_label(year)), self.clock.now()
                if now <= locked_until(name, now, None):
                    yield name
