"""Scope of the lexicon: whether a text is about anybody's conduct, without which a word of power frames nobody.

A recipe forces tomatoes through a sieve, and a gene is dominant, but in either hardly a sentence names an actor; of the
sentences of 1,282 coded news articles and columns more than a third do in each. What a cook is told to do is nobody's
conduct, even with Dijon mustard.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from subtext.analysis.adequacy import ENOUGH_WORDS
from subtext.domain.text.names import CAPITAL
from subtext.domain.text.words import word_set
from subtext.engines.local.tokens import tokenize_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subtext.domain.text.sentences import Sentence
    from subtext.engines.local.classifier import FramingContext
    from subtext.engines.local.tokens import WordToken

_ACTOR_SHARE_MIN: Final = 0.3
# Shorter ones are headings, cries and items of lists.
_WORDS_MIN: Final = 4
_NAME_INSIDE = re.compile(rf"(?<=[^\s.!?:] )[“‘\"']?[{CAPITAL}][\w.]")
# "They", "it" and "you" are said of onions, and to cooks.
_PERSONS = word_set("he she his her him hers himself herself who whose we our ours i me my")
# Bodies and offices that go by a common noun.
_ACTORS = word_set(
    "government ministry minister ministers cabinet parliament congress senate council councils mayor governor "
    "president chancellor king queen prince party parties opposition coalition regime junta state states country "
    "countries nation nations republic kingdom empire army navy military troops soldiers militia militias "
    "rebels insurgents garrison fleet police officers general generals admiral commander court courts judge judges "
    "prosecutors company companies firm firms bank banks maker carrier airline retailer startup chairman "
    "chairwoman chief executive director directors board shareholders investors creditors lenders union unions "
    "workers strikers employers club clubs team teams coach manager players side captain league federation "
    "association committee commission agency regulator regulators alliance bloc bishop bishops church university "
    "hospital voters lawmakers senators officials diplomats envoy envoys delegation activists protesters "
    "demonstrators residents villagers tenants landlord landlords owner owners rival rivals ally allies enemy "
    "enemies neighbour neighbours neighbor neighbors leader leaders dictator boss gang cartel hackers spokesman "
    "spokeswoman spokesperson editor publisher school teachers doctors nurses families"
)
# A verb before its object opens an order: "Crush four cloves", but not "After the vote" or "Facing a revolt".
_ORDER = re.compile(
    r"([A-Z][a-z]+)(?<!ing)(?<!ed)(?<!ly) "
    r"(?:the|an?|it|them|your|each|every|all|both|any|one|two|three|four|five|six|half)\b"
)
_NO_VERBS = word_set(
    "the a an and but or nor so yet for of in on at to by with from as if than that this these those it he she they "
    "we you i who which what when where why how while after before until unless since because although though "
    "during under over above below behind beyond across among amid between against along around near inside outside "
    "within without despite like unlike about into onto upon through throughout toward towards except even only "
    "also just not both either neither all some any many most few much such more less once now then here there is "
    "are was were be has have had do does did will would can could may might must shall should no nothing nobody "
    "none never still again today yesterday every each one two three four five six half given per via"
)


def is_about_actors(context: FramingContext) -> bool:
    """Tell whether enough sentences name an actor, a person or the target for words of power to be about somebody.

    A text without a capital is taken to be about somebody, as no name stands out there, and so is a short one, which
    gets no pole anyway.
    """
    if context.words < ENOUGH_WORDS or context.text.islower():
        return True
    tokens = context.prepared.derive(tokenize_sentences)
    aliases = context.target.aliases if context.target is not None and context.is_target_given else frozenset[str]()
    body = [(each, words) for each in context.sentences if len(words := tokens[each.start]) >= _WORDS_MIN]
    actors = _PERSONS | _ACTORS | aliases
    named = sum(_names_actor(sentence, words, actors) for sentence, words in body)
    return named >= _ACTOR_SHARE_MIN * len(body)


def _names_actor(sentence: Sentence, words: Sequence[WordToken], actors: frozenset[str]) -> bool:
    if (order := _ORDER.match(sentence.text)) and order[1].lower() not in _NO_VERBS:
        return False
    return not actors.isdisjoint([word.norm for word in words]) or _NAME_INSIDE.search(sentence.text) is not None
