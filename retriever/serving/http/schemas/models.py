"""The forms of others: embeddings as OpenAI's clients expect them, reranking as Cohere's and Jina's do."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from retriever.serving.http.schemas.common import Closed
from retriever.serving.http.schemas.requests import WHOLE, Name, Strict, Text

MOST_TEXTS = 256
MOST_NAMED = 10
Texts = Annotated[list[Text], Field(min_length=1, max_length=MOST_TEXTS)]


def _refuse_tokens(given: Any) -> Any:
    """Refuse the token ids that some clients send in place of texts: each vocabulary has its own."""
    first = given[0] if isinstance(given, list) and given else None
    if isinstance(first, int | list):
        raise PydanticCustomError(
            "tokens", "input should be text, not token ids (LangChain: check_embedding_ctx_length=False)"
        )
    return given


class EmbeddingsRequest(Strict):
    """Texts to embed."""

    input: Annotated[Text | Texts, BeforeValidator(_refuse_tokens)]
    model: Annotated[Name | None, Field(description="The bundled model, which is the only one.")] = None
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[int | None, Field(ge=1, description="Only the dimension of the model."), WHOLE] = None
    user: Annotated[Name | None, Field(description="Ignored.")] = None
    input_type: Annotated[
        Literal["query", "passage"], Field(description="Whether the texts ask or answer; no field of OpenAI's.")
    ] = "passage"


class EmbeddingAnswer(Closed):
    """The vector of a text, of unit length: numbers, or float32 little-endian in base64."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class UsageAnswer(Closed):
    """The tokens of the texts."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingsAnswer(Closed):
    """Vectors in the order of the texts."""

    object: Literal["list"]
    data: list[EmbeddingAnswer]
    model: str
    usage: UsageAnswer


class ModelAnswer(Closed):
    """A model that can be asked for."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelsAnswer(Closed):
    """The models that can be asked for."""

    object: Literal["list"]
    data: list[ModelAnswer]


class TextDocument(BaseModel):
    """A document as an object; only its text counts."""

    text: Text


class RerankRequest(BaseModel):
    """Documents to rank for a question. Further fields, which other servers know, have no effect."""

    model_config = ConfigDict(extra="allow", strict=True)

    query: Text
    documents: Annotated[list[Text | TextDocument], Field(min_length=1, max_length=MOST_TEXTS)]
    model: Annotated[Name | None, Field(description="Ignored: the model of the index ranks.")] = None
    top_n: Annotated[int | None, Field(ge=1, description="How many results at most."), WHOLE] = None
    return_documents: bool = False
    index: Annotated[Name | None, Field(description="The index whose model and words count; else the first.")] = None

    def list_warnings(self) -> list[str]:
        """One that names fields without effect, the first few of any number; none without such fields."""
        unknown = [name[:100] for name, value in (self.model_extra or {}).items() if value is not None]
        return [f"without effect here: {', '.join(unknown[:MOST_NAMED])}"] if unknown else []


class RankedAnswer(Closed):
    """A document by its place in the request, and how likely it answers, 0 to 1."""

    index: int
    relevance_score: float
    document: dict[str, str] | None = None


class RerankAnswer(Closed):
    """The documents that answer best, best first."""

    id: str
    model: str
    results: list[RankedAnswer]
    meta: dict[str, Any]
