"""Let a sentence taken out of its abstract stand alone: name what "it" and "we" speak of.

Only the wording of a claim changes, never its quote. The name is the short one that the
paper gives its method, in the title before a colon or where the abstract introduces it;
failing that, the title.
"""

import re
from functools import lru_cache

from rag.records import Paper

# Openings that point at the sentence before; without it they say nothing.
_CONNECTIVE = re.compile(
    r"^(?:However|Moreover|Furthermore|Additionally|In addition(?: to (?:this|that))?|Besides|"
    r"Nevertheless|Nonetheless|Also|Finally|Lastly|Hence|Thus|Therefore|Consequently|"
    r"Accordingly|As a result|Notably|Importantly|Specifically|In particular|Concretely|"
    r"Meanwhile|Then|Next|First|Second|Third|Overall|Interestingly|In summary|To this end|"
    r"For instance|For example|Similarly|Likewise|In contrast|Conversely|Subsequently|"
    r"Even more (?:surprisingly|importantly)|To do (?:so|this)|"
    r"To (?:address|bridge|fill|tackle|overcome|solve|mitigate|resolve) (?:this|these|it)\b"
    r"(?: [\w-]+){0,3}),\s+|^(?:But|And|Yet|So)\s+"
)
_ITEM = re.compile(r"^\(?\d\)\s+")  # the number of an item whose list is not quoted
_SELF_REFERENCE = re.compile(r"^In (?:this|our) (?:paper|work|study|article|report|survey),\s+")
_REFERS_BACK = re.compile(
    r"^(?:It|They|This|These|Those|Such|Its|Their|He|She|His|Her|Both|The (?:proposed|resulting|"
    r"same|latter|former|method|model|approach|framework|system|algorithm|results?|key|"
    r"experiments?|benchmark|dataset|agent)s?)\b"
)
_SPEAKS_AS_AUTHORS = re.compile(r"^(?:Here\b|(?:[\w-]+,? ){0,6}?(?:[Ww]e|[Oo]ur)\b)")
# Openers that are no names. Others are known by standing in the abstract in lower case, too.
_LOWERED = frozenset(
    "It They This These Those Such Its Their We Our In Here Both The Through Based By With On "
    "Using To For During After Before While When Although Since If Under Within Across Unlike "
    "Instead As At From Given Despite Rather Without Among Compared Unfortunately A An "
    "Extensive Experiments Experimental Empirical Results Comprehensive Evaluation Evaluations "
    "Inspired Building Motivated Leveraging Further Initially Central Key".split()
)

_ADVERB = re.compile(r"[A-Z][a-z]{3,}ly")
_BEFORE_COLON = re.compile(r"^[\"“'‘]?([^\s:]+(?: [^\s:]+)?)[\"”'’]?\s*:\s")
_VERB = r"\b(?:propose|introduce|present|develop|design|call(?:ed)?|named|dubbed|term(?:ed)?)\s+"
_SHORT = r"([A-Z][\w+-]*[A-Z0-9][\w+-]*|[A-Z][a-z]+-[A-Z][\w-]+)"
# "we propose CGRS, a …" or "we propose Certainty-Guided Reflection Suppression (CGRS)".
_INTRODUCED = (
    re.compile(rf"{_VERB}(?:the |it |this )?[\"“*`]*{_SHORT}(?=[,.:;\"”*`]|\s(?![A-Z(]))"),
    re.compile(rf"{_VERB}(?!(?:[^.()]*? )?(?:for|of|on|in|with|by|via|through|that)\s)"
               rf"[^.()]{{0,90}}\({_SHORT}\)"),
)  # fmt: skip
_COMMON = frozenset(
    [
        *("LLM", "LLMs", "LRM", "LRMs", "VLM", "VLMs", "MLLM", "MLLMs", "VLA", "RL", "AI", "NLP"),
        *("ML", "MoE", "SFT", "RLHF", "RLVR", "GRPO", "PPO", "DPO", "CoT", "ToM", "MDP", "API"),
        *("GPT-4", "GPT-4o", "DNA", "RNA", "MRI", "CT", "3D", "2D", "PRM", "PRMs", "MCTS", "IRL"),
    ]
)


def stand_alone(sentence: str, paper: Paper, *, first: bool, follows: bool) -> str:
    """Return ``sentence`` with its paper named where it would otherwise hang in the air.

    ``first`` says that it is the paper's first sentence in the answer, ``follows`` that
    the sentence before it in the abstract stands right before it.
    """
    if follows:
        return sentence
    body = _CONNECTIVE.sub("", _ITEM.sub("", sentence, count=1), count=1)
    body = body[:1].upper() + body[1:]
    hangs = _REFERS_BACK.match(body)
    speaks = first and (_SPEAKS_AS_AUTHORS.match(body) or _SELF_REFERENCE.match(body))
    name = method_name(paper)
    named = name is not None and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", body) is not None
    if not (hangs or speaks) or named:
        return body
    told = _lowered(_SELF_REFERENCE.sub("", body), paper.abstract)
    return f"{_subject(paper, name, first=first)} {told}"


def _subject(paper: Paper, name: str | None, *, first: bool) -> str:
    if name:
        return f"{name}:"
    if not first:
        return "In the same paper,"
    main, _, rest = paper.title.partition(": ")
    return f"In “{main if rest and len(main.split()) > 1 else paper.title}”,"


def _lowered(body: str, abstract: str) -> str:
    """Return ``body`` with a small first letter, unless it opens with a name."""
    opener = re.split(r"[\s,]", body, maxsplit=1)[0]
    lower = opener[:1].lower() + opener[1:]
    common = re.search(rf"(?<![\w-]){re.escape(lower)}(?![\w-])", abstract) is not None
    lowered = common or opener in _LOWERED or _ADVERB.fullmatch(opener) is not None
    return body[:1].lower() + body[1:] if lowered else body


@lru_cache(maxsize=512)
def method_name(paper: Paper) -> str | None:
    """Return the short name a paper gives its subject: "CGRS", "Tree-Planner"; None without one."""
    found = _BEFORE_COLON.match(paper.title)
    if found and (_is_name(found[1]) or _is_used(found[1], paper.abstract)):
        return found[1]
    whole = f"{paper.title} {paper.abstract}"
    for pattern in _INTRODUCED:
        for introduced in pattern.finditer(paper.abstract):
            name = introduced[1]
            # A name that is worth giving is used again.
            if (
                name not in _COMMON
                and len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", whole)) > 1
            ):
                return name
    return None


def _is_used(text: str, abstract: str) -> bool:
    """Return whether two capitalised words before the colon are what the abstract speaks of."""
    return (
        text not in _COMMON
        and re.fullmatch(r"[A-Z][\w.]* [A-Z]\w*", text) is not None
        and len(re.findall(rf"(?<!\w){re.escape(text)}(?!\w)", abstract)) > 1
    )


def _is_name(text: str) -> bool:
    if text in _COMMON:
        return False
    if " " not in text:
        return text[:1].isupper() or any(c.isupper() for c in text)
    return any(re.search(r"[a-z][A-Z]|[A-Z]{2}|\d|-[A-Z]", word) for word in text.split())
