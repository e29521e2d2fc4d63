"""Analyses in a SQL database: SQLite or PostgreSQL, the same statements."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, delete, insert, select

from subtext.analysis.ports import Feedback, StoredAnalysis
from subtext.errors import AnalysisNotFound
from subtext.storage.database import ensure_utc, insert_ignore
from subtext.storage.group_commit import GroupCommit
from subtext.storage.tables import ANALYSES, FEEDBACK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from subtext.analysis.ports import AnalysisFilter
    from subtext.domain.caller import Owner
    from subtext.storage.database import Database

_PAGE = 200
_NAME_MAX = 300
_COLUMNS = [ANALYSES.c[field.name] for field in fields(StoredAnalysis)]


class SqlAnalysisRepository:
    """An `AnalysisRepository` over a database that somebody else opens and closes; raises `StorageUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recording = GroupCommit(self._write)

    async def save(self, analysis: StoredAnalysis) -> None:
        """Keep an analysis, in one commit with those that others want kept at this time."""
        await self._recording.write(_row(analysis))

    async def close(self) -> None:
        """Commit what still waits."""
        await self._recording.close()

    async def get(self, owner: Owner, analysis_id: str) -> StoredAnalysis:
        """The analysis; raises `AnalysisNotFound`."""
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(_owned_by(owner, analysis_id)))).one_or_none()
        if row is None:
            raise _unknown()
        return _analysis(row)

    async def list_analyses(
        self, owner: Owner, wanted: AnalysisFilter, *, before: str | None, limit: int
    ) -> list[StoredAnalysis]:
        """The owner's analyses that fit, the newest first."""
        found = select(*_COLUMNS).where(ANALYSES.c.owner == owner, *_filters(wanted))
        if before is not None:
            found = found.where(ANALYSES.c.id < before)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(found.order_by(ANALYSES.c.id.desc()).limit(limit))).all()
        return [_analysis(row) for row in rows]

    async def delete(self, owner: Owner, analysis_id: str) -> None:
        """Forget an analysis and what was said of it; raises `AnalysisNotFound`."""
        async with self._database.transaction() as connection:
            gone = await connection.execute(delete(ANALYSES).where(_owned_by(owner, analysis_id)))
        if gone.rowcount == 0:
            raise _unknown()

    async def add_feedback(self, feedback: Feedback) -> None:
        """Keep what a reader says; raises `AnalysisNotFound`."""
        async with self._database.transaction() as connection:
            mine = select(ANALYSES.c.id).where(_owned_by(feedback.owner, feedback.analysis_id))
            if (await connection.execute(mine)).one_or_none() is None:
                raise _unknown()
            await connection.execute(insert(FEEDBACK).values(**asdict(feedback)))

    async def feedback(self, owner: Owner | None) -> AsyncIterator[tuple[Feedback, StoredAnalysis]]:
        """All that was said, the oldest first, with what it was said of."""
        said = [FEEDBACK.c[field.name].label(f"said_{field.name}") for field in fields(Feedback)]
        found = select(*_COLUMNS, *said).join(FEEDBACK, FEEDBACK.c.analysis_id == ANALYSES.c.id)
        if owner is not None:
            found = found.where(FEEDBACK.c.owner == owner)
        last = ""
        while True:
            following = found.where(FEEDBACK.c.id > last).order_by(FEEDBACK.c.id).limit(_PAGE)
            async with self._database.transaction() as connection:
                rows = (await connection.execute(following)).all()
            for row in rows:
                yield _feedback(row), _analysis(row)
            if len(rows) < _PAGE:
                return
            last = rows[-1].said_id

    async def delete_older_than(self, moment: datetime) -> int:
        """How many analyses were forgotten because they are older, a portion at a time so that nobody waits long."""
        forgotten = 0
        old = select(ANALYSES.c.id).where(ANALYSES.c.created_at < moment).limit(_PAGE)
        while True:
            async with self._database.transaction() as connection:
                gone = (await connection.execute(delete(ANALYSES).where(ANALYSES.c.id.in_(old)))).rowcount
            forgotten += gone
            if gone < _PAGE:
                return forgotten

    async def _write(self, rows: list[dict[str, Any]]) -> list[None]:
        async with self._database.transaction() as connection:
            await connection.execute(insert_ignore(self._database, ANALYSES), rows)
        return [None] * len(rows)


def _unknown() -> AnalysisNotFound:
    return AnalysisNotFound("there is no such analysis, or it is no longer kept: GET /v1/analyses lists yours")


def _owned_by(owner: Owner, analysis_id: str) -> ColumnElement[bool]:
    return and_(ANALYSES.c.id == analysis_id, ANALYSES.c.owner == owner)


_CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "label": lambda label: ANALYSES.c.label == label,
    "outlet": lambda name: ANALYSES.c.outlet_key == _key(name),
    "target": lambda name: ANALYSES.c.target_key == _key(name),
    "engine": lambda kind: ANALYSES.c.engine == kind,
    "since": lambda moment: ANALYSES.c.created_at >= moment,
    "until": lambda moment: ANALYSES.c.created_at < moment,
    "min_confidence": lambda least: ANALYSES.c.confidence >= least,
}


def _filters(wanted: AnalysisFilter) -> list[ColumnElement[bool]]:
    given = {name: getattr(wanted, name) for name in _CONDITIONS}
    return [_CONDITIONS[name](value) for name, value in given.items() if value is not None]


def _key(name: str | None) -> str | None:
    return None if name is None else name.casefold()[:_NAME_MAX]


def _row(analysis: StoredAnalysis) -> dict[str, Any]:
    """The row of an analysis; PostgreSQL has no NUL in a text, and the columns have room for `_NAME_MAX` characters."""
    row = {
        name: value.replace("\0", "") if isinstance(value, str) else value for name, value in asdict(analysis).items()
    }
    for name in ("target", "outlet"):
        row[name] = row[name] and row[name][:_NAME_MAX]
        row[f"{name}_key"] = _key(row[name])
    return row


def _analysis(row: Row[Any]) -> StoredAnalysis:
    values = {field.name: getattr(row, field.name) for field in fields(StoredAnalysis)}
    return StoredAnalysis(**{**values, "created_at": ensure_utc(row.created_at)})


def _feedback(row: Row[Any]) -> Feedback:
    values = {field.name: getattr(row, f"said_{field.name}") for field in fields(Feedback)}
    return Feedback(**{**values, "created_at": ensure_utc(row.said_created_at)})
