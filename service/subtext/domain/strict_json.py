"""Parse JSON strictly: what parsers disagree about is an error (RFC 8259, sections 4, 6 and 8).

One parser for the bodies of requests, the lines of batches and the answers of models.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class InvalidJson(ValueError):
    """A text is no JSON that every parser reads alike; `detail` says where and why, and repeats nothing of it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def parse_json(document: bytes | str, name: str = "the body") -> Any:
    """Return the one JSON value in a document; a byte order mark before it is skipped.

    Raises `InvalidJson`, which calls the document `name`.
    """
    try:
        text = document if isinstance(document, str) else document.decode("utf-8-sig")
        value = json.loads(
            text, object_pairs_hook=_require_unique, parse_constant=_reject_constant, parse_float=_parse_finite
        )
        if _SURROGATE_ESCAPE.search(text) or (isinstance(document, str) and not text.isascii()):
            # Pairs are joined by now; a lone surrogate cannot be encoded.
            json.dumps(value, ensure_ascii=False).encode()
        return value  # noqa: TRY300 - what may fail is the whole of it
    except UnicodeDecodeError as error:
        raise InvalidJson(f"{name} is not UTF-8: byte {error.start} cannot be read; send UTF-8") from error
    except UnicodeEncodeError as error:
        raise InvalidJson("a string has a lone surrogate, half of a character: send valid Unicode") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidJson(f"{name} is not one JSON value: correct it at {place}") from error
    except RecursionError as error:
        raise InvalidJson(f"{name} is nested too deeply: use fewer levels") from error
    except InvalidJson:
        raise
    except ValueError as error:
        raise InvalidJson(f"{name} has a number with too many digits: send a shorter one") from error


def _require_unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidJson("an object has the same name twice: give each name once")
    return fields


def _reject_constant(_: str) -> NoReturn:
    raise InvalidJson("NaN and Infinity are not JSON: send a number or null")


def _parse_finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise InvalidJson("a number is out of range: send one that a double can hold")
    return value
