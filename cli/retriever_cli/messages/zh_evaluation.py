"""The report of ``retriever eval`` and its errors in simplified Chinese, as ``zh.py`` has other messages."""

from __future__ import annotations

# Lines and cells of the report, apart from other messages: many are single words.
REPORT = {
    "{questions:t}, depth {depth:n}": "{questions}，深度 {depth}",
    "{questions:t} and {others:n} without an answer, depth {depth:n}": (
        "{questions}，另有 {others} 个没有答案，深度 {depth}"
    ),
    "; index ": "；索引 ",
    "{index} (generation {generation:n})": "{index}（第 {generation} 代）",
    "; ": "；",
    ": ": "：",
    # Measures and their differences.
    "all ({count:n})": "全部（{count}）",
    "unknown ({count:n})": "语言不明（{count}）",
    "{second} against {first}": "{second} 与 {first} 相比",
    "difference": "差值",
    "better": "更好",
    "worse": "更差",
    "{mean:d} ({low:d} to {high:d})": "{mean}（{low} 到 {high}）",
    "In brackets: 95 % confidence intervals, by bootstrap over the questions (9,999 resamples, seed 0). p: two-sided "
    "paired randomisation test.": (
        "括号里是 95 % 置信区间，用自助法对问题重抽样 9,999 次（种子 0）。p：双侧配对随机化检验。"
    ),
    "Shares have Wilson's intervals, AUC has Newcombe's.": "比例用 Wilson 区间，AUC 用 Newcombe 区间。",
    # What scores tell.
    "First hits: {right:n} right, {wrong:n} wrong, {unanswerable:n} where nothing answers ({name})": (
        "第一条结果：{right} 个正确，{wrong} 个错误，{unanswerable} 个问题没有答案（{name}）"
    ),
    "First hits: {right:n} right, {wrong:n} wrong, {unanswerable:n} where nothing answers": (
        "第一条结果：{right} 个正确，{wrong} 个错误，{unanswerable} 个问题没有答案"
    ),
    "No threshold up to 1 follows the rule: {rule:r}.": "1 以内没有符合规则的阈值：{rule}。",
    "Threshold {threshold:d}: {rule:r}. It was chosen on these questions: expect less of it on others. Use it in the "
    "same mode: retriever search --min-score {score:d}": (
        "阈值 {threshold}：{rule}。它是按这些问题选出的，用于其他问题时效果会差一些。以同样的模式使用："
        "retriever search --min-score {score}"
    ),
    "the best mean of right answers kept and questions without an answer refused": (
        "使保留的正确答案与拒绝的无答案问题两者的平均比例最高"
    ),
    "the lowest at which at most {share:d} % of the questions without an answer get one": (
        "无答案的问题至多有 {share} % 得到答案的最低值"
    ),
    "right kept (up) against no answer refused (right)": "保留的正确答案（向上）与拒绝的无答案问题（向右）",
    "threshold": "阈值",
    "{threshold:d} (proposed)": "{threshold}（建议）",
    "right kept": "保留正确答案",
    "no answer refused": "拒绝无答案",
    "wrong refused": "拒绝错误答案",
    "calibration error": "校准误差",
    "score": "得分",
    "{low:d} to {high:d}": "{low} 到 {high}",
    "questions": "问题数",
    "mean score": "平均得分",
    "first hit right": "第一条正确",
    "none": "无",
    # Questions that failed.
    "Failed: {failed:n} of {asked:t}": "没有答好：{asked}中的 {failed} 个",
    "{count:n} {kind:r} ({meaning:r})": "{count} 个{kind}（{meaning}）",
    "missed": "未找到",
    "wrong": "答错",
    "answered": "误答",
    "refused": "误拒",
    "no hit answers": "没有结果能回答",
    "another hit came first": "排在第一的是别的结果",
    "nothing answers, but a hit reached the threshold": "没有答案，却有结果达到阈值",
    "right, but below the threshold": "正确，但低于阈值",
    "expected": "应为",
    "came": "实为",
    "rank": "名次",
    "nothing": "无",
    "{citation} (score {score:d})": "{citation}（得分 {score}）",
}

# What may be wrong with a line of a query set or of judgements.
_MISTAKES = {
    "a document has no name": "有个文档没有名字",
    "a passage has neither a valid start and end nor text": "有个段落既没有有效的 start 和 end，也没有 text",
    "a passage is not an object": "有个段落不是对象",
    "answerable is neither true nor false": "answerable 既不是 true 也不是 false",
    "conflicting grades for query {query} and document {document}": "问题 {query} 和文档 {document} 有相互矛盾的等级",
    "documents cannot be combined with {name}": "documents 不能与 {name} 同时使用",
    "duplicate id {id}, first used on line {line:n}": "编号 {id} 重复，第 {line} 行已经用过",
    "empty column": "有一列是空的",
    "expected 3 or 4 columns, found {count:n}": "应有 3 或 4 列，却有 {count} 列",
    "invalid JSON: a number is too long, or values are nested too deeply": "无效的 JSON：有一个数太长，或者嵌套太深",
    "invalid JSON: {reason} at column {column:n}": "无效的 JSON：第 {column} 列（{reason}）",
    "no question": "没有问题",
    "not a JSON object": "不是 JSON 对象",
    "not an id and a query separated by a tab": "不是用制表符分开的编号和问题",
    "text outside <top> and </top>": "<top> 和 </top> 之外有文字",
    "the grade {grade} is not an integer": "等级 {grade} 不是整数",
    "the grade {grade} is not within {range}": "等级 {grade} 不在 {range} 以内",
    "the id is neither a non-empty string nor an integer": "编号既不是非空的字符串，也不是整数",
    "the question has judgements, but a file of judgements is given as well": "这个问题已标注答案，却又给了标注文件",
    "the question has no judgements": "这个问题没有标注答案",
    "the question is not answerable, but has a relevant item": "这个问题标为没有答案，却又标注了答案",
    "the question is not answerable, but {judged} has a relevant document for it": (
        "这个问题标为没有答案，{judged} 却为它标注了文档"
    ),
    "the topic has no </top>": "题目缺少 </top>",
    "the topic has no <num>": "题目缺少 <num>",
    "the topic {number} has no <title>": "题目 {number} 缺少 <title>",
    "{name} is not a list": "{name} 不是列表",
    "{name} is not a string, or is blank": "{name} 不是字符串，或者是空的",
}

