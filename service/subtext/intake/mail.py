"""A mail as its source (RFC 5322 with MIME): its words are encoded there, and an offset into them would help nobody.

The text of such a mail is its decoded body; a mail that was copied as a person sees it stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parseaddr, parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from email.message import MIMEPart

_FIELD = r"[!-9;-~]{1,80}:[^\n]*\n(?:[ \t][^\n]*\n)*"
_HEADER = re.compile(rf"\s*(?P<header>(?:{_FIELD}){{3,200}})\r?\n")
_ENCODED = re.compile(r"^(?:MIME-Version|Content-Transfer-Encoding|Content-Type):", re.IGNORECASE | re.MULTILINE)
_HEADER_CHARS_MAX: Final = 100_000


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail's decoded body, with what its header says."""

    body: str
    is_html: bool
    subject: str | None = None
    sender: str | None = None
    sent_at: str | None = None


def parse_mail(text: str) -> Mail | None:
    """Return the mail that a text is the source of, or None if it is none, or one without words."""
    match = _HEADER.match(text[:_HEADER_CHARS_MAX])
    if match is None or _ENCODED.search(match["header"]) is None:
        return None
    # A late import: few texts are a mail's source, and its grammar takes a megabyte.
    from email import message_from_string, policy  # noqa: PLC0415

    message = message_from_string(text.lstrip(), policy=policy.default)
    part = message.get_body(preferencelist=("plain", "html"))
    body = None if part is None else _content(part)
    if part is None or body is None or not body.strip():
        return None
    name, address = parseaddr(str(message.get("From", "")))
    return Mail(
        body.replace("\r\n", "\n"),
        part.get_content_type() == "text/html",
        " ".join(str(message.get("Subject", "")).split()) or None,
        name or address or None,
        _date(message),
    )


def _content(part: MIMEPart) -> str | None:
    """Return a part's text; None if it is in a charset that nobody knows."""
    try:
        content = part.get_content()
    except (LookupError, ValueError):
        return None
    return content if isinstance(content, str) else None


def _date(message: MIMEPart) -> str | None:
    try:
        return parsedate_to_datetime(str(message["Date"])).date().isoformat()
    except ValueError:
        return None
