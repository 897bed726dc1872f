"""Tells what surrounds the content of a web page: menus, cookie notices, the footer of the site.

Only what a page itself marks as such, by its elements, roles or the names that the usual programs give them, and what
also reads like it. Whatever else might be content is kept: a menu too many costs a line, a paragraph too few an answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

MENUS = frozenset(("navigation", "search", "menubar", "menu"))
# Elements that hold content, within which nothing is taken for boilerplate.
CONTENT = frozenset(("main", "article", "blockquote", "figure", "table", "td", "li"))
# The names of consent dialogs, as the programs that make them call them, or as whole words.
CONSENT = re.compile(
    r"(?:^|[\s_-])(?:cookies?|gdpr|consent|onetrust|cybotcookiebot\w*|didomi|truste|usercentrics|cmplz|osano|iubenda|qc-cmp2?)"
    r"(?:$|[\s_-])",
    re.IGNORECASE,
)
CONSENT_WORDS = re.compile(r"cookie|consent|gdpr|einwillig|隐私|隱私|プライバシー|конфиденц", re.IGNORECASE)
BREADCRUMBS = re.compile(r"(?:^|[\s_-])bread-?crumbs?(?:$|[\s_-])", re.IGNORECASE)
SKIP_LINK = re.compile(r"(?:^|[\s_-])skip(?:$|[\s_-])|skip-?(?:link|nav|to)", re.IGNORECASE)
RIGHTS = re.compile(
    r"©|\(c\)\s*\d{4}|copyright|all rights reserved|版权所有|版權所有|ICP备|公网安备|著作権", re.IGNORECASE
)
# Characters of a consent dialog, a footer, a trail of links and a list of them at most, and the share that is links.
MOST_CONSENT, MOST_FOOTER, MOST_TRAIL, MOST_LINKS = 2000, 1500, 300, 20_000
LINKS = 0.5


def is_boilerplate(element: _Element) -> bool:
    """Whether an element, with all that it holds, is not part of the content of its page."""
    tag, role = element.tag, (element.get("role") or "").lower()
    if role in MENUS:
        return not _holds_content(element)
    if tag == "footer" or role == "contentinfo":
        return _is_site_footer(element)
    names = f"{element.get('id') or ''} {element.get('class') or ''}"
    if tag == "a":
        return (element.get("href") or "").startswith("#") and SKIP_LINK.search(names) is not None
    label = element.get("aria-label") or ""
    if BREADCRUMBS.search(names) or BREADCRUMBS.search(label):
        return _is_linked(element, MOST_TRAIL) and not _holds_content(element)
    return CONSENT.search(names) is not None and _is_consent(element)


def _is_site_footer(element: _Element) -> bool:
    """Whether a footer is that of the site: of short text, with its rights, or of links; an address is kept."""
    if _is_within_content(element):
        return False
    text = _read(element, MOST_LINKS)
    has_rights = len(text) <= MOST_FOOTER and RIGHTS.search(text) is not None
    return (has_rights or _is_linked(element, MOST_LINKS)) and not _holds_content(element)


def _is_consent(element: _Element) -> bool:
    if element.tag not in ("div", "section", "aside", "dialog", "form") or _is_within_content(element):
        return False
    text = _read(element, MOST_CONSENT)
    return len(text) <= MOST_CONSENT and CONSENT_WORDS.search(text) is not None and not _holds_content(element)


def _is_linked(element: _Element, most: int) -> bool:
    """Whether a text of at most so many characters is mostly links."""
    size = len(_read(element, most))
    return 0 < size <= most and sum(len(_read(link, most)) for link in element.iter("a")) >= LINKS * size


def _read(element: _Element, most: int) -> str:
    """The text of an element, with single spaces; of one that is longer than ``most`` somewhat more than that."""
    parts: list[str] = []
    size = 0
    for part in element.itertext():
        words = " ".join(part.split())
        parts.append(words)
        size += len(words)
        if size > most:
            break
    return " ".join(filter(None, parts))


def _holds_content(element: _Element) -> bool:
    return next(element.iter("main", "article", "h1"), None) is not None


def _is_within_content(element: _Element) -> bool:
    return any(above.tag in CONTENT for above in element.iterancestors())
