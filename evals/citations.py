"""Whether an answer cites the right papers, in their own words, for what they say.

A citation that named no offered paper is invalid: it stays in every denominator. An
abstention cites nothing and has no precision; an answer without citations has precision
0, because nothing in it can be checked.

Support follows ALCE (EMNLP 2023): recall is the share of claims that their citations
together entail; precision the share of citations that are needed for it. What decides on
entailment is passed in and named; ``lexical`` looks at words and numbers only and is a
proxy, not a judgement of faithfulness.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from evals.nuggets import Answered
from rag.text.terms import terms

Abstracts = Mapping[str, str]  # paper_id -> abstract
Entailer = Callable[[str, str], bool]  # premise, claim

LEXICAL_SHARE = 0.6  # of a claim's terms that must stand in the premise
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def cited_papers(answer: Answered) -> list[str]:
    """Return the distinct papers cited, in order; none for an abstention."""
    if answer.get("abstained"):
        return []
    ids = [c["paper_id"] for claim in answer.get("claims", ()) for c in claim["citations"]]
    return list(dict.fromkeys(ids))


def invalid_count(answer: Answered) -> int:
    """Return how many citation marks named no offered paper."""
    return len(answer.get("invalid_citations", ()))


def citation_precision(answer: Answered, grades: Mapping[str, int]) -> float | None:
    """Return relevant papers cited, over all papers cited plus invalid marks."""
    if answer.get("abstained"):
        return None
    cited = cited_papers(answer)
    total = len(cited) + invalid_count(answer)
    return sum(grades.get(p, 0) > 0 for p in cited) / total if total else 0.0


def citation_recall(answer: Answered, grades: Mapping[str, int]) -> float | None:
    """Return the share of the papers of highest grade that are cited; None without any."""
    best = max(grades.values(), default=0)
    gold = {paper for paper, grade in grades.items() if grade == best}
    return len(gold & set(cited_papers(answer))) / len(gold) if best > 0 else None


def verbatim_rate(answer: Answered, abstracts: Abstracts) -> float | None:
    """Return quotes that stand so in the cited abstract, over citations and invalid marks.

    None for an abstention and for an answer that cites nothing.
    """
    if answer.get("abstained"):
        return None
    citations = _citations(answer)
    total = len(citations) + invalid_count(answer)
    return sum(is_verbatim(c, abstracts) for c in citations) / total if total else None


def is_verbatim(citation: Mapping[str, Any], abstracts: Abstracts) -> bool:
    """Tell whether the quote stands in the abstract, at its offsets where it has any."""
    quote, abstract = citation.get("quote"), abstracts.get(citation["paper_id"], "")
    if not quote:
        return False
    if citation.get("start") is None or citation.get("end") is None:
        return quote in abstract
    return bool(abstract[citation["start"] : citation["end"]] == quote)


def _citations(answer: Answered) -> list[Mapping[str, Any]]:
    return [c for claim in answer.get("claims", ()) for c in claim["citations"]]


def lexical(premise: str, claim: str) -> bool:
    """Tell whether the claim's numbers, and most of its terms, stand in the premise."""
    if set(_NUMBER.findall(claim)) - set(_NUMBER.findall(premise)):
        return False
    wanted = set(terms(claim))
    return bool(wanted) and len(wanted & set(terms(premise))) >= LEXICAL_SHARE * len(wanted)


def support_recall(answer: Answered, abstracts: Abstracts, entails: Entailer) -> float | None:
    """Return the share of claims entailed by the abstracts they cite; None for an abstention.

    An answer without claims has 0.
    """
    if answer.get("abstained"):
        return None
    claims = answer.get("claims", ())
    good = [entails(_premise(c["citations"], abstracts), c["text"]) for c in claims]
    return sum(good) / len(good) if good else 0.0


def support_precision(answer: Answered, abstracts: Abstracts, entails: Entailer) -> float | None:
    """Return the share of citations that are needed; invalid marks are not. None as above."""
    if answer.get("abstained"):
        return None
    total = len(_citations(answer)) + invalid_count(answer)
    if not total:
        return 0.0
    return sum(_needed(claim, abstracts, entails) for claim in answer.get("claims", ())) / total


def _needed(claim: Mapping[str, Any], abstracts: Abstracts, entails: Entailer) -> int:
    citations, text = claim["citations"], claim["text"]
    if not entails(_premise(citations, abstracts), text):
        return 0
    needed = 0
    for i, citation in enumerate(citations):
        others = [*citations[:i], *citations[i + 1 :]]
        alone = entails(_premise([citation], abstracts), text)
        needed += alone or not entails(_premise(others, abstracts), text)
    return needed


def _premise(citations: Sequence[Mapping[str, Any]], abstracts: Abstracts) -> str:
    return "\n".join(abstracts.get(c["paper_id"], "") for c in citations)
