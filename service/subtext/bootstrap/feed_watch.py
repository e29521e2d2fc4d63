"""Open a watcher of feeds: the analysis service with its storage, the feed reader and the receivers."""

from __future__ import annotations

import base64
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from subtext.bootstrap.runtime import attach, intake_limits, open_runtime, open_storage
from subtext.domain.caller import NO_OWNER
from subtext.errors import AnalysisNotFound, SettingsInvalid, StorageDisabled
from subtext.intake.feed import FeedReader
from subtext.intake.http.ip_policy import HostAllowlist
from subtext.schemas.analysis import AnalysisView
from subtext.schemas.requests import build_analysis_request
from subtext.services.analyses import RequestContext
from subtext.services.feed_watch import FeedWatcher

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from subtext.intake.feed import FeedItem
    from subtext.services.analyses import AnalysisService
    from subtext.services.feed_watch import Notifier
    from subtext.services.watch_journal import WatchJournal
    from subtext.settings import Settings
    from subtext.webhooks.sender import WebhookSender

_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = range(24, 65)
_REPEATED: Final = "sent again, as it may not have arrived"


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """Options of each analysis, how many items of a new feed are analysed, and the receivers' addresses."""

    engine: str = "auto"
    target: str | None = None
    axis: str | None = None
    first: int = 10
    webhook: str | None = None
    slack: str | None = None


@asynccontextmanager
async def open_watcher(settings: Settings, options: WatchOptions, journal: WatchJournal) -> AsyncIterator[FeedWatcher]:
    """Open a watcher; raises `SettingsInvalid`, also if an extra is missing."""
    limits = intake_limits(settings).fetch
    reader = FeedReader(limits, HostAllowlist.parse(limits.private_hosts))
    async with open_storage(settings) as storage, open_runtime(settings) as runtime:
        analyses = attach(runtime, storage)

        async def analyze(item: FeedItem, analysis_id: str) -> AnalysisView:
            return await _analyze(analyses, options, item, analysis_id)

        async def find(analysis_id: str) -> AnalysisView | None:
            return await _find(analyses, analysis_id)

        notifiers = tuple(_notifiers(settings, options, analyses))
        yield FeedWatcher(reader.read, analyze, find, journal, analyses.clock, notifiers, options.first)


async def _analyze(analyses: AnalysisService, options: WatchOptions, item: FeedItem, analysis_id: str) -> AnalysisView:
    body = build_analysis_request(url=item.url, target=options.target, axis=options.axis, engine=options.engine)
    # Without the cache, so that what is stored has the id that the journal names.
    published_at = item.published_at.date().isoformat() if item.published_at else None
    context = RequestContext(use_cache=False, analysis_id=analysis_id, published_at=published_at)
    return (await analyses.analyze(body, analyses.parse_request(body), context)).view


async def _find(analyses: AnalysisService, analysis_id: str) -> AnalysisView | None:
    """Return a stored analysis; None if there is none, or if nothing is stored."""
    try:
        return AnalysisView.model_validate_json((await analyses.get(NO_OWNER, analysis_id)).document)
    except (AnalysisNotFound, StorageDisabled):
        return None


def _notifiers(settings: Settings, options: WatchOptions, analyses: AnalysisService) -> Iterator[Notifier]:
    if options.webhook is None and options.slack is None:
        return
    sender = _build_sender(settings, analyses)
    from subtext.webhooks.analysis_notifiers import SlackNotifier, WebhookNotifier  # noqa: PLC0415 - an extra

    if options.webhook is not None:
        yield WebhookNotifier(options.webhook, _require_secret(settings), sender, analyses.clock)
    if options.slack is not None:
        yield SlackNotifier(options.slack, _build_slack_message, sender)


def _build_sender(settings: Settings, analyses: AnalysisService) -> WebhookSender:
    try:
        from subtext.webhooks.sender import WebhookSender  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise SettingsInvalid("--webhook and --slack need an extra: pip install 'subtext[batch]'") from error
    private = HostAllowlist.parse(settings.webhooks.private_hosts, "SUBTEXT_WEBHOOKS_PRIVATE_HOSTS")
    return WebhookSender(private, analyses.clock, timeout_s=settings.webhooks.timeout_s)


def _require_secret(settings: Settings) -> str:
    """Return the secret that signs; raises `SettingsInvalid` unless it is `whsec_` and Base64 of 24 to 64 bytes."""
    secret = settings.watch.secret.get_secret_value() if settings.watch.secret else ""
    try:
        size = len(base64.b64decode(secret.removeprefix(_PREFIX), validate=True))
    except ValueError:
        size = 0
    if not secret.startswith(_PREFIX) or size not in _SECRET_BYTES:
        raise SettingsInvalid(
            f"--webhook signs what it posts: set SUBTEXT_WATCH_SECRET to {_PREFIX} and 24 to 64 random bytes in Base64"
        )
    return secret


def _build_slack_message(view: AnalysisView, *, repeated: bool) -> dict[str, object]:
    """Build the message without its buttons, which an incoming webhook has no app behind for; mark a repeated one."""
    from subtext.slack.messages import MessageBuilder  # noqa: PLC0415 - used with --slack alone

    message = MessageBuilder().answer(view)
    blocks = [block for block in message.blocks if block["type"] != "actions"]
    if not repeated:
        return {"text": message.text, "blocks": blocks}
    mark = {"type": "context", "elements": [{"type": "plain_text", "text": _REPEATED}]}
    return {"text": f"{_REPEATED}: {message.text}", "blocks": [mark, *blocks]}
