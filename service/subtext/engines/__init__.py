"""Engines: what reads an article and drafts an answer, behind the analyst's one port."""
