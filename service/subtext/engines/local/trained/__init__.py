"""Trained framing classifier: a small encoder, a calibrated label model and an evidence ranker."""

from pathlib import Path

ENCODER_MODEL = "subtext-encoder-1"
"""Name of the shipped model, as answers give it."""
WEIGHTS = Path(__file__).parent / "weights"
