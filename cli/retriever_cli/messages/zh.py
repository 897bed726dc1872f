"""Messages in simplified Chinese: a template of the English message, and what is shown in its place.

``{name}`` stands for any text, ``{name:n}`` for a number, ``{name:t}`` for parts between commas that the table has as
well. Of templates that take a line the first counts. ``tests/cli/test_messages.py`` finds templates that match no
message any more.
"""

from __future__ import annotations

# What a line begins with, by what the rest of it is.
PREFIXES = {
    "error: ": "错误：",
    "hint: ": "提示：",
    "notice: ": "注意：",
    "skipped: ": "跳过：",
}

# After a number.
NOUNS = {
    "document": "个文档",
    "passage": "个段落",
    "segment": "个分段",
    "file": "个文件",
    "question": "个问题",
    "hit": "条结果",
    "deleted passage": "个已删除的段落",
    "unused embedding": "个不再使用的向量",
}

_INDEXING = {
    "documents  {counts:t}": "文档  {counts}",
    "documents  {counts:t} (dry run)": "文档  {counts}（试运行）",
    "passages   {embedded:n} embedded, {reused:n} reused": "段落  新计算 {embedded}，复用 {reused}",
    "passages   {embedded:n} would be embedded, {reused:n} reused": "段落  将计算 {embedded}，复用 {reused}",
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
    "{file}: not indexed (unsupported type): {files}": "{file}：未索引（不支持的类型）：{files}",
    "{file}: the file is empty": "{file}：文件是空的",
    "{file}: no file in it that can be indexed": "{file}：其中没有可以索引的文件",
    "{file}: the file is broken or not a PDF": "{file}：文件已损坏，或不是 PDF",
    "{file}: the PDF has no text layer": "{file}：PDF 没有文本层",
    "{file}: the PDF is encrypted with a password": "{file}：PDF 有密码",
    "{file}: the document contains no text": "{file}：文档没有文字",
    "{file}: the file contains no text": "{file}：文件没有文字",
    "{file}: the page contains no text": "{file}：网页没有文字",
    "{file}: the file is not text: it looks binary": "{file}：文件不是文本，像是二进制数据",
    "{file}: no permission to read the file": "{file}：没有读取文件的权限",
    "{file}: the file is too large: {size}, the limit is {limit}": ("{file}：文件太大：{size}，上限是 {limit}"),
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
    "{done:n} of {total:n} {unit:t}": "{done}/{total} {unit}",
    "files": "个文件",
    "questions": "个问题",
    "{done:n} of about {total:n} passages": "{done}/约 {total} 个段落",
    "{done:n} of {total:n} passages": "{done}/{total} 个段落",
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
    "no passage matches --where; remove it to search all passages": "没有段落符合 --where；去掉它可以检索全部段落",
    "no passage contains these words; --mode hybrid also searches by meaning": (
        "没有段落含有这些词；--mode hybrid 也按语义检索"
    ),
    "`retriever status` shows what the index contains": "`retriever status` 显示索引里有什么",
    "nothing here seems to answer the question: no passage scores {score} or more": (
        "这里似乎没有能回答问题的内容：没有段落的得分达到 {score}"
    ),
    "hit {rank:n} scores below {score} and is unlikely to answer": "第 {rank} 条结果的得分低于 {score}，多半答非所问",
    "hits {first:n} to {last:n} score below {score} and are unlikely to answer": (
        "第 {first} 至 {last} 条结果的得分低于 {score}，多半答非所问"
    ),
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
    ":open N        show hit N in full, with the passages around it": (
        ":open N        显示第 N 条结果的整个段落，以及前后的段落"
    ),
    ":k N           show N hits                       :mode hybrid|dense|lexical": (
        ":k N           显示 N 条结果                     :mode hybrid|dense|lexical"
    ),
    ":context N     show N passages around each hit   :where EXPR  search only matching passages (alone: all)": (
        ":context N     每条结果前后各显示 N 个段落       :where EXPR  只检索符合条件的段落（不带条件：全部）"
    ),
    ":explain N     explain the score and rank of hit N": ":explain N     说明第 N 条结果的得分和名次",
    ":short         show two lines of each hit        :long, :full  show passages folded, or in full": (
        ":short         每条结果显示两行                  :long, :full  长段落只显示一部分，或显示整个段落"
    ),
    ":help          show this list                    :quit         leave": (
        ":help          显示本列表                        :quit         退出"
    ),
    "unknown command ':{name}'": "没有命令“:{name}”",
    "type :help for a list": "输入 :help 查看命令",
    "unknown mode {mode}": "没有模式 {mode}",
    "choose from {modes}": "可选：{modes}",
    "no hit {number} in the last results": "上一次的结果里没有第 {number} 条",
    "ask a question, then use the number of a hit": "先提问，再使用结果的序号",
}

