"""Actors: the people, bodies, countries and groups that a text names, and where the headline and the text put them.

A linear model over what a reader goes by: how often an actor is named, early and as a subject, and its place in the
headline. The weights are a conditional logit over the actors of 690 articles with a coded target.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from subtext.domain.text.names import CAPITAL, without_title
from subtext.domain.text.words import word_set

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from subtext.domain.text.sentences import Sentence

_NAME = re.compile(
    rf"\b[{CAPITAL}][\w’'-]*[\w](?:\s+(?:(?:of|the|de|al|bin|van|von|for)\s+){{0,2}}[{CAPITAL}][\w’'-]*\w){{0,4}}"
    rf"|(?:[A-Z]\.){{2,}}|\b[{CAPITAL}]\w*\b"
)
_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[^\W_][\w.&’'-]*|[:,;?!|]")
# Who speaks in a transcript is not whom it is about.
_LABEL = re.compile(r"[A-Z][A-Z .,'’-]+:\s")
_POSSESSIVE = re.compile(r"['’]s?$")
_ACRONYM = re.compile(r"[A-Z]{2,5}|(?:[A-Z]\.){2,}")
_INSIDE = ("in ", "In ", " at ", "At ", "near ", "in the ", "In the ")
# Words with a capital that name nobody: what opens sentences, titles, days, labels of headlines, acronyms of things.
_NO_ACTOR = word_set(
    "the a an of and for in on at to his her their its our us new this that who what why how when where "
    "is are was were "
    "be it he she they we you i but so not no yes if as or by with from after before while there both does did do will "
    "would need these those than then either neither each every some any many most all more less first last next only "
    "even still just here now never off up down out over under during good bad big let don’t don't great until unless "
    "since though although despite because monday tuesday wednesday thursday friday saturday sunday january february "
    "march april may june july august september october november december president prime minister sen senator rep "
    "representative gov governor former mr mrs ms dr chairman chief justice secretary king queen pope general judge "
    "prince candidate nominee leader attorney mayor opinion survey breaking poll video watch live update exclusive "
    "analysis editorial review leaked report reports horrible ceo tv ai pm ag mp vp pr covid-19 covid gdp dna hiv aids "
    "house christmas easter bible internet constitution one two three had has have "
    "being pray oppose according later meanwhile however today yesterday once also instead perhaps indeed finally "
    "recently earlier currently moreover ultimately eventually clearly obviously unfortunately apparently certainly "
    "actually especially already always often"
)
_NOT_ALONE = _NO_ACTOR | word_set("state states city white united")
_NOT_LAST = word_set("of the for and a an in on is was says said")
_GROUPS = word_set(
    "voters students senators lawmakers police judge court courts government media military army rebels protesters "
    "officials banks firms companies hospitals churches teachers doctors nurses workers unions shoppers parents states "
    "cities liberals conservatives progressives migrants immigrants refugees prosecutors scientists "
    "investors consumers "
    "retailers airlines farmers troops soldiers terrorists militants hackers ministers regulators economists "
    "evangelicals families schools colleges universities businesses employers automakers insurers homeowners governors "
    "mayors veterans jurors bombers activists administration economy regime opposition party candidates team club "
    "airline bank"
)
_DEMONYMS: Mapping[str, str] = {
    "russian": "Russia", "chinese": "China", "american": "America", "iranian": "Iran", "israeli": "Israel",
    "ukrainian": "Ukraine", "french": "France", "german": "Germany", "british": "Britain", "turkish": "Turkey",
    "syrian": "Syria", "mexican": "Mexico", "japanese": "Japan", "indian": "India", "iraqi": "Iraq",
    "european": "Europe", "republican": "Republicans", "democratic": "Democrats", "palestinian": "Palestinians",
    "egyptian": "Egypt", "saudi": "Saudi Arabia", "afghan": "Afghanistan", "italian": "Italy", "spanish": "Spain",
    "greek": "Greece", "canadian": "Canada", "libyan": "Libya", "cuban": "Cuba", "venezuelan": "Venezuela",
    "muslim": "Muslims", "islamic": "Islamic State", "catholic": "Catholics", "jewish": "Jews", "latino": "Latinos",
    "korean": "Korea", "hungarian": "Hungary", "polish": "Poland", "pakistani": "Pakistan", "australian": "Australia",
}  # fmt: skip
# The same body under other names: it counts under the one that the text has most.
_SAME = tuple(
    word_set(names)
    for names in ("us u.s. u.s usa america united_states", "gop republicans republican_party", "uk u.k. britain",
                  "democrats dems democratic_party", "eu e.u. european_union", "un u.n. united_nations")
)  # fmt: skip
_PREPOSITIONS = word_set("in at on to for of with over from against by as amid after near into about under like")
_VERBS = word_set(
    "is are was were has have will to can could may might must should win lose say vow put get set hit cut want face "
    "seek call make take go won lost said told urge weigh sue demand back plan move push agree accept hope fear warn"
)
_HEADLINE_MAX = 200
_EARLY_SENTENCES = 2
_SUBJECT_WORDS = 2
_DEMONYM_COUNTS = 0.5

_WEIGHTS: Mapping[str, float] = {
    "acts": 0.34, "begins": 0.61, "capitals": 0.39, "colon": -0.88, "early": 1.37, "first": 1.05,
    "group": 0.57, "headline": 0.88, "long": 0.29, "mentions": 1.68, "modifier": 0.47, "object": -0.81,
    "opens": 0.3, "place": -1.3, "share": 1.09, "subject": 1.6, "verb": 0.92,
}  # fmt: skip


@dataclass(slots=True)
class Actor:
    """One actor: how often and where it is named."""

    name: str
    is_group: bool = False
    mentions: float = 0.0
    subjects: int = 0
    places: int = 0
    first_sentence: int = 99


def rank_actors(title: str | None, sentences: Sequence[Sentence]) -> list[str]:
    """Rank the actors of a text as its target, likeliest first, each as the text names it."""
    features = actor_features(title, sentences)
    scores = {name: sum(_WEIGHTS.get(key, 0.0) * value for key, value in row.items()) for name, row in features.items()}
    return sorted(scores, key=lambda name: -scores[name])


def actor_features(title: str | None, sentences: Sequence[Sentence]) -> dict[str, dict[str, float]]:
    """Return what is measured of each actor, by name."""
    actors = _actors([s for s in sentences if not s.heading and s.text != title])
    headline = _Headline((title or "")[:_HEADLINE_MAX], actors)
    most = max((actor.mentions for actor in actors.values()), default=1.0)
    return {
        actor.name: {**_text_features(actor, most), **headline.features(key)}
        for key, actor in actors.items()
        if actor.mentions >= 1
    }


def _text_features(actor: Actor, most: float) -> dict[str, float]:
    count = max(actor.mentions, 1.0)
    return {
        "share": math.log1p(actor.mentions) / math.log1p(max(most, 1.0)),
        "mentions": math.log1p(actor.mentions),
        "opens": float(actor.first_sentence == 0),
        "early": float(actor.first_sentence <= _EARLY_SENTENCES),
        "subject": 0.0 if actor.is_group else actor.subjects / count,
        "place": 0.0 if actor.is_group else actor.places / count,
        "group": float(actor.is_group),
        "long": float(" " in actor.name and not actor.is_group),
        "capitals": float(actor.name.isupper()),
    }


def _actors(body: Sequence[Sentence]) -> dict[str, Actor]:
    """Collect the actors of running text, under their fullest names; adjectives of a country count for it."""
    actors: dict[str, Actor] = {}
    opening: dict[str, Actor] = {}
    for number, sentence in enumerate(body):
        label = _LABEL.match(sentence.text)
        label_end = label.end() if label else 0
        for match in _NAME.finditer(sentence.text):
            if match.start() >= label_end and (name := _trimmed(match[0])):
                starts = match.start() == 0 and " " not in match[0]
                _count(
                    (opening if starts else actors).setdefault(name, Actor(name)), sentence.text, match.start(), number
                )
        for word in _GROUPS.intersection(sentence.text.split()):
            group = actors.setdefault(word, Actor(word, is_group=True))
            group.mentions += 1
            group.first_sentence = min(group.first_sentence, number)
    for name, actor in opening.items():
        if name in actors or _ACRONYM.fullmatch(name):
            _merge(actors.setdefault(name, Actor(name)), actor)
    return _unified(actors)


def _count(actor: Actor, text: str, at: int, number: int) -> None:
    actor.mentions += 1
    actor.subjects += text.count(" ", 0, at) <= _SUBJECT_WORDS
    actor.places += text.endswith(_INSIDE, 0, at)
    actor.first_sentence = min(actor.first_sentence, number)


def _merge(actor: Actor, other: Actor, share: float = 1.0) -> None:
    actor.mentions += share * other.mentions
    actor.subjects += other.subjects
    actor.places += other.places
    actor.first_sentence = min(actor.first_sentence, other.first_sentence)


def _unified(actors: dict[str, Actor]) -> dict[str, Actor]:
    """Merge surnames into full names, adjectives into countries, and other names of the same body."""
    full: dict[str, str] = {}
    for name in sorted((name for name in actors if " " in name), key=lambda name: (actors[name].mentions, len(name))):
        full[name.rsplit(maxsplit=1)[-1]] = name
    united: dict[str, Actor] = {}
    for name, actor in actors.items():
        key = full.get(name, name) if " " not in name else name
        country = _DEMONYMS.get(key.lower())
        if country is not None and country not in actors:
            continue
        key = country or key
        if actor.is_group or key == name:
            _merge(united.setdefault(key, Actor(key, actor.is_group)), actor)
        else:
            _merge(united.setdefault(key, Actor(key)), actor, _DEMONYM_COUNTS if country else 1.0)
    for names in _SAME:
        same = sorted(
            (key for key in united if key.lower().replace(" ", "_") in names), key=lambda k: -united[k].mentions
        )
        for other in same[1:]:
            _merge(united[same[0]], united.pop(other))
    return united


def _trimmed(name: str) -> str:
    """Return a name without titles and words that only open a sentence; nothing if no name is left."""
    bare = without_title(name) if " " in name else name
    words = bare.split()
    while words and _POSSESSIVE.sub("", words[0].lower()) in _NO_ACTOR:
        words.pop(0)
    owned = next((number for number, word in enumerate(words) if _POSSESSIVE.search(word)), None)
    words = words if owned is None else words[: owned + 1]
    while words and words[-1].lower() in _NOT_LAST:
        words.pop()
    text = _POSSESSIVE.sub("", " ".join(words))
    return text if len(text) > 1 and text[0].isupper() and text.lower() not in _NOT_ALONE else ""


def _headline_word(token: str) -> str:
    return token.lower() if _ACRONYM.fullmatch(token) else _POSSESSIVE.sub("", token).rstrip(".").lower()


class _Headline:
    """Where the headline puts each actor of the text."""

    def __init__(self, title: str, actors: Mapping[str, Actor]) -> None:
        self._tokens = _TOKEN.findall(title)
        self._words = [_headline_word(token) for token in self._tokens]
        places = ((key, self._place(actor)) for key, actor in actors.items())
        self._places = {key: place for key, place in places if place is not None}
        heads = [key for key in self._places if not self._is_modifier(key)]
        self._first = min(heads, key=lambda key: self._places[key][0], default=None)

    def features(self, key: str) -> dict[str, float]:
        """Return what the headline says of an actor, nothing if it is not in it."""
        if key not in self._places:
            return {}
        at, end = self._places[key]
        following = self._words[end] if end < len(self._words) else ""
        first = key == self._first
        return {
            "headline": 1.0,
            "first": float(first),
            "object": float(self._follows_preposition(at)),
            "verb": float(following in _VERBS or following.endswith(("s", "ed", "n't", "n’t"))),
            "colon": float(following == ":"),
            "begins": float(at == 0),
            "modifier": float(self._is_modifier(key)),
            "acts": float(first and following.isalpha() and following not in _PREPOSITIONS | {"and", "vs"}),
        }

    def _place(self, actor: Actor) -> tuple[int, int] | None:
        """Find the words of the headline that name an actor: its name, another one, or the last word of it."""
        low = actor.name.lower()
        others = next((names for names in _SAME if low.replace(" ", "_") in names), frozenset[str]())
        for words in (low.split(), *([name.split("_") for name in others]), [low.split()[-1]]):
            for at in range(len(self._words) - len(words) + 1):
                if self._words[at : at + len(words)] == words and (actor.is_group or self._tokens[at][:1].isupper()):
                    return at, at + len(words)
        return None

    def _is_modifier(self, key: str) -> bool:
        """Tell whether an actor only says which group is meant: "U.S." in "U.S. appeals court"."""
        end = self._places[key][1]
        if _POSSESSIVE.search(self._tokens[end - 1]):
            return False
        for word in self._words[end : end + 2]:
            if word in _GROUPS:
                return True
            if word in _VERBS | _PREPOSITIONS or not word[:1].isalnum():
                return False
        return False

    def _follows_preposition(self, at: int) -> bool:
        before = self._words[max(0, at - 2) : at]
        return bool(before) and (
            before[-1] in _PREPOSITIONS or (before[-1] in {"the", "a"} and before[0] in _PREPOSITIONS)
        )
