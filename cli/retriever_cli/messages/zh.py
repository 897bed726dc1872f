"""Messages in simplified Chinese: a template of the English message, and what is shown in its place.

``{name}`` stands for any text; the letters after a colon are in ``_KINDS`` of the package. Of templates that take a
line the first counts. ``tests/cli/test_messages.py`` finds templates that match no message any more.
"""

from __future__ import annotations

from retriever_cli.messages.zh_claims import CLAIMS
from retriever_cli.messages.zh_damage import DAMAGE, UPKEEP
from retriever_cli.messages.zh_engines import ENGINES, PARTS
from retriever_cli.messages.zh_errors import ERRORS, PARSER
from retriever_cli.messages.zh_evaluation import EVALUATION
from retriever_cli.messages.zh_formats import FORMATS
from retriever_cli.messages.zh_listings import LISTINGS, STATUS
from retriever_cli.messages.zh_reasons import ADVICE
from retriever_cli.messages.zh_scores import EXPLANATION, STAGES
from retriever_cli.messages.zh_serving import REFUSALS, SERVING
from retriever_cli.messages.zh_settings import ORIGINS, SETTINGS

__all__ = ["MESSAGES", "NOUNS", "PREFIXES", "WORDS"]

# What a line begins with, by what the rest of it is.
PREFIXES = {
    "error: ": "错误：",
    "hint: ": "提示：",
    "  hint: ": "  提示：",
    "notice: ": "注意：",
    "skipped: ": "跳过：",
}

# Words that are nothing but their place in a message.
WORDS = {**STAGES, **ORIGINS, **FORMATS, **PARTS}

# After a number.
NOUNS = {
    "document": "个文档",
    "passage": "个段落",
    "segment": "个分段",
    "claim": "个说法",
    "file": "个文件",
    "question": "个问题",
    "page": "页",
    "image": "张图片",
    "hit": "条结果",
    "cluster": "个主题",
    "pair": "对",
    "deleted passage": "个已删除的段落",
    "unused embedding": "个不再使用的向量",
}

_INDEXING = {
    "documents  {counts:t}": "文档  {counts}",
    "documents  {counts:t} (dry run)": "文档  {counts}（试运行）",
    "passages   {embedded:n} embedded, {reused:n} reused": "段落  新计算 {embedded}，复用 {reused}",
    "passages   {embedded:n} would be embedded, {reused:n} reused": "段落  将计算 {embedded}，复用 {reused}",
    "pending    {passages:t} without a vector; `retriever index` embeds them": (
        "待算  {passages}还没有向量；运行 `retriever index` 计算"
    ),
    "index      {index}: {held:t}": "索引  {index}：{held}",
    "time       {time}": "用时  {time}",
    "skipped": "跳过",
    "generation {number:n}": "第 {number} 代",
    "generation {number:n} (unchanged)": "第 {number} 代（没有变化）",
    "nothing written": "没有写入",
    "nothing to index": "没有可索引的内容",
    "nothing changed": "没有变化",
    "{count:n} added": "新增 {count}",
    "{count:n} changed": "修改 {count}",
    "{count:n} moved": "移动 {count}",
    "{count:n} removed": "移除 {count}",
    "{count:n} unchanged": "未变 {count}",
    "{count:n} skipped": "跳过 {count}",
    "+ {file}": "+ {file}",
    "~ {file}": "~ {file}",
    "> {file}": "> {file}",
    "- {file}": "- {file}",
    "watching for changes; press Ctrl-C to stop": "正在监视文件的变化；按 Ctrl-C 停止",
    "interrupted: the index is intact; run the same command again to continue": (
        "已中断：索引完好；再次运行同一命令即可继续"
    ),
    "interrupted": "已中断",
    "{file}: {count:n} more in it; --format json lists all": "{file}：其中还有 {count} 处；--format json 列出全部",
}

