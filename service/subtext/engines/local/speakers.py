"""Speakers: whom a verb of saying, or "according to", names before or after it.

Names: one person under one name, the fullest that the text has, however short the name is elsewhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from subtext.domain.text.word_lists import word_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SAYING = (
    "said|says|say|told|tells|tell|declared|declares|declare|claimed|claims|claim|insisted|insists|insist|argued|argues|"
    "argue|warned|warns|warn|boasted|boasts|boast|vowed|vows|vow|wrote|writes|added|adds|asserted|asserts|announced|"
    "announces|stated|states|noted|notes|explained|explains|replied|replies|responded|responds|tweeted|tweets|admitted|"
    "admits|acknowledged|acknowledges|conceded|concedes|suggested|suggests|suggest|predicted|predicts|predict|believes|"
    "believe|thinks|think|fear|contends|contended|contend|proclaimed|proclaims|proclaim|quipped|joked|snapped|recalled|"
    "recalls|remarked|observed|observes|testified|complained|complains|alleged|alleges|allege|reported|described|"
    "describes|describe|called|calls|call|concluded|concludes|maintains|maintained|denied|denies|emphasized|stressed|"
    "stresses|cautioned|cautions|urged|urges|hailed|hails|hail|praised|praises|denounced|denounces|dismissed|dismisses|"
    "trumpeted|trumpets|touted|touts|bragged|brags|crowed|thundered|shouted|asked|asks|continued|lamented|laments|charged|"
    "charges|confirmed|confirms|reiterated|reiterates|countered|counters|opined|mused|confessed|commented|comments|"
    "pledged|pledges|promised|promises|threatened|signaled|signalled|cited|cites|agreed|agrees|disagreed|"
    "criticized|criticised|accused|accuses|blasted|slammed|mocked|ridiculed|decried|decries|condemned|condemns|"
    "speculated|speculates|foresees|estimates|estimated|hopes|hoped|worries|worried|worry|joking|saying|writing|telling"
)

# "Claims of fraud" and "calls for peace" are nouns, or nothing that is told.
_VERB = re.compile(rf"\b(?:{_SAYING})\b(?!\s(?:of|for)\b)")

# A stop behind a title or an initial ends no sentence.
_WITHIN = r"(?:[^.;:“\"]|(?<=\b(?:Mr|Ms|Dr))\.|(?<=\b(?:Mrs|Sen|Rep|Gov|Gen|Rev|Col))\.|(?<=\b[A-Z])\.)"

_AFTER = re.compile(
    rf"\s*[,—–-]?\s*(?:(?:{_SAYING})\s+(?P<inverted>{_WITHIN}{{2,80}})"
    rf"|according to (?P<source>{_WITHIN}{{2,80}})"
    rf"|(?P<plain>{_WITHIN}{{2,120}}?)\s(?:{_SAYING})\b)"
)

_NAME = re.compile(r"[A-Z][\w’'.-]*(?:\s+(?:(?:al|bin|van|von|de)\s+)?[A-Z][\w’'.-]*)*")

_FULL_NAME = re.compile(rf"{_NAME.pattern}\s(?:(?:al|bin|van|von|de)\s)?[A-Z][\w’'.-]+")

_ASIDE = re.compile(r"[;:—–“”\"(),]|\s-\s")

# Where the speaker's name ends and the rest of the predicate begins.
_BEYOND = re.compile(
    r"\s(?:in|on|at|with|from|who|which|during|after|before|by|when|as|while|late|early|today|yesterday|also|has|had|"
    r"have|is|was|that|to|later|then|again|recently|earlier|repeatedly|publicly|and|but)\b"
)

_LEAD_IN = re.compile(
    r"(?:and|but|so|yet|still|then|meanwhile|as|while|when|because|although|that|however|where|even|also)\s+",
    re.IGNORECASE,
)

_DETERMINED = re.compile(
    r"(?:the|an?|one|some|many|several|most|two|three|other|its|his|her|their|both)\s", re.IGNORECASE
)

_TIME = re.compile(
    r"\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|June|July|August|September|October|"
    r"November|December)\b.*"
)

# "On Thursday evening the firm announced": the time stands before the speaker.
_WHEN = re.compile(
    r"(?:(?:on|last|this|by|since|late|early|in|every)\s+)*(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|"
    r"March|April|May|June|July|August|September|October|November|December)\b(?:\s(?:\d+|morning|afternoon|evening|night))*"
    r",?\s+",
    re.IGNORECASE,
)

_ROLE = re.compile(
    r"(?:An?|One|The)\s(?:[a-z-]+\s){0,2}(?:spokes(?:man|woman|person)|official|officer|minister|analyst|aide|adviser|"
    r"diplomat|envoy|lawyer|professor|researcher|economist|banker|trader|resident|witness|soldier|commander|coach|player)\b"
)

_TITLES = re.compile(
    r"(?:President|Prime Minister|Sen\.|Senator|Rep\.|Gov\.|Mr\.|Mrs\.|Ms\.|Dr\.|Secretary|Republican|Democratic|The)"
    r"\s+(?=[A-Z])"
)

_PRONOUNS = word_set("he she they him her them")

_NO_SPEAKERS = word_set(
    "who which that what this there i we you and but or it's it’s to not be it the a an of so if how why what's what’s "
    "never"
)

_WORDS_MAX, _BARE_MAX = 7, 3


def is_pronoun(name: str) -> bool:
    """Tell whether a speaker is only referred back to."""
    return name.lower() in _PRONOUNS


def find_reporting_verbs(text: str, begin: int, end: int) -> list[re.Match[str]]:
    """Find every reporting verb in a stretch of text."""
    return list(_VERB.finditer(text, begin, end))


def speaker_after(text: str) -> str | None:
    """Find the speaker right after a quotation: "said X", "X said" or "according to X"."""
    found = _AFTER.match(text)
    if found is None:
        return None
    if found["plain"]:
        whole = found["plain"].lstrip(" ,—–-")
        first = whole.split(",")[0]  # "Orlo, 21, a baker, told me": the name stands before the asides
        return (_speaker(first) if _NAME.fullmatch(first) else None) or speaker_before(whole)
    return speaker_before((found["inverted"] or found["source"]).split(",")[0])


def speaker_before(chunk: str) -> str | None:
    """Find the speaker before a reporting verb: a name, a described speaker, a pronoun, or None."""
    parts = [part.strip() for part in _ASIDE.split(chunk.rstrip(" ,")) if part.strip()]
    if not parts:
        return None
    if len(parts) > 1 and chunk.rstrip().endswith((",", ")")):  # "Kim, the leader, said": before the aside
        for part in reversed(parts):
            if _FULL_NAME.fullmatch(part) and (named := _speaker(part)):
                return named
        return _speaker(parts[-2]) or _speaker(parts[-1])
    return _speaker(parts[-1])


def leading_name(sentence: str) -> str | None:
    """Find the person that a sentence begins with, by title, full name or role: "Mr. Orlo left", "A spokesman left"."""
    if role := _ROLE.match(sentence):
        return role[0]
    title = _TITLES.match(sentence)
    found = _NAME.match(sentence, title.end() if title else 0)
    if found is None or found[0].lower() in _NO_SPEAKERS or not (title or len(found[0].split()) > 1):
        return None
    return _tidied(found[0])


def first_full_name(chunk: str) -> str | None:
    """Find the first full name before a quoted fragment, as a guess at who is quoted."""
    found = _NAME.search(chunk)
    return _tidied(found[0]) if found and found[0].lower() not in _NO_SPEAKERS and len(found[0].split()) > 1 else None


def _speaker(part: str) -> str | None:
    phrase = _LEAD_IN.sub("", part, count=1) if _LEAD_IN.match(part) else part
    phrase = phrase[when.end() :] if (when := _WHEN.match(phrase)) else phrase
    beyond = _BEYOND.search(phrase)
    phrase = _TIME.sub("", phrase[: beyond.start()] if beyond else phrase).strip(" ,.’'‘-")
    words = phrase.split()
    if not words or words[0].lower() in _NO_SPEAKERS - {"the", "a", "an"} or words[-1].lower() in _NO_SPEAKERS:
        return None
    if is_pronoun(words[-1]):
        return words[-1]
    names = _NAME.findall(phrase[1:] if _DETERMINED.match(phrase) else phrase)
    if names and " of " not in phrase and " for " not in phrase and phrase.endswith(names[-1].rstrip(" .")):
        return _tidied(names[-1])
    if _DETERMINED.match(phrase):
        return " ".join(words[:_WORDS_MAX])
    # Undetermined, only many or a name can speak: "senior officials say", not "prompting claims".
    bare = words[-_BARE_MAX:]
    return " ".join(bare) if bare[-1].endswith(("s", "people", "men", "women")) or names else None


def _tidied(name: str) -> str:
    return re.sub(r"[’']s?$", "", _TITLES.sub("", name.strip(" .,’'")))


# A stop belongs to a name behind a title or an initial only: behind any other word the sentence ends.
_PART = r"(?:(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Rev|Col|Lt|Sgt|Prof)\.|[A-Z]\.|[A-Z][\w’'-]*)"

_NAMES_NAME = re.compile(rf"{_PART}(?:[ \t]+(?:(?:al|bin|van|von|de|der|del|la)[ \t]+)?{_PART})*")

_NAMES_TITLES = word_set(
    "mr mrs ms miss mx dr sir dame lord lady prof professor president vice prime minister sen senator rep congressman "
    "congresswoman representative gov governor mayor secretary state speaker leader majority minority general gen col "
    "colonel capt captain lt sgt adm admiral maj major judge justice attorney chancellor chairman chairwoman chief ceo "
    "king queen prince princess pope archbishop bishop rev republican democrat democratic house senate spokesman "
    "spokeswoman former the analyst historian commander director ambassador"
)

# Words that open sentences are no first names.
_NO_NAMES = word_set(
    "a an and as at but by for from he her his if in it its like my nor not now of on or our she so still that their "
    "then there these they this those to we what when where while who why with yet you your after before because both "
    "each even every since some though although however meanwhile monday tuesday wednesday thursday friday saturday "
    "sunday january february march april june july august september october november december according also says said"
)

_NAMES_WORDS_MAX = 4


def without_title(name: str) -> str:
    """Strip the titles before a name: "Prime Minister Anna Orlo" is "Anna Orlo"."""
    words = name.split()
    while len(words) > 1 and words[0].rstrip(".").lower() in _NAMES_TITLES:
        words.pop(0)
    return " ".join(words)


class NameResolver:
    """The full names of a text by surname."""

    def __init__(self, text: str) -> None:
        self._of = _by_surname(_candidates(text))

    def full_name(self, speaker: str) -> str:
        """Resolve a surname, with or without a title, to the full name; other speakers stay as given.

        A surname that two people of the text have stays as it is.
        """
        bare = without_title(speaker)
        return self._of.get(bare, speaker if " " in bare else bare) if bare[:1].isupper() else speaker


def _candidates(text: str) -> Iterable[Sequence[str]]:
    for found in _NAMES_NAME.finditer(text):
        words = re.sub(r"[’']s?$", "", without_title(found[0])).rstrip(".").split()
        while words and words[0].lower() in _NO_NAMES:
            words.pop(0)
        words = without_title(" ".join(words)).split()
        if 1 < len(words) <= _NAMES_WORDS_MAX:
            yield words


def _by_surname(names: Iterable[Sequence[str]]) -> Mapping[str, str]:
    seen: dict[str, set[str]] = defaultdict(set)
    for words in names:
        seen[words[-1]].add(" ".join(words))
    return {
        surname: fullest
        for surname, forms in seen.items()
        if all(_same(form, fullest := max(sorted(forms), key=len)) for form in forms)
    }


def _same(form: str, fullest: str) -> bool:
    """Tell whether a shorter form is of the same person: the same first name, or the end of the fullest form."""
    return form.split(maxsplit=1)[0] == fullest.split(maxsplit=1)[0] or fullest.endswith(" " + form)
