"""Settings, and what is known of models, in simplified Chinese, as ``zh.py`` has other messages."""

from __future__ import annotations

# Where a model is from, and how many languages it knows.
ORIGINS = {
    "bundled": "自带",
    "hub": "Hugging Face",
    "hub, exported to ONNX": "Hugging Face，须导出为 ONNX",
    "about 90": "约 90 种",
    "about 100": "约 100 种",
    "more than 50": "50 多种",
    "more than 70": "70 多种",
    "more than 100": "100 多种",
    "more than 200, 52 well": "200 多种，其中 52 种效果好",
    "109": "109 种",
    "Chinese": "中文",
}

SETTINGS = {
    "not set": "未设置",
    "  (default)": "（默认）",
    "  (the nearest folder of that name)": "（最近的同名文件夹）",
    "  (the user's data folder)": "（用户数据文件夹）",
    "{file}, which does not exist": "{file}（不存在）",
    "  {dimension:n} dimensions, {tokens:n} tokens, {size:n} MB, {licence}": (
        "  {dimension} 维，{tokens} 个词元，{size} MB，{licence}"
    ),
    "  languages: {languages:w}": "  语言：{languages}",
    "  from: {source:w}": "  来源：{source}",
    "  The default: small, quick on any CPU, no download. Choose another only where quality on your texts asks for "
    "it.": ("  默认的模型：小，在任何 CPU 上都快，不用下载。只有自己的文档要求更好的效果时，才需要换别的。"),
    "  A step up from the bundled model at a quarter of its speed; same prefixes, same habits.": (
        "  比自带的模型好一些，速度是它的四分之一；前缀和用法相同。"
    ),
    "  The largest of the family; slow without a GPU.": "  同系列中最大的；没有 GPU 就慢。",
    "  Takes an instruction with each question; strong across languages.": "  每个问题附带一条指令；跨语言效果好。",
    "  Long passages and strong Chinese; slow without a GPU.": "  支持长段落，中文效果好；没有 GPU 就慢。",
    "  Chinese only, as small as the bundled model; no question in another language will find anything.": (
        "  只支持中文，与自带的模型一样小；用其他语言提问什么也找不到。"
    ),
    "  Chinese only, for a corpus and questions that are all Chinese.": "  只支持中文，适合文档和问题全是中文的情况。",
    "  Long passages at moderate size. Its folder runs code of its own, so use an ONNX export of it.": (
        "  大小适中，支持长段落。它的文件夹会运行自带的代码，请使用导出的 ONNX 模型。"
    ),
    "  For likeness between sentences, not for questions; passages are cut at 128 tokens.": (
        "  用来比较句子是否相似，不适合问答；段落在 128 个词元处截断。"
    ),
    "  For finding translations of a sentence; weaker at questions.": "  用来查找句子的译文；问答较弱。",
    "  Strong retrieval, best in English and European languages; vectors stand being shortened.": (
        "  检索效果好，英文和欧洲语言最好；向量可以截短使用。"
    ),
    "  Not for commercial use. Its folder runs code of its own, so use an ONNX export with the retrieval adapters.": (
        "  不能用于商业用途。它的文件夹会运行自带的代码，请使用带有检索适配器的 ONNX 导出。"
    ),
    "  The strongest here for its size, above all in Chinese; a decoder, so slow without a GPU.": (
        "  同样大小里最强，中文尤其好；是解码器模型，没有 GPU 就慢。"
    ),
    "  Good quality below half a billion weights; its licence has to be accepted on the hub.": (
        "  参数不到五亿，效果好；需要先在 Hugging Face 上接受它的许可证。"
    ),
    "  As small as the bundled model, newer, and takes long passages; the first to try where quality falls short.": (
        "  与自带的模型一样小，更新，支持长段落；效果不够时可以最先尝试。"
    ),
    # Errors of the configuration file.
    "no configuration file at {file}": "{file} 没有配置文件",
    "write it, or unset {variable}": "请写好这个文件，或取消变量 {variable}",
    "the configuration file {file} is not UTF-8": "配置文件 {file} 不是 UTF-8 编码",
    "save it as UTF-8": "请存为 UTF-8",
    "the configuration file {file} is not valid TOML: {what}": "配置文件 {file} 不是有效的 TOML：{what}",
    "text stands in quotation marks, as in {example}; true and false do not": (
        "文字要加引号，如 {example}；true 和 false 不加"
    ),
    "the configuration file {file} is not a regular file": "配置文件 {file} 不是普通文件",
    "the configuration file {file} has more than {size:n} bytes": "配置文件 {file} 超过 {size} 字节",
    "cannot read the configuration file {file}": "无法读取配置文件 {file}",
    "cannot read the configuration file {file}: {reason}": "无法读取配置文件 {file}：{reason}",
    "check it": "请检查它",
    "unknown key {name} in {file}, line {number:n}": "{file} 第 {number} 行：没有设置项 {name}",
    "unknown key {name} in {file}": "{file}：没有设置项 {name}",
    "the keys are {keys}": "可用的设置项：{keys}",
    "invalid value {value} of {name} in {file}, line {number:n}": "{file} 第 {number} 行：{name} 的值 {value} 无效",
    "invalid value {value} of {name} in {file}": "{file}：{name} 的值 {value} 无效",
    "give {one} or {other}": "请写 {one} 或 {other}",
    "give a number from {low:n} to {high:n}": "请写 {low} 到 {high} 的数",
    "give a whole number of at least {least:n}": "请写不小于 {least} 的整数",
    "give the name, path or URI of an index": "请写索引的名字、路径或 URI",
    "give the name or folder of a model": "请写模型的名字或文件夹",
    "give a token, or user:password": "请写令牌，或 用户:密码",
    "give the PEM file of a certificate": "请写证书的 PEM 文件",
    "give the name of a database": "请写数据库的名字",
    "give a command, or {empty} for no pager": "请写一个命令；不分页则写 {empty}",
}
