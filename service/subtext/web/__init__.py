"""HTML pages: analyse an article, read its analysis, compare, history, batches and sign-in."""
