"""Implement `subtext keys`: create, list and revoke API keys."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from subtext.cli.exit_codes import ExitCode
from subtext.cli.help_text import format_examples
from subtext.cli.output import AsJson
from subtext.cli.terminal import print_data, print_note, sanitize
from subtext.domain.caller import key_owner
from subtext.errors import RequestInvalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from subtext.domain.caller import ApiKey
    from subtext.storage.api_keys import SqlApiKeyRepository

keys = typer.Typer(name="keys", help="Manage API keys.", rich_markup_mode=None)
_NAME_MAX = 100

Owner = Annotated[str, typer.Option(help="Owner of the analyses and batches that the key reads and creates.")]
Name = Annotated[str, typer.Option(help="Description of the key.")]
Scopes = Annotated[
    list[str] | None, typer.Option("--scope", help="analyse, read, batch or admin; all but admin if omitted.")
]
# The largest number that an INTEGER column of PostgreSQL holds.
_LIMIT_MAX: Final = 2**31 - 1
PerMinute = Annotated[
    int | None, typer.Option(min=1, max=_LIMIT_MAX, help="Requests per minute, instead of the settings' limit.")
]
PerDay = Annotated[
    int | None, typer.Option(min=1, max=_LIMIT_MAX, help="Tokens per day, instead of the settings' limit.")
]
Expires = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="Days or hours from now (90d, 12h), or a time in UTC; never if omitted."),
]
_AGE: Final = re.compile(r"(\d{1,5})([dh])")


@keys.callback()
def _keys() -> None:
    """Manage the API keys of a service."""


@keys.command(
    short_help="Create a key.",
    epilog=format_examples(
        "subtext keys create --owner newsroom",
        "subtext keys create --owner archive --scope read --expires 90d > key.txt",
    ),
)
def create(
    owner: Owner,
    name: Name = "",
    scope: Scopes = None,
    requests_per_minute: PerMinute = None,
    tokens_per_day: PerDay = None,
    expires: Expires = None,
    as_json: AsJson = False,
) -> None:
    """Create a key and print it once: only its hash is stored."""
    from subtext.domain.caller import SCOPES, ApiKey
    from subtext.http.api_keys import generate_key, hash_key, require_pepper
    from subtext.settings import load_settings

    scopes = frozenset(scope or SCOPES - {"admin"})
    if unknown := scopes - SCOPES:
        raise RequestInvalid(f"there is no scope {', '.join(sorted(unknown))}: use {', '.join(sorted(SCOPES))}")
    if not owner.strip() or max(len(owner), len(name)) > _NAME_MAX:
        raise RequestInvalid(f"an owner has 1 to {_NAME_MAX} characters, a name at most as many")
    secret = load_settings().keys.pepper
    pepper = require_pepper(None if secret is None else secret.get_secret_value())
    key_id, key = generate_key()
    now = datetime.now(UTC)
    limits, expires_at = (requests_per_minute, tokens_per_day), None if expires is None else parse_expiry(expires, now)
    entry = ApiKey(
        key_id, key_owner(owner.strip()), name, scopes, hash_key(key, pepper), now, *limits, expires_at=expires_at
    )
    asyncio.run(_add(entry))
    print_data(json.dumps({"key": key, **_to_json(entry)}, indent=2) if as_json else key)
    print_note(f"save it now, it is not shown again; `subtext keys revoke {key_id}` revokes it")


@keys.command(
    name="list",
    short_help="List all keys.",
    epilog=format_examples("subtext keys list", "subtext keys list --json"),
)
def list_keys(as_json: AsJson = False) -> None:
    """Print all keys, the oldest first, including revoked ones, with their last use; never the secret part."""
    api_keys = asyncio.run(_all())
    if as_json:
        print_data(json.dumps([_to_json(key) for key in api_keys], indent=2))
        return
    now = datetime.now(UTC)
    for key in api_keys:
        print_data(format_key(key, now))
    if not api_keys:
        print_note("there is no key yet: `subtext keys create --owner NAME` makes one")


@keys.command(short_help="Revoke a key.", epilog=format_examples("subtext keys revoke 4f7k2m9x0abc"))
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `subtext keys list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Revoke a key; services notice within SUBTEXT_KEYS_FRESH_S seconds."""
    is_revoked = asyncio.run(_revoke(key_id))
    if as_json:
        print_data(json.dumps({"id": key_id, "revoked": is_revoked}))
    if not is_revoked:
        print_note("there is no such active key: `subtext keys list` shows all")
        raise typer.Exit(ExitCode.FAILURE)
    print_note("the key is revoked")


@asynccontextmanager
async def _open_repository() -> AsyncIterator[SqlApiKeyRepository]:
    from subtext.cli.db import open_configured_database
    from subtext.storage.api_keys import SqlApiKeyRepository

    async with open_configured_database() as database:
        yield SqlApiKeyRepository(database)


async def _add(key: ApiKey) -> None:
    async with _open_repository() as repository:
        await repository.add(key)


async def _all() -> list[ApiKey]:
    async with _open_repository() as repository:
        return await repository.all()


async def _revoke(key_id: str) -> bool:
    async with _open_repository() as repository:
        return await repository.revoke(key_id, datetime.now(UTC))


def parse_expiry(expires: str, now: datetime) -> datetime:
    """Parse an age such as `90d`, or a moment in ISO 8601, which is UTC unless it says otherwise."""
    match = _AGE.fullmatch(expires)
    try:
        if match is not None:
            moment = now + timedelta(hours=int(match[1]) * (24 if match[2] == "d" else 1))
        else:
            moment = datetime.fromisoformat(expires)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RequestInvalid("a key expires in days or hours (90d, 12h), or at a time such as 2027-01-31") from error
    if moment <= now:
        raise RequestInvalid("the key would have expired already: give a later time")
    return moment


def format_key(key: ApiKey, now: datetime) -> str:
    """Return the line of a key in the list."""
    used = f"used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
    columns = (key.id, f"{_state(key, now):18}", f"{used:15}", key.owner, " ".join(sorted(key.scopes)), key.name)
    return sanitize("  ".join(columns)).rstrip()


def _state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at is None:
        return "active"
    return f"{'expires' if now < key.expires_at else 'expired'} {key.expires_at:%Y-%m-%d}"


def _to_json(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "owner": key.owner,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "requests_per_minute": key.requests_per_minute,
        "tokens_per_day": key.tokens_per_day,
        "created_at": key.created_at.isoformat(),
        "revoked_at": _to_iso(key.revoked_at),
        "expires_at": _to_iso(key.expires_at),
        "last_used_at": _to_iso(key.last_used_at),
    }


def _to_iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
