"""Damage of an index, and what its upkeep says, in simplified Chinese, as ``zh.py`` has other messages."""

from __future__ import annotations

# Of a file of an index.
DAMAGE = {
    "{path:p} is missing": "{path} 不见了",
    "{path:p} cannot be read: another program has locked it": "{path} 无法读取：另一个程序锁住了它",
    "{path:p} cannot be read: {reason}": "{path} 无法读取：{reason}",
    "{path:p} cannot be read as vectors": "{path} 不能作为向量读取",
    "{path:p} cannot be read as vectors: {reason}": "{path} 不能作为向量读取：{reason}",
    "{path:p} cannot be read as an inverted file": "{path} 不能作为倒排文件读取",
    "{path:p} is damaged: its checksum differs": "{path} 已损坏：校验和不符",
    "{path:p} is damaged: its contents are not what was written": "{path} 已损坏：内容不是当初写入的",
    "{path:p} is damaged: its contents are not what was written ({reason})": (
        "{path} 已损坏：内容不是当初写入的（{reason}）"
    ),
    "{path:p} has {size:n} bytes instead of {expected:n}": "{path} 有 {size} 字节，应为 {expected}",
    "{path:p} lacks passages": "{path} 缺少段落",
    "{path:p} has a vector that is not finite": "{path} 有不是有限数的向量",
    "{path:p} has vectors that are not finite": "{path} 有不是有限数的向量",
    "{path:p} has vectors of dimension {dimension:n}": "{path} 的向量是 {dimension} 维",
    "{path:p} does not list what the manifest counts": "{path} 所列的与清单的数目不符",
    "{path:p} does not count the terms that it lists": "{path} 所列的词与其数目不符",
    "{path:p} lists deletions that the segment has no place for": "{path} 列出的删除超出了分段的范围",
    "{path:p} does not hold the passages of its rows": "{path} 没有其各行的段落",
    "{path:p} does not hold the passages of {document}": "{path} 没有 {document} 的段落",
    "{path:p} does not hold the {name} of {rows:n} passages": "{path} 没有 {rows} 个段落的 {name}",
    "{path:p} has no terms of {document}": "{path} 没有 {document} 的词",
    "{path:p} has a document of {count} passages from row {first} on": (
        "{path} 有一个文档从第 {first} 行起有 {count} 个段落"
    ),
    "{path:p} has documents out of order": "{path} 的文档次序不对",
    "{path:p} holds what no index holds: {reason}": "{path} 含有索引不会有的内容：{reason}",
    "{path:p} contains terms that cannot be read": "{path} 含有无法读取的词",
    "{path:p} has postings that cannot be read: {reason}": "{path} 的倒排表无法读取：{reason}",
    "{path:p} has postings that lack deleted terms": "{path} 的倒排表缺少已删除的词",
    "{path:p} has postings of {count:n} passages but {held:n} passages": (
        "{path} 有 {count} 个段落的倒排表，却有 {held} 个段落"
    ),
    "{path:p} does not belong to the vectors beside it": "{path} 与旁边的向量不匹配",
    "{path:p} does not contain sums by language": "{path} 没有各语言的向量和",
    "{path:p} does not contain token vectors for all {rows:n} rows": "{path} 没有全部 {rows} 行的词元向量",
    "{path:p} does not contain {rows} values of type {type}": "{path} 没有 {rows} 个 {type} 类型的值",
    "{path:p} does not contain {name} as an index has it": "{path} 没有索引应有的 {name}",
    "{path:p} has {name} as {type}": "{path} 的 {name} 是 {type}",
    "{path:p} has format {format}; this version reads formats up to {newest}": (
        "{path} 的格式是 {format}；本版本最多读取格式 {newest}"
    ),
    "a segment has the postings of another one": "一个分段的倒排表属于另一个分段",
    "sums by language have different dimensions": "各语言的向量和维数不同",
    "more passages in {code} are deleted than there are": "{code} 的段落，删除的比实有的多",
}

