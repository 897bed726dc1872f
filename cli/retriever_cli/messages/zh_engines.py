"""Errors of indexes on S3 and in Milvus, of clusters that embed, and of settings that differ, in simplified Chinese.

As ``zh.py`` has other messages.
"""

from __future__ import annotations

_AGAIN = "请再次运行同一命令"
_CREDENTIALS = (
    "请设置 AWS_ACCESS_KEY_ID 和 AWS_SECRET_ACCESS_KEY，或 AWS_PROFILE，或写入 ~/.aws/credentials；"
    "并确认它们可以列出并读取存储桶，写入者还要能在前缀下写入和删除"
)
_FORM = "请写 s3://BUCKET/PREFIX；凭据、区域和端点取自环境变量或 ~/.aws/config"
_PUBLISH = (
    "请用 `retriever export` 和 `retriever import` 从完好的索引重新发布，"
    "或重建索引：retriever index SOURCE... --rebuild"
)
_COPY = "请用 `retriever copy` 从别处把索引复制回来，或重建索引：retriever index SOURCE... --rebuild"

_S3 = {
    "there is no bucket {bucket} for {index:p}": "没有 {index} 的存储桶 {bucket}",
    "create it with the tools of your object store, or name another; check the endpoint": (
        "请用对象存储自带的工具创建它，或指定另一个；并检查端点"
    ),
    "{index:p} cannot be used: access denied to {name} ({code})": "无法使用 {index}：没有访问 {name} 的权限（{code}）",
    "{index:p} cannot be used: the server is changing {name} ({code})": (
        "无法使用 {index}：服务器正在更改 {name}（{code}）"
    ),
    "{index:p} cannot be used: the server answers {status} ({code}) for {name}": (
        "无法使用 {index}：服务器对 {name} 的回答是 {status}（{code}）"
    ),
    "{index:p} cannot be reached: the server answers {status} ({code})": (
        "无法连接 {index}：服务器的回答是 {status}（{code}）"
    ),
    "{index:p} cannot be reached: {reason}": "无法连接 {index}：{reason}",
    "check the bucket, its region (AWS_REGION) and the endpoint (AWS_ENDPOINT_URL)": (
        "请检查存储桶、它的区域（AWS_REGION）和端点（AWS_ENDPOINT_URL）"
    ),
    "check the network, the endpoint and the server, and try again; what was published is as it was": (
        "请检查网络、端点和服务器，然后重试；已发布的内容没有变化"
    ),
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or write ~/.aws/credentials; see that they may "
    "list the bucket and read it, and for a writer write and delete below the prefix": _CREDENTIALS,
    "indexes on S3 need {library}, which is not installed": "S3 上的索引需要 {library}，尚未安装",
    "{index:p} is not what CURRENT names": "{index} 不是 CURRENT 所指的内容",
    "{index:p} is of another generation": "{index} 属于另一代",
    "{index:p} is damaged": "{index} 已损坏",
    "{index:p} is missing": "{index} 不见了",
    "publish it again from a sound index with `retriever export` and `retriever import`, or rebuild the index: "
    "retriever index SOURCE... --rebuild": _PUBLISH,
    "{index:p} has more than {size} bytes": "{index} 超过 {size} 字节",
    "it was not written by retriever": "它不是由 retriever 写入的",
    "invalid value {value} of {variable}": "{variable} 的值 {value} 无效",
    "give a number from 0 on": "请给出不小于 0 的数",
    "a location on S3 must not contain credentials": "S3 上的位置不能含有凭据",
    "invalid bucket {bucket} in {index:p}": "{index} 中的存储桶 {bucket} 无效",
    "invalid prefix {prefix} in {index:p}": "{index} 中的前缀 {prefix} 无效",
    "the prefix in {index:p}… is longer than {size} bytes": "{index}… 中的前缀超过 {size} 字节",
    "write s3://BUCKET/PREFIX; credentials, region and endpoint are taken from the environment or ~/.aws/config": _FORM,
    "{index:p} was published by another writer in the meantime": "{index} 在此期间已由另一个写入者发布",
    "run the same command again: it starts from what was published, and computes no vector twice": (
        "请再次运行同一命令：它会从已发布的内容开始，不会重复计算向量"
    ),
    "there is no index at {index:p}": "{index} 处没有索引",
    "publish one with `retriever index SOURCE... --index {index:p}`; check the endpoint (AWS_ENDPOINT_URL)": (
        "请用 `retriever index SOURCE... --index {index}` 发布一个；并检查端点（AWS_ENDPOINT_URL）"
    ),
    "ask again: what is missing or damaged of the copy on this machine is fetched again": (
        "请再问一次：本机副本中缺少或损坏的部分会重新获取"
    ),
    "check the disk": "请检查磁盘",
    "run the same command again": _AGAIN,
    "the index takes {size} GB, and the cache for indexes on S3 is {room} GB": (
        "索引占用 {size} GB，而 S3 索引的缓存是 {room} GB"
    ),
    "raise {variable} (gigabytes); the cache is {folder}": ("请调大 {variable}（单位 GB）；缓存位于 {folder}"),
}

