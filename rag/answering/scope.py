"""Tell a question that one paper answers from one that takes several.

Most of it is in the wording: "which approaches", "compare", "what has been tried" against
"how much" and a name. The shape of the ranking adds the rest: where one paper stands far
ahead of the fifth, it is the one. Which papers are then quoted is left to extraction.
"""

import math
import re

from rag.records import Retrieval, RetrieverView

_KINDS = (
    r"papers|works(?! (?:well|best|better|for|with|at|in|like|so|only|when)\b)|studies|methods|approaches|benchmarks|ways|techniques|strategies|schemes|"
    r"tricks|remedies|designs|formalisms|instruments|alternatives|systems|ideas|findings|"
    r"frameworks|recipes|solutions|proposals|attempts|opinions|purposes|limitations|risks|"
    r"attacks|defen[cs]es|algorithms|architectures|"
    r"lines of work"
)
_ASKS_FOR_KINDS = re.compile(
    rf"\b(?:which|what|any|these|those|the|different|various|several|other|all)\s(?:\w+\s){{0,2}}?"
    rf"(?:{_KINDS})\b|\b(?:papers|works)\s(?:that|which|on|about|with)\b",
    re.IGNORECASE,
)
_SURVEYS = re.compile(
    r"\b(?:compar(?:e|ing)|survey|overview|pros and cons|lay out|who (?:says|tackles|else)|"
    r"(?:has|have) (?:\w+ )?been (?:\w+ )?(?:done|proposed|tried|reported|used|suggested|made)|"
    r"ways (?:of|to)|what can (?:i|we|one|be|go)|in use|evidence (?:that|for|on|of)|"
    r"(?:have|been|were) tried|how (?:do|does) .{3,80} differ|recipes? for|people (?:do|use|offer|generate)|"
    r"what (?:is|are) .{3,60} (?:used|good) for)\b",
    re.IGNORECASE,
)
_WHAT_EXISTS = re.compile(r"\b(?:which|what) (?!does|is)[^?]{3,80}\bexist\b", re.IGNORECASE)
_SPEAKS_OF_MANY = re.compile(
    r"\b(?:do|are|can|how do|how good are|where do|how can|how|what are|which)\s(?:\w+\s){0,2}?"
    r"(?:models|llms|agents|methods|systems|people|policies|robots|researchers|networks)\b",
    re.IGNORECASE,
)
_HEADS_A_LIST = re.compile(
    rf"^\s*(?:kinds|types|forms|limitations|risks|advantages|drawbacks|applications|uses) of\b|"
    rf"^\s*(?:{_KINDS})\s(?:that|which|for|on|to)\b|\bwhat(?:'s| is| are the) (?:new|latest)\b",
    re.IGNORECASE,
)
# Words without a question or a sentence in them: "GUI agents", "theory of mind".
_ASKS_OR_SAYS = re.compile(
    r"[?:]|\b(?:is|are|was|were|be|do|does|did|has|have|can|could|will|would|should|how|what|which|"
    r"who|whose|when|where|why|i|we|my|explain|describe|tell|give|show|define)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 9
_NAMES_PAPERS = re.compile(r"\b(?:papers|articles|publications|studies)\b", re.IGNORECASE)
_SUBJECT_ALONE = 3  # words; more of them may be the key words of a question about one paper
_CLOSE_SECOND = 0.75  # of the best score, from which such a question is about several
_ASKS_FOR_A_FIGURE = re.compile(
    r"\bhow (?:much|many|large|big|long|few|far|often|fast|well|high|closely|low|accurate|badly)\b|"
    r"\b(?:what|which) (?:share|percentage|fraction|proportion|score|accuracy|number|rate)\b|\d|"
    r"\b(?:percent|percentage|share|points)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Za-z]*[A-Z][a-z]*[A-Z0-9][A-Za-z0-9-]*\b")
FIELD_NAMES = frozenset(
    "LLM LLMs MLLM MLLMs VLM VLMs LMM LMMs VLA VLAs RL AI NLP ML MCTS GPU DNA RNA GUI KV RAG CoT QA "
    "SFT RLHF RLVR MoE ASR TTS 3D 2D".split()
)

# Log-odds that several papers answer, fitted on questions of both sorts.
_BIAS = -1.0
_CUES = (
    (_ASKS_FOR_KINDS, 4.0),
    (_SURVEYS, 3.5),
    (_WHAT_EXISTS, 3.5),
    (_SPEAKS_OF_MANY, 3.0),
    (_HEADS_A_LIST, 3.5),
    (_ASKS_FOR_A_FIGURE, -1.5),
)
_KEYWORDS, _NAMED, _LEAD = 3.0, -1.3, -3.5
_RIVAL = 5  # the rank against which the first paper's lead is measured


def asks_for_several(question: str, retrieval: Retrieval) -> bool:
    """Return whether ``question`` is about several papers rather than one."""
    odds = _BIAS + sum(weight for cue, weight in _CUES if cue.search(question))
    odds += _KEYWORDS * (_is_a_subject(question) and _has_rivals(question, retrieval))
    odds += _NAMED * names_something(question) + _LEAD * lead(retrieval)
    return 1.0 / (1.0 + math.exp(-odds)) > 0.5


def _is_a_subject(question: str) -> bool:
    """Return whether the question is a few words that name a subject and ask nothing of it."""
    return len(question.split()) <= _FEW_WORDS and not _ASKS_OR_SAYS.search(question)


def _has_rivals(question: str, retrieval: Retrieval) -> bool:
    """Return whether the second paper is near the first, or there is no doubt anyway."""
    if _NAMES_PAPERS.search(question) or len(question.split()) <= _SUBJECT_ALONE:
        return True
    scores = [hit.score for hit in retrieval.hits[:2]]
    return len(scores) > 1 and scores[1] >= _CLOSE_SECOND * scores[0]


def names_something(question: str) -> bool:
    """Return whether the question holds a name or acronym that is not that of a whole field."""
    return any(name not in FIELD_NAMES for name in _NAME.findall(question))


def lead(retrieval: Retrieval) -> float:
    """Return how far the best paper's words are ahead of the fifth best's, from 0 to 1."""
    scores = sorted((view.score or 0.0 for view in _lexical(retrieval)), reverse=True)
    if not scores or scores[0] <= 0:
        return 0.0
    if len(scores) == 1:
        return 1.0
    return 1.0 - scores[:_RIVAL][-1] / scores[0]


def _lexical(retrieval: Retrieval) -> list[RetrieverView]:
    return [hit.views["lexical"] for hit in retrieval.hits if "lexical" in hit.views]
