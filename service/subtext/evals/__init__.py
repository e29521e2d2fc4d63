"""Measuring: labelled articles through any engine, and figures that say how far its answers can be believed."""
