"""What an abstention says of itself: the reason in one sentence, and what mends it.

Whether to abstain is decided in ``confidence``; here the reason is worded, and a question
in another language than the abstracts is told from one that the corpus does not answer.
"""

from rag.answering.languages import other_language
from rag.records import Reason, Retrieval

_EXPLANATIONS = {
    Reason.NOT_IN_CORPUS: "The corpus does not answer this.",
    Reason.NOT_IN_ABSTRACT: "The corpus does not answer this: the abstract of “{title}” does not say. "
    "Its full text may.",
    Reason.OTHER_LANGUAGE: "Nothing was found: the question looks {asked}, the abstracts are {read}"
    "{embedder}. Ask in {read}{or_else}.",
    Reason.NO_MATCH: "The corpus does not answer this: no paper matches {filters}.",
    Reason.EMPTY_CORPUS: "The corpus is empty; add papers with: papers index add FILE",
    Reason.CONFLICTING: "The corpus does not settle this: its papers disagree.",
    Reason.MODEL_DECLINED: "The corpus does not answer this, according to the model.",
}
_OF_LANGUAGE = (Reason.NOT_IN_CORPUS, Reason.NOT_IN_ABSTRACT)
_READ = 5  # best papers whose abstracts tell the language of the corpus
_BUILT_IN = "minilm"  # how the name of the built-in, English embedder begins


def explained(reason: Reason, retrieval: Retrieval, embedder: str) -> tuple[Reason, str]:
    """Return the reason, more exactly where that can be told, and its wording.

    ``embedder`` is the fingerprint of the embedder in use: only the built-in one is known
    to read no other language than English.
    """
    title = retrieval.hits[0].paper.title if retrieval.hits else ""
    filters = "; ".join(note.partition(": ")[2] for note in retrieval.notes[-1:])
    values = {"title": title, "filters": filters}
    read = (hit.paper.abstract for hit in retrieval.hits[:_READ])
    if reason in _OF_LANGUAGE and (apart := other_language(retrieval.query, read)):
        built_in = embedder.startswith(_BUILT_IN)
        reason = Reason.OTHER_LANGUAGE
        values |= dict(zip(("asked", "read"), apart, strict=True))
        values["embedder"] = ", and so is the built-in embedder" if built_in else ""
        values["or_else"] = ", or configure a multilingual embedder ([embedding] model)" * built_in
    return reason, _EXPLANATIONS[reason].format_map(values)
