"""LaTeX and HTML in titles and abstracts become readable text."""

import doctest
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.corpus import latex, markup, names, normalise, scholarly
from rag.corpus.latex import latex_to_text
from rag.corpus.markup import clean_text, html_to_text, unwrap
from rag.corpus.normalise import arxiv_id, doi, hashed_id, parse_date, title_key


@pytest.mark.parametrize("module", [latex, markup, names, normalise, scholarly])
def test_examples_in_docstrings(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (r"na\"{\i}ve and na\"ive", "naïve and naïve"),
        (r"Fr\'echet, B\'{e}zier, Pl\"ucker, T\"ULU", "Fréchet, Bézier, Plücker, TÜLU"),
        (r"(\"Ust\"un et al.)", "(Üstün et al.)"),
        (r"the query\'s content", "the query's content"),
        (r"said \"an example\" twice", 'said "an example" twice'),
        (r"32.70\% for \$0.88, imo\_2019", "32.70% for $0.88, imo_2019"),
        (r"47.6\% \rightarrow 93.8\%", "47.6% → 93.8%"),
        (r"{\em mirror descent}, {\bf 8.2\%}", "mirror descent, 8.2%"),
        (r"PIXART-{\delta} and \alpha", "PIXART-δ and α"),
        (r"the {\ours} method, \method too", "the ours method, method too"),
        (r"see \url{https://a.b/c_d}\footnote{now} \cite{x}", "see https://a.b/c_d (now) "),
        (r"\href{https://a.b}{the page}", "the page (https://a.b)"),
        (r"\(O(n^3)\) time and $O(n_{i})$", "$O(n^3)$ time and $O(n_{i})$"),
        (r"$\sim$20 s at \$5", r"$\sim$20 s at $5"),
        (r"(\eg, this; \ie. that)", "(e.g., this; i.e. that)"),
        (r"3\textsuperscript{rd} of 10\textsuperscript{5}", "3rd of 10^5"),
        (r"C:\temp\new and a \ b", r"C:\temp\new and a  b"),
        ("plain {braces} ~20 % -- 'as' they are", "plain {braces} ~20 % -- 'as' they are"),
    ],
)
def test_commands_left_over_in_plain_text(text, clean):
    assert latex_to_text(text) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (r"{\"O}zg{\"u}r {\c{C}}etin and Erd\H{o}s", "Özgür Çetin and Erdős"),
        (r"\L{}ukasz, \O re, Stra{\ss}e, \v s", "Łukasz, Øre, Straße, š"),
        ("{T}he {BERT}---a ``quote'' 1--2~km", "The BERT—a “quote” 1–2 km"),
        (r"{\textless}b{\textgreater} \& $\alpha_{1}$", r"<b> & $\alpha_{1}$"),
        ("unbalanced } { braces", "unbalanced   braces"),
    ],
)
def test_latex_source(text, clean):
    assert latex_to_text(text, source=True) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("CO<sub>2</sub>, 10<sup>5</sup>, 3<sup>rd</sup>", "CO2, 10^5, 3rd"),
        ("p &lt; 0.05 &amp;amp; R&amp;D &#945;&nbsp;x", "p < 0.05 & R&D α x"),
        ("<i>E. coli</i> &lt;b&gt;bold&lt;/b&gt;", "E. coli bold"),
        ("Let's <think> about it</think>", "Let's <think> about it</think>"),
        ("a<b and c>d, AT&T; x<y", "a<b and c>d, AT&T; x<y"),
        ("x<script>alert(1)</script><!-- no -->y", "x  y"),
        ("(\n   <i>PIK3CA</i>\n  )", "(PIK3CA)"),
        ('see <a href="https://x.y">here</a>', "see here"),
    ],
)
def test_html(text, clean):
    assert html_to_text(text) == clean


def test_sections_of_a_jats_abstract():
    jats = (
        "<jats:title>Abstract</jats:title>\n <jats:sec>\n <jats:title>Objective</jats:title>\n"
        " <jats:p>To <jats:italic>see</jats:italic>.</jats:p></jats:sec><jats:p>Then\n more.</jats:p>"
    )
    assert unwrap(clean_text(jats)) == "Objective: To see.\n\nThen more."


