"""Help pages of the commands that prepare and judge answers: context, check, eval."""

from __future__ import annotations

ANSWERS = {
    # context
    "Pack the best passages into a budget of tokens.": "把最好的段落装进词元预算。",
    "The context is for the prompt of a language model: its excerpts are numbered and cited. A follow-up is searched "
    "with what it refers to in the history. The exit code is 0 if there are excerpts, and 1 if nothing here answers.": (
        "得到的上下文用于语言模型的提示词：摘录都有编号，并注明出处。追问会结合之前的对话来检索。"
        "有摘录时退出码是 0，没有能回答问题的内容时是 1。"
    ),
    "The question. Use - to read it from standard input.": "问题。写 - 表示从标准输入读取。",
    "The most tokens of the context.": "上下文最多有多少词元",
    "An earlier question of the conversation; repeat it, oldest first.": (
        "对话中之前的问题；可以重复此选项，最早的写在最前"
    ),
    "Earlier turns: a JSON list of chat messages.": "之前的对话：聊天消息的 JSON 列表",
    "Best excerpts first, or in the order of the documents.": "最好的摘录在前，或按文档中的先后排列",
    "Count tokens as tiktoken does, e.g. o200k_base, not as the model.": (
        "按 tiktoken 的编码（如 o200k_base）计算词元，而不按模型"
    ),
    "The least score of an answer; 0 never refuses.": "答案至少要有的得分；0 表示从不拒绝",
    # check
    "Check which claims of an answer its context supports.": "核对回答里的哪些说法有上下文支持。",
    "Each sentence that cites [1] is compared with that excerpt, any other one with all of them: by quotation, by "
    "figures and names, and by meaning. The exit code is 0 if every claim is supported and 1 if not.": (
        "注明 [1] 的句子与该条摘录比较，其余句子与全部摘录比较：比较引文、数字和名称，以及语义。"
        "每个说法都有依据时退出码是 0，否则是 1。"
    ),
    "The answer. Use - to read it from standard input.": "回答。写 - 表示从标准输入读取。",
    "The context that the answer was made from, as `retriever context QUESTION --format json` prints it.": (
        "回答所依据的上下文，即 `retriever context QUESTION --format json` 的输出"
    ),
    "Compare meanings with this model; none compares quotations, figures and names only.": (
        "用这个模型比较语义；none 表示只比较引文、数字和名称"
    ),
    # eval
    "Measure search quality on questions with known answers.": "用已知答案的问题测量检索效果。",
    "Questions without an answer show which score tells an answer. Every mean comes with its 95 % confidence "
    "interval. The exit code is 1 if a measure is below its --fail-under.": (
        "没有答案的问题可以说明得分多高才算有答案。每个均值都附有 95 % 置信区间。有指标低于 --fail-under 时退出码是 1。"
    ),
    "The questions: JSONL or TREC topics.": "问题：JSONL 或 TREC topics",
    "TREC qrels, for questions without relevance judgements.": "TREC qrels，用于没有标注答案的问题",
    "The cutoff k of measures @k.": "带 @k 的指标只看前 k 条结果",
    "Comma-separated measures, named as in ir-measures.": "指标，用逗号分隔，名称与 ir-measures 相同",
    "Passages to retrieve per question; RR and AP use all of them.": "每个问题取多少个段落；RR 和 AP 会用到全部",
    "Rerank the N best candidates.": "对最好的 N 个候选段落重排序",
    "Evaluate each stage of the search by itself.": "分别评测检索的每个阶段",
    "Compare with index=, mode=, rerank= or where=; repeatable.": (
        "与另一种配置比较：index=、mode=、rerank= 或 where=；可以重复"
    ),
    "List the questions that failed.": "列出没有答好的问题",
    "Propose a threshold that lets through at most this share of questions without an answer.": (
        "建议一个阈值，使没有答案的问题至多有这个比例通过"
    ),
    "Also plot the results.": "同时画出结果",
    "Exit with 1 if the mean is below the value; repeatable.": "均值低于此值时退出码为 1；可以重复",
}
