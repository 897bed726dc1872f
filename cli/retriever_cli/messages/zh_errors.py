"""Errors and hints in simplified Chinese, as ``zh.py`` has other messages."""

from __future__ import annotations

# In the words of the parser; older ones count the arguments.
PARSER = {
    "option {name} does not take a value": "选项 {name} 不带值",
    "got unexpected extra argument(s) ({arguments})": "多余的参数：{arguments}",
    "got unexpected extra argument ({arguments})": "多余的参数：{arguments}",
    "got unexpected extra arguments ({arguments})": "多余的参数：{arguments}",
}

ERRORS = {
    "there is no index at {index}": "{index} 没有索引",
    "create one with `retriever index SOURCE... --index {index}`": (
        "这样建立：`retriever index SOURCE... --index {index}`"
    ),
    "index its files with `retriever index {folder} --index NEW`": (
        "这样为其中的文件建立索引：`retriever index {folder} --index NEW`"
    ),
    "name an index in it, such as {index}": "请指定其中的一个索引，例如 {index}",
    "indexes in {home}: {names} (name these by their path)": "{home} 里的索引：{names}（请用路径指明）",
    "indexes in {home}: {names}": "{home} 里的索引：{names}",
    "no indexes in {home}; make one: retriever index SOURCE...": (
        "{home} 里没有索引；这样建立：retriever index SOURCE..."
    ),
    "no indexes in {home}": "{home} 里没有索引",
    "looked for a folder {name} in {start} and above it first, and found none": (
        "先从 {start} 起逐级向上找过名为 {name} 的文件夹，没有找到"
    ),
    "publish one with `retriever index SOURCE... --index {index}`; check the endpoint (AWS_ENDPOINT_URL)": (
        "这样发布：`retriever index SOURCE... --index {index}`；并检查端点（AWS_ENDPOINT_URL）"
    ),
    "--watch and --workers cannot be combined": "--watch 和 --workers 不能同时使用",
    "run once with --workers, then watch": "先用 --workers 运行一次，再监视",
    "the index {index} is empty": "索引 {index} 是空的",
    "add documents: retriever index SOURCE... --index {index}": "加入文档：retriever index SOURCE... --index {index}",
    "the index {index} has passages of {there:n} tokens, not {here:n}": (
        "索引 {index} 的段落长 {there} 个词元，不是 {here} 个"
    ),
    "to change that, rebuild it with --rebuild --passage-tokens {here:n}": (
        "要改变长度，请用 --rebuild --passage-tokens {here} 重建"
    ),
    "the index {index} remembers no sources": "索引 {index} 没有记住任何来源",
    "name the sources, too; the index remembers the options of each": "同时指定来源；索引会记住每个来源的选项",
    "name the sources, too; the index remembers each one's options": "同时指定来源；索引会记住每个来源的选项",
    "the index {index} has no source {source}": "索引 {index} 没有来源 {source}",
    "no such file or folder: {path}": "没有这个文件或文件夹：{path}",
    "check the path, or quote a pattern": "检查路径；如果是通配符，请加引号",
    "nothing matches the pattern: {pattern}": "没有文件符合通配符：{pattern}",
    "** matches folders at any depth": "** 匹配任意层的文件夹",
    "the index stores token vectors in a form that this version does not know: {name}": (
        "索引中词元向量的格式是本版本不认识的：{name}"
    ),
    "rebuild the index: retriever index SOURCE... --rebuild; or use the version that wrote it; with --no-rerank it can "
    "be searched as it is": (
        "请重建索引：retriever index SOURCE... --rebuild；或使用写入它的版本；加上 --no-rerank 可以照原样检索"
    ),
    "cannot rebuild without {names}: {reason:s}": "缺少 {names} 时不能重建：{reason}",
    "the file has no member {name}": "文件里没有成员 {name}",
    "not a file in a container: {source}": "不是另一个文件里的文件：{source}",
    "cannot write a temporary file: {reason}": "无法写临时文件：{reason}",
    "a source is empty": "有一个来源是空的",
    "name files, folders or globs; . is the current folder": "指定文件、文件夹或通配符；. 表示当前文件夹",
    "{option} needs a SOURCE": "{option} 需要同时指定来源（SOURCE）",
    "{option} needs a QUESTION": "{option} 需要同时给出问题（QUESTION）",
    "give the question, too: {command}": "请同时给出问题：{command}",
    "leave it out to open a hit of the last search, or ask a question: {command}": (
        "去掉它就打开上次检索的结果；或给出问题：{command}"
    ),
    "{index} is being written by {writer}": "{index} 正在被写入：{writer}",
    "wait until it is done, or end that process; the index can be searched in the meantime": (
        "等它完成，或者结束那个进程；其间可以照常检索"
    ),
    "there is no model {model}: it is neither a folder nor a known name": (
        "没有模型 {model}：既不是文件夹，也不是已知的名字"
    ),
    "`retriever models` lists the known names; a name of the hub has the form owner/name": (
        "`retriever models` 列出已知的名字；Hugging Face 上的名字形如 owner/name"
    ),
    (
        "`retriever models` lists the known names; a folder that has moved is named once where it is now: "
        "retriever index --model FOLDER"
    ): "`retriever models` 列出已知的名字；文件夹若已移动，指明一次它现在的位置：retriever index --model FOLDER",
    "unknown encoding {encoding}": "没有编码 {encoding}",
    "name its encoding, or leave out --encoding to have it detected": "请指定它的编码，或不用 --encoding，由程序检测",
    "use one such as utf-8, gb18030, big5 or shift_jis": "可用的有 utf-8、gb18030、big5、shift_jis 等",
    "{one} and {other} cannot be combined": "{one} 和 {other} 不能同时使用",
    "use one of them": "只用其中一个",
    "--reranker cannot be used in lexical mode": "--reranker 不能用于 lexical 模式",
    "use hybrid or dense mode": "请使用 hybrid 或 dense 模式",
    "--reranker needs reranking, which is turned off": "--reranker 需要重排序，而它已关闭",
    "remove --no-rerank or --rerank 0": "请去掉 --no-rerank 或 --rerank 0",
    "dense mode does not rerank by default": "dense 模式默认不重排序",
    "add --rerank 30 to rerank the 30 best": "加上 --rerank 30，对最好的 30 条重排序",
    "there is no folder {folder}": "没有文件夹 {folder}",
    "create it first": "请先建立它",
    "drawing the map; some thousand passages take half a minute": "正在绘制地图；几千个段落需要半分钟",
    "{file} is not a list of chat messages": "{file} 不是聊天消息的列表",
    "{file} is not JSON: {reason}": "{file} 不是 JSON：{reason}",
    "name a file with chat messages": "请指定存有聊天消息的文件",
    "give a list of chat messages, such as {example}": "请给出聊天消息的列表，例如 {example}",
    "such as {example}": "例如 {example}",
    "this thread is already committing to the index {index}": "本线程已在写入索引 {index}",
    "do not write to an index from the iterator of documents that is being added to it": (
        "正在加入文档的迭代器不能同时写入索引"
    ),
    "Parquet needs pyarrow, which is not installed": "Parquet 需要 pyarrow，而它没有安装",
    "unknown command {name}": "没有命令 {name}",
    "unknown option {name}": "没有选项 {name}",
    "did you mean {one} or {other}?": "是不是 {one} 或 {other}？",
    "did you mean {name}?": "是不是 {name}？",
    "the commands are {names}": "可用的命令：{names}",
    "{command} --help lists the arguments and options": "{command} --help 列出全部参数和选项",
    "option {name} needs a value": "选项 {name} 需要一个值",
    "--index is given {count:n} times, but {command} takes one index": (
        "给了 {count} 个 --index，但 {command} 只能用一个索引"
    ),
    "run the command once for each index": "请对每个索引各运行一次",
    "invalid size {size}": "大小 {size} 无效",
    "use a size such as 64MB or 500kB, or none for no limit": "写成 64MB、500kB 这样，或用 none 表示不限",
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
    "they are {count:n}": "共有 {count} 条",
    "they are {count:n}; search first, or give the question: retriever open N QUESTION": (
        "共有 {count} 条；先检索，或给出问题：retriever open N QUESTION"
    ),
    "the query is empty": "没有问题",
    "the question is not valid {encoding}": "问题不是有效的 {encoding}",
    "set the terminal and LANG to the same encoding, such as UTF-8": "请把终端和 LANG 设为同一种编码，例如 UTF-8",
    "{text} cannot be written in {encoding}": "{text} 无法用 {encoding} 写出",
    "set LANG to a locale in UTF-8, such as C.UTF-8": "请把 LANG 设为 UTF-8 的区域设置，例如 C.UTF-8",
    "standard input is not valid {encoding}": "标准输入不是有效的 {encoding}",
    "convert it, such as by iconv -f GBK -t UTF-8, or set PYTHONIOENCODING": (
        "请先转换，例如用 iconv -f GBK -t UTF-8，或设置 PYTHONIOENCODING"
    ),
    "the query has no words, only punctuation": "问题里没有词，只有标点",
    "ask a question, or give some words to search for": "请提一个问题，或给出要检索的词",
    "give some words to search for": "请给出要检索的词",
    "the filter is empty": "过滤条件是空的",
    "such as: year >= 2021": "例如：year >= 2021",
    "unexpected {text}": "此处不应有 {text}",
    "{value} is not a date": "{value} 不是日期",
    "{value} is not a year": "{value} 不是年份",
    "{value} is not a number": "{value} 不是数",
    "write a year, a month or a day: 2021, 2021-03 or 2021-03-05": (
        "请写年、月或日：2021、2021-03 或 2021-03-05，也可写 2021年3月5日"
    ),
    "such as: page >= 3": "例如：page >= 3",
    "expected a field; one with spaces goes in backquotes: `field name`": (
        "此处应为字段；含空格的字段名用反引号：`字段 名`"
    ),
    "expected {one} or {other} or the end": "此处应为 {one} 或 {other}，或者结束",
    "the filter is nested more than {count:n} deep": "过滤条件的嵌套超过 {count} 层",
    "join conditions by and, or, or with in (…)": "请用 and、or 或 in (…) 连接条件",
    "counting tokens as {name} needs tiktoken, which is not installed": "按 {name} 计算词元需要 tiktoken，而它没有安装",
    "unknown tokenizer: {name}": "没有分词器 {name}",
    "use one of {names}": "请使用其中之一：{names}",
    "tiktoken cannot load the encoding {name}: {reason}": "tiktoken 无法加载编码 {name}：{reason}",
    "its vocabulary is fetched once; without a network, point TIKTOKEN_CACHE_DIR at a folder that has it": (
        "它的词表只需获取一次；没有网络时，请让 TIKTOKEN_CACHE_DIR 指向存有它的文件夹"
    ),
    "max_tokens must be at most {count:n}": "max_tokens 最多为 {count}",
    "give a smaller number": "请给出更小的数",
    "the index {index} has several sources {source}": "索引 {index} 有多个来源叫 {source}",
    "name one by its path: {paths}": "请用路径指明一个：{paths}",
    "a map needs scikit-learn, which is not installed": "地图需要 scikit-learn，而它没有安装",
    "a PNG of a map needs Pillow, which is not installed": "PNG 地图需要 Pillow，而它没有安装",
    "evaluation needs {library}, which is not installed": "评测需要 {library}，而它没有安装",
    "unknown measure {name}": "没有指标 {name}",
    "unsupported measure {name}: not one of {names}": "不支持指标 {name}：可用的有 {names}",
    "use one such as nDCG@10, R@100, P@5, Success@3, RR or AP": (
        "请使用 nDCG@10、R@100、P@5、Success@3、RR 或 AP 之类的指标"
    ),
    "the measure {name} needs a cutoff": "指标 {name} 需要写明只看前几条",
    "use one such as {name}": "例如 {name}",
    "the cutoff of {name} must be at least 1": "{name} 至少要看前 1 条",
    "the cutoff {cutoff:n} of {name} exceeds the depth of {depth:n} passages": (
        "{name} 要看前 {cutoff} 条，而深度只有 {depth} 个段落"
    ),
    "raise the depth": "请加大深度",
    "a map cannot be written as {path}": "地图不能写成 {path}",
    "end its name in {formats} or {last}": "文件名应以 {formats} 或 {last} 结尾",
    "{file} already exists": "{file} 已经存在",
    "name another file, or overwrite it with --force": "换一个文件，或用 --force 覆盖",
    "an index already exists at {index}": "{index} 已有索引",
    "import into another one: --index NEW": "导入到另一个索引：--index NEW",
    "{option} needs questions without an answer, and there are none": "{option} 需要没有答案的问题，而这里一个也没有",
    "add some: {line}": "请加入一些：{line}",
    "out of memory": "内存不足",
    "the model {name} cannot be loaded: {reason}": "无法载入模型 {name}：{reason}",
    "check its files and the disk": "请检查它的文件和磁盘",
    "close other programs, or request less at a time": "关闭其他程序，或者一次少处理一些",
}
