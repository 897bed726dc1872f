"""What every help page has: headings, remarks on values, options that commands share; and the page of ``retriever``."""

from __future__ import annotations

PAGE = {
    "Usage": "用法",
    "Options": "选项",
    "Arguments": "参数",
    "Commands": "命令",
    "Examples": "例子",
    "Exit codes": "退出码",
    "default": "默认",
    "required": "必需",
    "Show this message and exit.": "显示本说明并退出",
    "Print the version and exit.": "显示版本并退出",
    "Install completion for your shell ($SHELL).": "为你的 shell（$SHELL）安装命令补全",
    "Print the completion script for your shell.": "输出 shell 的补全脚本",
    "Search your documents by meaning and by words, in any language, with exact citations.": (
        "按语义和词语检索自己的文档，不限语言，出处准确。"
    ),
    "0 success 1 no hits (eval: below --fail-under; check: a claim is not supported) "
    "2 the command line, the question or a filter is invalid 3 index or model cannot be used "
    "4 some sources could not be read (the rest is indexed) 130 interrupted": (
        "0 成功\n1 没有结果（eval：低于 --fail-under；check：有的说法没有依据）\n2 命令行、问题或过滤条件有误\n"
        "3 索引或模型不能用\n4 有些来源读不了（其余已建立索引）\n130 已中断"
    ),
    "The index: a name in the home of indexes (see `retriever config`), a path, e.g. ./my-index, or a URI.": (
        "索引：可以是索引文件夹里的名字（见 `retriever config`），可以是路径，如 ./my-index，也可以是 URI"
    ),
    "The index: a name in the home of indexes (see `retriever config`), a path, e.g. ./my-index, or a URI. "
    "Several are searched as one: repeat the option.": (
        "索引：可以是索引文件夹里的名字（见 `retriever config`），可以是路径，如 ./my-index，也可以是 URI。"
        "重复此选项可以把几个索引当作一个来检索。"
    ),
    "Output format.": "输出格式",
    "How long to wait for another process that is writing.": "另一个进程正在写入时，最多等多少秒",
    "Print no progress, notices and hints; errors and results stay.": ("不显示进度、注意和提示，只保留错误信息和结果"),
    "Search by meaning and words (hybrid), by meaning (dense) or by words (lexical).": (
        "检索方式：兼顾语义和词语（hybrid），只按语义（dense），或只按词语（lexical）"
    ),
    'Search only matching passages, e.g. "year >= 2021".': '只检索符合条件的段落，如 "year >= 2021"',
    "Print long results without a pager, which only terminals get.": ("结果很长时也不分页（只有输出到终端才会分页）"),
    "Do not rerank; same as --rerank 0.": "不做重排序，与 --rerank 0 相同",
    "default: 30 or 60 in hybrid mode": "默认：混合检索时 30 或 60",
    "Do not ask.": "不询问",
    "Overwrite an existing file.": "覆盖已有的文件",
}
