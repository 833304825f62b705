"""Find a name that a claim moved into a fact of the abstract where another name stands.

"Trained on A. Tested on B and C." does not bear out "Tested on A and C": where one sentence
holds the rest of the claim, its names are to be found there too.
"""

import re
from collections.abc import Iterator, Sequence

from rag.answering.support.findings import Finding, Pair, doubtful
from rag.answering.support.names import Name, is_common, names_of
from rag.answering.support.owners import main_names

_MOST = 0.6  # of the claim's other wording, that one sentence holds
_LITTLE = 0.6  # times as much, that the sentences with the name hold at most
_NUMBERED = re.compile(r"(?:['’]s)?\s\(?\d")  # left to the check on bindings
_LEAST = 3.0  # weight of the other wording, below which it is no fact yet


def check_strays(pair: Pair, named: Sequence[Name]) -> Iterator[Finding]:
    """Yield a name that the sentence which holds the rest of the claim lacks, but for a rival."""
    own = main_names(pair.source, pair.body)
    here = [n for n in _foreign(names_of(pair.source), own) if n.start < _end(pair)]
    mine = _foreign(named, own)
    told = {n.parts for n in mine}
    for name in mine:
        homes = {_sentence(pair, n) for n in here if n.parts[: len(name.parts)] == name.parts}
        if not homes or _NUMBERED.match(pair.claim.text, name.end):
            continue
        held = _held(pair, name)
        best = max(range(pair.body), key=lambda s: (held[s], -s))
        rivals = [n for n in here if _sentence(pair, n) == best and n.parts not in told]
        total = held[-1]
        if best in homes or not rivals or total < _LEAST or held[best] < _MOST * total:
            continue
        if max(held[s] for s in homes) <= _LITTLE * held[best]:
            yield doubtful(f"the abstract says this with “{rivals[0].text}”, not “{name.text}”")


def _foreign(found: Sequence[Name], own: frozenset[str]) -> list[Name]:
    return [
        n for n in found if _is_proper(n.text) and not is_common(n) and " ".join(n.parts) not in own
    ]


def _is_proper(text: str) -> bool:
    """Tell whether a name is one by its shape: "GPT-4", "DSR-Train", not "Reasoning" or "7B"."""
    marked = sum(c.isupper() or c.isdigit() for c in text) > 1
    return marked and text[0].isalpha()


def _end(pair: Pair) -> int:
    spans = pair.source.spans
    return spans[pair.body][0] if pair.body < len(spans) else len(pair.source.text)


def _sentence(pair: Pair, name: Name) -> int:
    return next(i for i, (start, end) in enumerate(pair.source.spans) if start <= name.start < end)


def _held(pair: Pair, name: Name) -> list[float]:
    """Return the weight that each sentence holds of the claim but ``name``, and the total last."""
    tokens = pair.source.tokens
    rest = [m for m in pair.met if not name.start <= m.token.start < name.end]
    held = [0.0] * pair.body
    for meeting in rest:
        for sentence in {tokens[i].sentence for i in meeting.places}:
            if sentence < pair.body:
                held[sentence] += meeting.weight
    return [*held, sum(m.weight for m in rest)]
