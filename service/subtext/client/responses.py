"""Read responses: objects of the API, and problems, which become errors."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NoReturn, TypeVar

from pydantic import ValidationError

from subtext.client.errors import UnexpectedResponse
from subtext.client.models.base import ApiObject
from subtext.client.models.problem import Problem
from subtext.client.problem_errors import error_class

if TYPE_CHECKING:
    import httpx2

    from subtext.client.errors import CallFailed

T = TypeVar("T", bound=ApiObject)
_OK = 200


def parse_json(kind: type[T], body: bytes) -> T:
    """Parse an object of the API; raises `UnexpectedResponse` if the body is another thing."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        message = f"this is not {kind.__name__} of Subtext's API: check the address, and the versions of both sides"
        raise UnexpectedResponse(message, status=_OK) from error


def raise_problem(body: bytes) -> NoReturn:
    """Raise the error of a problem that came inside of a stream."""
    problem = parse_json(Problem, body)
    raise error_class(problem.code, problem.status)(problem)


def find_failure(response: httpx2.Response) -> CallFailed | None:
    """Return the error that a response means, or None if it is a success."""
    if response.is_success:
        return None
    wait_s = parse_retry_after(response.headers.get("retry-after"), datetime.now(UTC))
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        message = f"{response.url} answered {response.status_code}, and not as Subtext does: check the address"
        return UnexpectedResponse(message, status=response.status_code, retry_after_s=wait_s)
    return error_class(problem.code, problem.status)(problem, wait_s)


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for: a number or an HTTP date; None if it is neither."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _seconds_until(value, now)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _seconds_until(date: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
