"""Why a file is not read, or not all of it, in simplified Chinese, as ``zh.py`` has other messages.

They stand behind the name of the file, and may have advice behind them.
"""

from __future__ import annotations

from retriever_cli.messages.zh_damage import DAMAGE, FINDINGS
from retriever_cli.messages.zh_serving import STEPS

# What reasons name.
THINGS = {
    **STEPS,
    "Chinese, Japanese and Latin letters": "中文、日文和拉丁字母",
    "the file that was there stays": "原来的文件仍留在",
    "the {count:n} files that were there stay": "原来的 {count} 个文件仍留在",
    "the document": "文档",
    "the book": "电子书",
    "the OFD document": "OFD 文档",
    "a chart": "一个图表",
    "a formula": "一个公式",
    "the drawing of a sheet": "一个工作表的绘图",
    "series": "个系列",
    "points": "个点",
    "page {number:n}": "第 {number} 页",
    "pages {numbers} and {more:n} more": "第 {numbers} 页以及另外 {more} 页",
    "pages {numbers}": "第 {numbers} 页",
    "{count:n} line": "{count} 行",
    "{count:n} lines": "{count} 行",
    "{count:n} character was": "{count} 个字符",
    "{count:n} characters were": "{count} 个字符",
    "{count:n} row has": "{count} 行",
    "{count:n} rows have": "{count} 行",
    "{names} and others": "{names} 等",
    "{names} and {more:n} more": "{names} 以及另外 {more} 个",
}

# How many files there are of a type.
TYPES = {
    "{count:n} without one": "{count} 个没有扩展名",
    "{count:n} of {types:n} other types": "{types} 种其他类型共 {count} 个",
    "{types:n} other types": "{types} 种其他类型",
    "{count:n} {extension}": "{count} 个 {extension}",
    "{count:n} ": "{count} 个没有扩展名",
}

