"""Lists in one variable, separated by commas: host names, and addresses or networks."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from subtext.domain.host import normalize_host, parse_ip

# Letters, digits, hyphens and underscores between dots, as a resolver takes them; other scripts as punycode.
_NAME: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")


def split_commas(value: object) -> object:
    """Split a variable at its commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _host_names(values: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(normalize_host(value.removeprefix("[").removesuffix("]")) for value in values)
    if not all(parse_ip(name) or _NAME.fullmatch(name) for name in names):
        raise ValueError("must be host names or addresses without scheme, port or path, such as subtext.example.org")
    return names


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.ip_network(value, strict=False)) for value in values)
    except ValueError as error:
        raise ValueError("must be addresses or networks, such as 10.0.0.2 or 10.0.0.0/8") from error


HostNames = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_commas), AfterValidator(_host_names)]
Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_commas), AfterValidator(_networks)]
