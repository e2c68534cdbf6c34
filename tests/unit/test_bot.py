"""The bot on replies as people write them, and what follows from each."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emdia.messages import gsm7
from emdia.messages.bot.converse import Effect, Heard, State, Waiting, converse
from emdia.messages.bot.script import script
from emdia.messages.bot.understand import meanings, words_of
from emdia.messages.bot.words import SAMPLE, answer_words, too_long
from emdia.portfolio.contract import Channel
from emdia.protocols.answers import Answer, Outcome, check

SEEDED = settings(derandomize=True, deadline=None, database=None, max_examples=200)
SCRIPT = script()
CORPUS = [
    line.split("\t")
    for line in (Path(__file__).parents[1] / "vectors/replies.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def turn(text, state=State(), *, media=False, notice_open=False, known=True):  # noqa: B008  frozen
    return converse(Heard(text, media), state, SCRIPT, notice_open=notice_open, known=known)


def test_there_are_replies_enough_and_none_twice():
    assert len(CORPUS) >= 150
    assert len({text for text, _ in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize(("text", "meant"), CORPUS, ids=[text for text, _ in CORPUS])
def test_a_reply_means_what_its_writer_meant(text, meant):
    assert set(meanings(text, SCRIPT)) == (set() if meant == "-" else set(meant.split(",")))


def test_the_number_comes_first_whatever_was_said():
    for text, _ in CORPUS:
        for known in (True, False):
            assert turn(text, known=known).replies[0] == "numero"


def test_every_answer_is_written_in_the_script():
    for text, _ in CORPUS:
        for notice_open in (True, False):
            assert set(turn(text, notice_open=notice_open).replies) <= set(SCRIPT.replies)


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("SAIR", Effect.OPT_OUT),
        ("não sou eu", Effect.WRONG_PERSON),
        ("já paguei", Effect.SAYS_PAID),
        ("não devo nada", Effect.DISPUTE),
        ("o titular morreu", Effect.DEATH),
        ("fale com meu advogado", Effect.LAWYER),
    ],
)
def test_what_protects_a_person_takes_effect_at_once(text, effect):
    assert effect in turn(text).effects


def test_several_wishes_protect_first_and_go_to_a_person():
    said = turn("já paguei e não quero mais receber mensagem")
    assert said.effects == (Effect.OPT_OUT, Effect.SAYS_PAID, Effect.HAND_OVER)


def test_what_the_bot_can_settle_needs_no_person():
    for text in ("SAIR", "já paguei", "segunda via", "não sou eu"):
        assert Effect.HAND_OVER not in turn(text).effects


@pytest.mark.parametrize(
    "text", ["quero parcelar", "o valor está errado", "estou internada", "atendente", "que palhaçada"]
)
def test_what_it_cannot_settle_goes_to_a_person(text):
    assert Effect.HAND_OVER in turn(text).effects


def test_nobody_is_trapped_in_the_menu():
    first = turn("vou ver")
    assert (first.replies, first.effects) == (("numero", "nao_entendi", "menu"), ())
    second = turn("hein", first.state)
    assert second.effects == (Effect.HAND_OVER,)
    greeting = turn("oi")
    assert greeting.state.waiting is Waiting.CHOICE
    assert turn("oi", greeting.state).effects == (Effect.HAND_OVER,)


def test_an_option_of_the_menu_means_itself():
    menu = turn("vou ver").state
    assert turn("2", menu).effects == (Effect.SAYS_PAID,)
    assert turn("9", menu).effects == (Effect.HAND_OVER,)


class TestAwareness:
    """RN 593 art. 8: SMS and messages prove a notice only when the person answers that they know."""

    def test_a_clear_word_is_the_proof(self):
        assert turn("estou ciente", notice_open=True).effects == (Effect.AWARE,)

    def test_no_proof_where_no_notice_waits(self):
        assert turn("estou ciente").effects == ()

    @pytest.mark.parametrize("text", ["ok", "sim", "👍", "não recebi nada", "não entendi", "oi"])
    def test_less_than_a_clear_word_is_none(self, text):
        assert Effect.AWARE not in turn(text, notice_open=True).effects

    def test_a_question_of_ours_makes_a_yes_clear(self):
        asked = turn("recebido, obrigado", notice_open=True)
        assert asked.replies == ("numero", "confirma")
        assert turn("sim", asked.state, notice_open=True).effects == (Effect.AWARE,)
        assert turn("não", asked.state, notice_open=True).effects == ()

    @pytest.mark.parametrize(
        "text",
        [
            "recebi o quê?",
            "ciente de quê?",
            "ontem à tarde eu recebi uma mensagem de vocês aqui no celular",
        ],
    )
    def test_a_question_and_a_long_story_are_asked_about(self, text):
        said = turn(text, notice_open=True)
        assert (said.effects, said.replies) == ((), ("numero", "confirma"))

    @pytest.mark.parametrize(
        ("text", "effects"),
        [
            ("isso já foi pago", (Effect.SAYS_PAID,)),
            ("certo, já paguei", (Effect.SAYS_PAID,)),
            ("ok, SAIR", (Effect.OPT_OUT,)),
            ("sim mas não sou eu", (Effect.WRONG_PERSON,)),
            ("isso é golpe", (Effect.HAND_OVER,)),
            ("certo?", ()),
        ],
    )
    def test_a_yes_that_says_something_else_proves_nothing_and_is_heard(self, text, effects):
        assert turn(text, State(Waiting.CONFIRMATION), notice_open=True).effects == effects

    def test_a_wish_beside_it_is_heard_and_the_word_asked_for_again(self):
        said = turn("ciente, mas quero parcelar", notice_open=True)
        assert Effect.AWARE not in said.effects
        assert Effect.HAND_OVER in said.effects


class TestStranger:
    """A number that is nobody's, or several people's."""

    @pytest.mark.parametrize("text", ["segunda via", "já paguei", "quanto devo?", "estou ciente", "oi", "?"])
    def test_nothing_is_revealed(self, text):
        said = turn(text, known=False, notice_open=True)
        assert said.replies == ("numero", "quem_e")
        assert said.effects == (Effect.HAND_OVER,)

    def test_anybody_may_stop_the_messages(self):
        assert turn("SAIR", known=False).effects == (Effect.OPT_OUT,)
        assert turn("número errado", known=False).effects == (Effect.WRONG_PERSON,)


def test_media_go_to_a_person():
    assert turn("", media=True).effects == (Effect.HAND_OVER,)
    assert turn("<áudio omitido>") == turn("[áudio]") != turn("hein")
    assert turn("<áudio omitido>").effects == (Effect.HAND_OVER,)
    said = turn("segue comprovante", media=True)
    assert said.effects == (Effect.SAYS_PAID, Effect.HAND_OVER)


def test_a_very_long_message_is_read_by_a_person():
    assert turn("já paguei " * 100).effects == (Effect.HAND_OVER,)


def test_slips_and_short_forms():
    assert words_of("PAGAMETNO efetuadoo, naum recebi o blto", SCRIPT) == (
        *("pagamento", "efetuado", "nao", "recebi", "o", "boleto"),
    )


@SEEDED
@given(
    st.text(max_size=700),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(list(Waiting)),
    st.integers(0, 3),
)
def test_no_text_breaks_it_and_everything_gets_an_answer(text, media, notice_open, known, waiting, misses):
    said = turn(text, State(waiting, misses), media=media, notice_open=notice_open, known=known)
    assert said.replies[0] == "numero"
    assert len(said.replies) > 1


@SEEDED
@given(
    st.sampled_from([text for text, meant in CORPUS if "parar" in meant.split(",")]),
    st.text(alphabet="áéí !?.😀", max_size=8),
)
def test_an_opt_out_is_never_missed_for_ornament(text, ornament):
    assert Effect.OPT_OUT in turn(f"{ornament} {text} {ornament}").effects or text.strip().endswith("7")


def test_answers_say_no_more_than_they_may():
    for name, text in SCRIPT.replies.items():
        assert len(text) <= 400, name
        assert not {"internad", "hospital", "cirurgia", "diagn"} & set(text.lower().split())
        assert text[-1] in ".!?}", name


def test_every_answer_fits_one_sms_and_those_that_settle_a_matter_are_conclusive():
    assert too_long(SCRIPT) == ()
    asks = {"numero", "menu", "confirma", "nao_entendi", "midia", "quem_e", "saudacao"}
    settling = SCRIPT.replies.keys() - SCRIPT.people - asks
    assert "ja_paguei" in settling
    for name in settling:
        for channel in (Channel.WHATSAPP, Channel.SMS):
            check(Answer(Outcome.INFORMED, answer_words(("numero", name), SAMPLE, channel, SCRIPT)))


def test_an_sms_says_the_number_and_as_many_answers_as_it_has_room_for():
    said = answer_words(("numero", "ja_paguei", "contestar", "humano"), SAMPLE, Channel.SMS, SCRIPT)
    assert said.startswith("Protocolo 99999999999999999999. Obrigado por avisar.")
    assert gsm7.fits(said)