_UNREAD = {
    "the file is empty": "文件是空的",
    "the file no longer exists": "文件已不存在",
    "not a regular file": "不是普通文件",
    "no permission to read the file": "没有读取文件的权限",
    "the file is too large: {size}, the limit is {limit}": "文件太大：{size}，上限是 {limit}",
    "the file cannot be read: {reason:s}": "无法读取文件：{reason}",
    "the file cannot be read: {reason}": "无法读取文件：{reason}",
    "it cannot be read: {reason}": "无法读取：{reason}",
    "it takes too much memory": "占用的内存太多",
    "it takes more than {seconds:n} s": "用时超过 {seconds} 秒",
    "it takes more than {memory} of memory": "占用的内存超过 {memory}",
    "it unpacks to more than {size} of text": "解压后的文字超过 {size}",
    "it is nested too deeply": "嵌套太深",
    "its reader failed with {name}": "读取程序出错：{name}",
    "its reader gave an invalid answer": "读取程序的回答无效",
    "its reader has not answered for {seconds:n} s": "读取程序 {seconds} 秒没有回答",
    "its reader was killed by the system, perhaps for lack of memory": "读取程序被系统终止，可能是内存不足",
    "its reader crashed ({name}), perhaps because it may take no more than {memory} of memory": (
        "读取程序崩溃（{name}），可能是因为它最多只能用 {memory} 内存"
    ),
    "no process for it can be started ({reason:s})": "无法为它启动进程（{reason}）",
    "no process for it can be started ({reason})": "无法为它启动进程（{reason}）",
    "there is no Python interpreter": "没有 Python 解释器",
    "it gave an invalid answer": "回答无效",
    "it ended at once": "立即结束了",
    "{reason:s}, exit code {code}": "{reason}，退出码 {code}",
    "the file cannot be read: Retriever was upgraded while this program ran": (
        "无法读取文件：这个程序运行期间 Retriever 已升级"
    ),
    "read without limits of memory and time: no process for it can be started ({reason:s})": (
        "读取时没有内存和时间的限制：无法为它启动进程（{reason}）"
    ),
    "read without limits of memory and time: no process for it can be started ({reason})": (
        "读取时没有内存和时间的限制：无法为它启动进程（{reason}）"
    ),
    "the file is {format:w}": "文件是{format}",
    "the file is not text: it is {format:w}": "文件不是文本，而是{format}",
    "the file is not text: it looks binary": "文件不是文本，像是二进制数据",
    "the file is not text in {encoding}": "文件不是 {encoding} 编码的文本",
    "name its encoding, or leave out --encoding to have it detected": "请指定它的编码，或不用 --encoding，由程序检测",
    "read as {format:w}, which it is, although its name ends with {suffix}": (
        "按{format}读取：内容如此，虽然文件名以 {suffix} 结尾"
    ),
    "a broken or circular link": "链接已失效或形成循环",
    "a broken or circular link; what it led to stays in the index until the link is removed": (
        "链接已失效或形成循环；它指向的内容会留在索引里，直到链接被删除"
    ),
    "no file in it that can be indexed": "其中没有可以索引的文件",
    "left out by .gitignore or .retrieverignore: {count} files and folders": (
        ".gitignore 或 .retrieverignore 排除了 {count} 个文件和文件夹"
    ),
    "not indexed (unsupported type): {files:b}": "未索引（不支持的类型）：{files}",
    "not followed (links that lead out of the folder; --follow follows them): {links:s}": (
        "未跟随（指向文件夹之外的链接；--follow 会跟随）：{links}"
    ),
    "the id {id} occurs again; the first is kept": "标识 {id} 重复出现；保留第一个",
    "ids of {count:n} more rows occur again; the first of each is kept": "另有 {count} 行的标识重复出现；各保留第一个",
    "its name is not valid Unicode: rename it": "文件名不是有效的 Unicode：请改名",
    "its name is not valid {encoding}: {advice:s}": "文件名不是有效的 {encoding}：{advice}",
    "set LANG to a locale in UTF-8, such as C.UTF-8": "请把 LANG 设为 UTF-8 的区域设置，例如 C.UTF-8",
    "no longer there: {reason:s}": "已不存在：{reason}",
    "its documents stay in the index; `retriever forget` removes them": (
        "它的文档留在索引里；`retriever forget` 可移除"
    ),
    "it holds no file now, and {held:s} in the index: is it mounted? if it was emptied, add --allow-empty": (
        "现在里面没有文件，{held}索引里：它挂载了吗？如果确实清空了，请加上 --allow-empty"
    ),
    "its words were analysed anew by this version; nothing was embedded again for that": (
        "本版本重新分析了其中的词语；没有因此重新计算向量"
    ),
    "documents that programs added cannot be read and are lost; add them again: {reason}": (
        "由程序加入的文档无法读取，已丢失；请重新加入：{reason}"
    ),
    "{amount:t} wait for text recognition: {command}": "{amount}等待文字识别：{command}",
}