_PROGRESS = {
    "preparing the bundled model (first use only)": "正在准备自带的模型（仅第一次使用时）",
    "preparing the bundled model (first use only): {share:n} %": "正在准备自带的模型（仅第一次使用时）：{share} %",
    "scanning": "正在扫描",
    "indexing": "正在索引",
    "writing": "正在写入",
    "verifying": "正在检查",
    "evaluating": "正在评测",
    "indexing: {amount:t}": "正在索引：{amount}",
    "indexing: {amount:t} ({share}%, about {time} left)": "正在索引：{amount}（{share}%，还需约 {time}）",
    "evaluating: {amount:t}": "正在评测：{amount}",
    "evaluating: {amount:t} ({share}%, about {time} left)": "正在评测：{amount}（{share}%，还需约 {time}）",
    "writing: {amount:t}": "正在写入：{amount}",
    "writing: {amount:t} ({share}%, about {time} left)": "正在写入：{amount}（{share}%，还需约 {time}）",
    "{measure} is {mean}, below {minimum}": "{measure} 为 {mean}，低于 {minimum}",
    "{measure} is not defined, as no question was answered right": "没有一个问题答对，{measure} 无法计算",
    "{name}: no question was answered right, so its scores tell nothing": "{name}：没有一个问题答对，分数说明不了什么",
    "{done:n} of {total:n} {unit:t}": "{done}/{total} {unit}",
    "files": "个文件",
    "questions": "个问题",
    "documents": "个文档",
    "{done:n} of about {total:n} passages": "{done}/约 {total} 个段落",
    "{done:n} of {total:n} passages": "{done}/{total} 个段落",
    "{done:n} of {total:n} pages of {file} recognised": "{file} 已识别 {done}/{total} 页",
    "{time} left": "还需 {time}",
}

_SEARCH = {
    "no hits": "没有结果",
    "no passage that matches --where scores that high; remove --where, or lower --min-score": (
        "符合 --where 的段落都达不到这个得分；去掉 --where，或降低 --min-score"
    ),
    "no passage scores that high; lower --min-score to see more": (
        "没有段落达到这个得分；降低 --min-score 可以看到更多"
    ),
    "no passage that matches --where contains these words; remove --where, or use --mode hybrid": (
        "符合 --where 的段落都不含这些词；去掉 --where，或使用 --mode hybrid"
    ),
    "nothing to draw": "没有可画的内容",
    "no passage matches --where; remove it to draw all passages": "没有段落符合 --where；去掉它可以画出全部段落",
    "no passage matches --where; remove it to search all passages": "没有段落符合 --where；去掉它可以检索全部段落",
    "no passage contains these words; --mode hybrid also searches by meaning": (
        "没有段落含有这些词；--mode hybrid 也按语义检索"
    ),
    "`retriever status` shows what the index contains": "`retriever status` 显示索引里有什么",
    "vectors {share:n} %: the other passages are found by their words alone so far": (
        "向量 {share} %：其余段落目前只能按词语检索"
    ),
    "nothing here seems to answer the question: no passage scores {score} or more": (
        "这里似乎没有能回答问题的内容：没有段落的得分达到 {score}"
    ),
    "hit {rank:n} scores below {score} and is unlikely to answer": "第 {rank} 条结果的得分低于 {score}，多半答非所问",
    "hits {first:n} to {last:n} score below {score} and are unlikely to answer": (
        "第 {first} 至 {last} 条结果的得分低于 {score}，多半答非所问"
    ),
}

_CONTEXT = {
    "nothing here answers the question: its score is {score}": "这里没有能回答问题的内容：得分为 {score}",
    "lower --min-score to see the best passages all the same": "降低 --min-score 仍可看到最好的段落",
    "no excerpt fits into so few tokens": "词元数太少，放不下任何摘录",
    "raise --max-tokens": "提高 --max-tokens",
}

