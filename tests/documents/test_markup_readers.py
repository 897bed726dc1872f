"""Texts with marks of their own: what is shown, line by line as in the file, and the outline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from retriever.errors import ReadError

Read = Callable[..., Any]

RST = """.. _top:

=====
Water
=====

:Author: Ann

Scope of *it*
-------------

.. note:: Mind :ref:`the well <well>` and ``code``.

.. toctree::
   :maxdepth: 2

   hidden

.. a comment
   of two lines

The `pump <https://x>`_ runs::

    as code
"""
ADOC = """= Water
:author: Ann
:revdate: 2024-10-01

// a comment
[[scope]]
== Scope of _it_

.Caption
----
== code
----
See <<scope,the scope>> and link:https://x[the *pump*]. +
"""
UNDERLINED = """Water
=====

[[scope]]
Scope of _it_
------------
Words.

----
code
----x
----
Not a title
==========================
- item

Deeper
^^^^^^
"""
ORG = """#+TITLE: Water
#+AUTHOR: Ann
* TODO Scope of /it/ :tag:
:PROPERTIES:
:ID: 1
:END:
# a comment
See [[https://x][the pump]] and =code=.
** Part
#+BEGIN_SRC
x
#+END_SRC
"""
TEX = r"""\documentclass{article}
\title{Water \& more}
\author{Ann}
\begin{document}
\maketitle % a comment
\section{Scope of \emph{it}}\label{s}
The caf\'e pays 5\,\% of $a_{1}^2$~in \textbf{bold}~\cite{x}.
\begin{itemize}
\item one -- two
\end{itemize}
\begin{verbatim}
\raw{x}
\end{verbatim}
\end{document}
behind
"""
MDX = """---
title: Water
---
import X from './x'
export const a = {
  b: 1,
}

# Scope {props.name}

<Tabs value="a">
Some <b>words</b> here.
</Tabs>

```js
import kept from 'y'
```
"""


@pytest.mark.parametrize(
    ("name", "data", "shown", "headings", "title", "metadata"),
    [
        (
            "a.rst",
            RST,
            ["Water", ":Author: Ann", "Scope of it", "Mind the well and code.", "The pump runs:", "    as code"],
            [(1, "Water"), (2, "Scope of it")],
            "Water",
            {"author": "Ann"},
        ),
        (
            "a.adoc",
            ADOC,
            ["Water", "Scope of it", "Caption", "== code", "See the scope and the pump."],
            [(1, "Water"), (2, "Scope of it")],
            "Water",
            {"author": "Ann", "date": "2024-10-01"},
        ),
        (
            "a.adoc",
            UNDERLINED,
            ["Water", "Scope of it", "Words.", "code", "----x", "Not a title", "- item", "Deeper"],
            [(1, "Water"), (2, "Scope of it"), (4, "Deeper")],
            "Water",
            {},
        ),
        (
            "a.org",
            ORG,
            ["Scope of it :tag:", "See the pump and code.", "Part", "x"],
            [(1, "Scope of it"), (2, "Part")],
            "Water",
            {"author": "Ann"},
        ),
        (
            "a.tex",
            TEX,
            ["Scope of it", "The café pays 5% of $a_{1}^2$ in bold .", "- one – two", "\\raw{x}"],
            [(2, "Scope of it")],
            "Water & more",
            {"author": "Ann"},
        ),
        (
            "a.mdx",
            MDX,
            ["# Scope", "Some words here.", "```js", "import kept from 'y'", "```"],
            [(1, "Scope")],
            "Water",
            {},
        ),
    ],
)
def test_what_is_shown_stays_on_its_line(
    read: Read, name: str, data: str, shown: list[str], headings: list[Any], title: str, metadata: dict[str, Any]
) -> None:
    document = read(name, data).only
    assert [line.rstrip() for line in document.text.split("\n") if line.strip()] == shown
    assert [(item.level, item.text) for item in document.headings] == headings
    assert (document.title, document.metadata) == (title, metadata)
    lines = data.split("\n")
    for number, line in enumerate(document.text.split("\n")):
        words = [word for word in line.replace("é", "").replace("5%", "").split() if word.isalnum() and word.isascii()]
        assert all(word in lines[number] for word in words if word != "caf")


def test_headings_of_tex_go_on_over_lines_and_are_set_once(read: Read) -> None:
    """As pandoc, Doxygen and people write them."""
    text = read(
        "a.tex",
        r"""\hypertarget{two}{%
\section{\texorpdfstring{Two \href{/x}{wells % a comment
of \emph{water}}}{Two wells of water}}\label{two}}
See \hyperlink{ns_1}{odf.\+text}, \foreignlanguage{british}{this} and \texorpdfstring{$a$}{$A$}, $b$.\rule{1pt}{2pt}
\begin{verbatim}
\section{open
\end{verbatim}
\section{never closed

words
""",
    ).only
    assert text.text.split("\n")[1:5] == ["Two wells of water", "", "See odf.text, this and $a$, $b$.", ""]
    assert text.text.split("\n")[5:] == ["\\section{open", "", "never closed", "", "words", ""]
    assert [(item.level, item.text) for item in text.headings] == [(2, "Two wells of water"), (2, "never closed")]


def test_commands_that_a_tex_file_defines_are_set(read: Read) -> None:
    text = read(
        "a.tex",
        r"""\newcommand{\corp}{Water \& Co}\def\year{2024}
\newcommand{\two}[2]{#1 and #2}
\title{\corp\ in \year}
\begin{document}
\section{\corp}
\year: \corp\ pays \corpus.
\end{document}
""",
    ).only
    assert (text.title, text.text.split("\n")[4:6]) == ("Water & Co in 2024", ["Water & Co", "2024: Water & Co pays ."])


def test_line_breaks_and_commands_that_are_read_are_no_commands_of_a_tex_file(read: Read) -> None:
    text = read(
        "a.tex",
        r"""\newcommand{\Water}{no}\renewcommand{\section}{no}\def\item{no}
\begin{document}
\section{Pumps}
one\\Water and \Water
\item two
\end{document}
""",
    ).only
    assert [heading.level for heading in text.headings or ()] == [2]
    assert text.text.split("\n")[2:5] == ["Pumps", "one Water and no", "- two"]


def test_definitions_of_a_tex_file_without_an_end_are_looked_at_up_to_a_number(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retriever.documents.tex.MOST_DEFINITIONS", 2)
    definitions = "".join(rf"\newcommand{{\{name}}}{{{name.upper()}}}" for name in ("xa", "xb", "xc"))
    body = "\n\\begin{document}\n\\xa \\xb \\xc d\n"
    assert read("a.tex", definitions + body).only.text.split() == ["XA", "XB", "d"]


def test_commands_of_a_tex_file_that_stand_for_much_do_not_grow_without_end(read: Read) -> None:
    define = r"\newcommand{\a}{" + "long words " * 300 + "}\n"
    text = read("a.tex", define + r"\a" * 20_000).only.text
    assert len(text) < 200_000
    assert "long words" in text


def test_notes_of_rst_are_text_and_its_code_is_as_it_is(read: Read) -> None:
    data = """See [1]_ and::

   echo `date` *all*::
   ----

.. code-block:: sh
   :linenos:

   ls *a* `b`
   :not: an option

.. [1] The *note*,
   in two lines.
.. [CIT] A source.
"""
    text = read("a.rst", data).only.text
    assert [line for line in text.split("\n") if line.strip()] == [
        "See [1]_ and:",
        "   echo `date` *all*::",
        "   ----",
        "sh",
        "   ls *a* `b`",
        "   :not: an option",
        "[1] The note,",
        "   in two lines.",
        "[CIT] A source.",
    ]
    assert [number for number, line in enumerate(text.split("\n")) if "note" in line] == [11]


def test_code_in_org_is_as_it_is_and_a_block_of_comments_is_none(read: Read) -> None:
    data = """* Run
#+BEGIN_SRC sh
# a comment of the shell
echo *all*
,* a star
#+END_SRC
#+begin_comment
hidden
#+end_comment
#+begin_example
# open
* Next :tag:
*bold*
"""
    document = read("a.org", data).only
    code = ["", "# a comment of the shell", "echo *all*", "* a star", ""]
    assert document.text.split("\n") == ["Run", *code, "", "", "", "", "# open", "Next :tag:", "bold", ""]
    assert [item.text for item in document.headings] == ["Run", "Next"]


def test_what_tex_sets_as_it_is_holds_no_comment(read: Read) -> None:
    data = r"""\begin{tabular}{l|p{3cm}|l} % columns
one & \verb|a%b $| & \url{http://a/%20} two \\[2pt]
\end{tabular}
\begin{minipage}[t]{0.5\textwidth}three % gone
\[ x \] 5\% four \\% gone
"""
    text = read("a.tex", data).only.text
    assert [" ".join(line.split()) for line in text.split("\n")] == [
        "",
        "one & a%b $ & http://a/%20 two",
        "",
        "three",
        r"\[ x \] 5% four",
        "",
    ]


@pytest.mark.parametrize("name", ["a.rst", "a.adoc", "a.org", "a.tex", "a.mdx"])
def test_plain_words_are_kept_and_nothing_is_refused(read: Read, name: str) -> None:
    text = "本周三上午停水检修。\n\nPlain words, 3 * 4 and snake_case_names.\n"
    assert read(name, text).only.text.split() == text.split()
    comment = {
        "a.rst": ".. nothing",
        "a.adoc": "// nothing",
        "a.org": "# nothing",
        "a.tex": "% nothing",
        "a.mdx": "import x from 'y'",
    }
    with pytest.raises(ReadError, match="no text"):
        read(name, comment[name])
