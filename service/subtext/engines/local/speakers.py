"""Speakers: whom a verb of saying, or "according to", names before or after it."""

from __future__ import annotations

import re

from subtext.domain.text.names import FULL_NAME, NAME, is_name_word, trim_name
from subtext.domain.text.words import word_set

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
    "speculated|speculates|foresees|estimates|estimated|hopes|hoped|worries|worried|worry|joking|saying|writing|telling|"
    "points? out|pointed out|went on|goes on|puts? it|feared|fears|doubted|doubts|hinted|hints|revealed|reveals|"
    "tweets|echoed|fumed|gushed|retorted|shot back|blamed|blames|answered|answers|repeated|repeats|expressed|says"
)

# Looked up word by word: an alternation of two hundred verbs would be tried at every word of the text.
_WORD = re.compile(r"\b[a-z]+\b")
_VERBS = frozenset(verb for verb in _SAYING.split("|") if " " not in verb)
_PHRASAL = re.compile(r"(?:points? out|pointed out|went on|goes on|puts? it|shot back)\b")
_PHRASAL_FIRST = word_set("point points pointed went goes put puts shot")
_FIRST_WORDS = _VERBS | _PHRASAL_FIRST
# "Claims of fraud" and "calls for peace" are nouns, or nothing that is told.
_NOUN_FOLLOWS = re.compile(r"\s(?:of|for)\b")

# A stop behind a title or an initial ends no sentence.
_WITHIN = r"(?:[^.;:“\"]|(?<=\b(?:Mr|Ms|Dr))\.|(?<=\b(?:Mrs|Sen|Rep|Gov|Gen|Rev|Col))\.|(?<=\b[A-Z])\.)"

_AFTER = re.compile(
    rf"\s*[,—–-]?\s*(?:(?:{_SAYING})\s+(?P<inverted>{_WITHIN}{{2,80}})"
    rf"|according to (?P<source>{_WITHIN}{{2,80}})"
    rf"|(?P<plain>{_WITHIN}{{2,120}}?)\s(?:{_SAYING})\b)"
)

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

_PRONOUNS = word_set("he she they him her them")

_NO_SPEAKERS = word_set(
    "who which what that this these those there i we you and but or it's it’s to not be it the a an of so if how why "
    "what's what’s never nothing nobody none everything everyone everybody something someone somebody anything anyone "
    "when where here all more less much such with by from in on at for as than is are was were has have had will would "
    "can could may might must should do does did prompting yes no let"
)

# "Ana Orlo of Halden" is Ana Orlo; "the Bank of Halden" is all of it.
_OF_PLACE = re.compile(rf"((?:{FULL_NAME.pattern})) (?:of|for) (?:the )?[^,]+\Z")
_BODY = word_set(
    "bank university department ministry institute council chamber party union board school college association court "
    "secretary society office center centre museum bureau league federation committee commission agency army republic "
    "state states city church house kingdom group foundation fund news times post journal organization organisation "
    "minister president director chairman head reserve doctors friends leader journal academy"
)

# A clause is no speaker: its finite verb gives it away.
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|should|does|did|do|wants?|needs?|makes?|"
    r"made|goes|went|gets?|got|isn[’']t|aren[’']t|wasn[’']t|weren[’']t|don[’']t|doesn[’']t|didn[’']t|won[’']t|can[’']t)\b"
)

_BRACKETED = re.compile(r"\s*\([^()]{0,80}\)")
# "R-Ariz.": the party and state behind a name.
_SEAT = re.compile(r"[DRI][-–—][A-Z][\w. ]{1,20}")

_COLON_FORM = re.compile(r"\s*([^\W\d_a-z][^:“\"]{1,80}):\s*[“\"'‘„«»]?\s*\Z")
ACCORDING = re.compile(
    r"\b[Aa]ccording to ((?:[^,;:.“\"]|(?<=[A-Z])\.|(?<=\bMr|\bMs|\bDr)\.|(?<=\bMrs|\bSen|\bRep|\bGov|\bGen)\.){2,80})"
)
_NOT_A_SUBJECT = re.compile(
    r"(?:\b(?:the|an?|his|her|its|their|our|to|of|such|any|no|these|those|by|as|not|never|be|been)|[’'])\s*\Z",
    re.IGNORECASE,
)
# Nobody is named further before the verb than this, and no claim hangs on a later verb than the fourth.
SUBJECT_REACH, VERBS_MAX = 200, 4
# "Orlo exulted, “…”": whoever stands before the verb that opens a quotation, whatever the verb.
_VERB_OPENS = re.compile(rf"((?:{FULL_NAME.pattern})|[A-Z]\w+) (?:\w+ly )?[a-z]+(?:ed|s)(?: [^,.;:]{{0,40}})?[,:]\s*\Z")
_WORDS_MAX, _BARE_MAX = 7, 3


def is_person(name: str) -> bool:
    """Tell whether "he" or "she" can stand for a speaker: a name, or one who is described by a role."""
    return bool(FULL_NAME.fullmatch(name) or (NAME.fullmatch(name) and " " not in name) or _ROLE.match(name))


def is_pronoun(name: str) -> bool:
    """Tell whether a speaker is only referred back to."""
    return name.lower() in _PRONOUNS


def find_reporting_verbs(text: str, begin: int, end: int) -> list[re.Match[str]]:
    """Find every reporting verb in a stretch of text."""
    words = [word for word in _WORD.finditer(text, begin, end) if word[0] in _FIRST_WORDS]
    return [verb for word in words if (verb := _reporting_verb(text, word, end)) is not None]