_UPKEEP = {
    "forgotten  {sources}": "移除来源  {sources}",
    "documents  {removed:n} removed, {left:n} left, generation {number:n}": (
        "文档      移除 {removed}，剩余 {left}，第 {number} 代"
    ),
    "{index}: no problems found": "{index}：没有发现问题",
    "{index}: nothing to repair": "{index}：没有需要修复的内容",
    "{index}: deleted, {size}": "{index}：已删除，{size}",
    "{index}: not deleted": "{index}：未删除",
    "delete the index {index} ({documents:t}, {size})? [y/N]": "要删除索引 {index}（{documents}，{size}）吗？[y/N]",
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

_ERRORS = {
    "there is no index at {index}": "{index} 没有索引",
    "create one with `retriever index SOURCE... --index {index}`": (
        "这样建立：`retriever index SOURCE... --index {index}`"
    ),
    "indexes in {home}: {names} (name these by their path)": "{home} 里的索引：{names}（请用路径指明）",
    "indexes in {home}: {names}": "{home} 里的索引：{names}",
    "no indexes in {home}": "{home} 里没有索引",
    "no indexes in {home}; make one: retriever index SOURCE...": (
        "{home} 里没有索引；这样建立：retriever index SOURCE..."
    ),
    "looked for a folder {name} in {start} and above it first, and found none": (
        "先从 {start} 起逐级向上找过名为 {name} 的文件夹，没有找到"
    ),
    "the index {index} is empty": "索引 {index} 是空的",
    "add documents: retriever index SOURCE... --index {index}": "加入文档：retriever index SOURCE... --index {index}",
    "the index {index} remembers no sources": "索引 {index} 没有记住任何来源",
    "name the sources, too; the index remembers the options of each": "同时写出来源；索引会记住每个来源的选项",
    "name the sources, too; the index remembers each one's options": "同时写出来源；索引会记住每个来源的选项",
    "the index {index} has no source {source}": "索引 {index} 没有来源 {source}",
    "no such file or folder: {path}": "没有这个文件或文件夹：{path}",
    "check the path, or quote a pattern": "检查路径；如果是通配符，请加引号",
    "nothing matches the pattern: {pattern}": "没有文件符合通配符：{pattern}",
    "** matches folders at any depth": "** 匹配任意层的文件夹",
    "a source is empty": "有一个来源是空的",
    "name files, folders or globs; . is the current folder": "写出文件、文件夹或通配符；. 表示当前文件夹",
    "{option} needs a SOURCE": "{option} 需要同时写出来源（SOURCE）",
    "{index} is being written by {writer}": "{index} 正在被写入：{writer}",
    "wait until it is done, or end that process; the index can be searched meanwhile": (
        "等它完成，或者结束那个进程；其间可以照常检索"
    ),
    "there is no model {model}: it is neither a folder nor a known name": (
        "没有模型 {model}：既不是文件夹，也不是已知的名字"
    ),
    "`retriever models` lists the known names; a name of the hub has the form owner/name.": (
        "`retriever models` 列出已知的名字；Hugging Face 上的名字形如 owner/name。"
    ),
    "unknown encoding {encoding}": "没有编码 {encoding}",
    "use one such as utf-8, gb18030, big5 or shift_jis": "可用的有 utf-8、gb18030、big5、shift_jis 等",
    "{one} and {other} cannot be combined": "{one} 和 {other} 不能同时使用",
    "use one of them": "只用其中一个",
    "unknown command {name}": "没有命令 {name}",
    "unknown option {name}": "没有选项 {name}",
    "did you mean {one} or {other}?": "是不是 {one} 或 {other}？",
    "did you mean {name}?": "是不是 {name}？",
    "the commands are {names}": "可用的命令：{names}",
    "{command} --help lists the arguments and options": "{command} --help 列出全部参数和选项",
    "missing {kind:t} {name}": "缺少{kind} {name}",
    "argument": "参数",
    "option": "选项",
    "invalid value {value} for {option}: expected {what:t}": "{option} 的值 {value} 无效：应为{what}",
    "invalid value {value} for {option}: expected {choices} or {last}": (
        "{option} 的值 {value} 无效：可选 {choices} 或 {last}"
    ),
    "an integer": "整数",
    "a number": "数",
    "{number:t} of at least {low}": "不小于 {low} 的{number}",
    "{number:t} from {low} to {high}": " {low} 到 {high} 的{number}",
    "the query is empty": "没有问题",
    "the query has no words, only punctuation": "问题里没有词，只有标点",
    "ask a question, or give some words to search for": "请提一个问题，或给出要检索的词",
    "give some words to search for": "请给出要检索的词",
    "the filter is empty": "过滤条件是空的",
    "such as: year >= 2021": "例如：year >= 2021",
    "unexpected {text}": "此处不应有 {text}",
    "expected {one} or {other} or the end": "此处应为 {one} 或 {other}，或者结束",
    "{file} already exists": "{file} 已经存在",
    "name another file, or overwrite it with --force": "换一个文件，或用 --force 覆盖",
    "an index already exists at {index}": "{index} 已有索引",
    "import into another one: --index NEW": "导入到另一个索引：--index NEW",
    "out of memory": "内存不足",
    "close other programs, or request less at a time": "关闭其他程序，或者一次少处理一些",
}

MESSAGES = _UPKEEP | _INDEXING | _PROGRESS | _SEARCH | _PROMPT | _ERRORS
