"""What ``retriever serve`` and ``retriever mcp`` say at the terminal in simplified Chinese, as ``zh.py`` has others."""

from __future__ import annotations

_SERVER = {
    "serving {names} on {url}": "正在 {url} 提供 {names}",
    "the server needs {package}, which is not installed": "服务器需要 {package}，而它没有安装",
    "cannot serve on {host} port {port:n}: {reason}": "无法在 {host} 的端口 {port} 上提供服务：{reason}",
    "give another --port, or another address of this machine": "请换一个 --port，或本机的另一个地址",
    "port must be 0 to 65535, not {port}": "端口应为 0 到 65535，不能是 {port}",
    "give another port": "请换一个端口",
    "processes must be 0 to {most:n}, not {count}": "进程数应为 0 到 {most}，不能是 {count}",
    "give 0 for none, or as many as there are CPUs": "0 表示没有，一般与 CPU 数相同",
    "anybody who reaches {host} could read the indexes": "能连到 {host} 的人都可以读取索引",
    "set RETRIEVER_TOKEN or give --token-file, or serve on 127.0.0.1": (
        "请设置 RETRIEVER_TOKEN 或使用 --token-file，或者只在 127.0.0.1 上提供服务"
    ),
    "without a token, every program on this machine could change the indexes": "没有令牌，本机的任何程序都可以修改索引",
    "set RETRIEVER_TOKEN or give --token-file with a token that may write": (
        "请设置 RETRIEVER_TOKEN，或用 --token-file 给出可以写入的令牌"
    ),
    "not a name of a host: {name}": "不是主机名：{name}",
    "give it without scheme and port": "不要写协议和端口",
    "not an origin: {origin}": "不是来源（origin）：{origin}",
    "give scheme, host and port, such as https://bot.example:8443": "请写协议、主机和端口，如 https://bot.example:8443",
    "a token must have at least {count:n} characters": "令牌至少要有 {count} 个字符",
    "a token must be ASCII characters without spaces": "令牌应为不含空格的 ASCII 字符",
    "make one, such as by: openssl rand -hex 32": "请生成一个，例如：openssl rand -hex 32",
    "make one: openssl rand -hex 32": "请生成一个：openssl rand -hex 32",
    "cannot read the token file {file}: {reason}": "无法读取令牌文件 {file}：{reason}",
    "the token file {file} has no token": "令牌文件 {file} 里没有令牌",
    "the token file {file} is not ASCII": "令牌文件 {file} 不是 ASCII",
    "the token file {file} is not a file of tokens": "令牌文件 {file} 不是存放令牌的文件",
    "line {number:n} of the token file {file} is no token": "令牌文件 {file} 的第 {number} 行不是令牌",
    "others may read the token file {file}": "其他人可以读取令牌文件 {file}",
    "check its path": "请检查它的路径",
    "one token a line": "每行一个令牌",
    "write: TOKEN, read TOKEN or # note": "应写成 TOKEN、read TOKEN 或 # 注释",
    "chmod 600 {file}": "chmod 600 {file}",
    "two indexes are called {name}: {one} and {other}": "有两个索引都叫 {name}：{one} 和 {other}",
    "serve one of them only": "请只提供其中一个",
    "there are several indexes": "有多个索引",
    "name one: {names}": "请指定一个：{names}",
    "other processes cannot search {name} with the model or reranker that it was opened with": (
        "其他进程无法用打开 {name} 时的模型或重排序模型检索它"
    ),
    "open it without them, or let no other processes search": "打开时不要用它们，或不让其他进程检索",
}

