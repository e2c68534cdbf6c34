"""messages.ports.Sender: one attempt, one outcome a mail, and never more certainty than there is."""

import pytest

from emdia.aws.clients import send_client
from emdia.aws.mailer import SesMailer
from emdia.messages.ports import Mail, Outcome, Sent
from tests.fakes.faults import client_error, closed, read_timeout, throttling, unavailable, unreachable
from tests.fakes.house import ANS, CONFIGURATION_SET, House

SENDER = "cobranca@operadora.example"


def mail(n: int = 0, **more: str) -> Mail:
    fields = {
        "ref": f"{ANS}-{n:032x}-{n:032x}",
        "sender": SENDER,
        "to": f"pessoa{n}@caixa.example",
        "subject": "Sua mensalidade “venceu”",
        "text": "Olá,\r\nseu plano & você",
        "html": '<p class="a">Olá &amp; bem-vinda {{não é um campo}}</p>',
        "unsubscribe_url": "https://avisos.example/u/tok",
    }
    return Mail(**(fields | more))


def answered(code: str, status: int):
    return lambda operation: client_error(code, operation, status)


@pytest.fixture
def memory():
    return House()


def test_a_mail_arrives_as_it_was_written(memory):
    (sent,) = memory.mailer.send([mail()])
    (arrived,) = memory.ses.mailbox
    assert sent == Sent(Outcome.ACCEPTED, provider_id=arrived.message_id)
    assert (arrived.subject, arrived.text, arrived.html) == (mail().subject, mail().text, mail().html)
    assert (arrived.sender, arrived.to, arrived.ref) == (mail().sender, mail().to, mail().ref)
    assert arrived.headers == {
        "List-Unsubscribe": "<https://avisos.example/u/tok>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_a_group_is_one_request_and_answers_in_order(memory):
    memory.ses.status_of = lambda to: "MESSAGE_REJECTED" if to.startswith("pessoa3@") else "SUCCESS"
    sent = memory.mailer.send([mail(n) for n in range(25)])
    assert [one.outcome for one in sent] == [Outcome.REJECTED if n == 3 else Outcome.ACCEPTED for n in range(25)]
    by_ref = {arrived.ref: arrived.message_id for arrived in memory.ses.mailbox}
    assert all(one.provider_id == by_ref[mail(n).ref] for n, one in enumerate(sent) if n != 3)
    assert memory.faults.requests["ses", "SendBulkEmail"] == 1


def test_senders_and_sizes_split_a_group(memory):
    other = mail(3, sender="avisos@outra.example")
    large = mail(4, html="x" * 300_000)
    mails = [mail(0), mail(1), other, large, *(mail(n) for n in range(5, 62))]
    sent = memory.mailer.send(mails)
    assert [one.outcome for one in sent] == [Outcome.ACCEPTED] * len(mails)
    assert [arrived.ref for arrived in memory.ses.mailbox] == [one.ref for one in mails]
    assert memory.faults.requests["ses", "SendEmail"] == 1
    assert memory.faults.requests["ses", "SendBulkEmail"] == 4


def test_nothing_to_send_asks_nothing(memory):
    assert memory.mailer.send([]) == []
    assert memory.faults.total == 0


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("ACCOUNT_THROTTLED", Outcome.THROTTLED),
        ("ACCOUNT_DAILY_QUOTA_EXCEEDED", Outcome.THROTTLED),
        ("ACCOUNT_SENDING_PAUSED", Outcome.BROKEN),
        ("CONFIGURATION_SET_SENDING_PAUSED", Outcome.BROKEN),
        ("MESSAGE_REJECTED", Outcome.REJECTED),
        ("INVALID_PARAMETER", Outcome.REJECTED),
        ("MAIL_FROM_DOMAIN_NOT_VERIFIED", Outcome.BROKEN),
        ("CONFIGURATION_SET_NOT_FOUND", Outcome.BROKEN),
        ("TRANSIENT_FAILURE", Outcome.MAYBE),
        ("FAILED", Outcome.MAYBE),
        ("A_STATUS_OF_NEXT_YEAR", Outcome.MAYBE),
    ],
)
def test_an_entry_s_status(memory, status, outcome):
    memory.ses.status_of = lambda _: status
    (sent,) = memory.mailer.send([mail()])
    assert sent == Sent(outcome, reason=status)


@pytest.mark.parametrize("operation", ["SendBulkEmail", "SendEmail"])
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (unreachable, Outcome.NOT_SENT),
        (throttling, Outcome.THROTTLED),
        (answered("TooManyRequestsException", 429), Outcome.THROTTLED),
        (answered("SendingPausedException", 400), Outcome.BROKEN),
        (answered("ExpiredTokenException", 403), Outcome.BROKEN),
        (answered("MailFromDomainNotVerifiedException", 400), Outcome.BROKEN),
        (answered("NotFoundException", 404), Outcome.BROKEN),
        (closed, Outcome.MAYBE),
        (read_timeout, Outcome.MAYBE),
        (unavailable, Outcome.MAYBE),
        (answered("502", 502), Outcome.MAYBE),
    ],
)
def test_a_request_that_failed_is_one_outcome_for_all_and_no_second_attempt(memory, operation, error, outcome):
    mails = [mail(0), mail(1)] if operation == "SendBulkEmail" else [mail(0, html="x" * 300_000)]
    memory.faults.fail(operation, error=error)
    sent = memory.mailer.send(mails)
    assert [one.outcome for one in sent] == [outcome] * len(mails)
    assert all(mail().to not in one.reason for one in sent)
    assert memory.faults.requests["ses", operation] == 1


def test_a_request_refused_whole_is_asked_again_mail_by_mail(memory):
    memory.faults.fail("SendBulkEmail", error=answered("BadRequestException", 400))
    memory.faults.fail("SendBulkEmail", call=3, error=answered("BadRequestException", 400))
    sent = memory.mailer.send([mail(0), mail(1), mail(2)])
    assert [one.outcome for one in sent] == [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.ACCEPTED]
    assert len(memory.ses.mailbox) == 2


def test_accepted_but_never_answered_is_maybe_and_one_mail(memory):
    memory.faults.fail("SendBulkEmail", landed=True, error=read_timeout)
    (sent,) = memory.mailer.send([mail()])
    assert sent.outcome is Outcome.MAYBE
    assert len(memory.ses.mailbox) == 1


def test_results_that_do_not_fit_the_mails_prove_nothing():
    class Short:
        def send_bulk_email(self, **_):
            return {"BulkEmailEntryResults": [{"Status": "SUCCESS", "MessageId": "m"}]}

    sent = SesMailer(Short(), CONFIGURATION_SET).send([mail(0), mail(1)])
    assert [one.outcome for one in sent] == [Outcome.MAYBE, Outcome.MAYBE]


@pytest.mark.parametrize("size", [1, 300_000])
def test_the_real_client_takes_the_shape_of_our_requests(monkeypatch, size):
    """Parameter validation is on in the client that sends: what it refuses never leaves. A closed port answers."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", "http://127.0.0.1:9")
    (sent,) = SesMailer(send_client("sesv2"), CONFIGURATION_SET).send([mail(html="x" * size)])
    assert sent == Sent(Outcome.NOT_SENT, reason="EndpointConnectionError")
