"""Know the acronyms of a text: those it defines itself, and those the field never spells out."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from rag.answering.support.lexicon import stem
from rag.text.terms import STOP_WORDS

# Acronyms that abstracts use without spelling them out.
_STANDARD = {
    "ai": "artificial intelligence", "bc": "behavior cloning", "cot": "chain of thought",
    "gui": "graphical user interface", "icl": "in-context learning", "il": "imitation learning",
    "kl": "kullback leibler", "llm": "large language model", "lm": "language model",
    "lrm": "large reasoning model", "mcts": "monte carlo tree search",
    "mdp": "markov decision process", "ml": "machine learning",
    "mllm": "multimodal large language model", "nlp": "natural language processing",
    "ood": "out of distribution", "orm": "outcome reward model", "pde": "partial differential equation",
    "pomdp": "partially observable markov decision process", "prm": "process reward model",
    "qa": "question answering", "rag": "retrieval augmented generation",
    "rl": "reinforcement learning", "rlhf": "reinforcement learning from human feedback",
    "rlvr": "reinforcement learning with verifiable rewards", "rm": "reward model",
    "sft": "supervised fine-tuning", "slm": "small language model", "sota": "state of the art",
    "stem": "science technology engineering mathematics", "tom": "theory of mind",
    "vla": "vision language action", "vlm": "vision language model", "vqa": "visual question answering",
}  # fmt: skip


@lru_cache(maxsize=1)
def standard_acronyms() -> Mapping[str, tuple[str, ...]]:
    """Return the stems that each acronym of the field stands for."""
    return {acronym: expansion_stems(phrase) for acronym, phrase in _STANDARD.items()}


def expansion_stems(phrase: str) -> tuple[str, ...]:
    """Return the stems of what an acronym stands for, without grammar words."""
    return tuple(stem(w) for w in re.findall(r"[^\W_]+", phrase.lower()) if w not in STOP_WORDS)


def singular(word: str) -> str:
    """Return the word without the "s" of "LLMs"."""
    return word[:-1] if word.endswith("s") and len(word) > 2 else word


_DEFINED = re.compile(
    r"(?<![\w'’])((?:[\w'’]{1,40}[\s-]{1,3}){1,8})\(\W?([A-Za-z][\w*]{1,11})\W?[),;]"
)


def defined_acronyms(text: str) -> dict[str, tuple[str, ...]]:
    """Return the acronyms of ``text`` defined as in "supervised fine-tuning (SFT)", lower case."""
    found: dict[str, tuple[str, ...]] = {}
    for match in _DEFINED.finditer(text):
        acronym = singular(match[2]) if match[2][-1:] == "s" else match[2]
        if sum(c.isupper() for c in acronym) < 2:
            continue
        words = re.findall(r"[^\W_]+", match[1])
        start = _expansion_start(words, acronym)
        if start is not None:
            found[acronym.lower()] = expansion_stems(" ".join(words[start:]))
    return found


def _expansion_start(words: Sequence[str], acronym: str) -> int | None:
    """Return where the expansion begins: its initials, in order, lie in the acronym."""
    first = acronym[0].lower()
    letters = [c for c in acronym.lower() if c.isalpha()]
    for size in range(1, min(len(words), len(letters) + 2) + 1):
        part = words[-size:]
        if part[0][0].lower() != first:
            continue
        initials = [w[0].lower() for w in part if w.lower() not in STOP_WORDS]
        if _is_subsequence(initials, letters) and len(initials) * 2 >= len(letters) - 1:
            return len(words) - size
    return None


def _is_subsequence(short: Sequence[str], long: Sequence[str]) -> bool:
    rest = iter(long)
    return all(letter in rest for letter in short)
