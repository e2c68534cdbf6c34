"""The linter of texts: ours pass, and each way to be wrong has its code, its line and what to do."""

import re
import shutil

import pytest

from emdia.compliance.approval import Matter
from emdia.errors import Rejected
from emdia.messages import engine, readability, render, texts
from emdia.messages.lint import errors, lint
from emdia.messages.samples import samples, samples_of
from emdia.messages.texts import text_of
from emdia.portfolio.contract import Channel
from emdia.web.previews import preview
from emdia.workflows.approvals import chosen


@pytest.mark.parametrize("text", list(texts.texts()), ids=lambda one: f"{one.id}@{one.version}")
def test_every_text_of_ours_passes(text):
    assert lint(text) == ()


@pytest.fixture
def edit(tmp_path, monkeypatch):
    """A copy of our texts to spoil; answers the findings of the spoiled text."""
    shutil.copytree(texts.ROOT, tmp_path / "t")
    monkeypatch.setattr(texts, "ROOT", tmp_path / "t")

    def forget():
        for cached in (text_of, engine.part, engine.environment):
            cached.cache_clear()

    def spoil(path, old, new, channel=None, name="atraso"):
        forget()
        file = tmp_path / "t" / path
        told = file.read_text(encoding="utf-8")
        assert old in told
        file.write_text(told.replace(old, new, 1), encoding="utf-8")
        return lint(text_of(name, channel or Channel(re.match(r"\w+", file.name)[0])))

    yield spoil
    forget()


OPENING = "atraso/1/email.opening.txt"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Pague sob pena de perder a cobertura.", "threat"),
        ("Seu nome será negativado.", "threat"),
        ("Seu nome será negativado.", "untrue"),
        ("Vamos levar ao SPC.", "threat"),
        ("Evite o protesto.", "threat"),
        ("Não seja um devedor.", "shame"),
        ("Que vergonha.", "shame"),
        ("Última chance!", "untrue"),
        ("Seu contrato será cancelado.", "untrue"),
        ("Sua cirurgia está marcada.", "health"),
        ("Depois da internação, pague.", "health"),
        ("O seu exame espera.", "health"),
    ],
)
def test_words_that_must_not_stand_in_a_text(edit, said, code):
    found = edit(OPENING, "Até ", f"{said}\nAté ")
    (one,) = [f for f in found if f.code == code]
    assert (one.path, one.line) == (OPENING, 1)
    assert one.do
    assert errors(found)


def test_a_word_is_found_where_it_stands_in_a_shared_part_too(edit):
    found = edit("partes/1/base.txt", "FALE CONOSCO", "FALE CONOSCO, DEVEDOR", Channel.EMAIL)
    (one,) = [f for f in found if f.code == "shame"]
    told = (texts.ROOT / one.path).read_text(encoding="utf-8").splitlines()
    assert "DEVEDOR" in told[one.line - 1]


@pytest.mark.parametrize(
    ("path", "old", "code", "channel"),
    [
        ("partes/1/base.txt", "CNPJ {{ v.operator.cnpj }} | ", "missing-supplier-cnpj", Channel.EMAIL),
        ("partes/1/base.txt", "{{ v.operator.address }}", "missing-supplier-address", Channel.EMAIL),
        ("partes/1/base.txt", "{{ v.unsubscribe_url }}", "missing-opt-out", Channel.EMAIL),
        ("partes/1/base.txt", "  Multa por atraso: {{ item.owed.multa | brl }}\n", None, Channel.EMAIL),
        ("partes/1/base.txt", "Multa por atraso: {{ item.owed.multa | brl }}\n", "missing-itemised", Channel.EMAIL),
        ("partes/1/letter.txt", "Multa por atraso: {{ item.owed.multa | brl }}\n", "missing-itemised", Channel.LETTER),
        ("partes/1/letter.txt", "Para não receber mais cartas", "missing-opt-out", Channel.LETTER),
        ("partes/1/sms.txt", "Parar: SAIR", "missing-opt-out", Channel.SMS),
        ("partes/1/sms.txt", "CNPJ {{ v.operator.cnpj_bare }}", "missing-supplier-cnpj", Channel.SMS),
        ("partes/1/sms.txt", "{{ v.page_url }} ", "missing-page", Channel.SMS),
        ("atraso/1/whatsapp.txt", "CNPJ {{3}}, {{4}}", "missing-supplier-address", Channel.WHATSAPP),
        ("atraso/1/whatsapp.txt", "*{{8}}*", "missing-total", Channel.WHATSAPP),
        ("atraso/1/whatsapp.txt", ", responda SAIR. Isso", "missing-opt-out", Channel.WHATSAPP),
    ],
)
def test_what_the_law_asks_for_must_be_there(edit, path, old, code, channel):
    codes = {one.code for one in edit(path, old, "", channel)}
    assert code in codes if code else "missing-itemised" not in codes