# What is wrong with a request.
REFUSALS = {
    "unexpected end of filter": "过滤条件没有写完",
    "expected a value": "此处应为值",
    "expected a field": "此处应为字段",
    "expected a field or (": "此处应为字段或 (",
    "expected an operator (= != < <= > >= ~ !~ in)": "此处应为运算符（= != < <= > >= ~ !~ in）",
    "no document has a field {name}": "没有文档有字段 {name}",
    "known fields: {names}": "已有字段：{names}",
    "known fields: {names} and {count:n} more": "已有字段：{names}，另有 {count} 个",
    "no passage has the id {id}": "没有 id 为 {id} 的段落",
    "the document may have changed since it was cited": "引用之后，文档可能有变化",
    "no document has the id {id}": "没有 id 为 {id} 的文档",
    "take an id from the list of documents": "请从文档列表中取 id",
    "several documents have the id {id}": "有多个文档的 id 为 {id}",
    "name the source: one of {names}": "请指明来源：{names} 之一",
    "the document {id} has no file: a program added it": "文档 {id} 没有文件：它是由程序添加的",
    "the file of {id} is not what was indexed any more": "{id} 的文件已不是索引时的内容",
    "it was changed, moved or removed; `retriever index` brings the index up to date": (
        "它已被修改、移动或删除；`retriever index` 可更新索引"
    ),
    "the index is empty, or not there": "索引是空的，或不存在",
    "the index cannot be reached": "无法访问索引",
    "the index is damaged": "索引已损坏",
    "the index has a format that the server does not support": "服务器不支持索引的格式",
    "the index was built with another model, or with other settings": "建立索引所用的模型或设置不同",
    "another process is writing to the index": "另一个进程正在写入索引",
    "the index cannot be written": "无法写入索引",
    "the index cannot be read": "无法读取索引",
    "the index cannot be used": "无法使用索引",
    "/v1/indexes tells which index; the log of the server has the details": (
        "/v1/indexes 会说明是哪个索引；详情见服务器日志"
    ),
    "ask again later; /v1/indexes tells which index; the log of the server has the details": (
        "请稍后再试；/v1/indexes 会说明是哪个索引；详情见服务器日志"
    ),
    "{count:n} requests are being worked on or waiting": "有 {count} 个请求正在处理或等待",
    "ask again in a second": "请稍等一秒再试",
    "no answer within {seconds} seconds": "{seconds} 秒内没有得出答复",
    "ask for less": "请减少所要的内容",
    "ask for less, or search with rerank=0": "请减少所要的内容，或以 rerank=0 检索",
    "a process that searches has ended": "一个检索进程已结束",
    "ask again": "请再试一次",
    "the server has stopped": "服务器已停止",
    "too many requests from this address": "来自此地址的请求太多",
    "wait": "请稍候",
    "the token is missing or wrong": "没有令牌，或令牌不对",
    "send the header: Authorization: Bearer TOKEN": "请发送标头：Authorization: Bearer TOKEN",
    "the body has more than {count:n} bytes": "请求超过 {count} 字节",
    "send less at a time": "请一次少发一些",
    "a check needs either a context or a question": "核对需要上下文或问题",
    "send the context that was given out": "请发送给出的上下文",
    "this server only reads": "此服务器只读",
    "start it with --writable": "请用 --writable 启动",
    "this token may only read": "此令牌只能读取",
    "use one that may write": "请用可以写入的令牌",
    "the server is stopping": "服务器正在停止",
    "sync again: what was embedded is kept": "请再同步一次：已计算的向量仍会保留",
    "send it again: what was embedded is kept": "请再发送一次：已计算的向量仍会保留",
    "nobody waits for this answer any more": "已没有人等待这个答复",
    "other processes search only for the process that started them": "检索进程只为启动它们的进程服务",
    "make the application after the fork, or let no other processes search": (
        "请在 fork 之后创建应用，或不使用其他检索进程"
    ),
    "no model is called {name}": "没有名为 {name} 的模型",
    "name {name}, or leave model out": "请写 {name}，或不要给出 model",
    "the vectors have {dimension:n} dimensions, not {wanted:n}": "向量有 {dimension} 维，不是 {wanted} 维",
    "leave dimensions out": "请不要给出 dimensions",
    "this server does not count tokens by {name}": "此服务器不按 {name} 计算词元",
    "leave it out": "请不要给出它",
    "leave it out, or name one of {names}": "请不要给出它，或使用其中之一：{names}",
    "a context to check against has at most {most:n} excerpts and {length:n} characters": (
        "用于核对的上下文最多有 {most} 个摘录、{length} 个字符"
    ),
    "send the excerpts that the answer cites": "请发送答案所引用的摘录",
}

_REFUSALS = {
    "no such endpoint": "没有这个端点",
    "/openapi.json lists them": "/openapi.json 列出全部端点",
    "endpoints begin with /v1; /openapi.json lists them": "端点以 /v1 开头；/openapi.json 列出全部端点",
    "leave out the slash at the end; /openapi.json lists the endpoints": (
        "请去掉末尾的斜杠；/openapi.json 列出全部端点"
    ),
    "method not allowed": "不能使用此方法",
    "it takes {methods}; /openapi.json lists the endpoints": "它接受 {methods}；/openapi.json 列出全部端点",
    "this server does not answer to that name": "此服务器不以该名称提供服务",
    "allow it: --allow-host NAME": "允许它：--allow-host NAME",
    "pages of that origin may not ask": "不允许来自该来源的网页",
    "allow it: --allow-origin ORIGIN": "允许它：--allow-origin ORIGIN",
    "/openapi.json describes every request": "/openapi.json 描述每种请求",
    "unknown field {name}": "没有字段 {name}",
    "the body is no JSON: {reason} at character {place:n}": "请求不是 JSON：第 {place} 个字符处：{reason}",
    "the body is not UTF-8 at byte {place:n}": "请求在第 {place} 字节处不是 UTF-8",
    "send JSON in UTF-8": "请发送 UTF-8 编码的 JSON",
    "the body is nested too deeply": "请求嵌套太深",
    "the body has a number of too many digits": "请求里有位数太多的数字",
    "the body did not come within {seconds:d} seconds": "请求没有在 {seconds} 秒内传完",
    "send it faster": "请更快地发送",
    "the body is not declared as JSON: {kind}": "请求没有声明为 JSON：{kind}",
    "send the header: Content-Type: application/json": "请发送标头：Content-Type: application/json",
    "internal error": "内部错误",
    "the log of the server has the details": "详情见服务器日志",
}