# What is found in a file, behind its name.
FINDINGS = {
    "it is damaged: its checksum differs": "已损坏：校验和不符",
    "it is damaged: {fault}": "已损坏：{fault}",
    "an embedding in it is damaged: its checksum differs": "其中一个向量已损坏：校验和不符",
    "it was not made here: {reason}": "不是在这里建立的：{reason}",
    "it has {count:n} documents, the manifest {stated:n}": "有 {count} 个文档，清单上是 {stated}",
    "it has {count:n} terms, the manifest {stated:n}": "有 {count} 个词，清单上是 {stated}",
    "its vectors have dimension {dimension:n}, the manifest {stated:n}": "向量是 {dimension} 维，清单上是 {stated}",
    "passages share an id": "有段落的标识相同",
    "the passages of the documents are not consecutive": "各文档的段落不连续",
    "a document that does not exist is marked as deleted": "标为已删除的文档并不存在",
    "the passages marked as deleted do not belong to the deleted documents": "标为已删除的段落不属于已删除的文档",
    "passages of {document} are missing": "缺少 {document} 的段落",
    "passage {row:n} belongs to another document": "第 {row} 个段落属于另一个文档",
    "the id of passage {row:n} does not match its text": "第 {row} 个段落的标识与文字不符",
    "a vector is not finite": "有向量不是有限数",
    "the inverted file does not belong to the vectors": "倒排文件与向量不匹配",
    "the postings do not belong to the passages": "倒排表与段落不匹配",
    "the sums by language do not match the vectors": "各语言的向量和与向量不符",
    "the sums by language of the deleted passages do not match their vectors": "已删除段落的各语言向量和与其向量不符",
    "it has no generation": "没有任何一代",
    "the checksum of its header differs": "文件头的校验和不符",
    "its header cannot be read ({reason})": "无法读取文件头（{reason}）",
    "its last line does not match the others": "最后一行与其余各行不符",
    "it is truncated": "不完整",
    "a line is not valid JSON": "有一行不是有效的 JSON",
    "a line is not a JSON object": "有一行不是 JSON 对象",
    "a document in it cannot be read ({reason})": "其中一个文档无法读取（{reason}）",
    "a row of it cannot be read ({reason})": "其中一行无法读取（{reason}）",
    "it cannot be read as Parquet ({reason})": "不能作为 Parquet 读取（{reason}）",
    "its contents are not what was written": "内容不是当初写入的",
    # What stands in the place of a folder.
    "it is a file": "是文件",
    "it is a link that leads nowhere": "是链接，所指的地方什么也没有",
    "it is a pipe": "是管道",
    "it is a socket": "是套接字",
    "it is a device": "是设备",
    "{place:p} is a file": "{place} 是文件",
    "{place:p} is a link that leads nowhere": "{place} 是链接，所指的地方什么也没有",
    "{place:p} is a pipe": "{place} 是管道",
    "{place:p} is a socket": "{place} 是套接字",
    "{place:p} is a device": "{place} 是设备",
    "there is not enough memory": "内存不够",
    "it takes more than {allowed}, or fails": "占用超过 {allowed}，或者失败",
    "it becomes more than {size}": "解压后超过 {size}",
}

_REPAIR = {
    "{index:p} cannot be repaired: {reason:s}": "{index} 无法修复：{reason}",
    "{index:p} cannot be repaired: {reason}": "{index} 无法修复：{reason}",
    "{file} was set aside ({fault:s}); its intact entries were kept": (
        "{file} 已移到一旁（{fault}）；其中完好的内容保留了"
    ),
    "segment {segment} was rebuilt from its passages": "分段 {segment} 已根据段落重建",
    "CURRENT did not say which generation is the newest; {base:n} is the newest intact one": (
        "CURRENT 没有说明哪一代最新；第 {base} 代是最新的完好的一代"
    ),
    "CURRENT did not match its manifest": "CURRENT 与清单不符",
    "generation {newest:n} cannot be repaired; {base:n} replaces it; add what changed since with `retriever index "
    "SOURCE...`": "第 {newest} 代无法修复；由第 {base} 代代替；此后的变化请用 `retriever index SOURCE...` 加入",
    "generation {made:n} restores generation {base:n}; {embedded:n} passages embedded, {reused:n} from the cache": (
        "第 {made} 代恢复了第 {base} 代；重新计算 {embedded} 个段落，取自缓存 {reused} 个"
    ),
    "some damage remains; for details: {command}": "仍有损坏；详情：{command}",
    "name an earlier one": "请指定更早的一代",
    "generation {number:n} of {index:p} is already the newest": "{index} 的第 {number} 代已经是最新的",
    "{index:p} keeps no generation {number:n} (kept before the newest: {kept})": (
        "{index} 没有保留第 {number} 代（最新一代之前保留的：{kept}）"
    ),
    "{index:p} keeps no generation before the newest": "{index} 没有保留最新一代之前的任何一代",
    "generation {number:n} of {index:p} has been removed in the meantime": "{index} 的第 {number} 代其间已移除",
    "still in use, to be removed by the next write: generation {numbers}": "仍在使用，下次写入时移除：第 {numbers} 代",
    "cannot write {path:p}: {reason}": "无法写入 {path}：{reason}",
    "cannot commit to {index:p}: {reason}": "无法提交到 {index}：{reason}",
    "{index:p} would list more than a manifest may hold: {size:n} bytes": (
        "{index} 要列出的超过了清单的上限：{size} 字节"
    ),
    "{path:p} is being written by another thread of this process": "{path} 正由本进程的另一个线程写入",
    "the right to write to {index:p} was lost: {file:p} was removed or replaced": (
        "失去了写入 {index} 的权利：{file} 被移除或替换了"
    ),
    "a process that was forked while {index:p} was being written cannot go on writing it": (
        "在写入 {index} 期间 fork 出的进程不能继续写它"
    ),
    "another process": "另一个进程",
}

