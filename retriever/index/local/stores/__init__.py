"""What a segment consists of: vectors, postings, passages and token vectors, a file format each."""
