"""The embedded engine: a reading of the article by rules and a shipped lexicon, with no network and no model file."""
