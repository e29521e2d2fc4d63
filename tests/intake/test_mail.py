from __future__ import annotations

from email.message import EmailMessage

import pytest

from subtext.intake.limits import ExtractLimits, IntakeLimits
from subtext.intake.loader import ArticleLoader
from subtext.intake.mail import parse_mail

BODY = "The chairman’s plea: “one more month”.\n\n> Orlan is begging.\n"


def mail(body: str = BODY, *, html: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ida Lünd <ida@gazette.example>"
    message["To"] = "desk@gazette.example"
    message["Subject"] = "Fähre: Orlan begs"
    message["Date"] = "Tue, 03 Mar 2026 09:12:00 +0100"
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    return message


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
async def test_a_mails_source_is_read_decoded(encoding: str) -> None:
    message = mail()
    message.set_content(BODY, cte=encoding)
    async with ArticleLoader() as loader:
        article = await loader.from_text(message.as_string())
    assert article.text == f"Fähre: Orlan begs\n\n{BODY}"
    assert article.normalisation == ("mail_decoded", "title_prepended")
    assert (article.title, article.byline, article.published_at) == ("Fähre: Orlan begs", "Ida Lünd", "2026-03-03")
    assert article.source.kind == "text"


async def test_the_plain_part_comes_before_the_page_and_a_callers_title_wins() -> None:
    source = mail(html="<p>As a page.</p>").as_string()
    async with ArticleLoader() as loader:
        article = await loader.from_text(source, title="Third plea")
    assert article.text == f"Third plea\n\n{BODY}"


async def test_a_mail_that_is_a_page_is_extracted() -> None:
    message = mail()
    message.set_content(
        "<div>Orlan met its creditors on Monday.</div><blockquote>We are begging.</blockquote>", subtype="html"
    )
    async with ArticleLoader(IntakeLimits(extract=ExtractLimits(deadline_s=30.0))) as loader:
        article = await loader.from_text(message.as_string())
    assert article.text == "Fähre: Orlan begs\n\nOrlan met its creditors on Monday.\n\n“We are begging.”"
    assert article.normalisation[0] == "mail_decoded"


@pytest.mark.parametrize(
    "text",
    [
        "From: desk\nTo: newsroom\nSubject: Re: Orlan\n\nI read the statement.",
        "Words: and more words.\n\nMIME-Version: 1.0 is a header.",
        "A: b\nC: d\nContent-Type: text/plain; charset=klingon\n\ncaf\u00e9",
        "A: b\nC: d\nContent-Type: application/pdf\n\nJVBERi0=",
        "A: b\nC: d\nMIME-Version: 1.0\n\n \n",
        "",
    ],
    ids=["as a person sees it", "prose", "unknown charset", "no text", "no words", "empty"],
)
def test_what_is_no_mails_source_is_left_alone(text: str) -> None:
    assert parse_mail(text) is None
