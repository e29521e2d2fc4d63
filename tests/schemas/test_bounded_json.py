from __future__ import annotations

import pytest

from subtext.schemas.bounded_json import parse_json
from subtext.schemas.problem import HTTPProblem


def test_a_body_that_is_no_strict_json_is_a_problem_that_says_where() -> None:
    with pytest.raises(HTTPProblem) as refusal:
        parse_json(b'{"text": ')

    assert refusal.value.status_code == 400
    assert "line 1, column 10" in refusal.value.detail
