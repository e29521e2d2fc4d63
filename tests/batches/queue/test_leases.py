from __future__ import annotations

from typing import TYPE_CHECKING

from subtext.batches.queue.leases import FileLeases

if TYPE_CHECKING:
    from pathlib import Path


def test_a_lease_is_free_once_its_worker_has_ended(tmp_path: Path) -> None:
    own, others = FileLeases(tmp_path / "workers"), FileLeases(tmp_path / "workers")
    own.acquire("worker-1")
    own.acquire("worker-1")
    assert not others.is_free("worker-1")
    own.close()
    assert others.is_free("worker-1")


def test_workers_leave_no_files_behind(tmp_path: Path) -> None:
    leases = FileLeases(tmp_path)
    leases.acquire("worker-1")
    # As a worker that was killed leaves it.
    (tmp_path / "worker-2").touch()
    assert leases.is_free("worker-2")
    assert leases.is_free("worker-3")
    assert [path.name for path in tmp_path.iterdir()] == ["worker-1"]
    leases.close()
    assert list(tmp_path.iterdir()) == []
