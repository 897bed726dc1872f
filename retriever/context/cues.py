"""Tells what a turn of a conversation asks for that names nothing: more about the last answer, or nothing at all.

No document says what "tell me more" or "谢谢" refers to, and what words such turns have differs in every language. So a
short turn is compared with phrases of both kinds and with short questions that name something, as whole vectors of the
model of the index: the nearest phrase tells its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias
from unicodedata import category
from weakref import WeakKeyDictionary

import numpy as np

from retriever.frozen import dataclass

if TYPE_CHECKING:
    from retriever.models.embedding_model import EmbeddingModel
    from retriever.types import Vectors

Cue: TypeAlias = Literal["more", "nothing"]

# Characters; a longer turn says something of its own. The longest of 190 that were tried has 34.
LONGEST = 60
# A turn has to be as near to a phrase as this share of the phrases of its kind are to the nearest other one.
NEAR = 0.95
# What asks for nothing is not answered, so it has to be nearer to such a phrase than to others by this cosine.
CLEAR = 0.01
# A model can tell the kinds if this share of all phrases is of the kind of the nearest other one: 0.89 of them are for
# the bundled model, 0.36 by chance.
SURE = 0.75

MORE = (
    *("Tell me more", "Go on", "Why?", "What else?", "Can you be more specific?", "What does that mean?"),
    *(
        "Give me an example",
        "请详细说说",
        "继续",
        "为什么？",
        "还有呢？",
        "能说得具体一点吗？",
        "这是什么意思？",
        "举个例子",
    ),
    *("もっと詳しく教えてください", "続けてください", "なぜですか？", "他にはありますか？", "どういう意味ですか？"),
    *("Расскажите подробнее", "Продолжайте", "Почему?", "Что ещё?", "Что это значит?"),
    *("Cuéntame más", "Sigue", "¿Por qué?", "¿Algo más?", "¿Qué significa eso?"),
    *("더 자세히 설명해 주세요", "왜요?", "또 있나요?", "Erzähl mir mehr darüber", "Warum?", "Was noch?"),
    *("Dites-m'en plus", "Pourquoi ?", "Quoi d'autre ?", "أخبرني المزيد", "لماذا؟", "और बताइए", "क्यों?"),
)
NOTHING = (
    *("Thanks", "OK", "I see", "Hello", "Goodbye", "谢谢", "好的", "明白了", "你好", "再见"),
    *("ありがとう", "わかりました", "こんにちは", "Спасибо", "Понятно", "Привет", "Gracias", "De acuerdo", "Hola"),
    *("감사합니다", "알겠습니다", "Danke", "Alles klar", "Merci", "D'accord", "شكرا", "مرحبا", "धन्यवाद", "नमस्ते"),
)
OTHER = (
    *("And the price?", "What about dogs?", "And the deadline?", "Who pays?", "When does it open?", "Is it free?"),
    *("How long does it take?", "Where is it?", "那资金呢？", "小孩呢？", "期限是多久？", "谁负责？", "多少钱？"),
    *("在哪里办？", "罚款多少？", "料金はいくらですか？", "締め切りは？", "子供は？", "誰が払いますか？"),
    *("А штраф?", "А сроки?", "Кто платит?", "Сколько это стоит?", "¿Y el plazo?", "¿Y los niños?", "¿Quién paga?"),
    *("¿Cuánto cuesta?", "비용은요?", "언제까지예요?", "Und die Kosten?", "Wer zahlt das?", "Et le délai ?"),
    *("Combien ça coûte ?", "وكم السعر؟", "متى؟", "और शुल्क?", "कब तक?", "When?", "How many?", "Which one?"),
    *(
        "What happened then?",
        "什么时候？",
        "哪一个？",
        "结果怎么样？",
        "Когда?",
        "Где?",
        "Сколько?",
        "¿Cuándo?",
        "¿Dónde?",
    ),
    *(
        "いつですか？",
        "どこですか？",
        "いくつですか？",
        "언제예요?",
        "어디예요?",
        "Wann?",
        "Wie viele?",
        "Quand ?",
        "Où ?",
    ),
)


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of each kind as unit vectors, float32 [phrases, dimension], and how near a turn of it has to be."""

    vectors: tuple[Vectors, Vectors, Vectors]
    least: tuple[float, float, float]
    is_sure: bool


_KNOWN: WeakKeyDictionary[EmbeddingModel, Phrases] = WeakKeyDictionary()
_KINDS: tuple[Cue | None, ...] = ("more", "nothing", None)


def find_cue(text: str, model: Callable[[], EmbeddingModel]) -> Cue | None:
    """What a turn asks for: ``more``, ``nothing``, or None where it names something or the model cannot tell.

    A model that is a program's own is not asked: it may be far away, and each text has its price.
    """
    text = " ".join(text.split())
    # A number names something, as in "那2019年呢？".
    if not text or len(text) > LONGEST or any(category(character)[0] == "N" for character in text):
        return None
    loaded = model()
    if not loaded.is_immediate:
        return None
    phrases = read_phrases(loaded)
    if not phrases.is_sure:
        return None
    [vector] = _embed(loaded, [text])
    nearest = [float((vectors @ vector).max()) for vectors in phrases.vectors]
    kind = int(np.argmax(nearest))
    cue = _KINDS[kind] if nearest[kind] >= phrases.least[kind] else None
    if cue == "nothing" and nearest[kind] < max(nearest[:kind] + nearest[kind + 1 :]) + CLEAR:
        return None
    return cue


def read_phrases(model: EmbeddingModel) -> Phrases:
    """The phrases as a model reads them; they are kept with it."""
    known = _KNOWN.get(model)
    if known is None:
        texts = (MORE, NOTHING, OTHER)
        vectors = _embed(model, [text for kind in texts for text in kind])
        kinds = np.repeat(np.arange(len(texts)), [len(kind) for kind in texts])
        alike = vectors @ vectors.T
        np.fill_diagonal(alike, -1.0)
        own = np.where(kinds[:, None] == kinds, alike, -1.0).max(axis=1)
        more, nothing, other = (vectors[kinds == kind] for kind in range(len(texts)))
        least = tuple(float(np.quantile(own[kinds == kind], 1 - NEAR)) for kind in range(len(texts)))
        sure = float(np.mean(kinds[alike.argmax(axis=1)] == kinds)) >= SURE
        known = _KNOWN[model] = Phrases((more, nothing, other), (least[0], least[1], least[2]), sure)
    return known


def _embed(model: EmbeddingModel, texts: Sequence[str]) -> Vectors:
    vectors = model.embed_queries(texts)
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit
