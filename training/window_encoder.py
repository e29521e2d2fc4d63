"""Window encoder: the fitted transformer in the form that is exported, for the token ids of one window a call.

A window is never padded, so that there is no mask, and every state is a row of a matrix: ONNX Runtime would replace an
addition and a normalization of tensors of three dimensions by one operator that takes five times as long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.network import HIDDEN

if TYPE_CHECKING:
    from transformers import BertModel
    from transformers.models.bert.modeling_bert import BertLayer

HEAD = 32
_EPSILON = 1e-12


class WindowLayer(nn.Module):
    """Transformer layer (post-norm) of so many attention heads and feed-forward neurons."""

    def __init__(self, heads: int, width: int) -> None:
        super().__init__()
        self.heads = heads
        self.attend_in = nn.Linear(HIDDEN, 3 * HEAD * heads)
        self.attend_out = nn.Linear(HEAD * heads, HIDDEN)
        self.attend_norm = nn.LayerNorm(HIDDEN, _EPSILON)
        self.feed_in = nn.Linear(HIDDEN, width)
        self.feed_out = nn.Linear(width, HIDDEN)
        self.feed_norm = nn.LayerNorm(HIDDEN, _EPSILON)

    @classmethod
    def from_bert(cls, source: BertLayer) -> WindowLayer:
        """Return a layer of the same function; queries and keys share the scale of the attention."""
        attention = source.attention
        projections = attention.self.query, attention.self.key, attention.self.value
        layer = cls(attention.self.num_attention_heads, source.intermediate.dense.out_features)
        scales = (HEAD**-0.25, HEAD**-0.25, 1.0)
        with torch.no_grad():
            for name in ("weight", "bias"):
                parts = [scale * getattr(one, name) for scale, one in zip(scales, projections, strict=True)]
                getattr(layer.attend_in, name).copy_(torch.cat(parts))
        layer.attend_out.load_state_dict(attention.output.dense.state_dict())
        layer.attend_norm.load_state_dict(attention.output.LayerNorm.state_dict())
        layer.feed_in.load_state_dict(source.intermediate.dense.state_dict())
        layer.feed_out.load_state_dict(source.output.dense.state_dict())
        layer.feed_norm.load_state_dict(source.output.LayerNorm.state_dict())
        return layer

    def forward(self, states: Tensor) -> Tensor:
        """Return the states of a window's tokens after this layer."""
        states = self.attend_norm(states + self.attend_out(self._attend(states)))
        normed: Tensor = self.feed_norm(states + self.feed_out(functional.gelu(self.feed_in(states))))
        return normed

    def _attend(self, states: Tensor) -> Tensor:
        """Return what the heads of attention see, side by side: tokens by heads times `HEAD`."""
        projected = self.attend_in(states).view(-1, 3, self.heads, HEAD).permute(1, 2, 0, 3)
        queries, keys, values = projected.unbind(0)
        seen = torch.softmax(queries @ keys.transpose(1, 2), -1) @ values
        return seen.transpose(0, 1).reshape(-1, self.heads * HEAD)


class WindowEncoder(nn.Module):
    """Embeddings and layers; reads the token ids of one window, with [CLS] and [SEP]."""

    words: Tensor
    positions: Tensor

    def __init__(self, words: Tensor, positions: Tensor, norm: nn.LayerNorm, layers: list[WindowLayer]) -> None:
        super().__init__()
        self.register_buffer("words", words)
        self.register_buffer("positions", positions)
        self.norm = norm
        self.layers = nn.ModuleList(layers)

    @classmethod
    def from_bert(cls, source: BertModel, window_max: int) -> WindowEncoder:
        """Return an encoder of the same function; every window is of one segment and of at most so many tokens."""
        embeddings = source.embeddings
        first = embeddings.token_type_embeddings.weight[0]
        positions = (embeddings.position_embeddings.weight[:window_max] + first).detach()
        layers = [WindowLayer.from_bert(layer) for layer in source.encoder.layer]
        return cls(embeddings.word_embeddings.weight.detach(), positions, embeddings.LayerNorm, layers)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the last states of a window's tokens."""
        states = self.norm(functional.embedding(ids, self.words) + self.positions[: ids.shape[0]])
        for layer in self.layers:
            states = layer(states)
        return states
