"""What a model is shown of the papers found: numbered abstracts, as data, within a budget.

Text of the corpus may pretend to be anything; ``rag.text.framing`` takes away what could
be mistaken for the frame it stands in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.answering.twins import find_twins
from rag.records import Hit, Paper
from rag.text.framing import as_data
from rag.text.safe import find_instructions
from rag.text.tokens import TokenCounter


@dataclass(frozen=True, slots=True)
class Context:
    """The evidence of one prompt: the hits by the number they are offered under, as text.

    ``twins`` are the almost equal papers among them, ``instructions`` the orders to a
    reader that stand in them, both by paper id.
    """

    offered: Mapping[int, Hit]
    text: str
    twins: Mapping[str, tuple[Paper, ...]]
    instructions: Mapping[str, tuple[str, ...]]


def pack_context(hits: Sequence[Hit], counter: TokenCounter, budget: int) -> Context:
    """Return as many whole abstracts as fit ``budget`` tokens, best first, at least one."""
    offered: dict[int, Hit] = {}
    blocks: list[str] = []
    spent = 0
    for n, hit in enumerate(hits, 1):
        block = f"[{n}] {as_data(hit.paper.title)}\n{as_data(hit.paper.abstract)}"
        cost = counter.count(block)
        if offered and spent + cost > budget:
            break
        offered[n] = hit
        blocks.append(block)
        spent += cost
    papers = [hit.paper for hit in offered.values()]
    return Context(offered, "\n\n".join(blocks), find_twins(papers), instructions_in(papers))


def instructions_in(papers: Iterable[Paper]) -> dict[str, tuple[str, ...]]:
    """Return, by paper id, the passages that give orders to whoever reads the abstract."""
    orders = {p.paper_id: _orders_in(f"{p.title} {p.abstract}") for p in papers}
    return {paper_id: told for paper_id, told in orders.items() if told}


@lru_cache(maxsize=512)
def _orders_in(text: str) -> tuple[str, ...]:
    return tuple(find_instructions(text))
