from __future__ import annotations

import uuid
from datetime import timedelta

from subtext.ids import uuid7
from tests.support.fakes import START


def test_an_id_is_a_uuid_of_version_7_with_its_moment_in_front() -> None:
    made = uuid.UUID(uuid7(START))

    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert made.int >> 80 == int(START.timestamp() * 1000)


def test_later_ids_sort_later_and_none_comes_twice() -> None:
    ids = [uuid7(START + timedelta(milliseconds=n)) for n in range(50)]

    assert ids == sorted(ids)
    assert len({uuid7(START) for _ in range(1_000)}) == 1_000
