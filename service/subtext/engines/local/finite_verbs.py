"""Finite verbs: tell a sentence from a fragment, such as "Orlo, trotting out his daughter" without more.

A word list and endings instead of a tagger, which would cost more than the whole engine; in doubt there is a verb.
"""

from __future__ import annotations

import re

from subtext.domain.text.words import word_set

_SURE = word_set(
    "is are was were am be been has have had does do did will would can could may might must shall should isn't aren't "
    "wasn't weren't hasn't haven't hadn't doesn't don't didn't won't wouldn't can't cannot couldn't shouldn't mustn't "
    "said told came went got gave took made saw knew thought found left lost won met led held kept felt "
    "put set cut hit "
    "let brought bought caught taught fought sought built sent spent lent meant dealt began ran sang drank sank rose "
    "fell stood understood withstood grew threw flew drew blew broke spoke chose froze drove rode wrote "
    "swore tore wore "
    "bore struck stuck swung hung sold paid laid heard read became overcame overtook shook forgot hid "
    "slid bit beat ate "
    "lay sat shot shut spread cost hurt quit split burst cast swept slept wept crept kept bled fed fled sped bound "
    "wound ground lit slew spun shrank sprang stole arose awoke forbade withdrew outdid undid"
)
_BASES = word_set(
    "say tell come go get give take make see know think find leave lose win meet lead hold keep feel put set show mean "
    "need want look seem become begin run turn stand grow draw break speak choose drive write bring buy build send "
    "spend fall rise hear read pay sell call ask use work try help move live believe happen include continue change "
    "follow stop create open close allow add offer remain appear serve die expect stay fail reach cut "
    "raise pass decide "
    "return explain hope develop carry claim warn argue insist face plan vow seek push press urge threaten demand "
    "accuse deny admit agree reject back support oppose join sign strike attack kill cause require suggest report note "
    "announce act depend rely matter cost control rule dominate beg plead bow yield play love like hate "
    "fear wait watch "
    "start end provide receive consider produce represent reveal mark prove deserve rank range belong exist lie sit "
    "suffer celebrate encourage recommend allege capture reflect point house realize realise remember respect feature "
    "wear total pose describe estimate account enjoy star combine define reduce increase improve replace protect "
    "measure regard welcome visit teach learn spark target trade travel trust value view walk wonder worry contain "
    "involve identify indicate"
)
_FORMS = _BASES.union(
    (base + "s" for base in _BASES),
    (base[:-1] + "ies" for base in _BASES if base.endswith("y")),
    (base + "es" for base in _BASES if base.endswith(("ch", "sh", "ss", "o"))),
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_CONTRACTED = ("'re", "'ve", "'ll", "'d", "'m", "n't")
# What stands between a comma and the next one, a dash pair or brackets, and says nothing by itself.
_ASIDE = re.compile(
    r"(?:,|—|–|\()\s*(?:\w+ly\s)?(?:\w+ing|who|which|whose|where|when|that|as|while|after)\b[^,—–()]*(?=[,—–).!…])"
)
# "The report recommends a range": an ending that a noun has, too, before what begins an object.
_OBJECT = re.compile(
    r"\b(?!(?:his|its|as|this|us|yes)\b)[a-z]{3,}s "
    r"(?:the|an?|that|his|her|its|their|our|more|less|no|some|any|how|why|what|\d)\b"
)
_SUBJECTS = word_set("i we they you he she it who there")
_NO_PASTS = word_set("need seed feed speed bleed hundred indeed red bed shed breed weed creed greed deed reed")
_NOT_FINITE_AFTER = word_set("to the a an of his her its their our my your this these those no")


def has_finite_verb(sentence: str) -> bool:
    """Tell whether a sentence has a finite verb outside of its asides."""
    bare = _ASIDE.sub(" ", sentence)
    if _OBJECT.search(bare):
        return True
    words = [word.lower().replace("’", "'") for word in _WORD.findall(bare)]
    return any(_may_be_finite(word, words[number - 1] if number else "") for number, word in enumerate(words))


def _may_be_finite(word: str, before: str) -> bool:
    if word in _SURE or word.endswith(_CONTRACTED) or word in {"it's", "he's", "she's", "that's", "there's", "what's"}:
        return before != "to" or word in {"is", "are", "was", "were"}
    if before in _NOT_FINITE_AFTER:
        return False
    if before in _SUBJECTS and not word.endswith("ing"):
        return True
    return word in _FORMS or (word.endswith("ed") and word not in _NO_PASTS)
