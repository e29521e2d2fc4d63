"""Which language a text is in: by its script where that tells, else by the commonest words of each language.

A rule of thumb, linear in a bounded sample, with no model to load: it is right on a paragraph of running text and says
`und` where there is too little to go by.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import Final

from subtext.domain.article import Language
from subtext.domain.errors import RequestInvalid

UNDETERMINED: Final = Language("und", None)

_SAMPLE = 5_000
_WORDS_MIN = 20
_LETTERS_MIN = 20
_STOP_SHARE_MIN = 0.08
# Neighbours (Danish and Norwegian) share most of these words: below this it is a toss-up.
_WORDS_CONFIDENCE_MIN = 0.51
_SCRIPT_SHARE_MIN = 0.5
_SCRIPT_CONFIDENCE = 0.95
# BCP 47 (RFC 5646 section 2.1): a primary subtag of two or three letters, then further subtags of one to eight.
_TAG = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z0-9]{1,8})*")
_TAG_MAX = 35
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ASCII = re.compile("[\x00-\x7f]+")
_ASCII_LETTERS = string.ascii_letters.encode()

# Scripts that one large language has to itself, or that further letters part (below).
_SCRIPTS: Final = {
    "cyrl": re.compile(r"[\u0400-\u052f]"),
    "arab": re.compile(r"[\u0600-\u06ff\u0750-\u077f]"),
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "zh": re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]"),
    "ko": re.compile(r"[\u1100-\u11ff\uac00-\ud7af]"),
    "el": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "bn": re.compile(r"[\u0980-\u09ff]"),
    "ta": re.compile(r"[\u0b80-\u0bff]"),
    "ka": re.compile(r"[\u10a0-\u10ff]"),
    "hy": re.compile(r"[\u0530-\u058f]"),
}
# Letters that only one language of a shared script has, the rarer language first.
_TELLING: Final = {
    "cyrl": (
        ("sr", "ђћјљњџ"),
        ("be", "ў"),
        ("uk", "іїєґ"),
        ("ru", "ыэё"),
        ("bg", "ъ"),
    ),
    "arab": (("ur", "ٹڈڑے"), ("fa", "پچژگ")),
}
_SCRIPT_DEFAULT: Final = {"cyrl": "ru", "arab": "ar"}
_TELLING_SHARE_MIN = 0.004
# Japanese mixes kana with Chinese characters; Chinese has no kana.
_KANA_SHARE_MIN = 0.1

_STOP_WORDS: Final = {
    code: frozenset(words.split())
    for code, words in {
        "en": "the of and to in is that it was for on are as with his they at be this have from had by but not what "
        "were we when can said there an which their has its he who been would more will you or she him her",
        "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus "
        "er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber",
        "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec son "
        "aux d'un cette ont ses mais comme nous ou leur été elle fait c'est deux ces n'est l'on s'est qu'il",
        "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si "
        "sin sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde",
        "it": "di e il la che in a per un è del non della con si le da una i sono nel al come ha dei più alla anche lo "
        "gli delle ma se o dal nella su questo ai stato ci essere tra suo hanno due dopo degli",
        "pt": "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou "
        "quando muito nos já eu também só pelo pela até isso ela entre depois sem mesmo aos são foi",
        "nl": "de van het een en in is dat op te zijn met voor niet die aan er om ook als dan maar bij of uit nog door "
        "naar heeft ze wordt tot hij over meer werd worden deze kan geen hebben was wel dit al",
        "sv": "och i att det som en på är av för med till den har de inte om ett han men var jag sig från vi så kan "
        "när år under också efter eller nu sin där vid mot ska skulle kommer ut få finns vara hade alla",
        "da": "og i at det er en til på som for de af med den der ikke har et var han om jeg men sig fra vi så kan når "
        "efter også eller nu sin hvor ved mod skal ville kommer ud få findes være havde alle blev",
        "no": "og i å det er en til på som for av med den de ikke har et var han om jeg men seg fra vi så kan når år "
        "etter også eller nå sin hvor ved mot skal ville kommer ut få finnes være hadde alle ble",
        "fi": "ja on ei se että oli hän mutta ovat kun myös niin kuin sen jos joka mukaan vain tai ole hänen sekä "
        "olivat voi nyt vielä sitä jo siitä kanssa ollut jotka mitä tämä joita kuitenkin hyvin",
        "pl": "w i na się nie z do to że jest o jak ale po co tak za od jego przez był jako dla tym czy tego jej są "
        "było już oraz ich może tylko również które który jednak będzie być przed ze",
        "cs": "a se v na je že to s z do o i ve jako za po by k ale si pro podle jsou které od který však bylo jeho "
        "byl jen také při ze už aby nebo až není tak jak bude další",
        "tr": "ve bir bu da de için ile olarak çok daha olan gibi o ne en sonra kadar ama ise her değil olduğu ki var "
        "göre olduğunu ancak iki diye onun dedi yeni etti büyük",
        "ro": "de și în a la cu pe că o nu un din este mai care pentru au fi sunt se fost o ce prin după sau dar ca "
        "lui al am va fost ale acest această despre între când foarte",
        "hu": "a az és hogy nem is egy ez meg de már csak volt van el még mint azt ha ki fel vagy arra lesz ezt mert "
        "lehet után majd szerint kell pedig minden aki ami illetve",
        "id": "yang dan di dengan untuk pada ini dari itu dalam tidak akan ke adalah oleh juga sebagai telah atau ada "
        "karena bisa mereka tersebut saat lebih dia kami sudah namun bahwa para menjadi",
        "vi": "và của là các có được trong cho không với một những người này đã khi về ra đến tại từ như nhiều sẽ theo "
        "trên cũng năm để vào ông nhưng phải còn lại",
    }.items()
}


def language_of(text: str) -> Language:
    """The language with a confidence in 0-1, or `und` where the text is too short or too mixed to say."""
    sample = text[:_SAMPLE]
    # ASCII is counted apart, as it says nothing of the script: most texts have little else.
    plain, foreign = sample.encode("ascii", "ignore"), _ASCII.sub("", sample)
    letters = len(plain) - len(plain.translate(None, _ASCII_LETTERS)) + sum(map(str.isalpha, foreign))
    if letters < _LETTERS_MIN:
        return UNDETERMINED
    return (_by_script(foreign, letters) if foreign else None) or _by_words(sample)


def named_language(tag: str) -> Language:
    """The primary language of a caller's BCP 47 tag; raises `RequestInvalid`."""
    found = _TAG.fullmatch(tag) if len(tag) <= _TAG_MAX else None
    if found is None:
        raise RequestInvalid(
            "`language` is no BCP 47 language tag: give a code such as en or pt-BR, or leave it out and it is found out"
        )
    return Language(found[1].lower(), None)


