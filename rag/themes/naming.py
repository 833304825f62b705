"""Labels in a model's words, taken only where the theme's own papers use those words.

All themes go into one request, so that no two get the same name. A label makes no claim
that could be cited; what is checked is that it names something its papers have in common.
"""

import re
from collections import Counter
from collections.abc import Sequence

from langchain_core.messages import HumanMessage, SystemMessage

from rag.prompts import load_prompt
from rag.text.framing import as_data
from rag.text.instructions import find_instructions
from rag.text.safe import strip_links
from rag.text.terms import terms
from rag.themes.asking import ThriftyModel
from rag.themes.records import Theme

_TITLES = 6
_PHRASES = 6
_LINE = re.compile(r"^\s*\**(\d{1,3})[.):]\**\s+(.+?)\s*$", re.MULTILINE)
_SPARE = "*_`\"“”'‘’. "
_LONGEST = 70  # characters
_MOST_WORDS = 9
_LEAST_SHARE = 0.04  # of a theme's papers use a word of its label; and at least two


def label_messages(themes: Sequence[Theme], findings: Sequence[Sequence[str]]) -> list[str]:
    """Return the texts of the request: all themes with phrases, titles and findings."""
    blocks = [
        "\n".join(
            [
                f"{number}. Phrases: {as_data(', '.join(theme.phrases[:_PHRASES]))}",
                *(f"- Title: {as_data(paper.title)}" for paper in theme.papers[:_TITLES]),
                *(f"- Finding: {as_data(text)}" for text in found),
            ]
        )
        for number, (theme, found) in enumerate(zip(themes, findings, strict=True), 1)
    ]
    rendered = load_prompt("labels.md").render({"themes": "\n\n".join(blocks)})
    return [text for _role, text in rendered]


def refine_labels(
    themes: Sequence[Theme], findings: Sequence[Sequence[str]], model: ThriftyModel
) -> dict[str, str]:
    """Return labels by theme id, of those themes for which the model found a sound one.

    ``findings`` are sentences on each theme. Raises ModelError, BudgetError.
    """
    system, user = label_messages(themes, findings)
    *_, reply = model.stream([SystemMessage(system), HumanMessage(user)])
    proposed = {int(number): _bare(label) for number, label in _LINE.findall(reply.text)}
    taken = Counter(label.casefold() for label in proposed.values())
    return {
        theme.theme_id: label
        for number, theme in enumerate(themes, 1)
        if (label := proposed.get(number, ""))
        and taken[label.casefold()] == 1
        and names_its_papers(label, theme)
    }


def _bare(label: str) -> str:
    label = as_data(strip_links(label)).strip(_SPARE)
    return label[:1].upper() + label[1:]


def names_its_papers(label: str, theme: Theme) -> bool:
    """Tell whether a label is short, no order, and made of words that its papers share."""
    wanted = set(terms(label))
    if not wanted or len(label) > _LONGEST or len(label.split()) > _MOST_WORDS:
        return False
    if find_instructions(label):
        return False
    least = min(theme.size, max(2, round(_LEAST_SHARE * theme.size)))
    used = Counter(
        term
        for paper in theme.papers
        for term in wanted & set(terms(f"{paper.title} {paper.abstract}"))
    )
    return all(used[term] >= least for term in wanted)
