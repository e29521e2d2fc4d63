"""Exporting: a fitted net as files that need no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from subtext.engines.local.trained.tokenization import WINDOW_MAX
from training.network import base_tokenizer
from training.window_encoder import WindowEncoder

if TYPE_CHECKING:
    from pathlib import Path

    from training.network import Net

_OPSET = 17


def export(net: Net, folder: Path) -> None:
    """Write `encoder.onnx` (int8) with its tensors in `encoder.onnx.data`, `heads.npz` and `tokenizer.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    export_encoder(WindowEncoder.from_bert(net.encoder, WINDOW_MAX), folder)
    heads = {name: value.numpy() for name, value in net.state_dict().items() if not name.startswith("encoder.")}
    np.savez(folder / "heads.npz", **heads)
    base_tokenizer().save(str(folder / "tokenizer.json"), pretty=False)


def export_encoder(encoder: WindowEncoder, folder: Path) -> None:
    """Write `encoder.onnx`, from the token ids of one window to their states, and `encoder.onnx.data`."""
    full = folder / "full.onnx"
    torch.onnx.export(
        encoder.eval(),
        (torch.ones(64, dtype=torch.long),),
        full,
        input_names=["ids"],
        output_names=["states"],
        dynamic_axes={name: {0: "tokens"} for name in ("ids", "states")},
        dynamo=False,
        opset_version=_OPSET,
    )
    # The tensors in a file of their own, which ONNX Runtime maps into memory: what no article needs is never read.
    quantize_dynamic(
        full, folder / "encoder.onnx", weight_type=QuantType.QInt8, per_channel=True, use_external_data_format=True
    )
    full.unlink()