_PLACES = {
    "{path:p} is not an index": "{path} 不是索引",
    "{path:p} is not an index: {reason:s}": "{path} 不是索引：{reason}",
    "{path:p} cannot be an index: {reason:s}": "{path} 不能是索引：{reason}",
    "no index can be at {path:p}: its path is not UTF-8": "{path} 不能放索引：它的路径不是 UTF-8",
    "{path:p} is not an index and not empty: it contains {name}": "{path} 不是索引，也不是空的：其中有 {name}",
    "{path:p} also contains files that do not belong to an index: {names}": "{path} 还有不属于索引的内容：{names}",
    "{path:p} is open in a process": "{path} 正被一个进程使用",
    "{path:p} is a link": "{path} 是链接",
    "{path:p} cannot be deleted here": "{path} 不能在这里删除",
    "the file {name} was added to {path:p} in the meantime": "其间 {path} 里多了文件 {name}",
    "{path:p} is not a folder": "{path} 不是文件夹",
    "{path:p} is not empty": "{path} 不是空的",
    "{path:p} is not a regular file": "{path} 不是普通文件",
    "{path:p} is a file, and not the place of an index": "{path} 是文件，不能放索引",
    "{path:p} lies in the index": "{path} 在索引里面",
    "{path:p} is both source and target": "{path} 既是来源又是目标",
    "{path:p} holds {count:n} documents that {other:p} has not": "{path} 有 {count} 个 {other} 没有的文档",
    "{path:p} was built with other settings than {other:p}": "{path} 的设置与 {other} 不同",
    "{path:p} is not an exported index": "{path} 不是导出的索引",
    "{path:p} has export version {version}; this version reads {known}": (
        "{path} 的导出版本是 {version}；本版本读取 {known}"
    ),
    "{path:p} is damaged: {what:s}": "{path} 已损坏：{what}",
    "{path:p} is damaged: {what}": "{path} 已损坏：{what}",
    "{path:p} cannot be unpacked: {what:s}": "{path} 无法解压：{what}",
    "{path:p} says that its model is {name}, which has to compute its vectors": (
        "{path} 说模型是 {name}，向量要由它计算"
    ),
    "the file has documents without vectors, and no settings to compute them with": (
        "文件里有些文档没有向量，却没有计算向量的设置"
    ),
    "the index name is empty": "索引的名字是空的",
    "invalid path {path}: no such user": "路径 {path} 无效：没有这个用户",
    "passing over {path:p}: it belongs to another user; set {variable} to use it": (
        "略过 {path}：它属于另一个用户；要使用它，请设置 {variable}"
    ),
}

