"""Pages that stand where an article should: consent and pay walls, logins, challenges, error pages, empty shells.

Three things decide together. *Words*: what the page says to its reader, outside of quotation marks, since an article
about walls quotes them. *Structure*: where it says so (a title, a line of its own) and what the page is made of (cards
of headlines, a password field). *Length*: how much of it tells a story, in sentences that address nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from subtext.domain.article import find_headline
from subtext.domain.text.words import count_words
from subtext.intake.extraction.wall_phrases import ADDRESS, CERTAIN, IMPRINT, LIKELY, QUOTED, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subtext.intake.extraction.page import BlockReason

# In this order a page of several kinds is named.
_SMALL_KINDS: Final[tuple[Kind, ...]] = ("captcha", "legal", "maintenance", "error", "script", "login")
# The most words that a page of the kind has; a longer text is taken for an article that speaks of the thing.
_SMALL_WORDS_MAX: Final = 150
# Below such a title there may be suggestions, too.
_TITLED_WORDS_MAX: Final = 500
_CONSENT_WORDS_MAX: Final = 1_000
_TEASER_WORDS_MAX: Final = 120
_SHELL_WORDS_MAX: Final = 40
# A text tells a story if so many of its words, and such a share, stand in sentences that address nobody. Where the
# title is a wall's, it takes more: a foot of the page tells something too.
_STORY_WORDS_MIN: Final = 45
_STORY_SHARE_MIN: Final = 0.4
_STORY_UNDER_WALL_MIN: Final = 50
_SENTENCE_WORDS_MIN: Final = 6
_TITLE_SHARE_MIN: Final = 0.6
_LIKELY_MIN: Final = 2
_CONSENT_PHRASES_MIN: Final = 3
# So few words hold nothing else beside two of them.
_NOTICE_WORDS_MAX: Final = 60
_CONSENT_SHARE_MIN: Final = 0.01
_LABEL_WORDS_MAX: Final = 9
_BESIDE_CHARS: Final = 2_000
# The last three paragraphs: a demand stands where the text breaks off.
_ENDING_LINES: Final = 5
_COVER_MIN: Final = 0.5
_ORDER_WORDS_MAX: Final = 15
_SIGNS: Final = " \t-–—•|>:!"
_LINKS_SHARE_MAX: Final = 0.6
_LINKS_MIN: Final = 8
_CARDS_MIN: Final = 4
_CARD_LINES_SHARE_MIN: Final = 0.5
_SENTENCE = re.compile(r"[^.!?。！？\n]+(?:[.!?。！？]+[”’\"»)]*|\n|\Z)")  # noqa: RUF001 - full-width stops are stops
_TITLE_PARTS = re.compile(r"\s[|·–—-]\s|\n")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0eff]")


@dataclass(frozen=True)
class PageSnapshot:
    """What a page shows: its headline, the article found on it, all its visible text, and a few of its parts.

    `page_title` is what a browser's tab says; `main` is the visible text without navigation, head and foot; `unseen`
    is what the page says to browsers without scripts; `cards` are the lines of each box that stands for another
    article. `link_words` is the count of words in links, `word_count` that of the article if it is known.
    """

    title: str
    article: str
    visible: str
    page_title: str = ""
    main: str = ""
    unseen: str = ""
    cards: tuple[frozenset[str], ...] = ()
    link_words: int = 0
    links: int = 0
    scripts: int = 0
    has_password: bool = False
    has_challenge: bool = False
    says_paid: bool = False
    word_count: int | None = None

    @cached_property
    def words(self) -> int:
        """Return the number of words of the article."""
        return count_words(self.article) if self.word_count is None else self.word_count

    @cached_property
    def text(self) -> str:
        """Return what is judged: the article, or all that is shown if none was found."""
        return self.article if self.words else self.main or self.visible

    @cached_property
    def around(self) -> str:
        """Return the words in which a small page says what it is: its text and what stands beside it."""
        beside = self.main or self.visible
        return f"{self.article}\n{beside[:_BESIDE_CHARS]}" if self.words else beside


def classify(page: PageSnapshot) -> BlockReason | None:
    """Return what the page looks like if it is no article."""
    size = page.words or count_words(page.text)
    story = count_story_words(page.text) if size <= _CONSENT_WORDS_MAX else size
    is_story = story >= _STORY_WORDS_MIN and story >= _STORY_SHARE_MIN * size
    if size <= _TITLED_WORDS_MAX and (kind := _small_wall(page, size, story, is_story=is_story)):
        return kind
    if not is_story and is_consent(f"{page.title}\n{page.text}", size):
        return "consent"
    if page.words and _is_index(page):
        return "links"
    if page.words <= _TEASER_WORDS_MAX and is_paywalled(page):
        return "paywall"
    # A headline alone among links is a list's.
    is_read = page.words and (page.article.strip() != page.title or not _is_linked(page))
    return None if is_read else _empty(page)


def classify_text(text: str, words: int | None = None) -> BlockReason | None:
    """Return what a text that was sent as it is looks like if it is what a page shows instead of an article.

    `words` is how many words it has, if that is known.
    """
    headline = find_headline(text)
    title = "" if headline is None else text[headline.start : headline.end]
    return classify(PageSnapshot(title=title, article=text, visible=text, word_count=words))


def is_paywalled(page: PageSnapshot) -> bool:
    """Return whether the page says that (more of) it is for those who pay or register."""
    ending = "\n".join(page.article.splitlines()[-_ENDING_LINES:])
    if page.says_paid or _demands("paywall", ending, page.title):
        return True
    # A demand right where a short text ends; in the menus of a whole article it says nothing.
    return page.words <= _TEASER_WORDS_MAX and _demands("paywall", page.main or page.visible, page.title)


def is_consent(text: str, words: int) -> bool:
    """Return whether a text asks to agree to cookies rather than tells of them."""
    if words > _CONSENT_WORDS_MAX:
        return False
    phrases = {
        match[0].lower() for pattern in (CERTAIN["consent"], LIKELY["consent"]) for match in pattern.finditer(text)
    }
    least = _LIKELY_MIN if words <= _NOTICE_WORDS_MAX else _CONSENT_PHRASES_MIN
    return len(phrases) >= max(least, _CONSENT_SHARE_MIN * words)


def count_story_words(text: str) -> int:
    """Return how many words stand in sentences that tell something and address nobody."""
    return sum(words for sentence in _sentences(text) if (words := count_words(sentence)) and _tells(sentence, words))


def _tells(sentence: str, words: int) -> bool:
    plain = QUOTED.sub(" ", sentence)
    if words < _SENTENCE_WORDS_MIN or sentence.rstrip("\n ")[-1:] not in set('.!?。！？”’"»)'):  # noqa: RUF001 - as above
        return False
    return not (ADDRESS.search(plain) or IMPRINT.search(plain) or any(_says(kind, plain) for kind in CERTAIN))


def _small_wall(page: PageSnapshot, size: int, story: int, *, is_story: bool) -> BlockReason | None:
    """Return the kind of a page of few words that says itself what it is, in its title or to its reader."""
    is_small = size <= _SMALL_WORDS_MAX and not is_story
    if page.has_challenge and is_small:
        return "captcha"
    for kind in _SMALL_KINDS:
        if _is_titled(kind, f"{page.title}\n{page.page_title}"):
            if story < _STORY_UNDER_WALL_MIN:
                return kind
        elif is_small and _is_said(kind, page):
            # A paywall offers to sign in, too.
            return "paywall" if kind == "login" and page.words and is_paywalled(page) else kind
    return None


def _is_titled(kind: Kind, title: str) -> bool:
    """Return whether a title is a wall's and little else; a headline about one has more words."""
    patterns = [table[kind] for table in (CERTAIN, LIKELY) if kind in table]
    return any(
        0 < _TITLE_SHARE_MIN * count_words(part) <= _count_matched(pattern, part)
        for part in _TITLE_PARTS.split(title)
        for pattern in patterns
    )


