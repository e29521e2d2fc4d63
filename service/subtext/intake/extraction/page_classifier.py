"""Pages that stand where an article should: consent and pay walls, logins, challenges, error pages, empty shells.

They are recognised by what they say to their reader and by their parts, and only where little else is on the page: an
article about cookies or about a paywall is an article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from subtext.intake.extraction.page import BlockReason

# The most words that a page of the kind has; a longer text is taken for an article that speaks of the thing.
_CHALLENGE_WORDS_MAX: Final = 150
_CONSENT_WORDS_MAX: Final = 1_000
_CONSENT_PHRASES_MIN: Final = 3
# So few words hold nothing else beside two of them.
_NOTICE_WORDS_MAX, _NOTICE_PHRASES_MIN = 60, 2
_CONSENT_SHARE_MIN: Final = 0.01
_TEASER_WORDS_MAX: Final = 120
_LINKS_SHARE_MAX: Final = 0.6
_LINKS_MIN: Final = 8
_SHELL_WORDS_MAX: Final = 40

_CAPTCHA = re.compile(
    r"verify (?:that )?you(?: are|['’]re) (?:a |not a )?(?:human|robot)|(?:are|['’]re) not a robot|are you a robot"
    r"|unusual (?:traffic|activity) from|checking your browser|checking if the site connection is secure"
    r"|complete the (?:security check|captcha)|press (?:and|&) hold|just a moment|human verification"
    r"|please enable cookies and reload|prove (?:that )?you(?: are|['’]re) human",
    re.IGNORECASE,
)
_ERROR = re.compile(
    r"\b(?:error|http|status)?\s*(?:40[0134]|410|429|50[0234])\b(?:\s*[-–—:|]|\s*$|\s+(?:error|not found|forbidden))"
    r"|(?:page|article|story|content|site|url|file)(?: that)?(?: you(?:['’]re| are| were)? \w+(?: for)?)?"
    r"(?: was| is| has| can(?:no|['’])t| could ?n[o'’]t| does ?n[o'’]t| no longer)"
    r"(?: be| been)?(?: no longer)? (?:not )?(?:found|exists?|available|removed|moved|gone|unavailable)"
    r"|page not found|not found\b|access denied|^forbidden|service (?:temporarily )?unavailable|internal server error"
    r"|bad gateway|gateway time-?out|under maintenance|something went wrong|oops\b|(?:nothing|can['’]t be) found here",
    re.IGNORECASE | re.MULTILINE,
)
_LOGIN = re.compile(
    r"(?:sign|log) ?in (?:to|or register|or create)|please (?:sign|log) ?in|forgot(?:ten)? (?:your )?password"
    r"|enter your password|members only|keep me (?:signed|logged) in|remember me",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"(?:we|and our partners|our partners) (?:use|store|process)\w*[^.]{0,60}(?:cookies|information|data)"
    r"|accept all|reject all|agree and (?:continue|close)|manage (?:my |your )?(?:preferences|options|cookies|choices)"
    r"|cookie (?:policy|settings|preferences|notice)|legitimate interests?|privacy (?:choices|settings|policy|options)"
    r"|your (?:privacy|consent|choices)|strictly necessary|withdraw (?:your )?consent|personali[sz]ed ads"
    r"|store and/or access information|list of (?:partners|vendors)|third[- ]party vendors",
    re.IGNORECASE,
)
_PAYWALL = re.compile(
    r"(?:subscribe|register|sign up|log ?in|sign ?in|create (?:a|an|your) (?:free )?account|become a member)"
    r"[^.\n]{0,40} to (?:continue|keep|read|access|unlock|finish)|to (?:continue|keep) reading\b"
    r"|(?:is|are) (?:only )?(?:for|available (?:only )?to) (?:our )?(?:paying )?subscribers"
    r"|subscribers?[- ](?:only|exclusive)|for subscribers only|only for subscribers|exclusive to subscribers"
    r"|(?:reached|used|read) (?:all (?:of )?)?(?:your|the)[^.\n]{0,40}(?:free (?:article|stor)|limit\b)"
    r"|unlock (?:this|the full) (?:article|story)|read the (?:full|rest of the) (?:article|story) (?:with|by) subscri"
    r"|already a (?:subscriber|member)\b",
    re.IGNORECASE,
)
_SCRIPT = re.compile(
    r"(?:enable|turn on|allow|requires?|needs|without) java ?script|java ?script (?:is )?(?:required|disabled)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PageSnapshot:
    """What a page shows: its title, the article found on it, all its visible text, and a few of its parts.

    `unseen` is what it says to browsers without scripts. `link_words` is the count of words in links.
    """

    title: str
    article: str
    visible: str
    unseen: str = ""
    link_words: int = 0
    links: int = 0
    scripts: int = 0
    has_password: bool = False
    has_challenge: bool = False
    says_paid: bool = False


def classify(page: PageSnapshot) -> BlockReason | None:
    """What the page looks like where it is no article."""
    words = _count(page.article)
    around = f"{page.title}\n{page.article if words else page.visible}"
    size = words or _count(page.visible)
    if size <= _CHALLENGE_WORDS_MAX and (small := _small_wall(page, around)):
        return small
    if is_consent(around, size):
        return "consent"
    if words <= _TEASER_WORDS_MAX and is_paywalled(page):
        return "paywall"
    if words:
        return None
    return _empty(page)


def is_paywalled(page: PageSnapshot) -> bool:
    """Whether the page says that (more of) it is for those who pay or register."""
    return page.says_paid or _PAYWALL.search(page.article) is not None or _asks_to_pay(page)


def is_consent(text: str, words: int) -> bool:
    """Whether a text asks to agree to cookies rather than tells of them."""
    if words > _CONSENT_WORDS_MAX:
        return False
    phrases = {found[0].lower() for found in _CONSENT.finditer(text)}
    least = _NOTICE_PHRASES_MIN if words <= _NOTICE_WORDS_MAX else _CONSENT_PHRASES_MIN
    return len(phrases) >= max(least, _CONSENT_SHARE_MIN * words)


def _small_wall(page: PageSnapshot, around: str) -> BlockReason | None:
    opening = around[:400]
    if page.has_challenge or _CAPTCHA.search(around):
        return "captcha"
    if _ERROR.search(page.title) or _ERROR.search(opening):
        return "error"
    if page.has_password and _LOGIN.search(f"{around}\n{page.visible[:2000]}"):
        return "login"
    if page.scripts and _count(around) <= _SHELL_WORDS_MAX and _SCRIPT.search(around):
        return "script"
    return None


def _asks_to_pay(page: PageSnapshot) -> bool:
    """A demand right where a short text ends; in the menus of a whole article it says nothing."""
    return _count(page.article) <= _TEASER_WORDS_MAX and _PAYWALL.search(page.visible) is not None


def _empty(page: PageSnapshot) -> BlockReason:
    shown = _count(page.visible)
    if shown <= _SHELL_WORDS_MAX and (page.scripts or _SCRIPT.search(f"{page.visible}\n{page.unseen}")):
        return "script"
    if page.links >= _LINKS_MIN and page.link_words >= _LINKS_SHARE_MAX * shown:
        return "links"
    return "nothing"


def _count(text: str) -> int:
    return len(_WORD.findall(text))