_ADVICE = {
    "repair it with `retriever repair`, or rebuild the index: retriever index SOURCE... --rebuild; vectors that are "
    "already computed are reused": (
        "用 `retriever repair` 修复，或重建索引：retriever index SOURCE... --rebuild；已计算的向量会复用"
    ),
    "rebuild the index: retriever index SOURCE... --rebuild; vectors that are already computed are reused": (
        "请重建索引：retriever index SOURCE... --rebuild；已计算的向量会复用"
    ),
    "searches do not use it; remove it with `retriever compact`": "检索不会用到它；用 `retriever compact` 移除",
    "set it aside with `retriever repair`; its intact entries are kept": (
        "用 `retriever repair` 把它移到一旁；其中完好的内容会保留"
    ),
    "an index has regular files in folders, and no links: do not use one like this from somebody else; in your own, "
    "put the file itself there, or run `retriever repair`": (
        "索引由文件夹里的普通文件组成，没有链接：别人给的这种索引请不要使用；如果是自己的，请把文件本身放在那里，"
        "或运行 `retriever repair`"
    ),
    "close other programs or raise the limit of open files (ulimit -n), and run the same command again": (
        "关闭其他程序或提高打开文件数的上限（ulimit -n），然后重新运行同一命令"
    ),
    "close other programs or raise the limit of memory (ulimit -v), and run the same command again": (
        "关闭其他程序或提高内存的上限（ulimit -v），然后重新运行同一命令"
    ),
    "check the permissions of the file and of the folders above it": "请检查文件和上级文件夹的权限",
    "a link in this path leads back to itself: name the folder of the index, or repair the link": (
        "此路径中有一个链接又指回自身：请直接写索引所在的文件夹，或修正该链接"
    ),
    "the disk or the network drive fails: check it, then check the index with `retriever verify`": (
        "磁盘或网络驱动器出错：请先检查它，再用 `retriever verify` 检查索引"
    ),
    "free some space on that disk and run the same command again; the index is as it was before": (
        "请在那个磁盘上腾出空间，再运行同一命令；索引没有变化"
    ),
    "your disk quota is used up: free some space and run the same command again": (
        "磁盘配额已用完：请腾出空间，再运行同一命令"
    ),
    "the system limits the size of files (ulimit -f): raise the limit and run the same command again": (
        "系统限制了文件的大小（ulimit -f）：请提高上限，再运行同一命令"
    ),
    "raise the limit of open files (ulimit -n) and run the same command again": (
        "请提高打开文件数的上限（ulimit -n），再运行同一命令"
    ),
    "close other programs or raise the limit of open files, and run the same command again": (
        "请关闭其他程序或提高打开文件数的上限，再运行同一命令"
    ),
    "the disk is mounted read-only: copy the index to a writable disk, or name another index": (
        "磁盘是只读挂载的：请把索引复制到可写的磁盘，或指定别的索引"
    ),
    "you have no permission to write there: change the permissions, or name another index": (
        "没有写入那里的权限：请修改权限，或指定别的索引"
    ),
    "the index is as it was before; check the disk and run the command again": ("索引没有变化；请检查磁盘，再运行命令"),
    "another program has it open: end it, or wait until it is done, and run the same command again": (
        "另一个程序正打开着它：结束那个程序或等它完成，然后重新运行同一命令"
    ),
    "see that no other program writes into the index folder, and run the same command again": (
        "请确保没有别的程序写入索引的文件夹，然后重新运行同一命令"
    ),
    "leave it to the process that began; end a child from the function that forked it": (
        "请留给开始写入的进程；子进程应在 fork 它的函数里结束"
    ),
    "list the kept generations: {command}": "列出保留的各代：{command}",
    "name another folder with --index": "用 --index 指定别的文件夹",
    "name folders as sources instead of single files": "来源请写文件夹，不要写单个文件",
    "upgrade retriever to the version that wrote it, or name another index": (
        "把 retriever 升级到写它的版本，或指定别的索引"
    ),
    "upgrade retriever to the version that wrote it, or ask for an export of this one": (
        "把 retriever 升级到写它的版本，或要一份本版本的导出"
    ),
    "name the folder of an index": "请指定索引的文件夹",
    "name another folder, or rename those on the way to it": "请指定别的文件夹，或给路径上的文件夹改名",
    "name the folder of an index; `retriever indexes` lists them": "请指定索引的文件夹；`retriever indexes` 列出全部",
    "wait until it is done": "等它完成",
    "run the same command again, and leave that file alone: the lock ends with its process": (
        "重新运行同一命令，不要动那个文件：锁随进程结束"
    ),
    "copy to another location; or make it equal to the source with --update": (
        "复制到别处；或用 --update 使它与来源相同"
    ),
    "copy to another location, or delete that index first": "复制到别处，或先删除那个索引",
    "name two locations": "请指定两个位置",
    "use the tools of its engine": "请用它的引擎自带的工具",
    "delete the index that it leads to: {path}": "请删除它指向的索引：{path}",
    "move it elsewhere, or delete the folder yourself; nothing was deleted": (
        "请移到别处，或自行删除文件夹；没有删除任何内容"
    ),
    "end that process, then delete the index": "请结束那个进程，再删除索引",
    "delete the rest yourself": "请自行删除其余内容",
    "export the index again, or copy the file again": "请重新导出索引，或重新复制文件",
    "create one with {command}": "这样建立：{command}",
    "ask for an export in JSON Lines": "请索要 JSON Lines 格式的导出",
    "if you trust that model, name it: {call}, or in a shell: {command}": (
        "如果信任这个模型，请指定它：{command}（{call}）"
    ),
    "retriever import FILE --index NEW": "retriever import FILE --index NEW",
    "name a file outside of the index": "请指定索引以外的文件",
    "name a file": "请指定文件",
    "import into a new one: --index NEW": "导入到新的索引：--index NEW",
    "import into another folder: --index NEW": "导入到别的文件夹：--index NEW",
    "name one; `retriever indexes` lists them": "请指定一个；`retriever indexes` 可列出它们",
    "write out the folder; if its name begins with ~, put ./ before it": (
        "请写明文件夹；如果名字以 ~ 开头，请在前面加 ./"
    ),
}

UPKEEP = {**_REPAIR, **_PLACES, **_ADVICE}
