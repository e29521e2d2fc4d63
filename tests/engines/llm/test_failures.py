from __future__ import annotations

from subtext import errors
from subtext.engines.llm.failures import FAILURES, RETRY_AFTER_MAX_S, AttemptFailed


def test_every_fault_is_an_error_of_its_own_and_tells_what_to_do() -> None:
    kinds = {fault.error for fault in FAILURES.values()}

    assert kinds == set(errors.EngineError.__subclasses__())
    assert all(fault.detail and "http" not in fault.detail for fault in FAILURES.values())


def test_a_wait_that_nobody_would_sit_out_is_shortened() -> None:
    assert AttemptFailed("rate_limited", retry_after_s=1e9).as_error().retry_after_s == RETRY_AFTER_MAX_S
    assert AttemptFailed("rate_limited").as_error().retry_after_s is None
