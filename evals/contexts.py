"""Where an answer's papers come from: retrieved as users have it, or set for an ablation.

With the ``oracle`` context the writer gets the right papers and nothing else: what is
wrong then is not retrieval's fault. A question without a right paper gets what search
finds, else abstaining from it would be no achievement. With ``none`` it gets nothing and has to abstain:
what it says then does not come from the corpus.
"""

from collections.abc import Mapping
from dataclasses import replace

from evals.answers import TopicAnswerer
from evals.binding import Collection
from evals.formats import Topic
from rag.app import App
from rag.errors import PapersError
from rag.records import Answer, Evidence, Hit, Paper, Retrieval
from rag.text.sentences import sentence_spans

DEEP = 100  # papers searched for the right ones, to keep their own evidence


def answerer_for(
    app: App, collection: Collection, papers: Mapping[str, Paper], context: str
) -> TopicAnswerer:
    """Return the answerer of ``app`` with its papers from ``context``."""
    if context == "retrieved":
        return lambda topic: app.ask(topic.question)

    def ask(topic: Topic) -> Answer:
        if context == "none":
            return _last(app, Retrieval(topic.question, ()))
        grades = collection.qrels[topic.topic_id]
        if not any(grades.values()):
            return app.ask(topic.question)
        return _last(app, oracle_retrieval(app, topic, grades, papers))

    return ask


def oracle_retrieval(
    app: App, topic: Topic, grades: Mapping[str, int], papers: Mapping[str, Paper]
) -> Retrieval:
    """Return the relevant papers alone, best grade first, as if search had found just them.

    A paper that search does find keeps its scores and evidence; another stands with all
    of its sentences as evidence.
    """
    found = app.search(topic.question, k=DEEP)
    known = {hit.paper.paper_id: hit for hit in found.hits}
    wanted = sorted((p for p, grade in grades.items() if grade > 0), key=lambda p: -grades[p])
    hits = [known.get(p) or _unfound(papers[p]) for p in wanted if p in papers]
    ranked = tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, 1))
    return replace(found, hits=ranked)


def _unfound(paper: Paper) -> Hit:
    evidence = tuple(
        Evidence(paper.abstract[s.start : s.end], s.start, s.end)
        for s in sentence_spans(paper.abstract)
    )
    return Hit(rank=0, paper=paper, score=0.0, views={}, evidence=evidence)


def _last(app: App, found: Retrieval) -> Answer:
    states = list(app.answerer.answer(found, {}))
    if not states:
        raise PapersError("no answer was made")
    return states[-1]
