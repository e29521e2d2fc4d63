"""A page of our own around the part that a test is about."""

from __future__ import annotations

from subtext.intake.extraction.extractor import extract_page

FIRST = (
    "Orlan Freight met its creditors on Monday. The talks lasted three hours, and nobody who came "
    "out of the room at the "
    "harbour office would say what had been agreed."
)
LAST = (
    "The company declined to comment. Talks resume on Thursday at the same place, and the bank has said that it will "
    "send two of its people."
)


def article_page(part: str, *, lang: str = "en", title: str = "Orlan Freight meets creditors") -> str:
    """Return a page whose article holds the part between two paragraphs."""
    return (
        f"<!doctype html><html lang={lang}><head><title>{title}</title></head><body><main><article><h1>{title}</h1>"
        f"<p>{FIRST}</p>{part}<p>{LAST}</p></article></main></body></html>"
    )


def read_part(part: str, *, lang: str = "en") -> list[str]:
    """Return the paragraphs that an extraction makes of the part."""
    paragraphs = extract_page(article_page(part, lang=lang), None).text.split("\n\n")
    return paragraphs[paragraphs.index(FIRST) + 1 : paragraphs.index(LAST)]
