"""What ``retriever check`` says of claims in simplified Chinese, as ``zh.py`` has other messages."""

from __future__ import annotations

CLAIMS = {
    "{claims:t}: {right:n} supported, {wrong:n} not": "{claims}：{right} 个有依据，{wrong} 个没有",
    "compared by quotation, figures and names only": "只比较了引文、数字和名称",
    "{excerpt:x} quotation {score:d}": "{excerpt} 引文 {score}",
    "{excerpt:x} figures and names {score:d}": "{excerpt} 数字和名称 {score}",
    "{excerpt:x} similarity {score:d}": "{excerpt} 语义相似 {score}",
    "the context has no {excerpts:x}": "上下文里没有 {excerpts}",
    "cited {cited:x}, supported by {others:x}": "注明的是 {cited}，而依据在 {others}",
    "the context has no excerpts": "上下文里没有摘录",
    "not in {excerpts:x}: {facts}": "{excerpts} 里没有：{facts}",
    "not in any excerpt: {facts}": "摘录里都没有：{facts}",
    "said of something else: {facts}": "说的是别的事：{facts}",
    "the opposite of {excerpts:x}": "与 {excerpts} 相反",
    "{excerpts:x} does not say this": "{excerpts} 没有这样说",
    "no excerpt says this": "没有摘录这样说",
    "too long to be compared: {count:n} characters": "太长，无法比较：{count} 个字符",
    "cannot read {file}: it has more than {size:n} MB": "无法读取 {file}：超过 {size} MB",
    "standard input has more than {count:n} characters": "标准输入超过 {count} 个字符",
    "check what writes into the pipe": "请检查写入管道的程序",
    "cannot read {file}: {reason}": "无法读取 {file}：{reason}",
    "check the path": "请检查路径",
    "name a file, or - for standard input": "请指定文件，或用 - 表示标准输入",
    "{file} is not UTF-8 text": "{file} 不是 UTF-8 文本",
    "convert it, such as by iconv -f GBK -t UTF-8": "请先转换，例如用 iconv -f GBK -t UTF-8",
    "make it by: retriever context QUESTION --format json": "这样得到：retriever context QUESTION --format json",
    "{file} is not JSON": "{file} 不是 JSON",
    "{file} is not a context": "{file} 不是上下文",
}
