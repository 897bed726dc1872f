"""How similar a model finds texts that have nothing to do with each other.

The cosines of one model run from 0.7 to 0.9, of another from 0.0 to 0.6; measured in standard deviations above those
of unrelated texts, they mean the same. The texts were written for this and are part of the measure: changing one of
them changes the scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retriever.frozen import dataclass
from retriever.models.scoring.maxsim import maxsim, similarities
from retriever.models.scoring.token_merging import scale_to_unit

if TYPE_CHECKING:
    import numpy.typing as npt

    from retriever.models.embedding_model import EmbeddingModel
    from retriever.models.interface import TokenVectors
    from retriever.models.scoring.token_codes import TokenCodec
    from retriever.types import Vectors

# A question and a passage on each of eight subjects, by language; no two subjects touch.
_TEXTS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (
        ("How do bees find their way back to the hive?", "The old bridge was closed to lorries in spring."),
        ("Who painted the ceiling of the chapel?", "Rye bread keeps longer than white bread when it is well baked."),
        ("What does a ton of copper cost?", "Two players were sent off in the second half of the match."),
        ("When was the first railway opened?", "Vaccines are kept between two and eight degrees."),
        ("Why does the moon look larger at the horizon?", "The contract ends if the rent is not paid for two months."),
        ("How many keys does a piano have?", "Rice is planted out as soon as the paddies are flooded."),
        ("Which party won the election?", "The program stops when the file cannot be opened."),
        ("How is sea salt made?", "Her second novel is set in a small mining town."),
    ),
    "zh": (
        ("蜜蜂怎样找到回蜂巢的路？", "这座老桥从春天起禁止货车通行。"),
        ("教堂的天顶画是谁画的？", "黑麦面包烤得好，比白面包放得更久。"),
        ("一吨铜多少钱？", "下半场有两名球员被罚下场。"),
        ("第一条铁路什么时候通车？", "疫苗须在二至八摄氏度下保存。"),
        ("为什么月亮在地平线上看起来更大？", "连续两个月不交房租的，合同即行终止。"),
        ("一架钢琴有多少个琴键？", "水田一灌满水就开始插秧。"),
        ("哪个政党赢得了选举？", "文件打不开时，程序就会退出。"),
        ("海盐是怎样制成的？", "她的第二部小说写的是一座矿区小镇。"),
    ),
    "ru": (
        ("Как пчёлы находят дорогу к улью?", "Старый мост весной закрыли для грузовиков."),
        ("Кто расписал потолок часовни?", "Хорошо испечённый ржаной хлеб хранится дольше белого."),
        ("Сколько стоит тонна меди?", "Во втором тайме удалили двух игроков."),
        ("Когда открыли первую железную дорогу?", "Вакцины хранят при температуре от двух до восьми градусов."),
        ("Почему луна у горизонта кажется больше?", "Договор прекращается, если плата не внесена два месяца."),
        ("Сколько клавиш у рояля?", "Рис высаживают, как только поля залиты водой."),
        ("Какая партия победила на выборах?", "Программа завершается, если файл не открывается."),
        ("Как добывают морскую соль?", "Действие её второго романа происходит в шахтёрском городке."),
    ),
}


@dataclass(frozen=True, slots=True)
class ScoreBaseline:
    """Mean and standard deviation of the scores of unrelated texts: as whole vectors, and token by token (MaxSim).

    The deviations are above 0, but for ``late_deviation`` where the model had no token vectors.
    """

    dense_mean: float
    dense_deviation: float
    late_mean: float
    late_deviation: float

    @property
    def unrelated(self) -> float:
        """The cosine of unrelated texts, below 1: a model may give every text one vector, and an index may say so."""
        return min(self.dense_mean, 0.99)

    @property
    def has_late(self) -> bool:
        """Whether late interaction was measured, so that its scores can be compared with those of unrelated texts."""
        return self.late_deviation > 0

    def standardise_dense(self, cosine: float) -> float:
        """The cosine of whole vectors in standard deviations above unrelated texts."""
        return (cosine - self.dense_mean) / self.dense_deviation

    def standardise_late(self, maxsim: float) -> float:
        """The similarity by tokens in standard deviations above unrelated texts; only where ``has_late``."""
        return (maxsim - self.late_mean) / self.late_deviation


def measure_baseline(model: EmbeddingModel, codec: TokenCodec | None = None) -> ScoreBaseline:
    """Compare centered questions with passages on other subjects, in the same language.

    With ``codec`` the tokens of passages are compared in the form in which an index keeps them. A model is measured
    once with each codec: a hundred texts take as long to embed as a small corpus.
    """
    name = codec.name if codec else ""
    if name not in model.baselines:
        model.baselines[name] = _measure(model, codec)
    return ScoreBaseline(*model.baselines[name])


def _measure(model: EmbeddingModel, codec: TokenCodec | None) -> tuple[float, ...]:
    dense, late = [], []
    for language, row in _TEXTS.items():
        languages = [language] * len(row)
        queries = model.centering.center(model.embed_queries([query for query, _ in row]), languages, "query")
        passages = model.centering.center(model.embed_passages([text for _, text in row]), languages, "passage")
        # The passage beside a question is on another subject too, so every pair counts.
        dense.append(np.asarray(queries, np.float64) @ np.asarray(passages, np.float64).T)
        if model.has_token_vectors:
            late.append(_compare_tokens(model, row, language, codec))
    return *_moments(dense), *(_moments(late) if late else (0.0, 0.0))


def _compare_tokens(
    model: EmbeddingModel, row: tuple[tuple[str, str], ...], language: str, codec: TokenCodec | None
) -> npt.NDArray[np.float64]:
    """MaxSim of each question with each passage: float64 [questions, passages]."""
    passages = model.embed_passage_tokens([text for _, text in row], [language] * len(row))
    questions = [model.embed_query_tokens(query, language).vectors for query, _ in row]
    if codec:
        passages = [_round_trip(codec, text, tokens) for (_, text), tokens in zip(row, passages, strict=True)]
        questions = [scale_to_unit(codec.rotate(question)) for question in questions]
    return np.array([[_score(question, tokens.vectors) for tokens in passages] for question in questions])


def _round_trip(codec: TokenCodec, text: str, tokens: TokenVectors) -> TokenVectors:
    """Tokens as an index gives them back."""
    return codec.decode(codec.encode(text, tokens, np.zeros(len(tokens.spans), np.intp))).tokens


def _score(question: Vectors, passage: Vectors) -> float:
    """MaxSim of a passage of one sentence."""
    return maxsim(similarities(question, passage), np.zeros(len(passage), np.intp))


def _moments(rows: list[npt.NDArray[np.float64]]) -> tuple[float, float]:
    """The mean, and the deviation within a language: languages have means of their own."""
    values = np.stack(rows)
    deviation = float(np.sqrt(values.var(axis=(1, 2)).mean()))
    return round(float(values.mean()), 4), round(max(deviation, 1e-3), 4)
