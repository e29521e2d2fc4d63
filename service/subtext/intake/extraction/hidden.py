"""Text that no reader sees: taken out of a page before its article is looked for.

Hidden text is where instructions to a model are planted, and where menus and dialogs wait. What a screen reader alone
would say (`aria-hidden`, alternative texts) does not count: visible text stays, whatever its attributes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lxml import etree

from subtext.intake.extraction.stylesheet import Stylesheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.html import HtmlElement

# Never shown, whatever a style says.
_UNSEEN_TAGS: Final = ("template", "noscript", "script", "style", "datalist", "noframes", "head", "object", "svg")
# A whole page hidden by style waits for its script: a browser will show it.
_ROOTS: Final = frozenset({"html", "body"})
_MEDIA_SHOWN: Final = frozenset({"", "all", "screen"})
_ZERO = re.compile(r"0+(?:\.0+)?(?:px|em|rem|%|pt|vh|vw)?")
_TINY = re.compile(r"0?\.\d+px|1px|" + _ZERO.pattern)
_FAR = re.compile(r"-\d{3,}(?:\.\d+)?(?:px|em|rem|pt|%)|-\d{2,}(?:\.\d+)?(?:em|rem)")
_CLIPPED = re.compile(
    r"rect\((?:\s*[01](?:px)?\s*,?){4}\)|inset\(\s*(?:50|100)%\s*\)|circle\(\s*0|polygon\(\s*0 0\s*\)"
)
_SHRUNK = re.compile(r"scale[xy]?\(\s*0(?:\.0*)?\s*[,)]")
_MOVING: Final = ("animation", "animation-name", "transition")
_WORD = re.compile(r"\w+")
_WORDS_MIN = 3
_RGB = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)")
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\b")
_TRANSPARENT = re.compile(r"transparent|rgba\([^)]*[,/]\s*0(?:\.0+)?%?\s*\)|#[0-9a-f]{6}00|#[0-9a-f]{3}0")
_NAMED: Final = {"white": "#ffffff", "black": "#000000", "snow": "#fffafa", "ivory": "#fffff0"}
_WHITE: Final = "#ffffff"


def remove_hidden(tree: HtmlElement) -> int:
    """Take out what a browser would not show; return how many passages of three words and more those were."""
    sheet = Stylesheet.parse(_sheets(tree))
    paper = None if tree.xpath("boolean(//link[@rel='stylesheet'])") else _WHITE
    doomed = [element for element in tree.iter(etree.Element) if is_hidden(element, sheet, paper)]
    etree.strip_elements(tree, *_UNSEEN_TAGS, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    passages = 0
    for element in doomed:
        # What lies inside of something already taken out no longer leads up to the root.
        if element is not tree and (element.getparent() is tree or tree in element.iterancestors()):
            passages += len(_WORD.findall(" ".join(element.itertext()))) >= _WORDS_MIN
            element.drop_tree()
    return passages


def is_hidden(element: HtmlElement, sheet: Stylesheet, paper: str | None) -> bool:
    """Return whether the element itself hides its text; `paper` is the page's colour where it is known."""
    if element.tag in _ROOTS:
        return False
    if "hidden" in element.attrib or (element.tag == "dialog" and "open" not in element.attrib):
        return True
    style = sheet.computed_style(element)
    return bool(style) and (_is_absent(style) or _is_offscreen(style) or _has_no_contrast(element, style, sheet, paper))


def _is_absent(style: Mapping[str, str]) -> bool:
    """Return whether it is not drawn at all, or at no size; text that fades in is drawn in the end."""
    fades = any(style.get(name, "none") not in {"none", ""} for name in _MOVING)
    return (
        style.get("display") == "none"
        or style.get("content-visibility") == "hidden"
        or (style.get("visibility") in {"hidden", "collapse"} and not fades)
        or (_is(_ZERO, style.get("opacity")) and not fades)
        or _is(_ZERO, style.get("font-size"))
        or (_SHRUNK.search(style.get("transform", "")) is not None and not fades)
    )


def _is_offscreen(style: Mapping[str, str]) -> bool:
    """Return whether it is drawn outside of the window, or clipped to nothing."""
    is_placed = style.get("position") in {"absolute", "fixed"}
    cut = style.get("overflow") in {"hidden", "clip"}
    return (
        _is(_FAR, style.get("text-indent"))
        or (is_placed and any(_is(_FAR, style.get(side)) for side in ("left", "top", "right", "bottom")))
        or any(_CLIPPED.match(style.get(name, "")) for name in ("clip", "clip-path"))
        or (cut and any(_is(_TINY, style.get(name)) for name in ("width", "height", "max-height", "max-width")))
    )


def _has_no_contrast(element: HtmlElement, style: Mapping[str, str], sheet: Stylesheet, paper: str | None) -> bool:
    """Return whether it has the colour of its background, as far as the page itself says what that is."""
    ink = style.get("color")
    if ink is None:
        return False
    if _TRANSPARENT.fullmatch(ink):
        return True
    colour = _colour(ink)
    return colour is not None and colour == next(_backgrounds(element, sheet), paper)


def _backgrounds(element: HtmlElement, sheet: Stylesheet) -> Iterator[str | None]:
    """Yield the backgrounds from the element outwards; None where one is set that is no plain colour."""
    for node in (element, *element.iterancestors()):
        style = sheet.computed_style(node)
        painted = style.get("background-color") or style.get("background") or node.get("bgcolor")
        if painted and painted not in {"none", "inherit"} and not _TRANSPARENT.fullmatch(painted):
            yield _colour(painted)


def _colour(value: str) -> str | None:
    if match := _RGB.match(value):
        return "#" + "".join(f"{min(int(part), 255):02x}" for part in match.groups())
    if match := _HEX.match(value):
        digits = match[1]
        return "#" + (digits if len(digits) > len("fff") else "".join(digit * 2 for digit in digits))
    return _NAMED.get(value.partition(" ")[0])


def _is(pattern: re.Pattern[str], value: str | None) -> bool:
    return value is not None and pattern.fullmatch(value) is not None


def _sheets(tree: HtmlElement) -> Iterator[str]:
    for style in tree.iter("style"):
        if (style.get("media") or "").strip().lower() in _MEDIA_SHOWN:
            yield style.text or ""
