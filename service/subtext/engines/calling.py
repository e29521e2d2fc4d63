"""Calling: one request to a model's server and the body that comes back, or the way in which that failed."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
import httpx2
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, DefaultAioHttpClient, Omit

from subtext.engines.failures import failure_of
from subtext.engines.faults import AttemptFailed, outcome_of_connection
from subtext.engines.retrying import retry_after
from subtext.engines.timeouts import AttemptTimedOut
from subtext.engines.transport import count_pieces, guarded_client
from subtext.engines.trust import load_trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai._types import RequestOptions

    from subtext.analyst.ports import Clock
    from subtext.engines.attempts import Trial
    from subtext.engines.provider import Patience, Provider

# Of a client that needs no key: the SDK wants one all the same, and it is not sent.
_NO_KEY = "none"


class ModelServer:
    """A model's server, called through the SDK's client without retries of its own."""

    def __init__(
        self, provider: Provider, patience: Patience, clock: Clock, client_class: type[httpx2.AsyncClient]
    ) -> None:
        self._patience, self._clock = patience, clock
        self._settings = f"SUBTEXT_{provider.name.upper()}"
        self._client = _client(provider, patience, client_class)
        self._options: RequestOptions = {"headers": _headers(provider)}

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()

    async def post(self, body: bytes, trial: Trial, deadline: float) -> bytes:
        """The body of a successful response, had in time; raises `AttemptFailed`."""
        limit_s = self._patience.limit_attempt(deadline - self._clock.monotonic())
        try:
            async with asyncio.timeout(limit_s):
                with count_pieces(trial.meter.count):
                    response = await self._client.post(
                        "/chat/completions", cast_to=httpx2.Response, content=body, options=self._options
                    )
        except TimeoutError as error:
            raise AttemptTimedOut(limit_s, trial.meter, self._patience, self._settings) from error
        except APIStatusError as error:
            trial.status = error.status_code
            raise self._failed(error) from error
        except (APIConnectionError, aiohttp.ClientError) as error:
            # aiohttp's transport lets through what its map does not know, such as a status line that is none.
            raise AttemptFailed(outcome_of_connection(error)) from error
        except UnicodeError as error:
            # A name that cannot be one, such as with a label of 64 letters: Python refuses it before it is looked up.
            raise AttemptFailed("name_unknown") from error
        trial.status = response.status_code
        return response.content

    def _failed(self, error: APIStatusError) -> AttemptFailed:
        wait = retry_after(error.response.headers, self._clock.now())
        return failure_of(error.status_code, error.response.text, retry_after_s=wait)


def _client(provider: Provider, patience: Patience, client_class: type[httpx2.AsyncClient]) -> AsyncOpenAI:
    return AsyncOpenAI(
        base_url=provider.base_url,
        api_key=provider.api_key or _NO_KEY,
        max_retries=0,
        http_client=guarded_client(
            _trusting(client_class, provider),
            connect_timeout_s=patience.connect_timeout_s,
            max_bytes=patience.max_response_bytes,
        ),
    )


def _trusting(client_class: type[httpx2.AsyncClient], provider: Provider) -> Callable[..., httpx2.AsyncClient]:
    """Return the client that is shipped with the trust that is configured; one of another class brings its own."""
    trust = load_trust(provider) if client_class is DefaultAioHttpClient else None
    return client_class if trust is None else partial(client_class, verify=trust)


def _headers(provider: Provider) -> dict[str, str | Omit]:
    """What stands above the SDK's own headers, so that its environment variables decide nothing."""
    key = f"Bearer {provider.api_key}" if provider.api_key else Omit()
    return {"Authorization": key, "OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
