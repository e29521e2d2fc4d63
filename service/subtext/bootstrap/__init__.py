"""Composition root: the one place where settings become objects, opened in order and closed in reverse."""
