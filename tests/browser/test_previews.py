"""The page on which legal and the committee read a text before they approve it."""

import pytest

from emdia.messages.lint import lint
from emdia.messages.render import render
from emdia.messages.samples import samples
from emdia.messages.texts import text_of
from emdia.portfolio.contract import Channel
from emdia.web.previews import preview
from tests.browser.conftest import overflow


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("channel", list(Channel))
def test_every_sample_is_whole_on_a_phone_and_on_a_desk(open_page, channel, width):
    text = text_of("atraso", channel)
    made = {name: render("atraso", channel, view) for name, view in samples().items()}
    page = open_page("about:blank", width)
    page.set_content(preview(text, made, lint(text)))
    assert overflow(page) == 0
    assert page.locator("section").count() == len(made)
    if channel is Channel.EMAIL:
        frame = page.frame_locator("iframe").first
        assert frame.locator("h1").inner_text() == "Mensalidade em aberto"
        widths = page.locator("iframe").evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
        assert min(widths) >= min(width - 40, 300)
