# ruff: noqa: T201  a command prints; Django must be configured before its models are imported
"""django-helpdesk's half of the comparison, run by the interpreter of `.venvs/helpdesk`: prints one line of JSON.

A ticket's number is its row's id. `form`: as whoever writes gets one, by the public form, its mails left out.
`row`: the row alone, the least that a number can cost there. Milliseconds each, the database a SQLite file.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def main(count: int) -> None:
    """Make a database, then `count` tickets each way."""
    import django
    from django.conf import settings

    with tempfile.TemporaryDirectory() as folder:
        settings.configure(
            SECRET_KEY="bench",
            INSTALLED_APPS=[
                "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.sites",
                "django.contrib.humanize", "rest_framework", "helpdesk",
            ],
            DATABASES={"default": {
                "ENGINE": "django.db.backends.sqlite3", "NAME": str(Path(folder) / "db.sqlite3"),
                # No wait for the disk: ours waits for none either.
                "OPTIONS": {"init_command": "PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY;"},
            }},
            DEFAULT_AUTO_FIELD="django.db.models.AutoField",
            HELPDESK_TEAMS_MODE_ENABLED=False,
            EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
            TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
            SITE_ID=1,
            USE_TZ=True,
            LOGGING_CONFIG=None,
        )  # fmt: skip
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from helpdesk.forms import PublicTicketForm
        from helpdesk.models import EmailTemplate, Queue, Ticket

        EmailTemplate.objects.all().delete()  # no mail is made of any ticket: none is of our numbers
        queue = Queue.objects.create(title="Central", slug="central", allow_public_submission=True)
        asked = {"queue": queue.id, "title": "Segunda via", "body": "Quero a segunda via.", "priority": 3,
                 "submitter_email": "josefa@example.com"}  # fmt: skip

        def form() -> None:
            filled = PublicTicketForm(data=asked)
            if not filled.is_valid():
                raise SystemExit(filled.errors.as_json())
            filled.save(None)

        def row() -> None:
            Ticket.objects.create(queue=queue, title="Segunda via", submitter_email="josefa@example.com")

        told = {"form": timed(form, count), "row": timed(row, count)}
        if Ticket.objects.count() != 2 * (count + 1):
            raise SystemExit("tickets are missing")
        print(json.dumps(told))


def timed(work: Callable[[], None], count: int) -> list[float]:
    """Milliseconds of each of `count` runs, after one that loads what is loaded once."""
    work()
    spent = []
    for _ in range(count):
        began = time.perf_counter()
        work()
        spent.append((time.perf_counter() - began) * 1000)
    return spent


if __name__ == "__main__":
    main(int(sys.argv[1]))