@pytest.mark.parametrize(
    ("path", "old", "new", "code"),
    [
        ("atraso/1/email.txt", '"today", ', "", "variable-undeclared"),
        ("atraso/1/email.txt", '"today", ', '"today", "page_url", ', "variable-unused"),
        (OPENING, "{{ v.today }}", "{{ v.tomorrow }}", "variable-unknown"),
        (OPENING, "{{ v.today }}", "{% if %}", "not-rendered"),
        ("atraso/1/whatsapp.txt", "{{8}}", "{{9}}", "holes"),
        ("atraso/1/whatsapp.txt", "Olá, {{1}}", "{{1}}", "holes"),
        ("atraso/1/whatsapp.txt", 'button = "Ver e pagar"', f'button = "{"x" * 26}"', "length"),
        ("atraso/1/whatsapp.txt", "O botão abaixo", "O botão abaixo " * 40, "length"),
        ("atraso/1/whatsapp.txt", 'category = "utility"', 'category = "authentication"', "category-unknown"),
        ("atraso/1/sms.txt", "{% include", "Mensagem da sua operadora de plano: {% include", "length"),
        ("atraso/1/email.subject.txt", "{% include", "Sua dívida {% include", "subject-shows-debt"),
        ("atraso/1/email.subject.txt", "{% include", "Informações da sua operadora de planos {% include", "length"),
    ],
)  # fmt: skip
def test_other_faults(edit, path, old, new, code):
    found = edit(path, old, new)
    assert code in {one.code for one in found}
    assert all(one.do and one.line >= 1 for one in found)


BODY, SMS_BODY, WHATSAPP = "partes/1/base.txt", "partes/1/sms.txt", "atraso/1/whatsapp.txt"


@pytest.mark.parametrize(
    ("path", "old", "new", "name", "channel"),
    [
        # A filter must not hide which name is wrong.
        (OPENING, "{{ v.today }}", "{{ v.tomorrow | brl }}", "tomorrow", Channel.EMAIL),
        (OPENING, "{{ v.today }}", "{{ v.tomorrow | months }}", "tomorrow", Channel.EMAIL),
        (OPENING, "{{ v.today }}", "{{ tomorrow }}", "tomorrow", Channel.EMAIL),
        (OPENING, "{{ v.today }}", "{{ v.operator.fax | brl }}", "operator.fax", Channel.EMAIL),
        (OPENING, "{{ v.today }}", "{{ v['fax'] }}", "fax", Channel.EMAIL),
        (OPENING, "{{ v.today }}", "{% if v.late > 99 %}{{ v.never }}{% endif %}", "never", Channel.EMAIL),
        (OPENING, "{{ v.today }}", "{% if v.late > 99 %}{{ nobody.here }}{% endif %}", "nobody", Channel.EMAIL),
        (OPENING, "{{ v.today }}", "{% for i in v.items %}{{ i.owed.fine }}{% endfor %}", "i.owed.fine", Channel.EMAIL),
        (BODY, "{{ item.owed.multa | brl }}", "{{ item.owed.fine | brl }}", "item.owed.fine", Channel.EMAIL),
        (SMS_BODY, "{{ v.page_url }}", "{{ v.pageurl }}", "pageurl", Channel.SMS),
        (WHATSAPP, "{{ v.total | brl }}", "{{ v.totl | brl }}", "totl", Channel.WHATSAPP),
        (WHATSAPP, "{{ v.total | brl }}", "{{ totl | brl }}", "totl", Channel.WHATSAPP),
    ],
)
def test_a_datum_that_does_not_exist_is_told_once_by_name_file_and_line(edit, path, old, new, name, channel):
    found = edit(path, old, new, channel)
    assert errors(found)
    (one,) = [f for f in found if f.code == "variable-unknown"]
    assert (one.path, one.do) == (path, f"Não existe o dado “{name}”.")
    assert new in (texts.ROOT / path).read_text(encoding="utf-8").splitlines()[one.line - 1]
    assert not [f for f in found if f.code == "not-rendered"]


