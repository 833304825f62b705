"""Find what a query calls by name: methods, data sets, genes, whatever is written like one.

A name that few papers contain is the strongest thing a query can say, and the one thing
that vectors do not see.
"""

import re
from collections.abc import Mapping

from rag.text.terms import terms

# Two capitals, or a capital or letter beside a digit: CGRS, Tree-Planner, GPT-4o, PPM1D.
_NAME = re.compile(
    r"\b(?=[\w-]*[A-Z][\w-]*[A-Z]|[\w-]*[A-Za-z][\w-]*\d|[\w-]*\d[\w-]*[A-Za-z])\w[\w-]*\w\b"
)
RARE = 0.75  # share of the query's largest IDF from which a term is rare enough to name one
# Share of the query's IDF from which it is about its names. Long claims that mention a gene
# say more by their other words: boosting names there cost SciFact .018 nDCG@10.
ABOUT_NAMES = 0.4


def names(query: str) -> list[str]:
    """Return the terms of what is written like a name; a query all in capitals has none."""
    if query.isupper():
        return []
    found = [term for match in _NAME.finditer(query) for term in terms(match.group())]
    return list(dict.fromkeys(found))


def rare_names(query: str, idf: Mapping[str, float]) -> list[str]:
    """Return the terms of the query's rare names, by the ``idf`` of its terms.

    None when the query says more by its other words than by its names.
    """
    most = max(idf.values(), default=0.0)
    rare = [term for term in names(query) if idf.get(term, 0.0) >= RARE * most]
    about = sum(idf[term] for term in rare) >= ABOUT_NAMES * sum(idf.values())
    return rare if about else []