_MILVUS = {
    "the server of {index:p} has no sparse vectors, which a search by words needs": (
        "{index} 的服务器没有稀疏向量，按词检索需要它"
    ),
    "search by vectors alone: --mode dense; or update the server to Milvus 2.4 or later, and rebuild the index: "
    "retriever index SOURCE... --rebuild": (
        "请只按向量检索：--mode dense；或将服务器升级到 Milvus 2.4 以上，再重建索引："
        "retriever index SOURCE... --rebuild"
    ),
    "there is no index {index:p}": "没有索引 {index}",
    "create it with: retriever index SOURCE... --index URI": "请这样创建：retriever index SOURCE... --index URI",
    "create it with: retriever index SOURCE...": "请这样创建：retriever index SOURCE...",
    "RETRIEVER_MILVUS_TLS is {value}": "RETRIEVER_MILVUS_TLS 的值是 {value}",
    "set it to {one} or {other}": "请设为 {one} 或 {other}",
    "RETRIEVER_MILVUS_CA names no file: {file}": "RETRIEVER_MILVUS_CA 指定的不是文件：{file}",
    "name the PEM file of the certificate": "请指定证书的 PEM 文件",
    "an index in Milvus needs pymilvus, which is not installed": "Milvus 中的索引需要 pymilvus，尚未安装",
    "an index in a file of Milvus needs milvus-lite, which is not installed": (
        "Milvus 文件中的索引需要 milvus-lite，尚未安装"
    ),
    "{index:p} is open in another process": "{index} 正被另一个进程打开",
    "milvus-lite serves one process at a time: end the other one, or use a server: milvus://host:port/name": (
        "milvus-lite 一次只服务一个进程：请结束另一个进程，或使用服务器：milvus://host:port/name"
    ),
    "{index:p} cannot be opened: {reason}": "无法打开 {index}：{reason}",
    "check the folder, its permissions and the disk": "请检查文件夹、权限和磁盘",
    "{index:p} cannot be reached or fails: {reason}": "无法连接 {index}，或它出错：{reason}",
    "{index:p} cannot be reached by TLS: {reason}": "无法用 TLS 连接 {index}：{reason}",
    "{index:p} does not answer in time: {reason}": "{index} 没有及时回答：{reason}",
    "{index:p} refuses access: {reason}": "{index} 拒绝访问：{reason}",
    "check that the server runs and can be reached, then run the same command again": (
        "请确认服务器在运行并且可以连接，然后再次运行同一命令"
    ),
    "copy the index back from another place with `retriever copy`, or rebuild the index: retriever index "
    "SOURCE... --rebuild": _COPY,
    "set RETRIEVER_MILVUS_TOKEN to a token (or user:password) that may use the index": (
        "请把 RETRIEVER_MILVUS_TOKEN 设为可以使用该索引的令牌（或 user:password）"
    ),
    "RETRIEVER_MILVUS_TLS=1 turns on TLS, RETRIEVER_MILVUS_CA names the file with its certificate": (
        "RETRIEVER_MILVUS_TLS=1 启用 TLS，RETRIEVER_MILVUS_CA 指定证书文件"
    ),
    "{index:p} has format {format}, which this version does not know": "{index} 的格式 {format} 是本版本不认识的",
    "update retriever to the version that wrote it": "请把 retriever 更新到写入它的版本",
    "generation {generation} of {index:p} was removed while this process was not running": (
        "{index} 的第 {generation} 代在本进程没有运行时被删除了"
    ),
    "run the same command again: it reads the newest generation": "请再次运行同一命令：它会读取最新的一代",
    "the right to write to {index:p} was lost: this process could not renew it in time": (
        "失去了写入 {index} 的权利：本进程没能及时续期"
    ),
    "{index:p} does not show what was written to it": "{index} 没有显示写入它的内容",
    "wait until the server has read its log, and run the same command again": ("请等服务器读完日志，再运行同一命令"),
    "wait until the server has read its log, or start this program again": "请等服务器读完日志，或重新启动本程序",
    "wait until it is done, and run the same command again": "请等它完成，再运行同一命令",
    "credentials in a location are not accepted: {location}": "位置中不接受凭据：{location}",
    "a location ends with the name of the index: {location}": "位置必须以索引的名称结尾：{location}",
    "no host in {location}": "{location} 中没有主机",
    "no name of an index in {location}": "{location} 中没有索引的名称",
    "no path in {location}": "{location} 中没有路径",
    "invalid location {location}": "位置 {location} 无效",
    "set RETRIEVER_MILVUS_TOKEN to the token, or to user:password; RETRIEVER_MILVUS_TLS=1 turns on TLS": (
        "请把 RETRIEVER_MILVUS_TOKEN 设为令牌或 user:password；RETRIEVER_MILVUS_TLS=1 启用 TLS"
    ),
    "write milvus://host:port/name (or milvus+file:PATH for a file by milvus-lite)": (
        "请写 milvus://host:port/name（milvus-lite 的文件写 milvus+file:PATH）"
    ),
    "{index:p} answers with generation {old}, after {new}": "{index} 回答的是第 {old} 代，而之前是第 {new} 代",
    "{index:p} leaves out {count} rows of generation {generation}": "{index} 漏掉了第 {generation} 代的 {count} 行",
    "wait until the server has loaded all of its data, unless it has lost some": (
        "请等服务器加载完所有数据，除非它丢失了一些"
    ),
}

