"""The trained scorer: a small encoder, what it says of sentences, and what follows from it for the article."""

from pathlib import Path

ENCODER_MODEL = "subtext-encoder-1"
"""Name by which an answer tells that the shipped encoder judged it."""
WEIGHTS = Path(__file__).parent / "weights"
