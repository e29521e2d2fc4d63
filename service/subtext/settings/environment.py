"""Load the settings, explain invalid ones, and trace where each value comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource, SettingsError

from subtext.domain.host import is_loopback
from subtext.domain.url_mask import MASK, mask_url_secrets
from subtext.errors import SettingsInvalid
from subtext.settings.groups import SettingsGroup
from subtext.settings.model import PREFIX, SECRETS_DIR, SecretFiles, Settings, ValueFiles
from subtext.validation import describe_invalid_value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

    from subtext.settings.groups import LLMSettings


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting with its effective value: path (`llm.model`), variable, value (secrets masked) and source."""

    path: str
    variable: str
    value: str
    source: str
    description: str


def load_settings(*, secrets: Path = SECRETS_DIR, **overrides: Any) -> Settings:
    """Load the settings of this process; raises `SettingsInvalid` that names each bad variable and why."""
    try:
        settings = Settings(_secrets_dir=secrets, **overrides)
    except ValidationError as error:
        raise SettingsInvalid(_explain(error)) from error
    except SettingsError as error:
        message = f"{error}: a group is set by its parts, such as {PREFIX}LLM_MODEL"
        raise SettingsInvalid(message) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid("the file .env is not UTF-8 text, or may not be read by this user") from error
    _require_pairs("LLM", settings.llm)
    _require_pairs("LLM2", settings.llm2)
    if settings.llm2.is_configured and not settings.llm.is_configured:
        raise SettingsInvalid(f"{PREFIX}LLM2_BASE_URL is only the fallback server: set {PREFIX}LLM_BASE_URL first")
    if settings.engine == "llm" and not settings.llm.is_configured:
        raise SettingsInvalid(f"{PREFIX}ENGINE=llm needs {PREFIX}LLM_BASE_URL and {PREFIX}LLM_MODEL")
    return settings


def _require_pairs(group: str, llm: LLMSettings) -> None:
    """Reject model settings that must be set together if only one is, and two that exclude each other."""
    for one, other in (("base_url", "model"), ("price_input", "price_output")):
        if (getattr(llm, one) is None) != (getattr(llm, other) is None):
            names = " and ".join(f"{PREFIX}{group}_{name.upper()}" for name in (one, other))
            raise SettingsInvalid(f"{names} go together: set both, or neither")
    if llm.api_key is not None and urlsplit(llm.base_url or "").username is not None:
        raise SettingsInvalid(
            f"{PREFIX}{group}_BASE_URL has a user name in it and {PREFIX}{group}_API_KEY is set: a request carries one "
            "of the two, so remove the other"
        )


def requires_keys(settings: Settings) -> bool:
    """Return whether callers must send an API key."""
    return settings.auth == "keys" or (settings.auth == "auto" and not is_loopback(settings.host))


def require_shared_state(settings: Settings) -> None:
    """Refuse several processes if what they must share is kept in the memory of each; raises `SettingsInvalid`."""
    if settings.workers == 1:
        return
    if not settings.store.enabled:
        raise SettingsInvalid(
            f"several processes show the same analyses only from the store: set {PREFIX}STORE_ENABLED=true, or "
            f"{PREFIX}WORKERS=1"
        )
    has_keys = settings.auth != "off" and (settings.keys.pepper is not None or requires_keys(settings))
    if has_keys and settings.keys.redis_url is None:
        raise SettingsInvalid(
            "several processes count the requests of a key only in Redis: set "
            f"{PREFIX}KEYS_REDIS_URL, or {PREFIX}WORKERS=1"
        )


def require_safe_bind(settings: Settings) -> None:
    """Refuse to serve if keys are required but cannot be checked; raises `SettingsInvalid`."""
    if not requires_keys(settings) or (settings.keys.pepper is not None and settings.store.enabled):
        return
    raise SettingsInvalid(
        f"refusing to serve on {settings.host} without authentication: anyone who can reach it could use the service. "
        f"Set {PREFIX}KEYS_PEPPER and make a key (`subtext keys create`), serve on 127.0.0.1, or set {PREFIX}AUTH=off "
        "if this is intended (behind an authenticating proxy, or in a container whose port is published on "
        "loopback only)"
    )


def origins(
    settings: Settings, overrides: Mapping[str, Any] | None = None, *, secrets: Path = SECRETS_DIR
) -> Iterator[Origin]:
    """Yield each setting with the source of its value, in the order of definition."""
    sources = _by_source(overrides or {}, secrets)
    for path, field in _fields(Settings):
        value = _get_path(settings, path)
        source = next((name for name, values in sources if _get_path(values, path) is not None), "default")
        yield Origin(path, env_name(path), _mask(value), source, field.description or "")


def unknown_variables(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the `SUBTEXT_*` variables that no setting reads, which are usually misspelled."""
    known_names = {env_name(path) for path, _ in _fields(Settings)}
    known_names |= {f"{name}_FILE" for name in known_names}
    prefixed = (name for name in environment if name.upper().startswith(PREFIX))
    return tuple(sorted(name for name in prefixed if name.upper() not in known_names))


def env_name(path: str) -> str:
    """Return the environment variable of a setting's path."""
    return PREFIX + path.replace(".", "_").upper()


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, SettingsGroup):
            yield from _fields(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def _by_source(overrides: Mapping[str, Any], secrets: Path) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        ("argument", overrides),
        ("environment", EnvSettingsSource(Settings)()),
        ("file named in the environment", ValueFiles(Settings)()),
        (".env", DotEnvSettingsSource(Settings)()),
        (f"secret file in {secrets}", SecretFiles(Settings, secrets)()),
    ]


def _get_path(values: object, path: str) -> object:
    for name in path.split("."):
        values = values.get(name) if isinstance(values, Mapping) else getattr(values, name, None)
    return values


def _mask(value: object) -> str:
    if value is None or value == ():
        return ""
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, tuple):
        return ",".join(map(_mask, value))
    return str(value).lower() if isinstance(value, bool) else mask_url_secrets(str(value))


def _explain(error: ValidationError) -> str:
    """Format each problem as `SUBTEXT_X: what it must be`; a value may be a secret and is never repeated."""
    lines = (
        f"{env_name('.'.join(map(str, item['loc'])))}: {describe_invalid_value(item['msg'])}"
        for item in error.errors(include_input=False, include_url=False, include_context=False)
    )
    return "; ".join(lines)