_PROMPT = {
    "{index}: ask a question, or type :help": "{index}：请输入问题，或输入 :help 查看命令",
    "({hits:t} in {time:n} ms)": "（{hits}，{time} 毫秒）",
    "(showing {hits:t})": "（显示 {hits}）",
    "(showing {passages:t} on either side of a hit)": "（结果前后各显示 {passages}）",
    "(searching in {mode} mode)": "（检索模式：{mode}）",
    "(searching where {filter})": "（只检索符合此条件的段落：{filter}）",
    "(searching all passages)": "（检索全部段落）",
    "(showing passages in two lines)": "（每条结果显示两行）",
    "(showing passages in full)": "（显示整个段落）",
    "(showing passages folded to the part that answers)": "（长段落只显示回答问题的部分）",
    "a question     search for it": "问题           检索",
    ":open N        open the document of hit N, at its place": ":open N        打开第 N 条结果的文档，并转到所在位置",
    ":show N        show hit N in full, with the passages around it": (
        ":show N        显示第 N 条结果的整个段落，以及前后的段落"
    ),
    ":explain N     explain the score and rank of hit N": ":explain N     说明第 N 条结果的得分和名次",
    ":k N           show N hits": ":k N           显示 N 条结果",
    ":context N     show N passages around each hit": ":context N     每条结果前后各显示 N 个段落",
    ":where EXPR    search only matching passages (alone: all)": (
        ":where EXPR    只检索符合条件的段落（不带条件：全部）"
    ),
    ":mode MODE     search in mode hybrid, dense or lexical": (":mode MODE     换检索方式：hybrid、dense 或 lexical"),
    ":short         show two lines of each hit": ":short         每条结果显示两行",
    ":long, :full   show passages folded, or in full": ":long, :full   长段落只显示一部分，或显示整个段落",
    ":help          show this list": ":help          显示本列表",
    ":quit          leave": ":quit          退出",
    "unknown command ':{name}'": "没有命令“:{name}”",
    "type :help for a list": "输入 :help 查看命令",
    "unknown mode {mode}": "没有模式 {mode}",
    "choose from {modes}": "可选：{modes}",
    "no hit {number} in the last results": "上一次的结果里没有第 {number} 条",
    "ask a question, then use the number of a hit": "先提问，再使用结果的序号",
    "hit {rank:n} of {question}": "{question} 的第 {rank} 条结果",
    "opened in {program}: {citation}": "已用 {program} 打开：{citation}",
    "shown here: {reason:t}": "在此显示：{reason}",
    "there is no display for a program": "没有可用的图形界面",
    "the document was added by a program and has no file": "文档由程序加入，没有文件",
    "its file is not on this machine": "文件不在这台机器上",
    "its file is not there any more": "文件已不在原处",
    "files of the type {type} are not handed to programs": "{type} 类型的文件不交给程序打开",
    "{program} could not open it": "{program} 无法打开",
    "no search is remembered": "没有记住任何检索",
    "search first, or give the question: retriever open N QUESTION": "先检索，或给出问题：retriever open N QUESTION",
    "hit {rank:n} is no longer in the results": "结果里已没有第 {rank} 条",
    "ask the question again": "请重新提问",
    "invalid number {number}: expected an integer of at least {least:n}": "{number} 无效：应为不小于 {least} 的整数",
}

_UPKEEP = {
    "forgotten  {sources}": "移除来源  {sources}",
    "documents  {removed:n} removed, {left:n} left, generation {number:n}": (
        "文档      移除 {removed}，剩余 {left}，第 {number} 代"
    ),
    "{index}: no problems found": "{index}：没有发现问题",
    "{index}: nothing to repair": "{index}：没有需要修复的内容",
    "{index}: deleted, {size}": "{index}：已删除，{size}",
    "{index}: deleted": "{index}：已删除",
    "{index}: not deleted": "{index}：未删除",
    "delete the index {index} ({documents:t}, {size})? [y/N]": "要删除索引 {index}（{documents}，{size}）吗？[y/N]",
    "delete the index {index} ({documents:c})? [y/N]": "要删除索引 {index}（{documents}）吗？[y/N]",
    "deleting an index has to be confirmed": "删除索引需要确认",
    "add --yes": "加上 --yes",
    "generation {made:n} restores generation {base:n}: {held:t}; {changes:t}": (
        "第 {made} 代恢复了第 {base} 代：{held}；{changes}"
    ),
    "undo: retriever rollback {number}": "撤销：retriever rollback {number}",
    "{before} before, {after} after": "之前 {before}，现在 {after}",
    "generation {number:n}: {before:t} before, {after:n} after; {passages:t} and {embeddings:t} removed": (
        "第 {number} 代：之前 {before}，现在 {after} 个；移除了 {passages}和 {embeddings}"
    ),
    "{file}: {documents:t}, {passages:t} with vectors, {size}": "{file}：{documents}，{passages}，含向量，{size}",
    "{file}: {documents:t}, {passages:t} without vectors, {size}": "{file}：{documents}，{passages}，不含向量，{size}",
}

_HITS = {
    "recognised on a picture, confidence {confidence}": "由图片识别，置信度 {confidence}",
    "also in {citation}": "另见 {citation}",
    "and in {count:n} more place": "以及另外 {count} 处",
    "and in {count:n} more places": "以及另外 {count} 处",
    "in the index {index}": "索引 {index}",
}

MESSAGES = {
    **_UPKEEP,
    **EXPLANATION,
    **REFUSALS,
    **_INDEXING,
    **_PROGRESS,
    **_SEARCH,
    **_CONTEXT,
    **_PROMPT,
    **SETTINGS,
    **ERRORS,
    **ADVICE,
    **PARSER,
    **_HITS,
    **STATUS,
    **LISTINGS,
    **CLAIMS,
    **EVALUATION,
    **SERVING,
    **DAMAGE,
    **ENGINES,
    **UPKEEP,
}
