"""Base classes of the objects that the API returns: frozen, and open for fields that a newer service adds."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Entry = TypeVar("Entry")


class ApiObject(BaseModel):
    """Base of every object of the API; unknown fields are kept, so that an analysis can be sent back whole."""

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())


class Page(ApiObject, Generic[Entry]):
    """Base of a page of a list: `next_cursor` is null on the last one."""

    next_cursor: str | None

    def entries(self) -> list[Entry]:
        """Return the entries of this page."""
        raise NotImplementedError
