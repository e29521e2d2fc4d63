from __future__ import annotations

import uuid
from datetime import timedelta

from subtext.ids import derive_child_uuid7, derive_uuid7, uuid7, uuid7_milliseconds
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


def test_a_derived_id_is_the_same_for_the_same_request_and_for_no_other() -> None:
    made = derive_uuid7(START, "mine", "POST /v1/analyses", "k")
    others = [
        derive_uuid7(START, "theirs", "POST /v1/analyses", "k"),
        derive_uuid7(START, "mine", "POST /v1/analysesk", ""),
        derive_uuid7(START + timedelta(milliseconds=1), "mine", "POST /v1/analyses", "k"),
        *(derive_child_uuid7(made, name) for name in "01"),
    ]

    assert derive_uuid7(START, "mine", "POST /v1/analyses", "k") == made
    assert uuid.UUID(made).version == 7
    assert uuid7_milliseconds(made) == uuid7_milliseconds(others[-1]) == int(START.timestamp() * 1000)
    assert len({made, *others}) == 6
