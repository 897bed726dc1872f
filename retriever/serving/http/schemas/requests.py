"""What requests may hold. Unknown fields and values of another type are refused."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from retriever import Duplicates, Mode, SearchOptions

MOST_HITS = 200
LONGEST_TEXT = 10_000
LONGEST_NAME = 1_000

Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
IndexName = Annotated[
    Name | None, Field(description="The name of a served index; without it all are searched, as one.")
]


class Strict(BaseModel):
    """The body of a request."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SearchFields(BaseModel):
    """How to search: the fields of ``SearchOptions``, with limits."""

    k: Annotated[int, Field(ge=1, le=MOST_HITS, description="How many hits.")] = 10
    mode: Annotated[Mode, Field(description="By meaning and words, by meaning, or by words.")] = "hybrid"
    context: Annotated[int, Field(ge=0, le=20, description="Neighbouring passages before and after each hit.")] = 0
    rerank: Annotated[int | None, Field(ge=0, le=200, description="Candidates that late interaction compares.")] = None
    duplicates: Annotated[Duplicates, Field(description="Fold near-duplicates into one hit, or show all.")] = "fold"
    where: Annotated[Text | None, Field(description="A filter, such as `year >= 2021`.")] = None
    min_score: Annotated[float, Field(ge=0, le=1, description="The least score of a hit.")] = 0.0
    diverse: Annotated[bool, Field(description="Spread hits over documents and topics.")] = False
    max_per_document: Annotated[
        int | None, Field(ge=1, le=MOST_HITS, description="Hits at most from one document.")
    ] = None
    explain: Annotated[bool, Field(description="Say how each hit came by its score.")] = False

    def options(self) -> SearchOptions:
        """The fields as the library takes them. Raises UsageError where they do not go together."""
        return SearchOptions(**{name: getattr(self, name) for name in SearchFields.model_fields})


class SearchRequest(SearchFields, Strict):
    """A question, and how to search for what answers it."""

    query: Annotated[Text, Field(description="The question.")]
    index: IndexName = None


class SearchParameters(SearchFields):
    """A question in the query of a URL."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[Text, Field(description="The question.")]
    index: IndexName = None


JsonObject = dict[str, Any]
