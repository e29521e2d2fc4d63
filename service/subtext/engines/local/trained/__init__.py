"""Trained framing classifier: a small encoder, a calibrated label model and an evidence ranker."""
