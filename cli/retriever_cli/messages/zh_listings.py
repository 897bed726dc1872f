"""Status and listings in simplified Chinese, as ``zh.py`` has other messages."""

from __future__ import annotations

STATUS = {
    "index       {index}": "索引    {index}",
    "generation  {number:n}, created {time}": "版本    第 {number} 代，建立于 {time}",
    "generation  {number:n}": "版本    第 {number} 代",
    "documents   {count:n}": "文档    {count}",
    "passages    {count:n} in {segments:t}": "段落    {count}，{segments}",
    "languages   {languages:l}": "语言    {languages}",
    "languages   none": "语言    无",
    "sources     {source:t}": "来源    {source}",
    "sources     {name}: {documents:t}": "来源    {name}：{documents}",
    "            {source:t}": "        {source}",
    "            {name}: {documents:t}": "        {name}：{documents}",
    "no longer there": "已不存在",
    "model       none yet": "模型    暂无",
    "model       {model}, {count:n} dimensions": "模型    {model}，{count} 维",
    "on disk     {size} ({sizes:t})": "磁盘    {size}（{sizes}）",
    "manifest {size}": "清单 {size}",
    "vectors {size}": "向量 {size}",
    "tokens {size}": "词元向量 {size}",
    "postings {size}": "倒排 {size}",
    "passages {size}": "段落 {size}",
    "cache {size}": "缓存 {size}",
    "next        {command}, unless it comes back": "下一步  {command}，除非它会恢复",
    "next        {command}, to embed {passages:t}": "下一步  {command}，计算{passages}的向量",
    "next        {command}, because most of the index is deleted": "下一步  {command}，因为索引的大部分已删除",
    "next        {command}": "下一步  {command}",
}

LISTINGS = {
    "no documents": "没有文档",
    "added by programs: {documents:t}": "由程序加入：{documents}",
    "no sources remembered; name them: retriever index SOURCE...": (
        "没有记住任何来源；请指定来源：retriever index SOURCE..."
    ),
    "no sources remembered; name them: retriever index SOURCE... {option}": (
        "没有记住任何来源；请指定来源：retriever index SOURCE... {option}"
    ),
    "  no longer there; to remove its documents: retriever forget {source}": (
        "  已不存在；移除它的文档：retriever forget {source}"
    ),
    "  {options:t}": "  {options}",
    "encoding {encoding}": "编码 {encoding}",
    "no file size limit": "不限文件大小",
    "files up to {size}": "文件不超过 {size}",
    "links followed": "跟随链接",
    "{file}: {held:t}, {pairs:t} of near-duplicates, {hits:t}, {size}": (
        "{file}：{held}，近似重复 {pairs}，{hits}，{size}"
    ),
    "{file}: {held:t}, {pairs:t} of near-duplicates, {size}": "{file}：{held}，近似重复 {pairs}，{size}",
    "{name}: {passages:t}, {clusters:t}, {hits:t}, {size}": "{name}：{passages}，{clusters}，{hits}，{size}",
    "a sample": "抽样",
    "{name}: {documents:t}, {passages:t}, {size}": "{name}：{documents}，{passages}，{size}",
    "  model {model:t}; sources {sources:t}": "  模型 {model}；来源 {sources}",
    "none yet": "暂无",
    "none": "无",
    "  model {model}; sources none": "  模型 {model}；来源 无",
    "  model {model}; sources {sources}": "  模型 {model}；来源 {sources}",
    "{index}: {held:t}; {passages:t} embedded": "{index}：{held}；新计算 {passages}",
    "{start:g}  {held:t}; {changes:t}  ({marks:t})": "{start}  {held}；{changes}（{marks}）",
    "{start:g}  {held:t}; {changes:t}": "{start}  {held}；{changes}",
    "newest": "最新",
    "in use": "使用中",
    "restores {number:n}": "恢复自第 {number} 代",
    "changes unknown": "变化不明",
    "{name}: {documents:c}": "{name}：{documents}",
    "  {path:p}": "  {path}",
}
