"""Whether an answer states the facts it should: nuggets found in the text that is shown.

The text is what a reader takes in: claims and quotes, without titles and source list.
An answer is a mapping as ``papers ask --json`` prints it, so anyone's can be scored.
"""

from collections.abc import Callable, Mapping
from typing import Any

from evals.formats import Nugget, Topic

Answered = Mapping[str, Any]


def shown_text(answer: Answered) -> str:
    """Return the claims and quotes of the answer, one a line; nothing for an abstention."""
    if answer.get("abstained"):
        return ""
    parts: list[str] = []
    for claim in answer.get("claims", ()):
        parts.append(claim.get("text", ""))
        parts += [citation.get("quote") or "" for citation in claim.get("citations", ())]
    lines = (" ".join(part.split()) for part in parts)
    return "\n".join(dict.fromkeys(line for line in lines if line))


def is_recalled(nugget: Nugget, text: str) -> bool:
    """Tell whether any pattern of the nugget is found in ``text``."""
    return any(pattern.search(text) for pattern in nugget.patterns)


def nugget_recall(
    topic: Topic,
    answer: Answered,
    *,
    vital: bool,
    recalled: Callable[[Nugget, str], bool] = is_recalled,
) -> float | None:
    """Return the share of the (vital) nuggets that the answer states.

    None for an unanswerable topic, and for one without such nuggets. ``recalled`` decides
    on one nugget and the text shown.
    """
    wanted = [n for n in topic.nuggets if n.vital or not vital]
    if not topic.answerable or not wanted:
        return None
    text = shown_text(answer)
    return sum(recalled(nugget, text) for nugget in wanted) / len(wanted)
