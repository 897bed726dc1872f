"""What requests may hold. Unknown fields and values of another type are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from retriever import ContextOptions, Document, Duplicates, Mode, SearchOptions
from retriever.errors import UsageError

MOST_HITS = 200
LONGEST_TEXT = 10_000
LONGEST_NAME = 1_000
LONGEST_ANSWER = 100_000
# Of a context that an answer is checked against: about what the largest budget gives.
MOST_EXCERPTS = 1_000
LONGEST_CONTEXT = 500_000
MOST_CHARACTERS = 8_000_000
MOST_DOCUMENTS = 1_000
MOST_IDS = 10_000


def _drop_decimals(given: Any) -> Any:
    return int(given) if isinstance(given, float) and given.is_integer() else given


WHOLE = BeforeValidator(_drop_decimals)
"""For integers: JSON does not tell 3.0 from 3, and some languages write every number with decimals."""
Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
# The library says which excerpt is none.
Excerpt = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "object"}, {"type": "string"}]})]
IndexName = Annotated[
    Name | None, Field(description="The name of a served index; without it all are searched, as one.")
]


UNKNOWN_FIELD = "unknown_field"
"""The type of the error for a field that a request does not have; its context has the ``field``."""


class Strict(BaseModel):
    """The body of a request.

    No part of it may have an error for each of a million values, which would take gigabytes and stop the server
    meanwhile: lists are bounded, or hold anything, and of unknown fields the first alone is told.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_field(cls, given: Any) -> Any:
        unknown = next((name for name in given if name not in cls.model_fields), None) if type(given) is dict else None
        if unknown is not None:
            raise PydanticCustomError(UNKNOWN_FIELD, "unknown field", {"field": unknown})
        return given


class SearchFields(BaseModel):
    """How to search: the fields of ``SearchOptions``, with limits."""

    k: Annotated[int, Field(ge=1, le=MOST_HITS, description="How many hits."), WHOLE] = 10
    mode: Annotated[Mode, Field(description="By meaning and words, by meaning, or by words.")] = "hybrid"
    context: Annotated[
        int, Field(ge=0, le=20, description="Neighbouring passages before and after each hit."), WHOLE
    ] = 0
    rerank: Annotated[
        int | None, Field(ge=0, le=200, description="Candidates that late interaction compares."), WHOLE
    ] = None
    duplicates: Annotated[Duplicates, Field(description="Fold near-duplicates into one hit, or show all.")] = "fold"
    where: Annotated[Text | None, Field(description="A filter, such as `year >= 2021`.")] = None
    min_score: Annotated[float, Field(ge=0, le=1, description="The least score of a hit.")] = 0.0
    diverse: Annotated[bool, Field(description="Spread hits over documents and topics.")] = False
    max_per_document: Annotated[
        int | None, Field(ge=1, le=MOST_HITS, description="Hits at most from one document."), WHOLE
    ] = None
    explain: Annotated[bool, Field(description="Explain the score of each hit.")] = False

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


class Message(Strict):
    """A chat message."""

    role: Annotated[str, Field(max_length=LONGEST_NAME)]
    content: Annotated[str, Field(max_length=LONGEST_ANSWER)]


class ContextFields(Strict):
    """How to build a context: the fields of ``ContextOptions``, with limits."""

    max_tokens: Annotated[int, Field(ge=1, le=200_000, description="Tokens of the rendered context."), WHOLE] = 1500
    order: Annotated[Literal["rank", "document"], Field(description="Excerpts by rank, or as they stand.")] = "rank"
    tokenizer: Annotated[
        Name | None,
        Field(description="An encoding of tiktoken that the server was started with; else the index's model counts."),
    ] = None
    min_score: Annotated[float | None, Field(ge=0, le=1, description="The least score of an answer.")] = None
    mode: Annotated[Mode, Field(description="By meaning and words, by meaning, or by words.")] = "hybrid"
    where: Annotated[Text | None, Field(description="A filter, such as `year >= 2021`.")] = None

    def options(self, tokenizers: Mapping[str, Callable[[str], int]]) -> ContextOptions:
        """The fields as the library takes them, with the one of the server's tokenizers that is named.

        Raises UsageError for another: to load it might fetch it.
        """
        fields = {name: getattr(self, name) for name in ContextFields.model_fields}
        if self.tokenizer is not None:
            fields["tokenizer"] = tokenizers.get(self.tokenizer)
            if fields["tokenizer"] is None:
                raise UsageError(
                    f"this server does not count tokens by {self.tokenizer!r}",
                    hint=f"leave it out, or name one of {', '.join(tokenizers)}" if tokenizers else "leave it out",
                )
        return ContextOptions(**fields)


class ContextRequest(ContextFields):
    """A turn of a conversation, and how to build a context for it."""

    question: Annotated[Text, Field(description="The question.")]
    history: Annotated[
        list[Text | Message], Field(max_length=200, description="Earlier turns, oldest first: questions or messages.")
    ] = []
    index: IndexName = None

    def turns(self) -> list[str | dict[str, str]]:
        """The earlier turns as the library takes them."""
        return [
            turn if isinstance(turn, str) else {"role": turn.role, "content": turn.content} for turn in self.history
        ]


class CheckRequest(ContextRequest):
    """An answer, and what it was made from: a context as it was given out, texts, or the question to build it from."""

    answer: Annotated[str, Field(max_length=LONGEST_ANSWER, description="The answer, with citations such as [1].")]
    context: Annotated[
        dict[str, Any] | list[Excerpt] | None,
        Field(description="What `/v1/context` gave, or its excerpts, or texts; without it `question` is needed."),
    ] = None
    question: Text | None = None  # type: ignore[assignment]


class NewDocument(Strict):
    """A document to add."""

    id: Name
    text: Annotated[str, Field(max_length=MOST_CHARACTERS)]
    source: Annotated[str, Field(max_length=LONGEST_NAME, description="What citations show, such as a URL.")] = ""
    title: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    language: Annotated[str, Field(pattern="^([a-z]{2,3})?$", description="An ISO 639 code; found if empty.")] = ""
    metadata: Annotated[dict[str, Any], Field(description="Text, numbers, booleans, or lists of these, by name.")] = {}

    def to_document(self) -> Document:
        """The document as the library takes it."""
        return Document(
            self.id,
            self.text,
            source=self.source,
            title=self.title,
            language=self.language,
            metadata=self.metadata,
        )


class AddRequest(Strict):
    """Documents to add in one commit."""

    documents: Annotated[list[NewDocument], Field(min_length=1, max_length=MOST_DOCUMENTS)]
    index: IndexName = None


class RemoveRequest(Strict):
    """Which documents to remove: some ids, those that match a filter, or both."""

    ids: Annotated[list[Name], Field(max_length=MOST_IDS)] = []
    where: Text | None = None
    index: IndexName = None


class SyncRequest(Strict):
    """How to read the remembered sources again."""

    index: IndexName = None
    checksum: Annotated[bool, Field(description="Compare the bytes of every file.")] = False
    dry_run: Annotated[bool, Field(description="Report what would be done, and write nothing.")] = False