def require_language(tag: str | None) -> None:
    """Nothing; raises `RequestInvalid` for a tag that is none, before work is done for it."""
    if tag is not None:
        named_language(tag)


def _by_script(sample: str, letters: int) -> Language | None:
    shares = {script: len(pattern.findall(sample)) / letters for script, pattern in _SCRIPTS.items()}
    if shares["ja"] >= _KANA_SHARE_MIN:
        shares["ja"] += shares.pop("zh")
    script, share = max(shares.items(), key=lambda item: item[1])
    if share < _SCRIPT_SHARE_MIN:
        return None
    return Language(_within(script, sample, letters), round(_SCRIPT_CONFIDENCE * min(share, 1.0), 2))


def _within(script: str, sample: str, letters: int) -> str:
    for code, telling in _TELLING.get(script, ()):
        if sum(map(sample.count, telling)) >= _TELLING_SHARE_MIN * letters:
            return code
    return _SCRIPT_DEFAULT.get(script, script)


def _by_words(sample: str) -> Language:
    words = Counter(_WORD.findall(sample.lower().replace("’", "'")))
    total = words.total()
    if total < _WORDS_MIN:
        return UNDETERMINED
    hits = {code: sum([words[word] for word in stops & words.keys()]) for code, stops in _STOP_WORDS.items()}
    (code, best), (_, second) = sorted(hits.items(), key=lambda item: -item[1])[:2]
    confidence = best / (best + second) if best else 0.0
    if best < _STOP_SHARE_MIN * total or confidence < _WORDS_CONFIDENCE_MIN:
        return UNDETERMINED
    return Language(code, round(confidence, 2))
