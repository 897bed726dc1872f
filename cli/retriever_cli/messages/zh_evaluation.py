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

EVALUATION = {
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
