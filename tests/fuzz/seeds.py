"""Small samples of every format, and of what else is read: where fuzzing sets out from."""

import json
from collections.abc import Mapping, Sequence

FILES = {
    "page": "Daily Papers\n\nby AK and the research community\n\nOct 3\n\nTitle\n\n" + "We do it. " * 50
    + "\n\n•3 authors\n·\nSep 29, 2025 4\n",
    "html": '<!doctype html><div data-target="DailyPapers" data-props="{&quot;dailyPapers&quot;:[{&quot;paper&quot;:'
    '{&quot;id&quot;:&quot;2401.00001&quot;,&quot;title&quot;:&quot;T&quot;}}]}">',
    "atom": '<feed><entry><id>http://arxiv.org/abs/1707.08567v1</id><title>T</title><summary>S</summary>'
    '<author><name>A</name></author><category term="cs"/></entry></feed>',
    "rss": "<rss><channel><item><title>T</title><link>https://arxiv.org/abs/2401.00001</link><description>"
    "&lt;b&gt;Authors:&lt;/b&gt; A, B&lt;/p&gt;</description></item></channel></rss>",
    "anthology": '<collection id="P19"><volume id="1"><meta><year>2019</year></meta><paper id="1">'
    "<title>T</title><author><first>A</first><last>B</last></author></paper></volume></collection>",
    "pubmed": "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>T"
    "</ArticleTitle><Abstract><AbstractText Label='A'>x</AbstractText></Abstract></Article>"
    "</MedlineCitation></PubmedArticle></PubmedArticleSet>",
    "openalex": json.dumps({"results": [{"id": "https://openalex.org/W1", "title": "T",
        "abstract_inverted_index": {"a": [0, 2], "b": [1]}, "authorships": [{"author": {"display_name": "A"}}]}]}),
    "crossref": json.dumps({"message": {"items": [{"DOI": "10.1000/x", "title": ["T"], "abstract": "<jats:p>x</jats:p>",
        "issued": {"date-parts": [[2020, 1]]}, "author": [{"given": "A", "family": "B"}]}]}}),
    "s2": json.dumps({"data": [{"paperId": "p", "externalIds": {"ArXiv": "2401.00001"}, "title": "T", "year": 2020}]}),
    "snapshot": json.dumps({"id": "0704.0001", "title": "T", "abstract": "x", "authors_parsed": [["B", "A", ""]],
        "versions": [{"created": "Mon, 2 Apr 2007 19:18:42 GMT"}]}) + "\n",
    "daily": json.dumps([{"paper": {"id": "2401.00001", "title": "T", "authors": [{"name": "A"}]}}], indent=1),
    "literal": json.dumps(["{'paper': {'id': '2401.00001', 'title': 'T'}}"]),
    "jsonl": '{"_id": "1", "title": "T", "text": "x", "date": "2020"}\n{"title": "U"}\n',
    "csv": 'title,abstract,year\n"T, U","x\ny",2020\nV,w,\n',
    "bibtex": '@string{s = "S"}\n@article{k, title = {{T}\\"{o} $x$} # s, author = {A, B and C}, year = 2020, '
    "month = jan}\n@comment{x}\n",
    "ris": "TY  - JOUR\nTI  - T\nAU  - B, A\nPY  - 2020/01/02\nAB  - x\nER  - \n",
}  # fmt: skip

ANSWERS = (
    "Zipper saves 18.5% of tokens [1]. It needs twice the memory [2, 3].\n\n- A list [1-3].\n- More [12].",
    "<think>Hm [1].</think>It **grows** 【4:0†source】 [^1] [Source 2] [a] [99].\n```\n[1]\n```\n# Head\n",
    "References\n[1] T. [2] U.\n",
)
NUMBERS = (
    "It falls from 18.5 % to 41.9 percent, 2.5 million runs, twenty-five of 1,000, two-thirds, 1/4.",
    "3x faster, a threefold gain, -3.1 points, 10K, 7B, 1e-5, 10^6, half a million, ½, 0.05 < p < 0.1",
    "We found that at most 12,000 of 32,000 (37.5%) were removed, respectively 6.1 and 9.7 %.",
)
CONFIGS = (
    "[model]\nname = 'm'\nbase_url = 'http://127.0.0.1:1/v1'\ntimeout = 3.5\n[index]\nhome = '/x'\n",
    "as_of = '2026-01-01'\n[models.m]\ninput = 1.5\noutput = 2\n",
    "MODEL=m\nRETRIEVAL_K=20\nANSWER_STRICT=true\nMODEL_TIMEOUT=1e9\n",
)
QUESTIONS = (
    "papers by Tencent since March 2025 with more than 20 authors, most upvoted first",
    "org=google\nauthors<=3\ndate>=2025-01\nsort=-upvotes\n",
    "not from Google, between 2023 and the last 3 months",
)
OUTPUTS = (
    "a\x1b[31mred\x1b]8;;https://x.org\x1b\\link\x9b2J\u202e [t](http://x.org) ![i](x) <img src=x>",
    "=1+1, [/b] \u200b\U000e0041 www.x.org javascript:alert(1)",
)
SEEDS: Mapping[str, Sequence[str]] = {
    "readers": tuple(FILES.values()),
    "citations": ANSWERS,
    "numbers": NUMBERS,
    "config": CONFIGS,
    "questions": QUESTIONS,
    "output": OUTPUTS,
}
