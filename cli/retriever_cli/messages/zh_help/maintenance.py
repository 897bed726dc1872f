"""Help pages of the commands that look after indexes, settings and models."""

from __future__ import annotations

MAINTENANCE = {
    # verify, history, rollback
    "Check an index for damage.": "检查索引是否损坏。",
    "Check an index for damage. Changes nothing; the exit code is 3 if there are problems.": (
        "检查索引是否损坏。不做任何改动；有问题时退出码是 3。"
    ),
    "Check every checksum and cross-reference, or sizes and manifests only.": (
        "检查全部校验和与相互引用（--deep），或只检查大小和清单（--fast）"
    ),
    "List the generations of an index.": "列出索引的各代。",
    "They come newest first, with their size and what they changed.": "最新的在前，并显示大小和所做的改动。",
    "Go back to an earlier generation.": "退回到以前的一代。",
    "Its contents are committed as a new generation. The next `retriever index` updates the index to the current "
    "files again.": "它的内容会提交为新的一代。下次运行 `retriever index` 时，索引又会按当前的文件更新。",
    "The generation to go back to.": "要退回到的一代",
    "default: the one before the newest": "默认：最新的前一代",
    # compact, repair
    "Reclaim disk space.": "回收磁盘空间。",
    "Merges segments and removes deleted passages, old generations and unused embeddings. The index can be searched "
    "meanwhile. If only one generation is kept, there is none to roll back to.": (
        "合并分段，移除已删除的段落、旧的各代和不再使用的向量。其间可以照常检索。如果只保留一代，就没有可以退回的了。"
    ),
    "Number of generations to keep.": "保留多少代",
    "Repair a damaged index.": "修复损坏的索引。",
    "Writes a new generation: postings and ids are rebuilt from the passages, vectors are taken from the embedding "
    "cache or computed again. The exit code is 3 if some damage remains.": (
        "写入新的一代：倒排和编号由段落重建，向量从缓存取出或重新计算。仍有损坏时退出码是 3。"
    ),
    # export, import
    "Export an index to a file.": "把索引导出为一个文件。",
    "The file contains documents, passages, metadata, vectors and settings. Parquet needs the extra `parquet`: "
    "without it the error says how to install it.": (
        "文件里有文档、段落、元数据、向量和设置。Parquet 需要附加组件 `parquet`；没有安装时，错误信息会说明怎样安装。"
    ),
    "The file to write.": "要写的文件",
    "The format of the file.": "文件的格式",
    "default: parquet if its name ends in .parquet, else jsonl": "默认：名字以 .parquet 结尾时是 parquet，否则 jsonl",
    "Include the vectors, or only documents and passages.": "包含向量，或只包含文档和段落",
    "Create an index from an exported file.": "从导出的文件新建索引。",
    "It gives the same results as the exported index. Vectors that the file does not contain are computed. An "
    "existing index is never overwritten.": (
        "检索结果与导出的索引相同。文件里没有的向量会重新计算。已有的索引不会被覆盖。"
    ),
    "A file that `retriever export` wrote.": "`retriever export` 写出的文件",
    "The model for vectors that the file lacks.": "计算文件所缺向量的模型",
    "default: the bundled one": "默认：自带的模型",
    # copy
    "Copy an index to another location.": "把索引复制到另一个位置。",
    "The copy gives the same results. Interrupted, the same command goes on where it stopped; until it is complete, "
    "the copy holds a part of the documents.": (
        "副本的检索结果与原来相同。中断后再次运行同一命令，会从停下的地方接着做；完成之前，副本只有一部分文档。"
    ),
    "The index to copy: a name, path or URI.": "要复制的索引：名字、路径或 URI",
    "Where to: a name, path or URI.": "复制到哪里：名字、路径或 URI",
    "Make an older copy, or another index, equal to the source.": "让旧的副本或另一个索引变得与来源相同",
    # config
    "Show the settings, and where each is from.": "显示各项设置，以及分别来自哪里。",
    "They hold where no option is given, and come from environment variables and a file that you write.": (
        "没有给出选项时，以这些设置为准。它们来自环境变量和你自己写的配置文件。"
    ),
    # models
    "List the embedding models; prepare or export the bundled one.": "列出可用的向量模型；准备或导出自带的模型。",
    "Build the bundled model now.": "现在就准备自带的模型。",
    "Otherwise it is built at its first use. Prints the folder it is in.": (
        "否则在第一次使用时准备。输出模型所在的文件夹。"
    ),
    "Export the bundled model to a folder.": "把自带的模型导出到一个文件夹。",
    "Hugging Face, sentence-transformers and ONNX Runtime can load it.": (
        "Hugging Face、sentence-transformers 和 ONNX Runtime 都能加载它。"
    ),
    "A new or empty folder.": "新的或空的文件夹",
}
