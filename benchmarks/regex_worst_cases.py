"""CPU time of texts that repeat one thing 100,000 characters long, through the whole service (ReDoS).

The embedded engine and every check run all patterns of the package that see an article. A time far above that of the
others shows a pattern that is not linear.

python -m benchmarks.regex_worst_cases
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from subtext.bootstrap.runtime import open_runtime
from subtext.errors import SubtextError
from subtext.services.analyses import RequestContext
from tests.support.api import TEXT, settings

if TYPE_CHECKING:
    from subtext.services.analyses import AnalysisService

CHARS = 100_000
REPEATED = (
    *("", "A", "a", "0", "#", "\n", "_", ".", ",", "*", "-", "“", "’", " \n", "\r\n", "a\n", "Ab", "A ", "A. ", "a@a."),
    *("0.", "0,", "a b ", "\n# ", "the ", "not ", "said ", "://", "a=", "<a", "“a” ", "Mr. ", "ignore all ", "\u200b"),
)


async def run() -> None:
    """Print a line for each text."""
    async with open_runtime(settings()) as service:
        await analyze(service, "")
        for repeated in REPEATED:
            took = await analyze(service, repeated)
            sys.stdout.write(f"{took:6.2f} s CPU  {repeated!r}\n")
            sys.stdout.flush()


async def analyze(service: AnalysisService, repeated: str) -> float:
    """Return the CPU time (s) of an article with the repeated text in its middle; a refusal is an answer, too."""
    planted = repeated * (CHARS // len(repeated)) if repeated else ""
    request = service.build_request(engine="local", fallback="never")
    began = time.process_time()
    try:
        article = await service.loader.from_text(f"{TEXT}\n\n{planted}\n\n{TEXT}", language="en")
        await service.analyze_article(article, request, RequestContext(use_cache=False))
    except SubtextError:
        pass
    return time.process_time() - began


if __name__ == "__main__":
    asyncio.run(run())