_BROKEN = {
    "{what:s} is broken: {part} is missing": "{what}已损坏：缺少 {part}",
    "{what:s} is broken: {part} cannot be read": "{what}已损坏：{part} 无法读取",
    "{what:s} is broken: it cannot be unpacked": "{what}已损坏：无法解压",
    "the document is broken or not {format:w}: it has no main part": "文档已损坏，或不是 {format}：没有主要部分",
    "the document is broken or not {format:w}: it cannot be unpacked": "文档已损坏，或不是 {format}：无法解压",
    "the document is broken or not {format:w}: its streams cannot be found": (
        "文档已损坏，或不是 {format}：找不到其中的数据流"
    ),
    "the document is broken or not RTF": "文档已损坏，或不是 RTF",
    "the document is broken: its codes cannot be read": "文档已损坏：无法读取其中的代码",
    "the document is broken: its parts cannot be found": "文档已损坏：找不到其中的部分",
    "the document is broken: it does not say where its text lies": "文档已损坏：没有说明正文在哪里",
    "the document is broken: its parts are referred to again and again": "文档已损坏：其中的部分被反复引用",
    "the document is broken: its elements are nested too deeply": "文档已损坏：元素嵌套太深",
    "the document is broken: it has no contents": "文档已损坏：没有内容",
    "the document is broken: what should be a stream in it is not one": "文档已损坏：其中应为数据流的不是数据流",
    "the document is broken: a stream in it claims to be larger than the file": (
        "文档已损坏：其中一个数据流声称比文件还大"
    ),
    "the document is broken: {error}": "文档已损坏：{error}",
    "the book is broken or not an EPUB: it has no list of its parts": "电子书已损坏，或不是 EPUB：没有各部分的列表",
    "the book is encrypted (DRM)": "电子书已加密（DRM）",
    "{count:n} parts of {what:s} are encrypted (DRM)": "{what}有 {count} 个部分已加密（DRM）",
    "a page of {what:s} is missing: {part}": "{what}缺少一页：{part}",
    "the message is broken: it cannot be opened": "邮件已损坏：无法打开",
    "the message is broken: a part of it cannot be read": "邮件已损坏：有一部分无法读取",
    "the notebook is broken: it is not valid JSON": "笔记本已损坏：不是有效的 JSON",
    "the notebook is broken: it has no cells": "笔记本已损坏：没有单元格",
    "the page is broken: its elements are nested too deeply": "网页已损坏：元素嵌套太深",
    "the presentation is older than PowerPoint 97": "演示文稿早于 PowerPoint 97",
    "the presentation is broken: its records cannot be read": "演示文稿已损坏：无法读取其中的记录",
    "the presentation is broken: its records go on without end": "演示文稿已损坏：其中的记录没有尽头",
    "the workbook is broken: its records cannot be read": "工作簿已损坏：无法读取其中的记录",
    "the workbook is broken: {error}": "工作簿已损坏：{error}",
    "the image is broken": "图片已损坏",
    "the image is too large: more than {count:n} pixels": "图片太大：超过 {count} 像素",
    "the file is broken or not a PDF": "文件已损坏，或不是 PDF",
    "the PDF is broken: {error}": "PDF 已损坏：{error}",
    "the PDF is encrypted with a password": "PDF 有密码",
    "{what:s} is encrypted": "{what}已加密",
    "the file is not valid JSON": "文件不是有效的 JSON",
    "the file is not valid XML": "文件不是有效的 XML",
    "its cells come to more text than a file of its size may have": "单元格的文字多于这样大小的文件所能有的",
    "a picture on it cannot be read: {reason:s}": "其中的一张图片无法读取：{reason}",
    "document {number:n} of {count:n} in it: {reason:s}": "其中第 {number}/{count} 个文档：{reason}",
    "{part} is missing": "缺少 {part}",
    "a part of {what:s} was left out: {reason:s}": "略去了{what}的一部分：{reason}",
    "a document that was inserted whole was left out": "略去了整篇插入的文档",
    "{what:s} was left out: {reason:s}": "略去了{what}：{reason}",
    "a chart was read in part: {most:n} of its {count:n} {kind:s}": (
        "一个图表只读取了一部分：{count} {kind}中的 {most} 个"
    ),
}