_CLIENTS = {
    "found": "已找到",
    "not found": "未找到",
    "the MCP server needs {package}, which is not installed": "MCP 服务器需要 {package}，而它没有安装",
    "no index to serve, or two of one name": "没有可提供的索引，或有两个同名",
    "give each index a name of its own": "请给每个索引取不同的名字",
    "there is no index at {index} yet; make it: {command}": "{index} 还没有索引；这样建立：{command}",
    "the entry leaves out {names}: put a token into the configuration file, keys into ~/.aws/credentials": (
        "条目不含 {names}：令牌请写入配置文件，密钥请写入 ~/.aws/credentials"
    ),
    "{option} is only for --install": "{option} 只能与 --install 一起使用",
    "--port is only for --http": "--port 只能与 --http 一起使用",
    "retriever mcp --http --port N": "retriever mcp --http --port N",
    "retriever mcp --install CLIENT": "retriever mcp --install CLIENT",
    "write the entry for one: {command}": "为其中一个写入条目：{command}",
    "the settings have it already; nothing to do": "设置里已经有它；无需操作",
    "{client} does not seem to be installed": "{client} 似乎没有安装",
    "nothing was written": "没有写入任何内容",
    "written: {path}": "已写入：{path}",
    "the former settings: {path}": "原来的设置：{path}",
    "add the entry {name}? [y/N]": "要添加条目 {name} 吗？[y/N]",
    "replace the entry {name}? [y/N]": "要替换条目 {name} 吗？[y/N]",
    "writing the entry has to be confirmed": "写入条目需要确认",
    "in {client:p}: {restart:s}": "在 {client} 中：{restart}",
    "unknown client {name}": "没有客户端 {name}",
    "{hint:s}; for others, --install --print shows the entry": "{hint}；其他客户端可用 --install --print 显示条目",
    "the clients are {names}": "可用的客户端：{names}",
    "no index is called {name}": "没有名为 {name} 的索引",
    "there are {names}": "现有 {names}",
    "the settings of {client:p} cannot be edited: {path:p}: {reason}": "无法编辑 {client} 的设置：{path}：{reason}",
    "nothing was changed; add the entry by hand": "没有改动；请手动添加条目",
    "nothing was written; run the command again": "没有写入任何内容；请重新运行命令",
    "{path:p} has changed meanwhile": "其间 {path} 有变化",
    "{path:p} is read-only": "{path} 是只读的",
    "{path:p} cannot be written: {reason}": "{path} 无法写入：{reason}",
    "name another file": "请换一个文件名",
    "{path:p} has {count:n} backups": "{path} 有 {count} 个备份",
    "remove some of them": "请移除一些",
    "another installation is running": "另一个安装正在进行",
    "run the command again later": "请稍后重新运行命令",
    "settings in TOML need tomlkit, which is not installed": "TOML 格式的设置需要 tomlkit，而它没有安装",
}

SERVING = {**_SERVER, **_REFUSALS, **_CLIENTS}

# What stands within these.
STEPS = {
    "quit it and start it again": "退出后重新启动",
    "start a new session": "开始新的会话",
    "start a new session; /mcp lists the servers": "开始新的会话；/mcp 列出服务器",
    "switch it on in the settings, under MCP": "在设置的 MCP 一栏中启用",
    "start it by “MCP: List Servers”": "用“MCP: List Servers”启动",
    "nothing to do: it reads its settings when they change": "无需操作：设置变化时它会重新读取",
    "refresh the MCP servers": "刷新 MCP 服务器",
    "did you mean {name}?": "是不是 {name}？",
    "the clients are {names}": "可用的客户端：{names}",
    "it is not a file": "不是文件",
    "it is not UTF-8": "不是 UTF-8 编码",
}
