"""Exporting: a fitted net as files that need no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from training.network import Net, base_tokenizer

if TYPE_CHECKING:
    from pathlib import Path

_OPSET = 17


def export(net: Net, folder: Path) -> None:
    """Write `encoder.onnx` (int8) with its tensors in `encoder.onnx.data`, `heads.npz` and `tokenizer.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    net.eval()
    ids = torch.ones((2, 64), dtype=torch.long)
    full = folder / "full.onnx"
    torch.onnx.export(
        _Encoder(net),
        (ids, torch.ones_like(ids)),
        full,
        input_names=["ids", "mask"],
        output_names=["states"],
        dynamic_axes={name: {0: "windows", 1: "tokens"} for name in ("ids", "mask", "states")},
        dynamo=False,
        opset_version=_OPSET,
    )
    # The tensors in a file of their own, which ONNX Runtime maps into memory: what no article needs is never read.
    quantize_dynamic(
        full, folder / "encoder.onnx", weight_type=QuantType.QInt8, per_channel=True, use_external_data_format=True
    )
    full.unlink()
    heads = {name: value.numpy() for name, value in net.state_dict().items() if not name.startswith("encoder.")}
    np.savez(folder / "heads.npz", **heads)
    base_tokenizer().save(str(folder / "tokenizer.json"), pretty=False)


class _Encoder(nn.Module):
    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        return self.net.states(ids, mask)