HOSTILE = [
    "{" * 200_000, "\\a{" * 60_000, "$a " * 60_000, '\\"' * 100_000, "\\textbf{" * 30_000 + "}" * 30_000,
    "\\(" * 60_000, "<" * 200_000, '<a b="' * 40_000, "<!--" * 50_000, "&a" * 100_000, "{\\" * 60_000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: t[:6])
def test_cleaning_hostile_text_takes_linear_time(text):
    started = time.monotonic()
    clean_text(text)
    clean_text(text, latex_source=True)
    title_key(text)
    assert time.monotonic() - started < 5


@given(st.text(st.characters(exclude_characters="\\<&{}$", exclude_categories=["Cs"])))
def test_text_without_markup_is_left_alone(text):
    assert clean_text(text) == text


@given(st.text(alphabet="\\{}$%\"'`~^abc <>&;/", max_size=60))
def test_any_mixture_of_marks_is_cleaned_without_an_error(text):
    assert isinstance(clean_text(text), str)
    assert isinstance(clean_text(text, latex_source=True), str)
    assert isinstance(title_key(text), str)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pre-training of BERT", "pretraining of bert."),
        ("PanGu-$π$: X", "PanGu-π: X"),
        (r"$\pi_0$: a model", "π0 – A Model"),
        (r"R$^{\textbf{2AI}}$: Towards", "R^textbf{2AI}: Towards"),
        ("{BERT}: {D}eep", "BERT: Deep"),
        ("MVD$^2$", "MVD²"),
        ("A  B\nC", "A B C"),
        (r"Schr\"odinger", "Schrödinger"),
    ],
)
def test_titles_that_are_one(one, other):
    assert title_key(one) == title_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Attention", "Attention: A Survey"),
        ("GPT-4", "GPT-4o"),
        ("Part I", "Part II"),
        ("C", "C++ code"),
    ],
)
def test_titles_that_are_two(one, other):
    assert title_key(one) != title_key(other)


def test_short_titles_are_told_apart_by_their_first_author():
    ids = {hashed_id("Introduction", (name,)) for name in ("Ann Lee", "Bob Ray")}
    assert len(ids) == 2
    assert hashed_id("Introduction", ("Ann Lee",)) == hashed_id("Introduction", ("Lee, A.",))
    assert hashed_id("A long and telling title", ("A",)) == hashed_id("A long and telling title")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("http://arxiv.org/abs/1707.08567v1", "1707.08567"),
        ("arXiv:2304.05376v3 [cs.CL]", "2304.05376"),
        ("https://arxiv.org/pdf/2304.05376.pdf", "2304.05376"),
        ("astro-ph/0601001", "astro-ph/0601001"),
        ("https://huggingface.co/papers/2509.24002", "2509.24002"),
        ("https://example.org/thing/1234567", None),
        ("thing/1234567", None),
        ("2509.24", None),
    ],
)
def test_arxiv_ids(text, found):
    assert arxiv_id(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://doi.org/10.1000/AbC", "10.1000/abc"),
        ("doi: 10.1000/x.", "10.1000/x"),
        ("10.1002/(SICI)1097(1999)", "10.1002/(sici)1097(1999)"),
        ("no doi", None),
    ],
)
def test_dois(text, found):
    assert doi(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2024-05-24T17:34:15.000Z", ("2024-05-24", "day")),
        ("Sat, 08 Aug 2026 00:40:03 +0000", ("2026-08-08", "day")),
        ("2001/09/01/", ("2001-09-01", "day")),
        ("2015/october", ("2015-10", "month")),
        ("2020 Mar 3", ("2020-03-03", "day")),
        ("1998 Dec-1999 Jan", ("1998", "year")),
        ("Spring 2001", ("2001", "year")),
        ("1958", ("1958", "year")),
        ("99", None),
        ("2024-13-45", ("2024", "year")),
        ("soon", None),
    ],
)
def test_dates(text, found):
    assert parse_date(text) == found
