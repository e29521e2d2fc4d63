"""Read text files that are attached to a Slack message, with the token of the app."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp

from subtext.errors import RequestInvalid
from subtext.slack.message_text import ArticleReference

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_FILE_BYTES = 1_000_000
_TIMEOUT = aiohttp.ClientTimeout(total=15)
_CHUNK = 65_536
_HTML_TYPES = {"html", "xhtml", "quip", "canvas"}
_TEXT_TYPES = {"text", "markdown", "post", "space", "email", *_HTML_TYPES}
_TEXT_MODES = {"snippet", "post", "space", "email"}
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_INSTEAD = "paste the text, or send a link to the article"


@dataclass(frozen=True, slots=True)
class FileReader:
    """Download text files; `origins` are the addresses of Slack that may see the token."""

    origins: tuple[str, ...]

    async def read(self, file: Mapping[str, Any], token: str) -> ArticleReference:
        """Return the text in a file; raises `RequestInvalid` if it cannot be read."""
        if isinstance(file.get("plain_text"), str) and file["plain_text"].strip():
            return ArticleReference(text=file["plain_text"])
        url = str(file.get("url_private_download") or file.get("url_private") or "")
        if not url.startswith(self.origins):
            raise RequestInvalid(f"{_name(file)} is not stored by Slack, so I cannot read it: {_INSTEAD}")
        return _to_reference(file, await _download(url, token, file))


def is_text_file(file: Mapping[str, Any]) -> bool:
    """Return whether a file holds text, by what Slack says about it."""
    kind, mode, media_type = (str(file.get(name, "")) for name in ("filetype", "mode", "mimetype"))
    return kind in _TEXT_TYPES or mode in _TEXT_MODES or media_type.startswith("text/")


async def _download(url: str, token: str, file: Mapping[str, Any]) -> bytes:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(timeout=_TIMEOUT) as session,
        session.get(url, headers=headers, allow_redirects=False) as response,
    ):
        # Without the scope Slack answers with its sign-in page, or redirects to it.
        is_page = response.content_type == "text/html" and not _is_html(file)
        if response.status in {301, 302, 303, 307, 308, 401, 403} or is_page:
            raise RequestInvalid(
                f"Slack does not let me read {_name(file)}: add the scope files:read to the app and install it again, "
                f"or {_INSTEAD}"
            )
        if response.status != HTTPStatus.OK:
            raise RequestInvalid(
                f"Slack did not send {_name(file)} (status {response.status}): try again, or {_INSTEAD}"
            )
        return await _read_bounded(response, file)


async def _read_bounded(response: aiohttp.ClientResponse, file: Mapping[str, Any]) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > MAX_FILE_BYTES:
            raise RequestInvalid(f"{_name(file)} has more than {MAX_FILE_BYTES:,} bytes: {_INSTEAD}")
    return bytes(content)


def _to_reference(file: Mapping[str, Any], content: bytes) -> ArticleReference:
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8-sig")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise RequestInvalid(f"{_name(file)} is not text in UTF-8: save it in UTF-8, or {_INSTEAD}") from error
    post = _post_text(text) if str(file.get("filetype")) in {"post", "space"} else ""
    if not (post or text).strip():
        raise RequestInvalid(f"{_name(file)} is empty: {_INSTEAD}")
    return ArticleReference(html=text) if _is_html(file) else ArticleReference(text=post or text)


def _is_html(file: Mapping[str, Any]) -> bool:
    return str(file.get("filetype")) in _HTML_TYPES or file.get("mimetype") == "text/html"


def _post_text(content: str) -> str:
    """Return the paragraphs of a post, which Slack keeps as a tree in JSON; empty if it is none."""
    try:
        return "\n\n".join(_leaves(json.loads(content)))
    except (ValueError, RecursionError):
        return ""


def _leaves(node: object) -> list[str]:
    if isinstance(node, list):
        return [leaf for child in node for leaf in _leaves(child)]
    if not isinstance(node, dict):
        return []
    own = [node["text"].strip()] if isinstance(node.get("text"), str) and node["text"].strip() else []
    return own + _leaves(node.get("root")) + _leaves(node.get("children"))


def _name(file: Mapping[str, Any]) -> str:
    name = file.get("title") or file.get("name")
    return f"the file {name}" if isinstance(name, str) else "the file"
