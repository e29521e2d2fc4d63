"""Inflections of English verbs (and plurals), by rule; irregular forms are listed."""

from __future__ import annotations

_VOWELS = "aeiou"
_IRREGULAR = {
    "break": ("broke", "broken"), "bring": ("brought",), "build": ("built",), "buy": ("bought",), "beat": ("beaten",),
    "cling": ("clung",), "come": ("came",), "cut": (), "deal": ("dealt",), "do": ("does", "did", "done"),
    "draw": ("drew", "drawn"), "drive": ("drove", "driven"), "eat": ("ate", "eaten"), "fall": ("fell", "fallen"),
    "feel": ("felt",), "fight": ("fought",), "freeze": ("froze", "frozen"), "get": ("got", "gotten"),
    "give": ("gave", "given"), "go": ("goes", "went", "gone"), "grow": ("grew", "grown"), "hang": ("hung",),
    "hide": ("hid", "hidden"), "hit": (), "hold": ("held",), "keep": ("kept",), "lay": ("laid",), "lead": ("led",),
    "lean": ("leant",), "lose": ("lost",), "make": ("made",), "overcome": ("overcame",), "put": (),
    "rise": ("rose", "risen"), "rub": ("rubbed",), "run": ("ran",), "seek": ("sought",), "set": (),
    "shake": ("shook", "shaken"), "shrink": ("shrank", "shrunk"), "shut": (), "sink": ("sank", "sunk"),
    "slide": ("slid",), "spread": (), "strike": ("struck",), "sweep": ("swept",),
    "take": ("took", "taken"),
    "tear": ("tore", "torn"), "throw": ("threw", "thrown"), "win": ("won",), "write": ("wrote", "written"),
}  # fmt: skip
# Verbs of more than one syllable whose last one is not stressed keep their single consonant.
_UNDOUBLED = ("en", "er", "or", "it", "et", "on", "ow", "in", "ip", "op")
_SHORT = 4
_UNCHANGED_PAST = frozenset({"beat", "cut", "hit", "put", "set", "shut", "spread"})


def inflections(lemma: str) -> frozenset[str]:
    """The lemma with its -s, -ed and -ing forms: `rally` gives rallies, rallied, rallying too."""
    forms = {lemma, _with_s(lemma), _stem(lemma, keep_y=True) + "ing", *_IRREGULAR.get(lemma, ())}
    if lemma not in _IRREGULAR:
        stem = _stem(lemma, keep_y=False)
        forms.add(stem + ("d" if stem.endswith("ee") else "ed"))
    return frozenset(forms)


def _with_s(lemma: str) -> str:
    if lemma.endswith(("s", "x", "z", "ch", "sh")):
        return lemma + "es"
    return lemma[:-1] + "ies" if _ends_in_consonant_y(lemma) else lemma + "s"


def _stem(lemma: str, *, keep_y: bool) -> str:
    if lemma.endswith("e") and not lemma.endswith(("ee", "oe", "ye")):
        return lemma[:-1]
    if _ends_in_consonant_y(lemma) and not keep_y:
        return lemma[:-1] + "i"
    return lemma + lemma[-1] if _doubles(lemma) else lemma


def _ends_in_consonant_y(lemma: str) -> bool:
    return lemma.endswith("y") and len(lemma) > 1 and lemma[-2] not in _VOWELS


def _doubles(lemma: str) -> bool:
    """Whether a last single consonant after a single vowel is written twice (`beg`, `submit`; not `weaken`)."""
    if len(lemma) < 3 or lemma[-1] in _VOWELS + "wxy" or lemma[-2] not in _VOWELS or lemma[-3] in _VOWELS:  # noqa: PLR2004 - consonant, vowel, consonant
        return False
    return (
        len(lemma) <= _SHORT
        or lemma.endswith(("mit", "fer", "pel", "ban", "gin", "rob"))
        or not lemma.endswith(_UNDOUBLED)
    )
