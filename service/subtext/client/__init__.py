"""Python client of Subtext's API: `Client` and `AsyncClient`, which need httpx2 and pydantic alone."""

from subtext.client.async_client import AsyncClient
from subtext.client.client import Client
from subtext.client.errors import CallFailed
from subtext.client.exchange import Polling
from subtext.client.retry_policy import RetryPolicy
from subtext.client.webhook_signature import verify_webhook

__all__ = ["AsyncClient", "CallFailed", "Client", "Polling", "RetryPolicy", "verify_webhook"]
