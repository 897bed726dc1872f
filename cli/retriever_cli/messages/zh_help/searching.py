"""Help pages of the commands that search, and that show what they found."""

from __future__ import annotations

SEARCHING = {
    # search
    "Find the passages that answer a question.": "查找能回答问题的段落。",
    "Hits come best first, each with its citation. The exit code is 0 if there are hits and 1 if there are none.": (
        "最好的结果排在最前，每条都注明出处。有结果时退出码是 0，没有结果时是 1。"
    ),
    "The question. Use - to read it from standard input; omit it to open a prompt.": (
        "问题。写 - 表示从标准输入读取；不写则进入提示符。"
    ),
    "Number of passages to show.": "显示多少个段落",
    "Show N neighbouring passages before and after each hit.": "每条结果前后各显示 N 个相邻的段落",
    "Rerank the N best candidates token by token (late interaction).": (
        "把最好的 N 个候选段落与问题逐词元比较，重新排序（延迟交互）"
    ),
    "Rerank with this cross-encoder instead of late interaction.": "用这个交叉编码器重排序，代替延迟交互",
    "Fold near-duplicate passages into one hit, or show all.": "把近似的段落合并为一条结果，或者全部显示",
    "Leave out hits that score below X.": "不显示得分低于 X 的结果",
    "Spread hits over documents and topics.": "让结果分散到不同的文档和主题",
    "Show at most N passages of each document.": "每个文档最多显示 N 个段落",
    "Explain the score and rank of each hit.": "说明每条结果的得分和名次",
    "Show long passages in full (text format only).": "显示整个段落，再长也不折叠（只用于 text 格式）",
    "Show two lines of each hit: citation and best sentence (text format only).": (
        "每条结果显示两行：出处和最好的一句（只用于 text 格式）"
    ),
    "asks for questions until :quit": "逐个提问，直到输入 :quit",
    # open
    "Open a hit where it stands.": "在原文的位置打开一条结果。",
    "The document opens in the system's program, a PDF at its page, a text in $VISUAL or $EDITOR at its line. Where "
    "no program can show it, the passage is printed with those around it. N is a number of the last search.": (
        "文档用系统里的程序打开，PDF 翻到所在的页；文本用 $VISUAL 或 $EDITOR 打开，转到所在的行。没有程序能显示时，"
        "就输出这个段落和前后的段落。N 是上一次检索结果的序号。"
    ),
    "The number of the hit.": "结果的序号",
    "Ask this first; without it the last search counts.": "先检索这个问题；不写则用上一次检索的结果",
    "How to search for QUESTION; see `retriever search`.": "检索 QUESTION 的方式，见 `retriever search`",
    "Search for QUESTION in matching passages only.": "只在符合条件的段落里检索 QUESTION",
    "Show the passage in the terminal, whatever could open it.": "在终端显示段落，不用其他程序打开",
    # map
    "Draw the passages of an index as a map.": "把索引里的段落画成地图。",
    "Each passage is a dot, and near ones mean alike. Clusters are named by their own words; near-duplicates are "
    "linked. Needs the extra `map`: without it the error says how to install it.": (
        "每个段落是一个点，意思相近的点靠在一起。每一簇用其中的词命名，近似的段落用线相连。需要附加组件 `map`；"
        "没有安装时，错误信息会说明怎样安装。"
    ),
    "A question whose hits are marked. Use - to read it from standard input.": (
        "一个问题，它的结果会在图上标出。写 - 表示从标准输入读取。"
    ),
    "The file to write: a page (.html), a picture (.png) or data (.json).": (
        "要写的文件：网页（.html）、图片（.png）或数据（.json）"
    ),
    "Number of hits to mark.": "标出多少条结果",
    "Find hits by meaning and words (hybrid), by meaning (dense) or by words (lexical).": (
        "查找结果的方式：兼顾语义和词语（hybrid），只按语义（dense），或只按词语（lexical）"
    ),
    'Show only matching passages, e.g. "year >= 2021".': '只显示符合条件的段落，如 "year >= 2021"',
    "Make N clusters.": "分成 N 簇",
    "default: as many as fit": "默认：自动决定",
    "Show at most N passages; of more, a sample.": "最多显示 N 个段落；超过时抽样",
}
