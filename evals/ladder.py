"""A ladder of fake systems whose exact scores are known beforehand, best first.

If the measures put these in any other order, or give any other number, the measures are
wrong. Ten questions over twenty papers: eight have one right paper each, two have no
answer. ``papers eval`` never runs it; the tests do.
"""

from collections.abc import Callable, Sequence
from typing import Any

from evals.abstention import abstention_report
from evals.answers import outcomes, score_topics
from evals.formats import Nugget, Topic, compiled
from evals.measures import means

N_PAPERS, N_ANSWERABLE, N_UNANSWERABLE, N_CONTEXT = 20, 8, 2, 10

ABSTRACTS = {f"p{i}": f"The method of study {i} reaches result{i}." for i in range(N_PAPERS)}
QRELS = {f"q{i}": {f"p{i}": 2} for i in range(N_ANSWERABLE)}
TOPICS: tuple[Topic, ...] = (
    *(
        Topic(
            f"q{i}", f"What does study {i} reach?", "fact",
            nuggets=(Nugget(f"It reaches result{i}.", True, (compiled(rf"\bresult{i}\b"),)),),
        )
        for i in range(N_ANSWERABLE)
    ),
    *(
        Topic(f"u{i}", f"What did study {i} cost?", "unanswerable", answerable=False)
        for i in range(N_UNANSWERABLE)
    ),
)  # fmt: skip

Speaker = Callable[[Topic], dict[str, Any]]


def _cite(paper_id: str) -> dict[str, Any]:
    quote = ABSTRACTS[paper_id]
    return {"n": 1, "paper_id": paper_id, "quote": quote, "start": 0, "end": len(quote)}


def _says(text: str, papers: Sequence[str], invalid: Sequence[str] = ()) -> dict[str, Any]:
    claim = {"text": text, "citations": [_cite(paper_id) for paper_id in papers]}
    return {"abstained": False, "claims": [claim], "invalid_citations": list(invalid)}


def _sure(answer: dict[str, Any], confidence: float) -> dict[str, Any]:
    return {**answer, "confidence": confidence}


ABSTENTION: dict[str, Any] = {"abstained": True, "claims": [], "confidence": 0.1}


def _gold(topic: Topic) -> str:
    return f"p{topic.topic_id[1:]}"


def oracle(topic: Topic) -> dict[str, Any]:
    """Answer rightly from the right paper, and abstain where there is none."""
    return never_abstain(topic) if topic.answerable else ABSTENTION


def never_abstain(topic: Topic) -> dict[str, Any]:
    """Answer rightly where there is an answer, and answer all the same where there is none."""
    gold = _gold(topic)
    return _sure(_says(ABSTRACTS[gold], [gold]), 0.9 if topic.answerable else 0.2)


def abstain_all(_topic: Topic) -> dict[str, Any]:
    """Say that nothing can be answered."""
    return ABSTENTION


def fabricated_citations(topic: Topic) -> dict[str, Any]:
    """Answer rightly, with two invented citations for each real one."""
    gold = _gold(topic)
    return _says(ABSTRACTS[gold], [gold], ["[77]", "[99]"]) if topic.answerable else ABSTENTION


def cite_everything(topic: Topic) -> dict[str, Any]:
    """Answer rightly and cite the whole corpus for it."""
    return _says(ABSTRACTS[_gold(topic)], list(ABSTRACTS)) if topic.answerable else ABSTENTION


def wrong_paper(topic: Topic) -> dict[str, Any]:
    """Say the right thing and cite another paper for it."""
    return _says(ABSTRACTS[_gold(topic)], [f"p{N_PAPERS - 1}"]) if topic.answerable else ABSTENTION


def dump_the_context(topic: Topic) -> dict[str, Any]:
    """Repeat ten papers, the right one among them, whatever the question."""
    papers = list(ABSTRACTS)[:N_CONTEXT]
    claims = [{"text": ABSTRACTS[p], "citations": [_cite(p)]} for p in papers]
    del topic
    return {"abstained": False, "claims": claims, "invalid_citations": []}


