"""Explanations of scores in simplified Chinese, as ``zh.py`` has other messages."""

from __future__ import annotations

# The stages of a search, before what they say.
STAGES = {
    "dense": "语义",
    "lexical": "词语",
    "late": "词元",
    "reranker": "重排序",
    "language": "语言",
    "selection": "选取",
    "start": "起点",
    "search": "整体",
    "score": "得分",
}

EXPLANATION = {
    "{stage:w}: {text:e} ({effect:d} of the score)": "{stage}：{text}（得分中占 {effect}）",
    "{stage:w}: {text:e}": "{stage}：{text}",
}

# What a stage says, apart from other messages: most of it is part of a line.
SCORES = {
    "the passage as a whole is number {place:n} of {count:n} candidates by meaning (cosine {cosine:d})": (
        "整个段落按语义在 {count} 个候选段落中排第 {place}（余弦 {cosine}）"
    ),
    "the passage as a whole is number {place:n} of {count:n} candidates by meaning (cosine {cosine:d}, {deviations:d} "
    "standard deviations above unrelated texts)": (
        "整个段落按语义在 {count} 个候选段落中排第 {place}（余弦 {cosine}，比无关的文字高 {deviations} 个标准差）"
    ),
    "replaced by late interaction in the score": "得分改用延迟交互的结果",
    "replaced by the reranker in the score": "得分改用重排序模型的结果",
    "its words cover {share:d}% of the question: {words} and {more:n} more": (
        "段落的词语覆盖问题的 {share}%：{words} 等，另有 {more} 个"
    ),
    "its words cover {share:d}% of the question: {words}": "段落的词语覆盖问题的 {share}%：{words}",
    "its words cover {share:d}% of the question": "段落的词语覆盖问题的 {share}%",
    "it contains the whole question": "含有整个问题",
    "missing: {words} and {more:n} more": "没有：{words} 等，另有 {more} 个",
    "missing: {words}": "没有：{words}",
    "the question is the title of its document": "问题就是文档的标题",
    "the passage contains none of the question's words": "段落不含问题里的词",
    "read together with the question": "段落与问题一起读取",
    "its score is used": "采用它给出的得分",
    "from place {before:n} to {after:n}": "名次从第 {before} 到第 {after}",
    "left out: {reason:e}": "未做：{reason}",
    "the model {model} has no token vectors": "模型 {model} 没有词元向量",
    "the index was built when the model {model} had no token vectors": "建立索引时，模型 {model} 还没有词元向量",
    "not among the candidates that were reranked": "不在重排序的候选段落之列",
    "not among the candidates compared token by token": "不在逐词元比较的候选段落之列",
    "stays below them": "排在它们之后",
    "token by token {deviations:d} standard deviations above unrelated texts": (
        "逐词元比较，比无关的文字高 {deviations} 个标准差"
    ),
    "moved it from place {before:n} to {after:n}": "名次从第 {before} 移到第 {after}",
    "left it in place {place:n}": "名次仍是第 {place}",
    "closest: {pairs}": "最接近的：{pairs}",
    "the question is in {question}, the passage in {passage}: given most of what words count for in the best passage "
    "in the former, instead of its own": (
        "问题的语言是 {question}，段落是 {passage}：按与问题同一语言的最佳段落的词语得分的大部分计，本身的词不计"
    ),
    "the question is in {question}, the passage in {passage}: its similarity alone counts, because the best passage in "
    "the former, if any, shares no words": (
        "问题的语言是 {question}，段落是 {passage}："
        "只按相似度计，因为没有与问题同一语言的段落，或者其中最佳的没有相同的词"
    ),
    "the question is in {question}, the passage in {passage}: it is weighted as usual, because words are shared": (
        "问题的语言是 {question}，段落是 {passage}：有相同的词，照常计算"
    ),
    "it says the same as a passage in another language that scores higher": "与另一种语言中得分更高的段落内容相同",
    "raised halfway to it": "向它提升一半",
    "it matches {filter}": "符合条件 {filter}",
    "{count:n} near-duplicate folded into it": "合并了 {count} 个近似的段落",
    "{count:n} near-duplicates folded into it": "合并了 {count} 个近似的段落",
    "number {place:n} by score, number {rank:n} of those shown": "按得分排第 {place}，显示为第 {rank}",
    "what a passage has that shares nothing with the question": "与问题毫无共同之处的段落也有的得分",
    "counts for all passages of this search alike": "对这次检索的全部段落一样",
    "counts for all passages of this search alike: {evidence:e}": "对这次检索的全部段落一样：{evidence}",
    "the best one is {distance:d} standard deviations from the best of {count:n} unrelated passages": (
        "最好的段落与 {count} 个无关段落中最好的相差 {distance} 个标准差"
    ),
    "it stands out from those behind it by {margin:d} log-odds": "比后面的段落高出 {margin}（对数几率）",
    "it stands out from those behind it by at least {margin:d} log-odds": "比后面的段落至少高出 {margin}（对数几率）",
    "{score:d}, from the reranker": "{score}，由重排序模型给出",
    "{score:d}, from similarity {similarity:d}, words {words:d}, start {start:d}, search {search:d} "
    "(log-odds {odds:d})": (
        "{score}，来自相似度 {similarity}、词语 {words}、起点 {start}、整体 {search}（对数几率 {odds}）"
    ),
    "lowered from {score:d}, below the passages reranked": "从 {score} 降低，排在重排序过的段落之后",
    "lowered from {score:d}, below the passages compared token by token": (
        "从 {score} 降低，排在逐词元比较过的段落之后"
    ),
    "raised from {score:d}, towards its translation": "从 {score} 向译文提升",
}
