"""Help pages of the commands that serve indexes to other programs."""

from __future__ import annotations

SERVING = {
    # mcp
    "Serve indexes to agents by the Model Context Protocol.": "通过模型上下文协议（MCP）向智能体提供索引。",
    "The client of the agent starts this command and talks to it over standard input and output. It knows each index "
    "by the name of its folder. Needs the extra mcp.": (
        "智能体的客户端会启动这个命令，通过标准输入和输出与它通信，并用文件夹的名字称呼各个索引。需要附加组件 mcp。"
    ),
    "With --install: the client.": "与 --install 合用：客户端",
    "The most tokens that a result may have.": "一个结果最多有多少词元",
    "Serve by streamable HTTP, to clients of this machine, until stopped.": (
        "通过 streamable HTTP 为本机的客户端服务，直到被停止"
    ),
    "With --http: the port; 0 takes any free one.": "与 --http 合用：端口；0 表示任一空闲端口",
    "Write the entry for CLIENT into its settings, or list the clients.": (
        "把条目写入 CLIENT 的设置，不写 CLIENT 则列出客户端"
    ),
    "With --install: show the entry, and write nothing.": "与 --install 合用：只显示条目，不写入",
    "With --install: the entry's name.": "与 --install 合用：条目的名字",
    "With --install: do not ask.": "与 --install 合用：不询问",
    "lists the clients": "列出客户端",
    # serve
    "Answer questions over HTTP, with a page for people at /.": "通过 HTTP 回答问题，/ 是供人使用的检索页面。",
    "Only this machine reaches it, unless --host says otherwise, which needs a token. Requests only read, unless "
    "--writable says otherwise. While it runs, your search and context commands ask it, and answer sooner. The log, a "
    "JSON object a line, goes to standard error. Needs the extra server.": (
        "默认只有本机可以访问；用 --host 改变时必须有令牌。请求默认只能读取，除非加上 --writable。"
        "它运行时，你的 search 和 context 命令会直接问它，回答更快。"
        "日志写到标准错误，每行一个 JSON 对象。需要附加组件 server。"
    ),
    "The address to serve on.": "服务的地址",
    "The port; 0 takes any free one.": "端口；0 表示任一空闲端口",
    "Bearer tokens, one a line, after `read` if it may not write. $RETRIEVER_TOKEN is one more.": (
        "令牌文件，每行一个令牌，不准写入的在前面加 `read`。$RETRIEVER_TOKEN 是另一个令牌。"
    ),
    "Let tokens add and remove documents and refresh sources.": "允许凭令牌添加和移除文档、更新来源",
    "A name that this server is reached by.": "访问这台服务器所用的名字",
    "Another origin whose pages may ask.": "另一个可以发出请求的网页来源（origin）",
    "Requests a second that one address may make; 0 for any.": "一个地址每秒最多多少次请求；0 表示不限",
    "Processes that search; 0 to search in this one. By default others are started under load.": (
        "负责检索的进程数；0 表示由本进程检索。默认在负载大时启动其他进程"
    ),
    "Searches that run at once; 0 for one more than CPUs.": "同时进行的检索数；0 表示 CPU 数加一",
    "How long a request may take, waiting included.": "一次请求最多多少秒，包括等待",
    "An encoding of tiktoken that the tokens of contexts may be counted in.": (
        "计算上下文词元时可以选用的 tiktoken 编码"
    ),
    "Write the texts of questions into the log.": "把问题的文字写进日志",
}