_ARCHIVES = {
    "it is encrypted": "已加密",
    "it is broken: {reason:s}": "已损坏：{reason}",
    "it cannot be unpacked": "无法解压",
    "it is compressed by a method that is not supported": "压缩方法不受支持",
    "its path leads out of the archive": "路径指向压缩包之外",
    "it lies in more than {depth:n} containers": "嵌套在超过 {depth} 层的容器里",
    "not unpacked: all of the file would come to more than {size}": "没有解压：整个文件会超过 {size}",
    "links and special files in the archive were left out: {names:s}": "略去了压缩包里的链接和特殊文件：{names}",
    "links and special files in the archive were left out: {names}": "略去了压缩包里的链接和特殊文件：{names}",
    "the archive holds no files": "压缩包里没有文件",
    "the archive has no mark at its end: it may have been cut": "归档的末尾没有结束标记：可能不完整",
    "the archive has several files of this name; one of them is read": "压缩包里有多个同名文件；只读取其中一个",
    "the rest of the archive was not read: it is broken": "压缩包的其余部分没有读取：已损坏",
    "the rest of the archive was not read: there are more than {count:n} files in it": (
        "压缩包的其余部分没有读取：其中的文件超过 {count} 个"
    ),
    "the rest of the archive was not read: it unpacks to more than {size}": (
        "压缩包的其余部分没有读取：解压后超过 {size}"
    ),
    "files replaced by later ones of the same name: {count:n}": "被后面同名文件取代的文件：{count}",
    "encoding of the names in the archive guessed: {encoding}": "压缩包里文件名的编码是推测的：{encoding}",
    "the ZIP archive is broken: it has no readable list of its files": "ZIP 压缩包已损坏：没有可读的文件列表",
    "the 7z archive is encrypted": "7z 压缩包已加密",
    "the 7z archive is compressed by a method that is not supported": "7z 压缩包的压缩方法不受支持",
    "the 7z archive is broken: {name}": "7z 压缩包已损坏：{name}",
    "reading 7z archives needs py7zr, which is not installed": "读取 7z 压缩包需要 py7zr，而它没有安装",
    "what looks like a TAR archive is broken: no file in it can be found": "像是 TAR 归档，但已损坏：找不到其中的文件",
    "the file is compressed ({kind}) and broken: it cannot be unpacked": "文件经过压缩（{kind}），但已损坏：无法解压",
    "the mailbox holds no messages": "邮箱文件里没有邮件",
    "the rest of it lies in more than {count:n} messages": "其余部分嵌套在超过 {count} 层的邮件里",
    "its parts are nested too deeply": "各部分嵌套太深",
}

