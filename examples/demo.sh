#!/usr/bin/env bash
# Indexes the example corpus and asks it three questions. Run by `make demo` from the repository root.
set -euo pipefail
BIN=${BIN:-.venv/bin}

ask() {
    printf '\n$ retriever search "%s" --index demo -k 2\n' "$1"
    "$BIN/retriever" search "$1" --index demo -k 2
}

echo '$ retriever index examples/corpus --index demo'
"$BIN/retriever" index examples/corpus --index demo
ask "加装电梯需要多少业主同意？"
ask "什么情况下启动防汛Ⅰ级响应？"
ask "How does the cold winter affect the range of electric buses?"
