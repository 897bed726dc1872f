"""The storage engine on Milvus: one machine or many, or a file by milvus-lite. See docs/decisions/milvus.md."""
