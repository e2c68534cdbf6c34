import pytest

from emdia.errors import Rejected
from emdia.protocols.answers import Answer, Outcome, check, pending_words, plain

CLAUSE = "Cláusula 14, item 3, do contrato: reajuste anual pelo índice divulgado pela ANS."


@pytest.mark.parametrize(
    "text",
    [
        "A mensalidade de outubro foi recalculada e o novo boleto de R$ 812,40 vence em 10/12/2026.",
        "Sim, seu plano cobre o procedimento. A autorização já foi emitida e vale até 24/12/2026.",
        "Analisamos sua contestação: o valor cobrado está correto, pois inclui o reajuste de maio.",
        "O cancelamento foi feito hoje, 25/11/2026, e não haverá novas cobranças.",
    ],
)
def test_an_answer_that_says_yes_or_no_closes(text):
    check(Answer(Outcome.INFORMED, text))


@pytest.mark.parametrize(
    "text",
    [
        "Seu pedido está em análise pela área responsável.",
        "SEU PEDIDO ESTÁ EM ANALISE.",
        "A solicitação encontra-se em processamento no sistema.",
        "Sua conta segue em auditoria médica neste momento.",
        "Aguarde, em breve retornaremos com uma posição.",
        "Estamos aguardando o retorno da rede credenciada.",
        "O caso foi encaminhado ao setor financeiro para as providências.",
        "Sua demanda será analisada pela equipe técnica.",
        "O pedido está em fase de avaliação pela auditoria.",
        "Continua  em \n tramitação na área competente.",
        "Ainda pendente de documentos da clínica.",
        "Sem previsão de conclusão no momento, pedimos desculpas.",
        "O prazo de análise é de sete dias úteis.",
    ],
)
def test_what_only_tells_that_it_goes_on_is_no_answer(text):
    with pytest.raises(Rejected) as refused:
        check(Answer(Outcome.INFORMED, text))
    assert refused.value.code == "answer-not-conclusive"
    assert refused.value.params["words"]


@pytest.mark.parametrize("text", ["", "ok", "Resolvido.", "   vide sistema     "])
def test_too_little_explains_nothing(text):
    with pytest.raises(Rejected, match="answer-too-short"):
        check(Answer(Outcome.GRANTED, text))


@pytest.mark.parametrize("outcome", [Outcome.DENIED, Outcome.PARTLY])
def test_a_denial_names_what_it_rests_on(outcome):
    text = "O desconto pedido não pode ser concedido, porque o contrato não o prevê."
    with pytest.raises(Rejected) as refused:
        check(Answer(outcome, text))
    assert (refused.value.code, refused.value.pointer) == ("answer-basis-missing", "/basis")
    check(Answer(outcome, text, CLAUSE))


def test_words_are_read_without_case_accents_or_breaks():
    assert plain("  EM\n ANÁLISE ") == "em analise"
    assert list(pending_words("em análise e depois em auditoria")) == ["em analise", "em auditoria"]


def test_words_that_only_look_alike_are_free():
    assert not list(pending_words("O exame de análises clínicas foi coberto. A auditoria terminou e aprovou."))
