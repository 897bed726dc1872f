"""An excerpt as claims are compared with it: its letters, figures, dates, names and sentences, each read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retriever.citations.alignment import Letters, SubstringAutomaton, read_letters
from retriever.citations.figures import find_quantities
from retriever.citations.moments import Moment, find_moments
from retriever.citations.names import NamePlaces, read_words
from retriever.citations.negation import Window, read_windows
from retriever.citations.quantities import Quantity
from retriever.lazy import lazy
from retriever.text.language import detect
from retriever.text.normalise import Folded, fold_with_offsets
from retriever.text.scripts import count_scripts

if TYPE_CHECKING:
    from retriever.citations.evidence import Evidence
    from retriever.citations.meaning import EmbeddedExcerpt, Meaning


# The share of letters of a script in which names are expected.
_MAIN_SCRIPT = 0.3


class ReadText:
    """The figures, dates and names of a text."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self.language = language or detect(text).language

    @lazy
    def letters(self) -> Letters:
        """The folded letters and digits."""
        return read_letters(self.text)

    @lazy
    def folded(self) -> Folded:
        """The folded text, with the places of its characters in the text."""
        return fold_with_offsets(self.text)

    @lazy
    def moments(self) -> list[Moment]:
        """Dates and times."""
        return find_moments(self.text, self.folded)

    @lazy
    def quantities(self) -> list[Quantity]:
        """Figures with their units."""
        taken = [moment.span for moment in self.moments]
        return find_quantities(self.folded, self.text, taken, language=self.language, strict=False)

    @lazy
    def names(self) -> NamePlaces:
        """Words, for names to be looked up in."""
        counts = count_scripts(self.text)
        scripts = frozenset(name for name, count in counts.items() if count >= _MAIN_SCRIPT * counts.total())
        return NamePlaces(read_words(self.text), self.letters.text, self.letters.origins, scripts)


class ReadExcerpt(ReadText):
    """An excerpt. ``labels`` is what stands above it: titles and headings say whom and when a text is about."""

    def __init__(self, evidence: Evidence, meaning: Meaning | None) -> None:
        super().__init__(evidence.text, evidence.language)
        self.number = evidence.number
        self.labels = ReadText(evidence.labels, self.language)
        self._meaning = meaning

    @lazy
    def automaton(self) -> SubstringAutomaton:
        """The substrings of the letters."""
        return SubstringAutomaton(self.letters.text)

    @lazy
    def windows(self) -> tuple[Window, ...]:
        """Its clauses, for denials to be found among."""
        return read_windows(self.text, self.language)

    @lazy
    def embedded(self) -> EmbeddedExcerpt | None:
        """The token vectors; None without a model that has them."""
        return self._meaning.embed_excerpt(self.text, self.language) if self._meaning else None
