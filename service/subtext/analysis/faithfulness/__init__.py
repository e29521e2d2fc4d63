"""Check whether the text of a summary is supported by the article."""
