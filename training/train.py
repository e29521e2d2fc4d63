"""Train the scorer and write its weights: `python -m training.train DATA OUT`; DATA is a folder with `train.jsonl`.

One net is fitted on all articles: it is exported. Others, each without one fold, judge the articles of that fold, so
that the posterior is fitted on judgements like those of new articles. All seeds are fixed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from subtext.prompts.registry import PromptRegistry, default_root
from training.calibration import calibrate, calibrate_short, rank
from training.corpus import own_rows
from training.labeled_articles import Sample, build_sample, read_rows
from training.network import Net, base_tokenizer
from training.onnx_export import export
from training.passages import cut_passages, exchange
from training.trainer import Round, fit, outputs
from training.voices import fit_voices

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDS = (Round(epochs=3, seed=7), Round(epochs=2, seed=8))
FOLDS = 3
OWN_ARTICLES, OWN_SEED = 240, 11
PASSAGES_SEED = 5
# What a label counts when the article's is chosen: see `engines.local.trained.label_model.Posterior`.
COUNTS = (1.0, 1.0, 1.25, 1.0)


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--judged-folds", type=int, default=FOLDS, help="folds that are judged by a net of their own")
    parser.add_argument("--articles", type=int, help="only so many articles, one epoch: to see that it runs")
    given = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = base_tokenizer()
    axis = PromptRegistry.load([default_root()]).axis("desperation-domination").axis
    samples = [build_sample(row, tokenizer, axis) for row in read_rows(given.data / "train.jsonl")[: given.articles]]
    own = [build_sample(row, tokenizer, axis) for row in own_rows(OWN_ARTICLES, OWN_SEED)[: given.articles]]
    rounds = ROUNDS if given.articles is None else (Round(epochs=1, seed=7),)
    given.out.mkdir(parents=True, exist_ok=True)
    export(_fit_net(samples, own, rounds), given.out)
    folds = _folds(samples)
    judged = [one for fold in folds[: given.judged_folds] for one in fold]
    passages = cut_passages(judged, PASSAGES_SEED)
    found, of_passages, exchanged = [], [], []
    for fold in folds[: given.judged_folds]:
        unseen = {one.id for one in fold}
        net = _fit_net([one for one in samples if one.id not in unseen], own, rounds)
        cut = [one for one in passages if one.id in unseen]
        found += outputs(net, fold)
        of_passages += outputs(net, cut)
        exchanged += outputs(net, exchange(cut, tokenizer))
    labels = calibrate(judged, found, COUNTS, given.out / "posterior.json")
    calibrate_short(passages, of_passages, exchanged, tokenizer, given.out / "posterior_short.json")
    evidence = rank(judged, found, given.out / "ranking.json")
    fit_voices(judged, found, evidence, labels, given.out / "voices.json")
    size = sum(path.stat().st_size for path in given.out.iterdir())
    print(json.dumps({"articles": len(samples), "judged": len(judged), "bytes": size}))  # noqa: T201 - it is a command


def _fit_net(samples: Sequence[Sample], own: Sequence[Sample], rounds: Sequence[Round]) -> Net:
    torch.manual_seed(rounds[0].seed)
    net = Net()
    for plan in rounds:
        fit(net, samples, own, plan)
    return net


def _folds(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Split the articles into folds that have the same share of each label."""
    ordered = sorted(samples, key=lambda one: (one.row["label"], one.id))
    return [ordered[fold::FOLDS] for fold in range(FOLDS)]


if __name__ == "__main__":
    main()
