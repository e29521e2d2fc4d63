"""Fitting: an encoder fine-tuned on articles, and what a fitted one says of others."""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from subtext.engines.local.trained.encoder import ModelOutputs
from training.batches import Batch, build_batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.labeled_articles import Sample
    from training.network import Net

# By label (desperation, domination, mixed, neither): the rarer counts more.
_LABEL_WEIGHTS = torch.tensor([1.0, 1.2, 2.0, 0.7])
_TOKEN_WEIGHT, _ARTICLE_WEIGHT, _POSITIVE_TOKEN = 0.5, 0.5, 4.0
_HEADS_RATE, _WARM, _FLOOR = 1e-3, 0.1, 0.02


@dataclass(frozen=True, slots=True)
class Round:
    """Epochs with a rate that rises, then falls to nearly nothing; `neither` is the share of such articles used."""

    epochs: int
    seed: int
    rate: float = 1.5e-4
    neither: float = 0.6
    articles: int = 2


def fit(net: Net, samples: Sequence[Sample], own: Sequence[Sample], plan: Round) -> None:
    """Return the net after a round on the articles and on our own corpus. Single thread, bfloat16, seeded."""
    torch.manual_seed(plan.seed)
    dice = random.Random(plan.seed)  # noqa: S311 - an order of articles is no secret
    framed = [sample for sample in samples if sample.row["label"] != "neither"]
    plain = [sample for sample in samples if sample.row["label"] == "neither"]
    steps = int(len(framed) + plan.neither * len(plain) + len(own)) // plan.articles
    total = steps * plan.epochs
    optimiser, schedule = _optimiser(net, plan.rate, total)
    net.train()
    for epoch in range(plan.epochs):
        some = [*framed, *(sample for sample in plain if dice.random() < plan.neither), *own]
        dice.shuffle(some)
        losses = []
        for first in range(0, len(some) - plan.articles + 1, plan.articles):
            loss = _loss(net, build_batch(some[first : first + plan.articles]))
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        sys.stdout.write(f"epoch {epoch + 1} of {plan.epochs}: loss {np.mean(losses):.3f}\n")
        sys.stdout.flush()


def outputs(net: Net, samples: Sequence[Sample]) -> list[ModelOutputs]:
    """Return what the net says of articles, one by one."""
    net.eval()
    found = []
    with torch.no_grad():
        for sample in samples:
            batch = build_batch([sample])
            sentences, tokens, article = _forward(net, batch)
            chances = tokens.sigmoid()
            of_pieces = tuple(chances[row, low:high].numpy() for row, low, high in batch.spots)
            found.append(ModelOutputs(sentences.softmax(1).numpy(), of_pieces, article[0].numpy()))
    return found


def _optimiser(net: Net, rate: float, total: int) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LambdaLR]:
    heads = [parameter for name, parameter in net.named_parameters() if not name.startswith("encoder.")]
    groups = [{"params": list(net.trainable()), "lr": rate}, {"params": heads, "lr": _HEADS_RATE}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)

    def share(step: int) -> float:
        return min(1.0, (step + 1) / (_WARM * total)) * max(_FLOOR, 1 - step / total)

    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, share)


def _forward(net: Net, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        states = net.states(batch.ids, batch.mask)
    return net.heads(states.float(), batch.pool, batch.places, batch.owners)


def _loss(net: Net, batch: Batch) -> Tensor:
    sentences, tokens, articles = _forward(net, batch)
    of_sentences = -(batch.soft * sentences.log_softmax(1)).sum(1)
    of_tokens = functional.binary_cross_entropy_with_logits(
        tokens, batch.tags, pos_weight=torch.tensor(_POSITIVE_TOKEN), reduction="none"
    ).mean(-1)
    label = functional.cross_entropy(articles[:, :4], batch.labels, weight=_LABEL_WEIGHTS, label_smoothing=0.1)
    numbers = functional.mse_loss(articles[:, 4:], batch.numbers)
    return (
        (of_sentences * batch.weight).sum() / batch.weight.sum()
        + _TOKEN_WEIGHT * (of_tokens * batch.inside).sum() / batch.inside.sum()
        + _ARTICLE_WEIGHT * label
        + numbers
    )
