"""Pages where a person follows their attendances. Phone first, no script, nothing from elsewhere."""

from collections.abc import Mapping
from html import escape

from emdia.errors import Rejected
from emdia.protocols.copy import Copy, facts_of, spoken
from emdia.protocols.protocol import Status
from emdia.protocols.views import Asked, Challenged, Listed, Shown
from emdia.web.pages import Page, document, fill, operator_name
from emdia.web.problems import status_of, title
from emdia.web.scores import scores

_TITLE = "Acompanhar atendimento"
_LANGUAGE = "pt-BR"


def track_page(view: Asked | Challenged | Listed | Shown) -> Page:
    """The page of one step."""
    match view:
        case Asked():
            return _asked(view)
        case Challenged():
            return _challenged(view)
        case Listed():
            return _listed(view)
        case Shown():
            return _shown(view)


def track_refusal(code: str) -> Page:
    """Where a visit cannot go on, by the code a program would be told."""
    said = {
        "try-later": "Não foi possível agora. Espere um minuto e tente de novo: repetir não causa nenhum problema.",
        "internal": "Falha nossa; a equipe foi avisada. Tente de novo mais tarde.",
        "token-invalid": "Por segurança, sua visita terminou. Comece de novo com o número do protocolo.",
    }
    text = said.get(code, title(Rejected(code), _LANGUAGE))
    body = f'<p role="alert">{escape(text)}</p><p><a href="">Começar de novo</a></p>'
    return Page(403 if code == "token-invalid" else status_of(code), document(_TITLE, body, None))


def copy_file(copy: Copy) -> tuple[bytes, Mapping[str, str]]:
    """The copy as PDF, and the headers of the answer that carries it."""
    from emdia.protocols.copy_page import draw  # noqa: PLC0415  only who downloads pays for the library

    return draw(copy), {
        "Content-Type": "application/pdf",
        "Content-Disposition": f'attachment; filename="protocolo-{copy.number}.pdf"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


def _asked(view: Asked) -> Page:
    problem = _alert(view.problem)
    invalid = ' aria-invalid="true"' if problem else ""
    described = "erro dica" if problem else "dica"
    body = fill("track_ask", problem=problem, typed=escape(view.typed), described=described, invalid=invalid)
    return Page(422 if problem else 200, document(_TITLE, body, None))


def _challenged(view: Challenged) -> Page:
    problem, described = "", ""
    if view.wrong:
        problem = '<p role="alert" id="erro">O código não confere ou já terminou. Confira, ou peça outro.</p>'
        described = ' aria-invalid="true" aria-describedby="erro"'
    body = fill("track_code", problem=problem, number=escape(view.number), described=described)
    return Page(422 if view.wrong else 200, document(_TITLE, body, None))


def _listed(view: Listed) -> Page:
    items = "".join(
        fill(
            "track_item",
            spoken=spoken(one.number),
            number=one.number,
            facts=_facts(facts_of(one, view.zone)),
            session=escape(view.session),
        )
        for one in view.protocols
    )
    problem = _alert(view.problem)
    invalid = ' aria-invalid="true" aria-describedby="erro"' if problem else ""
    asks = "Escreva o que você precisa. Você recebe o número do atendimento na hora."
    write = fill(
        "track_write", session=escape(view.session), asking=view.asking, protocol="", action="abrir", problem=problem,
        label="Enviar", typed=escape(view.typed), invalid=invalid, asks=asks,
    )  # fmt: skip
    count = "1 atendimento" if len(view.protocols) == 1 else f"{len(view.protocols)} atendimentos"
    body = fill("track_list", count=count, operator=operator_name(view.operator), items=items, write=write)
    return Page(422 if problem else 200, document("Seus atendimentos", body, view.operator))


def _shown(view: Shown) -> Page:
    copy, closed = view.copy, view.protocol.status is Status.CLOSED
    notice = f'<p role="status">{escape(view.done)}</p>' if view.done else _alert(view.problem)
    said = "".join(
        f'<h3>{escape(one.head)}</h3><div class="said">{escape(one.words)}'
        + (f"\n\n<strong>Fundamento:</strong> {escape(one.basis)}" if one.basis else "")
        + "</div>"
        for one in copy.said
    )
    words = (
        '<label for="texto">Por que pedir a reanálise?</label><textarea id="texto" name="texto" required '
        'maxlength="4000"></textarea>'
    )
    may_complain = closed and not view.protocol.stage
    body = fill(
        "track_one",
        notice=notice,
        facts=_facts(copy.facts),
        said=said or "<p>Ainda não há mensagens.</p>",
        complain="".join(f"<p>{escape(line)}</p>" for line in copy.complain),
        download=_action(view, "baixar", "Baixar em PDF"),
        mail=_action(view, "enviar", "Receber por e-mail", quiet=True) if view.mail else "",
        reanalysis=_section(
            "Não concorda?", _action(view, "reclamar", "Pedir reanálise à ouvidoria", words, quiet=True)
        )
        if may_complain
        else "",
        write=_section("Quer acrescentar algo?", _write(view)) if not closed else "",
        rating=_section("Como foi o atendimento?", _action(view, "avaliar", "Enviar a nota", scores(), quiet=True))
        if closed and not view.rated
        else "",
        session=escape(view.session),
    )
    return Page(200, document(f"Protocolo {copy.spoken}", body, view.operator))


def _section(heading: str, body: str) -> str:
    return f"<h2>{escape(heading)}</h2>{body}"


def _action(view: Shown, action: str, label: str, field: str = "", *, quiet: bool = False) -> str:
    return fill(
        "track_action",
        session=escape(view.session),
        number=view.protocol.number,
        action=action,
        field=field,
        label=escape(label),
        quiet=' class="quiet"' if quiet else "",
    )


def _write(view: Shown) -> str:
    protocol = f'<input type="hidden" name="protocolo" value="{view.protocol.number}">'
    return fill(
        "track_write", session=escape(view.session), asking=view.asking, protocol=protocol, action="escrever",
        problem="", label="Enviar mensagem", typed="", invalid="", asks="Sua mensagem, neste mesmo protocolo:",
    )  # fmt: skip


def _facts(told: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> str:
    return "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in told)


def _alert(problem: Rejected | None) -> str:
    return f'<p role="alert" id="erro">{escape(title(problem, _LANGUAGE))}</p>' if problem else ""
