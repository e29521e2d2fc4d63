"""Both clients against the service on a socket: every operation, as a caller uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from subtext.client import Polling
from subtext.client.models.event import PartialEvent, ResultEvent, StatusEvent
from subtext.client.problem_errors import AnalysisUnknown, BatchConflict, NotFound, RequestInvalid, WebhookUnknown
from tests.support.api import TEXT, TITLE

if TYPE_CHECKING:
    from subtext.client import Client
    from subtext.client.requests import BatchItem

OTHER = TEXT.replace("Orlan Freight", "Vesta Lines")


def test_an_article_is_analyzed(client: Client) -> None:
    analysis = client.analyze_article(text=TEXT, title=TITLE, engine="local", include=["text"])

    assert analysis.framing is not None
    assert analysis.framing.label == "desperation"
    assert analysis.document.text is not None
    assert all(analysis.document.text[item.start : item.end] == item.quote for item in analysis.evidence)


def test_a_summary_has_no_framing_and_a_stance_no_summary(client: Client) -> None:
    assert client.summarize_article(text=TEXT).framing is None
    assert client.assess_stance(text=TEXT).summary is None


def test_the_events_of_an_analysis_end_with_the_result(client: Client) -> None:
    with client.stream_analysis(text=TEXT, engine="local", cache="no-store") as events:
        seen = list(events)

    assert [event.stage for event in seen if isinstance(event, StatusEvent)] == ["reading_article", "analysing"]
    assert [event.document.char_count for event in seen if isinstance(event, PartialEvent) and event.document] == [
        len(TEXT)
    ]
    assert isinstance(seen[-1], ResultEvent)
    assert seen[-1].analysis.status == "complete"


def test_a_stream_that_is_refused_raises_the_problem(client: Client) -> None:
    with pytest.raises(RequestInvalid) as caught, client.stream_analysis(text=""):
        pass

    assert [field.pointer for field in caught.value.fields] == ["/text"]


def test_articles_are_compared_also_with_an_analysis(client: Client) -> None:
    analysis = client.analyze_article(text=OTHER, engine="local")

    comparison = client.compare_articles([{"text": TEXT, "outlet": "A"}, {"analysis": analysis}], engine="local")

    assert {article.position for article in comparison.articles} == {0, 1}
    assert comparison.failures == []


def test_an_analysis_is_verified_and_a_false_quote_is_found(client: Client) -> None:
    analysis = client.analyze_article(text=TEXT, title=TITLE, engine="local", include=["text"])
    false = analysis.model_dump(mode="json")
    false["evidence"][0]["quote"] = "has never been stronger at all"

    assert client.verify_analysis(analysis).valid
    assert "quote_differs" in {failure.code for failure in client.verify_analysis(false).failures}


def test_stored_analyses_are_listed_page_by_page(client: Client, kind: str) -> None:
    target = f"Owner of {kind}"
    ids = [client.analyze_article(text=TEXT, target=target, cache="no-store").id for _ in range(3)]

    listed = [item.id for item in client.iter_analyses(target=target, limit=2)]

    assert listed == ids[::-1]
    assert client.list_analyses(target=target, limit=2).next_cursor is not None
    assert client.get_analysis(ids[0]).id == ids[0]


def test_feedback_is_given_and_an_analysis_deleted(client: Client) -> None:
    analysis = client.analyze_article(text=TEXT, cache="no-store")

    assert client.give_feedback(analysis.id, "wrong", label="mixed").label == "mixed"
    client.delete_analysis(analysis.id)

    with pytest.raises(AnalysisUnknown):
        client.get_analysis(analysis.id)


def test_a_batch_is_submitted_waited_for_and_read(client: Client) -> None:
    states: list[str] = []
    batch = client.create_batch([{"custom_id": "a", "text": TEXT}, {"custom_id": "b", "text": ""}], engine="local")

    ended = client.wait_for_batch(
        batch.id, on_progress=lambda batch: states.append(batch.state), polling=Polling(first_s=0.01)
    )
    with client.get_batch_results(batch.id) as results:
        by_id = {result.custom_id: result for result in results}

    assert (ended.state, states[-1]) == ("partial", "partial")
    assert by_id["a"].result is not None
    assert by_id["b"].problem is not None
    assert by_id["b"].problem.code == "request_invalid"
    assert batch.id in {listed.id for listed in client.iter_batches(limit=1)}
    assert batch.id in {listed.id for listed in client.list_batches(limit=100).batches}
    assert client.get_batch(batch.id).has_ended


def test_a_batch_that_failed_in_part_is_retried_and_one_that_ended_not_cancelled(client: Client) -> None:
    items: list[BatchItem] = [{"custom_id": "a", "text": TEXT, "axis": "no-such-axis"}]
    batch = client.create_batch(iter(items))
    client.wait_for_batch(batch.id, polling=Polling(first_s=0.01))

    client.retry_batch(batch.id)
    assert client.wait_for_batch(batch.id, polling=Polling(first_s=0.01)).state == "partial"

    with pytest.raises(BatchConflict):
        client.cancel_batch(batch.id)


def test_webhooks_are_made_rotated_and_deleted(client: Client) -> None:
    webhook = client.create_webhook("https://example.org/hook", events=["batch.failed"], description="for tests")

    rotated = client.rotate_secret(webhook.id)

    assert rotated.secret.startswith("whsec_")
    assert rotated.secret != webhook.secret
    assert client.get_webhook(webhook.id).description == "for tests"
    assert webhook.id in {listed.id for listed in client.list_webhooks().webhooks}
    assert list(client.iter_deliveries(webhook.id)) == client.list_deliveries(webhook.id, state="dead").deliveries == []
    client.delete_webhook(webhook.id)
    with pytest.raises(WebhookUnknown):
        client.redeliver(webhook.id, f"msg_{webhook.id.removeprefix('wh_')}")


def test_the_catalogue_and_the_state_of_the_service_are_read(client: Client) -> None:
    assert "desperation-domination" in {axis.id for axis in client.list_axes().axes}
    assert client.list_prompts().prompts
    assert [engine.name for engine in client.list_engines().engines] == ["local"]
    assert client.get_health().status == "ok"
    assert client.get_readiness().status == "ready"
    assert client.get_version().schema_version == "1.0"


def test_an_idempotency_key_of_ones_own_replays_the_response(client: Client, kind: str) -> None:
    same = client.with_options(idempotency_key=f"key-{kind}")

    first = same.analyze_article(text=TEXT, cache="no-store")

    assert same.analyze_article(text=TEXT, cache="no-store").id == first.id
    assert client.analyze_article(text=TEXT, cache="no-store").id != first.id


def test_an_id_cannot_lead_to_another_address(client: Client) -> None:
    with pytest.raises(NotFound):
        client.get_analysis("../webhooks")
