"""Evaluation: run an engine on labelled articles, and measure its labels, evidence, confidence and summaries."""