@pytest.mark.parametrize(
    "new",
    ["{{ v.today | nofilter }}", "{{ v.total / 0 }}", "{{ v.today + 1 }}", "{{ v.plan | brl }}",
     "{{ v.items[99].due }}", "{{ v.today.__class__ }}", "{% if %}", "{{ range(9**9) }}"],
)  # fmt: skip
def test_an_expression_that_cannot_be_is_told_where_it_stands(edit, new):
    found = edit(OPENING, "{{ v.today }}", new)
    (one,) = [f for f in found if f.code in ("not-rendered", "variable-unknown")]
    assert (one.path, one.line) == (OPENING, 1)
    assert errors(found)


def test_a_text_without_end_is_no_message(edit):
    assert "not-rendered" in {one.code for one in edit(OPENING, "{{ v.today }}", "{{ 'a' * 2_000_000 }}")}


def test_a_text_that_includes_itself_is_no_message(edit):
    assert "not-rendered" in {one.code for one in edit(OPENING, "{{ v.today }}", f"{{% include '{OPENING}' %}}")}


@pytest.mark.parametrize("hole", ["{{88}}", "{{0}}"])
def test_a_hole_that_no_parameter_fills_is_no_message(edit, hole):
    codes = {one.code for one in edit(WHATSAPP, "{{8}}", hole)}
    assert {"holes", "not-rendered"} <= codes


@pytest.mark.parametrize(
    ("old", "new", "members"),
    [
        ("purpose =", "purpse =", "purpose, purpse"),
        ('channel = "email"', 'channel = "sms"', "channel"),
        ('variables = ["', 'variables = [["a"], "', "variables"),
        ('norm = "CDC arts. 42 e 42-A"', 'norm = " "', "norm"),
        ("purpose =", "purpose", "TOML"),
    ],
)
def test_a_head_that_is_wrong_is_told_with_its_file_and_members(edit, old, new, members):
    with pytest.raises(Rejected, match="template-head") as refused:
        edit("atraso/1/email.txt", old, new)
    assert refused.value.params == {"at": "atraso/1/email.txt", "members": members}


def test_a_part_that_is_not_there_is_told_by_name(edit):
    with pytest.raises(Rejected, match="template-invalid") as refused:
        edit(OPENING, "{{ v.today }}", "{% include 'partes/1/nobody.txt' %}")
    assert refused.value.params == {"template": "atraso", "at": "partes/1/nobody.txt"}


def test_the_command_line_says_it_in_clear_words(edit, capsys):
    from emdia.cli.__main__ import main

    edit(OPENING, "{{ v.today }}", "{{ v.tomorrow | brl }}")
    for asked in (["lint", "atraso/email"], ["preview", "atraso", "--channel", "email"]):
        assert main(["words", *asked]) == 1
    told = capsys.readouterr().err
    assert f"{OPENING}:1: erro variable-unknown: Não existe o dado “tomorrow”." in told
    assert f"O texto atraso usa um dado que não existe: “tomorrow”, em {OPENING}:1. [template-undefined]" in told


def test_marketing_is_lawful_and_its_cost_is_told(edit):
    found = edit("atraso/1/whatsapp.txt", 'category = "utility"', 'category = "marketing"')
    (one,) = found
    assert (one.code, one.warning) == ("category-marketing", True)
    assert "US$ 0,0625" in one.do
    assert not errors(found)


def test_long_sentences_of_long_words_are_hard_to_read(edit):
    hard = (
        "Considerando a indisponibilidade momentânea da correspondente contraprestação pecuniária contratualmente "
        "estabelecida, comunicamos formalmente a impossibilidade de identificação da respectiva compensação. "
    ) * 6
    assert "hard-to-read" in {one.code for one in edit(OPENING, "Até ", f"{hard}Até ")}


def test_the_index_of_texts_of_ours_is_that_of_easy_ones():
    """Martins et al. 1996: easy from 50. A text too short to say has none."""
    for text in texts.texts():
        for view in samples_of(text.name).values():
            index = readability.index(render.render(text.name, text.channel, view).text)
            assert index is None if text.channel is Channel.SMS else index > 60


def test_a_faulty_text_is_not_even_submitted(edit):
    edit(OPENING, "Até ", "Última chance. Até ")
    (thing,) = chosen("atraso/email", Matter.WORDS, 2026)
    with pytest.raises(Rejected, match="words-lint"):
        thing.check()


def test_a_preview_shows_every_sample_and_escapes_it():
    text = text_of("atraso", Channel.EMAIL)
    made = {name: render.render("atraso", Channel.EMAIL, view) for name, view in samples().items()}
    page = preview(text, made, ())
    for name in samples():
        assert f'title="{name}"' in page
    assert text.digest in page
    assert page.count("<html") == 1
