from types import SimpleNamespace

from functions.send_message.handler import handle
from tests.fakes.house import EMAIL_QUEUE, PUBLIC_URL
from tests.functions.sqs import again, batch


def context(seconds=30):
    return SimpleNamespace(get_remaining_time_in_millis=lambda: seconds * 1000)


def queued(road, count):
    road.portfolio(count)
    road.climb()
    road.take()
    return batch(road.sqs.take(EMAIL_QUEUE, 100))


def test_a_mail_says_all_it_must(road):
    event = queued(road, 1)
    assert again(handle(event, context())) == []
    (mail,) = road.ses.mailbox
    assert mail.to == "pessoa1@caixa.example"
    # R$ 500,00 due 18/11, seven days late: 2 % once and 1 % a month pro rata die.
    for words in ("R$\xa0500,00", "R$\xa010,00", "R$\xa01,17", "R$\xa0511,17", "18/11/2026", "11.222.333/0001-81"):
        assert words in mail.text, words
        assert words in mail.html, words
    assert "Operadora Exemplo Saúde S.A." in mail.text
    assert mail.headers["List-Unsubscribe"].startswith(f"<{PUBLIC_URL}/u/")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "529.982.247-25" not in mail.html + mail.text


def test_no_time_left_gives_every_message_back(road):
    event = queued(road, 2)
    assert len(again(handle(event, context(seconds=5)))) == len(event["Records"])
    assert road.ses.mailbox == []


def test_nothing_of_a_person_reaches_the_log(road, capsys, caplog):
    road.ses.status_of = lambda _: "MESSAGE_REJECTED"
    handle(queued(road, 2), context())
    said = capsys.readouterr()
    for text in (said.out, said.err, caplog.text):
        assert "caixa.example" not in text
        assert "Pessoa" not in text
