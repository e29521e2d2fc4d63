"""What the libraries of the service take of its memory: resident MB, as it imports one after the other.

python -m benchmarks.import_memory
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from benchmarks.processes import read_rss_mb

# In the order in which a service loads them: what an earlier one has loaded counts there. From Alembic on, a service
# loads only those that it needs.
MODULES = (
    "typer",
    "pydantic_settings",
    "structlog",
    "uvicorn",
    "fastapi",
    "sqlalchemy",
    "sqlalchemy.ext.asyncio",
    "subtext.asgi",
    "sqlalchemy.dialects.postgresql",
    "alembic.command",
    "limits.aio.strategies",
    "httpcore2",
    "httpx2",
    "openai",
    "numpy",
    "onnxruntime",
    "tokenizers",
)


def main() -> None:
    """Print what the interpreter takes, and what each module adds."""
    before = read_rss_mb(os.getpid())
    sys.stdout.write(f"{'interpreter and asyncio':32}{before:6.1f}\n")
    for name in MODULES:
        import_module(name)
        after = read_rss_mb(os.getpid())
        sys.stdout.write(f"{name:32}{after - before:6.1f}\n")
        before = after


if __name__ == "__main__":
    main()