_WORKERS = {
    "unknown workers {workers}": "未知的计算节点 {workers}",
    "give ray://HOST:10001, ray:auto or ray:local": "请给出 ray://HOST:10001、ray:auto 或 ray:local",
    "the model {model} is an object, which other machines cannot load": "模型 {model} 是一个对象，其他机器无法加载",
    "give the name or folder of a model; an encoder of your own can distribute its batches itself": (
        "请给出模型的名称或文件夹；自己的编码器可以自行分发批次"
    ),
    "the model {model} is another one on this machine, or retriever another version": (
        "模型 {model} 在这台机器上是另一个，或 retriever 的版本不同"
    ),
    "install the same version of retriever, and the same model, on every machine of the cluster": (
        "请在集群的每台机器上安装相同版本的 retriever 和相同的模型"
    ),
    "embedding on a cluster needs {library}, which is not installed": "在集群上计算向量需要 {library}，尚未安装",
    "a worker of {cluster} failed: {reason}": "{cluster} 的一个计算节点失败：{reason}",
    "this process is connected to another Ray cluster than {cluster}": "本进程连接的 Ray 集群不是 {cluster}",
    "end that connection, or use it with workers ray:auto": "请断开那个连接，或用 --workers ray:auto 使用它",
    "the cluster {cluster} cannot be used: {reason}": "无法使用集群 {cluster}：{reason}",
    "check the cluster (`ray status`), and run the same command again: it continues where it stopped, with what was "
    "computed in the cache": "请检查集群（`ray status`），然后再次运行同一命令：它从中断处继续，已计算的结果在缓存里",
}

# What an index was built with, by the names of its parts.
PARTS = {
    "model": "模型",
    "model's weights, prefixes or length": "模型权重、前缀或长度",
    "language centering": "语言校正",
    "chunker or passage length": "切分方式或段落长度",
}

_SETTINGS = {
    "the index {index:p} was built with another analyzer: {there} there, {here} here": (
        "索引 {index} 使用的分词器不同：索引中是 {there}，这里是 {here}"
    ),
    "the index {index:p} was built with another {part:w}: {there} there, {here} here": (
        "索引 {index} 使用的{part}不同：索引中是 {there}，这里是 {here}"
    ),
    "update retriever to the version that wrote it; or rebuild the index: retriever index SOURCE... --index "
    "{index:p} --rebuild": (
        "请把 retriever 更新到写入它的版本；或重建索引：retriever index SOURCE... --index {index} --rebuild"
    ),
    "give the model's folder its former name, {name}, and nothing is embedded again": (
        "把模型的文件夹改回原名 {name}，无需重新计算向量"
    ),
    "use the model that it was built with: {name}": "使用建立它的模型：{name}",
    "pass the model object that it was built with: {name}": "传入建立它的模型对象：{name}",
    "rebuild the index: retriever index SOURCE... --index {index:p} --rebuild": (
        "请重建索引：retriever index SOURCE... --index {index} --rebuild"
    ),
    "rebuild the index: retriever index SOURCE... --rebuild": "请重建索引：retriever index SOURCE... --rebuild",
    "the index's setting {name} is {value}": "索引的设置 {name} 是 {value}",
    "the index's settings cannot be read: {reason}": "无法读取索引的设置：{reason}",
    "unknown index scheme {scheme} in {index:p}": "{index} 中的索引类型 {scheme} 未知",
    "name a folder, or one of: {schemes}": "请指定文件夹，或下列之一：{schemes}",
    "{location} names a folder on another machine, {host}": "{location} 指的是另一台机器 {host} 上的文件夹",
    "write file:///folder": "请写 file:///folder",
    "only an index in a local folder supports this": "只有本机文件夹里的索引支持这样做",
}

ENGINES = {**_S3, **_MILVUS, **_WORKERS, **_SETTINGS}