class SentenceVerbs:
    """The reporting verbs of one sentence after the other, found once for all the quotations that stand in it."""

    def __init__(self, text: str) -> None:
        self._text, self._begin = text, -1
        self._verbs: list[re.Match[str]] = []

    def find(self, begin: int, end: int) -> list[re.Match[str]]:
        """Find the verbs of the sentence that begins and ends here."""
        if begin != self._begin:
            self._begin, self._verbs = begin, find_reporting_verbs(self._text, begin, end)
        return self._verbs


def _reporting_verb(text: str, word: re.Match[str], end: int) -> re.Match[str] | None:
    if word[0] in _PHRASAL_FIRST:
        return _PHRASAL.match(text, word.start(), end)
    return None if _NOUN_FOLLOWS.match(text, word.end(), end) else word


def speaker_after(text: str) -> str | None:
    """Find the speaker right after a quotation: "said X", "X said" or "according to X"."""
    found = _AFTER.match(text)
    if found is None:
        return None
    if found["plain"]:
        whole = found["plain"].lstrip(" ,—–-")
        first = whole.split(",")[0]  # "Orlo, 21, a baker, told me": the name stands before the asides
        return (_speaker(first) if NAME.fullmatch(first) else None) or speaker_before(whole)
    return inverted_speaker(found["inverted"] or found["source"])


def inverted_speaker(text: str) -> str | None:
    """Find the speaker behind a verb of saying: "said X", "said union leader X, who …"."""
    first = text.split(",", maxsplit=1)[0]
    verb = _FINITE.search(first)
    return speaker_before(first[: verb.start()] if verb else first)


def is_noun_phrase(chunk: str) -> bool:
    """Tell whether a stretch can only name somebody: a name or a described speaker, and no clause."""
    phrase = chunk.strip(" ,")
    named = _speaker(phrase)
    return named is not None and _FINITE.search(phrase) is None and len(phrase.split()) <= _WORDS_MAX


def speaker_before(chunk: str) -> str | None:
    """Find the speaker before a reporting verb: a name, a described speaker, a pronoun, or None."""
    chunk = _BRACKETED.sub("", chunk).rstrip()
    parts = [
        part.strip() for part in _ASIDE.split(chunk.rstrip(" ,")) if part.strip() and not _SEAT.fullmatch(part.strip())
    ]
    if not parts:
        return None
    if len(parts) > 1 and chunk.rstrip().endswith((",", ")")):  # "Kim, the leader, said": before the aside
        for part in reversed(parts):
            if FULL_NAME.fullmatch(part) and (named := _speaker(part)):
                return named
        return _speaker(parts[-2]) or _speaker(parts[-1])
    return _speaker(parts[-1])


def leading_name(sentence: str) -> str | None:
    """Find the person that a sentence begins with, by title, full name or role: "Mr. Orlo left", "A spokesman left"."""
    if role := _ROLE.match(sentence):
        return role[0]
    found = NAME.match(sentence)
    if found is None or not is_name_word(found[0].split()[0]):
        return None
    name = trim_name(found[0])
    return name if name and len(found[0].split()) > 1 else None


def first_full_name(chunk: str) -> str | None:
    """Find the first full name before a quoted fragment, as a guess at who is quoted."""
    names = (trim_name(found[0]) for found in FULL_NAME.finditer(chunk) if is_name_word(found[0].split()[0]))
    return next((name for name in names if name), None)


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
    return _named_in(phrase) or _described_in(phrase, words)


def _named_in(phrase: str) -> str | None:
    """Find the name that a phrase ends with, or that only a place follows."""
    place = _OF_PLACE.search(phrase)
    if place and not any(word.lower() in _BODY for word in place[1].split()[-1:]):
        return trim_name(place[1])
    names = NAME.findall(phrase[1:] if _DETERMINED.match(phrase) else phrase)
    if not names or " of " in phrase or " for " in phrase or not phrase.endswith(names[-1].rstrip(" .")):
        return None
    first = names[-1].split()[0]
    bare = names[-1] if is_name_word(first) else names[-1][len(first) :].lstrip()
    return trim_name(bare) or None


def _described_in(phrase: str, words: list[str]) -> str | None:
    """Find a speaker who is described: "a senior official", or without an article only many: "senior officials"."""
    if _FINITE.search(phrase):
        return None
    if _DETERMINED.match(phrase):
        return " ".join(words[:_WORDS_MAX])
    bare = words[-_BARE_MAX:]
    many = bare[-1].endswith(("s", "people", "men", "women")) and bare[-1].isalpha()
    return " ".join(bare) if many or (is_name_word(words[0]) and len(words) > 1) else None


def named_before(before: str) -> str | None:
    """Find the speaker named before a quotation: "X: ...", "according to X ..." or the nearest "X said"."""
    colon = _COLON_FORM.match(before)
    if colon and not find_reporting_verbs(colon[1], 0, len(colon[1])):
        return speaker_before(colon[1])
    source = None if colon else ACCORDING.search(before)
    if source:
        return speaker_before(source[1])
    for verb in reversed(find_reporting_verbs(before, 0, len(before))[-VERBS_MAX:]):
        if named := subject_in(before[max(0, verb.start() - SUBJECT_REACH) : verb.start()]):
            return named
    return None


def subject_in(chunk: str) -> str | None:
    """Find the speaker before a reporting verb, or None if it is no verb there ("the claim", "to say")."""
    return None if _NOT_A_SUBJECT.search(chunk) else speaker_before(chunk)


def subject_of_last_verb(before: str) -> str | None:
    """Find whoever stands before the verb that opens a quotation, whatever the verb: "Orlo exulted, “…”"."""
    subject = _VERB_OPENS.search(before)
    return speaker_before(subject[1]) if subject else None
