"""Help pages of the commands that fill an index and show what is in it."""

from __future__ import annotations

CONTENTS = {
    # index
    "Index files and folders, or update an index.": "为文件和文件夹建立索引，或更新索引。",
    "Only new and changed files are read and embedded. The index remembers its sources; without SOURCE all of them "
    "are refreshed, each with its own --encoding, --max-file-size and --follow. Sources that no longer exist and "
    "files that cannot be read are listed at the end, and the exit code is 4; everything else is indexed.": (
        "只读取新增和改动过的文件，并只为它们计算向量。索引会记住自己的来源；不写 SOURCE 就更新全部来源，"
        "各用自己的 --encoding、--max-file-size 和 --follow。不再存在的来源和读不了的文件在最后列出，"
        "这时退出码是 4；其余的照常建立索引。"
    ),
    "A large corpus is found by its words after seconds, and by meaning as it is embedded: search while this runs.": (
        "语料再大，几秒后就能按词语检索；向量算好多少，就能按语义检索多少。运行期间可以照常检索。"
    ),
    "Files, folders and globs. Documents that no longer exist there are removed.": (
        "文件、文件夹和通配符。其中已不存在的文档会从索引里移除。"
    ),
    "default: all sources that the index remembers": "默认：索引记住的全部来源",
    "Index the sources from scratch and drop everything else. Keeps the model and settings unless given.": (
        "从头为这些来源建立索引，其余内容全部丢弃。没有另外指定的，沿用原来的模型和设置。"
    ),
    "The embedding model; `retriever models` lists them.": "向量模型；`retriever models` 列出可用的模型",
    "The encoding of text files.": "文本文件的编码",
    "default: detected": "默认：自动识别",
    "Skip files larger than this; none for no limit.": "跳过大于此值的文件；none 表示不限",
    "Pack passages up to N tokens of the model; remembered by the index.": (
        "段落最多包含模型的 N 个词元；索引会记住这个值"
    ),
    "Keep token vectors in the index, so that comparing token by token takes milliseconds (the default).": (
        "在索引里保存词元向量，逐词元比较只要几毫秒（默认保存）"
    ),
    "Follow links in folders to files outside of them.": "跟随文件夹里指向外部文件的链接",
    "Empty the index of sources that hold no file; by default their documents stay.": (
        "来源里一个文件也没有时，清空它的文档；默认保留"
    ),
    "Also remove documents outside the given sources.": "同时移除不属于这些来源的文档",
    "Detect changes by content, not by size and time.": "按内容判断文件是否改动，而不是按大小和时间",
    "List what would change, and write nothing.": "只列出会有哪些变化，不写入",
    "Keep running and index files as they change, until Ctrl-C.": "持续运行，文件一有变化就更新，直到按 Ctrl-C",
    "List the files that were added, changed, moved or removed.": "列出新增、改动、移动和移除的文件",
    "What to wait for: all, or that everything is found by its words; the next run then embeds the rest.": (
        "等到什么为止：全部完成（all），或者全部内容都能按词语检索（words），其余向量由下一次运行计算"
    ),
    "Embed on a Ray cluster: ray://HOST:10001, ray:auto (that of this machine) or ray:local (a new one).": (
        "在 Ray 集群上计算向量：ray://HOST:10001、ray:auto（本机已有的集群）或 ray:local（新建一个）"
    ),
    # status, documents, indexes
    "Show what an index contains and what to do next.": "显示索引里有什么，以及下一步该做什么。",
    "Show what an index contains and what to do next. Loads no model.": (
        "显示索引里有什么，以及下一步该做什么。不加载模型。"
    ),
    "List the documents in an index.": "列出索引里的文档。",
    "Shows the passages, date, language, title and path of each.": "显示每个文档的段落数、日期、语言、标题和路径。",
    "List the indexes.": "列出所有索引。",
    "Shows those in the home, with their contents, size, model and sources.": (
        "显示索引文件夹里的各个索引，以及各自的内容、大小、模型和来源。"
    ),
    # sources, forget, delete
    "List the sources that an index remembers.": "列出索引记住的来源。",
    "Shows the documents and options of each. `retriever index` without a SOURCE refreshes all of them.": (
        "显示每个来源的文档数和选项。不带 SOURCE 运行 `retriever index`，就会更新全部来源。"
    ),
    "Forget sources and remove their documents from an index.": "移除来源及其在索引里的文档。",
    "Forget sources and remove their documents from an index. The files stay.": (
        "移除来源及其在索引里的文档。文件本身不动。"
    ),
    "Documents that another source brings are kept. If the index does not remember one of the sources, nothing is "
    "changed.": "另一个来源也提供的文档会保留。只要有一个来源是索引没有记住的，就什么也不改。",
    "Names or paths of sources, as `retriever sources` lists them.": (
        "来源的名字或路径，写法与 `retriever sources` 列出的一样"
    ),
    "Delete indexes.": "删除索引。",
    "Delete indexes. The files that they were made of stay.": "删除索引。建立索引所用的文件不动。",
    "Only what `retriever` has written is deleted, and nothing through links. A folder that also holds other files "
    "is refused. The exit code is 1 if you answer no.": (
        "只删除 `retriever` 写下的内容，也不会顺着链接删除。文件夹里还有别的文件时拒绝删除。回答“否”时退出码是 1。"
    ),
    "Names or paths of indexes.": "索引的名字或路径",
}