_QUERY_SETS = {
    **{
        f"{{file}}, line {{at:n}}: {english}": f"{{file}} 第 {{at}} 行：{shown}" for english, shown in _MISTAKES.items()
    },
    "{file} contains no questions": "{file} 里没有问题",
    "write one JSON object per line, or TREC topics": "请每行写一个 JSON 对象，或用 TREC 的题目格式",
    "{file} contains no judgements": "{file} 里没有标注",
    "write lines such as: {line}": "请这样写：{line}",
    "{judged} and {asked} have no question ids in common: {some} and {others}": (
        "{judged} 和 {asked} 没有共同的问题编号：{some} 和 {others}"
    ),
    "use the same question ids in both files": "请在两个文件里使用同样的问题编号",
    'a question without an answer has "answerable": false': '没有答案的问题这样写："answerable": false',
    "a line of qrels is: {form}, or: {other}": "标注的一行是：{form}，或：{other}",
    "a query set is JSONL, classic TREC topics, or tab-separated lines": (
        "问题集是 JSONL、TREC 的经典题目格式，或用制表符分开的行"
    ),
    "a row is an object such as {row}": "一行是一个对象，例如 {row}",
    "add a field named query": "请加上名为 query 的字段",
    "add documents, passages or texts to the row, or pass a file of judgements with --qrels; "
    'if nothing answers the question, add "answerable": false': (
        "请在这一行加上 documents、passages 或 texts，或用 --qrels 给出标注文件；"
        '没有答案的问题请加上 "answerable": false'
    ),
    "give its id as document, or its path as source": "请用 document 给出编号，或用 source 给出路径",
    "remove one of them": "请去掉其中之一",
    "start must be less than end": "start 必须小于 end",
    "use documents or passages; a passage may name its document next to its text": (
        "请用 documents 或 passages；段落可以在 text 旁边写明文档"
    ),
    "write one such as {passage}": "请这样写：{passage}",
}

EVALUATION = {
    **_QUERY_SETS,
    "{file}: ids without a question ({count:n}): {ids}": "{file}：没有对应问题的编号（{count} 个）：{ids}",
    "{file}: questions without a relevant item were left out ({count:n}): {ids}": (
        "{file}：没有标注答案的问题已略去（{count} 个）：{ids}"
    ),
    "the index changed during the evaluation: questions were answered by different generations": (
        "评测期间索引有变化：回答问题用的不是同一代"
    ),
    "{absent:n} of {count:n} relevant documents are not in the index and count as not found: {names}": (
        "{count} 个标注的文档中有 {absent} 个不在索引里，算作没有找到：{names}"
    ),
    "names that match several documents ({count:n}): {names}": "对应多个文档的名字（{count} 个）：{names}",
    "none of the {count:n} relevant documents is in the index: {names}": ("标注的 {count} 个文档都不在索引里：{names}"),
    "name documents by id or by source, such as {name}": "请用编号或来源指明文档，例如 {name}",
    "no question of {file} has a relevant item": "{file} 里没有一个问题标注了答案",
    "give at least one item a grade of 1 or more": "请至少给一项标注 1 以上的等级",
    "invalid --picture {name}: only SVG is supported": "--picture 的值 {name} 无效：只支持 SVG",
    "use a name that ends in .svg": "名字请以 .svg 结尾",
    "no folder {folder} for --picture": "--picture 所在的文件夹 {folder} 不存在",
    "create it, or choose another folder": "请建立它，或换一个文件夹",
    "--stages needs hybrid mode with reranking": "--stages 要求混合检索并重排序",
    "remove --mode and --no-rerank": "请去掉 --mode 和 --no-rerank",
    "invalid --compare {settings}: a quotation mark is not closed": "--compare 的值 {settings} 无效：引号没有配对",
    "invalid --compare {settings}: expected SETTING=VALUE": "--compare 的值 {settings} 无效：应为 SETTING=VALUE",
    "write --compare {settings}; the settings are {names}": "这样写：--compare {settings}；可用的设置：{names}",
    "invalid rerank {value}: expected an integer": "rerank 的值 {value} 无效：应为整数",
    "invalid --fail-under {text}: expected MEASURE=VALUE, with a value from 0 to 1": (
        "--fail-under 的值 {text} 无效：应为 MEASURE=VALUE，值为 0 到 1"
    ),
    "write --fail-under nDCG@10=0.9": "这样写：--fail-under nDCG@10=0.9",
}
