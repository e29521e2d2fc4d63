"""Forms of a verb in the lexicon (`lexicon.inflect`)."""

from __future__ import annotations

import pytest

from subtext.engines.local.lexicon import inflect


@pytest.mark.parametrize(
    ("lemma", "forms"),
    [
        ("crumble", {"crumble", "crumbles", "crumbled", "crumbling"}),
        ("beg", {"beg", "begs", "begged", "begging"}),
        ("rally", {"rally", "rallies", "rallied", "rallying"}),
        ("weaken", {"weaken", "weakens", "weakened", "weakening"}),
        ("submit", {"submit", "submits", "submitted", "submitting"}),
        ("crush", {"crush", "crushes", "crushed", "crushing"}),
        ("seek", {"seek", "seeks", "sought", "seeking"}),
        ("free", {"free", "frees", "freed", "freeing"}),
        ("cut", {"cut", "cuts", "cutting"}),
        ("obey", {"obey", "obeys", "obeyed", "obeying"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_verbs_are_inflected_as_english_spells_them(lemma: str, forms: set[str]) -> None:
    assert inflect(lemma) == forms
