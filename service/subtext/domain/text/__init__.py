"""Text as offsets see it: normalization, word boundaries, invisible characters."""