def _is_said(kind: Kind, page: PageSnapshot) -> bool:
    if _demands(kind, page.around, page.title):
        return True
    if kind not in LIKELY:
        return False
    around = f"{page.around}\n{page.visible[:_BESIDE_CHARS]}" if page.has_password else page.around
    phrases = {match[0].strip().lower() for match in LIKELY[kind].finditer(around)}
    return len(phrases) >= (1 if page.has_password else _LIKELY_MIN)


def _demands(kind: Kind, text: str, title: str) -> bool:
    """Return whether a sentence below the title says to the reader what a wall says, outside of quotation marks."""
    if CERTAIN[kind].search(text) is None:
        return False
    return any(sentence != title and _says(kind, QUOTED.sub(" ", sentence)) for sentence in _sentences(text))


def _says(kind: Kind, sentence: str) -> bool:
    match = CERTAIN[kind].search(sentence)
    if match is None:
        return False
    words = count_words(sentence)
    is_label = words <= _LABEL_WORDS_MAX and _count_matched(CERTAIN[kind], sentence) >= _COVER_MIN * words
    is_order = words <= _ORDER_WORDS_MAX and not sentence[: match.start()].strip(_SIGNS)
    return is_label or is_order or ADDRESS.search(sentence) is not None or _UNSPACED.search(match[0]) is not None


def _count_matched(pattern: re.Pattern[str], text: str) -> int:
    """Return how many of the text's words the pattern matches."""
    return sum(count_words(match[0]) for match in pattern.finditer(text))


def _sentences(text: str) -> Iterator[str]:
    return (match[0].strip() for match in _SENTENCE.finditer(text) if match[0].strip())


def _is_index(page: PageSnapshot) -> bool:
    """Return whether what was found are the boxes of other articles, as on a front page."""
    if len(page.cards) < _CARDS_MIN:
        return False
    lines = [line for line in page.article.split("\n\n") if line != page.title]
    known = frozenset[str]().union(*page.cards)
    return sum(line in known for line in lines) >= _CARD_LINES_SHARE_MIN * len(lines)


def _empty(page: PageSnapshot) -> BlockReason:
    shown = count_words(page.visible)
    if shown <= _SHELL_WORDS_MAX and (page.scripts or CERTAIN["script"].search(f"{page.visible}\n{page.unseen}")):
        return "script"
    return "links" if _is_linked(page) else "nothing"


def _is_linked(page: PageSnapshot) -> bool:
    """Return whether most that a page shows are links."""
    return page.links >= _LINKS_MIN and page.link_words >= _LINKS_SHARE_MAX * count_words(page.visible)