_TEXT = {
    "the document contains no text": "文档没有文字",
    "the file contains no text": "文件没有文字",
    "the page contains no text": "网页没有文字",
    "the message contains no text": "邮件没有文字",
    "the notebook contains no text": "笔记本没有文字",
    "the presentation contains no text": "演示文稿没有文字",
    "the book contains no text": "电子书没有文字",
    "the OFD document has no text": "OFD 文档没有文字",
    "the spreadsheet contains no cells": "电子表格没有单元格",
    "the saved page contains no page": "保存的网页里没有网页",
    "the file contains no subtitles": "文件没有字幕",
    "the file contains no rows": "文件没有数据行",
    "the file holds no prose": "文件里没有成段的文字",
    "the PDF has no text layer": "PDF 没有文本层",
    "the PDF has no legible text layer: {reason:s}": "PDF 的文本层无法辨读：{reason}",
    "its fonts do not say which characters they show": "字体没有说明显示的是哪些字符",
    "no text on any page": "所有页面都没有文字",
    "no text on {pages:s}": "{pages}没有文字",
    "no legible text on {pages:s}: a font does not say which characters it shows": (
        "{pages}的文字无法辨读：有字体没有说明显示的是哪些字符"
    ),
    "no text in the picture": "图片里没有文字",
    "no text in the pictures": "图片里没有文字",
    "the text is not recognised: it is illegible or in an unknown script; the recognition knows {scripts:s}": (
        "无法识别：看不清，或者不认识这种文字；能识别的是{scripts}"
    ),
    "the text is not recognised: there are too many pages before it in its file": "没有识别：文件里在它之前的页太多",
    "not recognised: {pages:s}, illegible or in an unknown script; the recognition knows {scripts:s}": (
        "没有识别：{pages}，看不清，或者不认识这种文字；能识别的是{scripts}"
    ),
    "{lines:s} could not be recognised on {pages:s}": "{pages}有 {lines}无法识别",
    "only {given:n} of {wanted:n} pages were recognised: it has too many": "只识别了 {given}/{wanted} 页：页数太多",
    "{count:n} characters that mean nothing were left out on {pages:s}": "{pages}略去了 {count} 个没有意义的字符",
    "{count:n} characters that cannot be stored were replaced by U+FFFD": "{count} 个无法存储的字符换成了 U+FFFD",
    "{what:s} not valid in the encoding of the message and replaced by U+FFFD": (
        "{what}不符合邮件的编码，换成了 U+FFFD"
    ),
    "{what:s} not valid in {encoding} and replaced by U+FFFD": "{what}不符合 {encoding}，换成了 U+FFFD",
    "characters that are not valid were replaced by U+FFFD: {count:n}": "无效的字符换成了 U+FFFD：{count} 个",
    "encoding guessed: {encoding} (confidence {share})": "编码是推测的：{encoding}（置信度 {share}）",
    "the text of the message is only there as compressed RTF, which is not read": (
        "邮件的文字只有压缩的 RTF，没有读取"
    ),
    "long outputs were cut to {count:n} characters": "过长的输出截到 {count} 个字符",
    "the front matter is not valid; the fields that could be read were kept": "文首的元数据无效；保留了能读取的字段",
    "nested fields were left out of the metadata: {names:s}": "元数据略去了嵌套的字段：{names}",
    "nested fields were left out of the metadata: {names}": "元数据略去了嵌套的字段：{names}",
    "{rows:s} no field named text (or {names}): all fields became the text": (
        "{rows}没有名为 text（或 {names}）的字段：全部字段作为正文"
    ),
    "none of the {count:n} rows can be read; line {line:n}: {reason:s}": "{count} 行都无法读取；第 {line} 行：{reason}",
    "{count:n} more rows could not be read": "另有 {count} 行无法读取",
    "the line exceeds the limit of --max-file-size": "这一行超过了 --max-file-size 的上限",
    "the row contains no text": "这一行没有文字",
    "unclosed quote": "引号没有结束",
    "not a JSON object": "不是 JSON 对象",
    "invalid JSON: a number is too long, or values are nested too deeply": "无效的 JSON：有一个数太长，或者嵌套太深",
    "invalid JSON: {what} at character {number:n}": "无效的 JSON：第 {number} 个字符处 {what}",
}

REASONS = {**_TEXT, **_ARCHIVES, **_BROKEN, **_UNREAD, **FINDINGS, **DAMAGE}

ADVICE = {
    "if it is a scan, have its text recognised (OCR): {command}": "如果是扫描件，请识别其中的文字（OCR）：{command}",
    "if it is text, set its encoding with --encoding": "如果是文本，请用 --encoding 指定编码",
    "save it without a password": "请另存为不带密码的文件",
    "pack it without a password": "请不带密码重新打包",
    "save it as {suffix}": "请另存为 {suffix}",
    "save its sheets as .csv": "请把各工作表另存为 .csv",
    "convert it to .jsonl or .csv": "请转换为 .jsonl 或 .csv",
    "unpack it": "请先解压",
    "raise the limit with --max-file-size": "用 --max-file-size 提高上限",
    "name a single message .eml, and text .txt": "单封邮件请用 .eml，文本请用 .txt",
    "scan it at 300 dots an inch or fewer": "请以不超过 300 dpi 扫描",
    "check the file's permissions": "请检查文件的权限",
    "start the program again": "请重新启动程序",
    "free space on the disk for temporary files, or name another one: TMPDIR": (
        "请为临时文件腾出磁盘空间，或用 TMPDIR 指定别的位置"
    ),
    "mount it, or allow it with --allow-empty": "请挂载它，或用 --allow-empty 允许",
    "it is not UTF-8": "不是 UTF-8 编码",
    "it is not a file by itself": "它本身不是文件",
    "read the file at its path": "请按路径读取文件",
    "pip install {package}": "pip install {package}",
}
