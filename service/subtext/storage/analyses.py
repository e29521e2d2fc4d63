"""Repository of analyses and feedback over SQL, with the same statements on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import asdict, fields
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, and_, delete, func, insert, select, update

from subtext.analysis.ports import Feedback, StoredAnalysis
from subtext.errors import AnalysisNotFound
from subtext.storage.database import build_insert, ensure_utc
from subtext.storage.group_commit import GroupCommit
from subtext.storage.tables import ANALYSES, BATCHES, FEEDBACK, IDEMPOTENCY, ITEMS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.dialects import postgresql, sqlite
    from sqlalchemy.ext.asyncio import AsyncConnection

    from subtext.analysis.ports import AnalysisFilter
    from subtext.domain.caller import Owner
    from subtext.storage.database import Database

_PAGE = 200
_NAME_MAX = 300
_FIELDS = [field.name for field in fields(StoredAnalysis)]
_COLUMNS = [ANALYSES.c[name] for name in _FIELDS]


class SqlAnalysisRepository:
    """Store analyses in a database that the caller opens and closes; every method raises `StorageUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._group_commit = GroupCommit(self._write)

    async def save(self, analysis: StoredAnalysis) -> None:
        """Save an analysis, in one group commit with those of concurrent requests."""
        await self._group_commit.write(analysis)

    async def close(self) -> None:
        """Commit what still waits."""
        await self._group_commit.close()

    async def get(self, owner: Owner, analysis_id: str) -> StoredAnalysis:
        """Return an analysis; raises `AnalysisNotFound`."""
        async with self._database.transaction() as connection:
            row = (await connection.execute(select(*_COLUMNS).where(_owner_matches(owner, analysis_id)))).one_or_none()
        if row is None:
            raise _not_found()
        return _to_analysis(row)

    async def list_analyses(
        self, owner: Owner, filters: AnalysisFilter, *, before: str | None, limit: int
    ) -> list[StoredAnalysis]:
        """List the owner's analyses that match the filters, newest first."""
        query = select(*_COLUMNS).where(ANALYSES.c.owner == owner, *_conditions(filters))
        if before is not None:
            query = query.where(ANALYSES.c.id < before)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(query.order_by(ANALYSES.c.id.desc()).limit(limit))).all()
        return [_to_analysis(row) for row in rows]

    async def delete(self, owner: Owner, analysis_id: str) -> None:
        """Delete an analysis with its feedback and its copies; raises `AnalysisNotFound`.

        Copies are the stored responses to requests with an idempotency key, and the results of items of batches.
        """
        async with self._database.transaction() as connection:
            result = await connection.execute(delete(ANALYSES).where(_owner_matches(owner, analysis_id)))
            if result.rowcount == 0:
                raise _not_found()
            is_copy = _body_contains(self._database.dialect, analysis_id)
            await connection.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.owner == owner, is_copy))
            is_result = (ITEMS.c.analysis_id == analysis_id) & ITEMS.c.batch_id.in_(
                select(BATCHES.c.id).where(BATCHES.c.owner == owner)
            )
            await connection.execute(update(ITEMS).where(is_result).values(result=None, analysis_id=None))

    async def add_feedback(self, feedback: Feedback) -> None:
        """Add a reader's feedback; raises `AnalysisNotFound`."""
        async with self._database.transaction() as connection:
            owned = select(ANALYSES.c.id).where(_owner_matches(feedback.owner, feedback.analysis_id))
            # Shared, so that the analysis is there until its feedback is.
            locked = owned.with_for_update(read=True, key_share=True)
            if (await connection.execute(locked)).one_or_none() is None:
                raise _not_found()
            await connection.execute(insert(FEEDBACK).values(**asdict(feedback)))

    async def feedback(self, owner: Owner | None) -> AsyncIterator[tuple[Feedback, StoredAnalysis]]:
        """Iterate over the feedback, oldest first, each with its analysis; None means every owner's."""
        columns = [FEEDBACK.c[field.name].label(f"feedback_{field.name}") for field in fields(Feedback)]
        query = select(*_COLUMNS, *columns).join(FEEDBACK, FEEDBACK.c.analysis_id == ANALYSES.c.id)
        if owner is not None:
            query = query.where(FEEDBACK.c.owner == owner)
        last_id = ""
        while True:
            page = query.where(FEEDBACK.c.id > last_id).order_by(FEEDBACK.c.id).limit(_PAGE)
            async with self._database.transaction() as connection:
                rows = (await connection.execute(page)).all()
            for row in rows:
                yield _to_feedback(row), _to_analysis(row)
            if len(rows) < _PAGE:
                return
            last_id = rows[-1].feedback_id

    async def delete_older_than(self, moment: datetime) -> int:
        """Delete older analyses and return their number, a page at a time so that no transaction is long."""
        total = 0
        old = select(ANALYSES.c.id).where(ANALYSES.c.created_at < moment).limit(_PAGE)
        while True:
            async with self._database.transaction() as connection:
                deleted = (await connection.execute(delete(ANALYSES).where(ANALYSES.c.id.in_(old)))).rowcount
            total += deleted
            if deleted < _PAGE:
                return total

    async def _write(self, analyses: list[StoredAnalysis]) -> list[None]:
        statement = _build_upsert(self._database.dialect)
        await self._database.execute_in_thread(statement, [_to_row(analysis) for analysis in analyses])
        return [None] * len(analyses)


async def write_analyses(database: Database, connection: AsyncConnection, analyses: Sequence[StoredAnalysis]) -> None:
    """Insert analyses in the caller's transaction, as `save` does."""
    await connection.execute(_build_upsert(database.dialect), [_to_row(analysis) for analysis in analyses])


# Building it takes as long as executing it.
@cache
def _build_upsert(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Build an insert that replaces an analysis of the same id and owner if it was made earlier.

    So whoever repeats a request after a crash replaces what the dead process stored under the same id.
    """
    statement = build_insert(dialect, ANALYSES)
    values = {column.name: statement.excluded[column.name] for column in ANALYSES.c if column.name != "id"}
    is_repeat = (ANALYSES.c.owner == statement.excluded.owner) & (ANALYSES.c.created_at < statement.excluded.created_at)
    return statement.on_conflict_do_update(index_elements=[ANALYSES.c.id], set_=values, where=is_repeat)


def _not_found() -> AnalysisNotFound:
    return AnalysisNotFound("there is no such analysis, or it is no longer kept: GET /v1/analyses lists yours")


def _owner_matches(owner: Owner, analysis_id: str) -> ColumnElement[bool]:
    return and_(ANALYSES.c.id == analysis_id, ANALYSES.c.owner == owner)


def _body_contains(dialect: str, part: str) -> ColumnElement[bool]:
    """Find ASCII in the bytes of stored responses, which each database does in its own way."""
    body = IDEMPOTENCY.c.body
    if dialect == "postgresql":
        return func.strpos(func.encode(body, "escape"), part) > 0
    return func.instr(body, part.encode()) > 0


_CONDITIONS: dict[str, Callable[[Any], ColumnElement[bool]]] = {
    "label": lambda label: ANALYSES.c.label == label,
    "outlet": lambda name: ANALYSES.c.outlet_key == _name_key(name),
    "target": lambda name: ANALYSES.c.target_key == _name_key(name),
    "engine": lambda kind: ANALYSES.c.engine == kind,
    "since": lambda moment: ANALYSES.c.created_at >= moment,
    "until": lambda moment: ANALYSES.c.created_at < moment,
    "min_confidence": lambda least: ANALYSES.c.confidence >= least,
}


def _conditions(filters: AnalysisFilter) -> list[ColumnElement[bool]]:
    values = {name: _without_nul(getattr(filters, name)) for name in _CONDITIONS}
    return [_CONDITIONS[name](value) for name, value in values.items() if value is not None]


def _without_nul(value: Any) -> Any:
    """Return text without NUL, which PostgreSQL neither stores nor compares; other values as they are."""
    return value.replace("\0", "") if isinstance(value, str) else value


def _name_key(name: str | None) -> str | None:
    return None if name is None else name.casefold()[:_NAME_MAX]


def _to_row(analysis: StoredAnalysis) -> dict[str, Any]:
    """Convert an analysis to its row; names are cut to `_NAME_MAX` characters."""
    row = {name: _without_nul(getattr(analysis, name)) for name in _FIELDS}
    for name in ("target", "outlet"):
        row[name] = row[name] and row[name][:_NAME_MAX]
        row[f"{name}_key"] = _name_key(row[name])
    return row


def _to_analysis(row: Row[Any]) -> StoredAnalysis:
    values = {name: getattr(row, name) for name in _FIELDS}
    return StoredAnalysis(**{**values, "created_at": ensure_utc(row.created_at)})


def _to_feedback(row: Row[Any]) -> Feedback:
    values = {field.name: getattr(row, f"feedback_{field.name}") for field in fields(Feedback)}
    return Feedback(**{**values, "created_at": ensure_utc(row.feedback_created_at)})