def empty(_topic: Topic) -> dict[str, Any]:
    """Say nothing, and do not call it an abstention."""
    return {"abstained": False, "claims": [], "invalid_citations": []}


LADDER: tuple[Speaker, ...] = (
    oracle, never_abstain, abstain_all, fabricated_citations, cite_everything, wrong_paper,
    dump_the_context, empty,
)  # fmt: skip

# Worked out by hand; None is unmeasured. Of the ten questions, two are unanswerable.
EXPECTED: dict[str, dict[str, float | None]] = {
    "oracle": {
        "net": 1.0, "right": 1.0, "nuggets_vital": 1.0, "citation_precision": 1.0,
        "citation_recall": 1.0, "quotes_verbatim": 1.0, "support_recall[lexical]": 1.0,
        "support_precision[lexical]": 1.0, "abstention_f1": 1.0, "auroc": 1.0,
    },
    "never_abstain": {
        "net": 0.6, "right": 0.8, "nuggets_vital": 1.0, "citation_precision": 1.0,
        "citation_recall": 1.0, "quotes_verbatim": 1.0, "support_recall[lexical]": 1.0,
        "support_precision[lexical]": 1.0, "abstention_f1": 0.0, "auroc": 1.0,
    },
    "abstain_all": {
        "net": 0.2, "right": 0.2, "nuggets_vital": 0.0, "citation_precision": None,
        "citation_recall": 0.0, "quotes_verbatim": None, "support_recall[lexical]": None,
        "support_precision[lexical]": None, "abstention_f1": 1 / 3, "auroc": 0.5,
    },
    "fabricated_citations": {
        "net": 0.8 * (2 / 3 - 1) + 0.2, "right": 1.0, "nuggets_vital": 1.0,
        "citation_precision": 1 / 3, "citation_recall": 1.0, "quotes_verbatim": 1 / 3,
        "support_recall[lexical]": 1.0, "support_precision[lexical]": 1 / 3,
        "abstention_f1": 1.0, "auroc": 0.0,
    },
    "cite_everything": {
        "net": 0.8 * (2 / 20 - 1) + 0.2, "right": 1.0, "nuggets_vital": 1.0,
        "citation_precision": 1 / 20, "citation_recall": 1.0, "quotes_verbatim": 1.0,
        "support_recall[lexical]": 1.0, "support_precision[lexical]": 1 / 20,
        "abstention_f1": 1.0, "auroc": 0.0,
    },
    "wrong_paper": {
        "net": -0.8 + 0.2, "right": 0.2, "nuggets_vital": 1.0, "citation_precision": 0.0,
        "citation_recall": 0.0, "quotes_verbatim": 1.0, "support_recall[lexical]": 0.0,
        "support_precision[lexical]": 0.0, "abstention_f1": 1.0, "auroc": 0.0,
    },
    "dump_the_context": {
        "net": 0.8 * (2 / 10 - 1) - 0.2, "right": 0.8, "nuggets_vital": 1.0,
        "citation_precision": 1 / 10, "citation_recall": 1.0, "quotes_verbatim": 1.0,
        "support_recall[lexical]": 1.0, "support_precision[lexical]": 1.0,
        "abstention_f1": 0.0, "auroc": 0.5,
    },
    "empty": {
        "net": -1.0, "right": 0.0, "nuggets_vital": 0.0, "citation_precision": 0.0,
        "citation_recall": 0.0, "quotes_verbatim": None, "support_recall[lexical]": 0.0,
        "support_precision[lexical]": 0.0, "abstention_f1": 0.0, "auroc": 0.5,
    },
}  # fmt: skip


def climb(speaker: Speaker) -> dict[str, float | None]:
    """Return what the measures make of one fake system, by measure."""
    answers = {topic.topic_id: speaker(topic) for topic in TOPICS}
    scores = score_topics(TOPICS, answers, QRELS, ABSTRACTS)
    abstention = abstention_report(outcomes(TOPICS, answers, scores))
    found = means(scores)
    return {**found, "abstention_f1": abstention["f1"], "auroc": abstention["auroc"]}
