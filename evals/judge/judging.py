"""What a judge decides, and a judge that puts it to a chat model.

A judge says yes or no, or raises: a reply that is neither is not counted as either.
Where its replies come from is the business of ``evals.judge.cassettes``.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from evals.judge.cassettes import Cassette, Request, Speaker, Spoken
from rag.errors import ModelReplyError, ModelUnavailableError
from rag.prompts import Prompt, load_prompt
from rag.text.framing import as_data

if TYPE_CHECKING:
    from rag.models import GuardedModel

SUPPORT, NUGGET = "judge_support.md", "judge_nugget.md"
_VERDICT = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)


class Judge(Protocol):
    """Decides what takes reading. ``name`` says who judges, and by which prompts."""

    @property
    def name(self) -> str:
        """The judge's name; measures that rest on it carry it."""

    def follows(self, claim: str, abstract: str, *, about: str, repeat: int = 0) -> bool:
        """Tell whether the claim follows from the abstract. Raises ModelReplyError."""

    def states(self, answer: str, nugget: str, *, about: str, repeat: int = 0) -> bool:
        """Tell whether the answer states the nugget. Raises ModelReplyError."""


class ModelJudge:
    """A judge that asks a chat model, by two prompts of ours, through a cassette."""

    def __init__(
        self,
        model: str,
        parameters: Mapping[str, Any],
        cassette: Cassette,
        *,
        prompts: Mapping[str, Prompt] | None = None,
    ) -> None:
        """``model``, ``parameters`` and ``prompts`` tell judges apart; the cassette replies."""
        self.model = model
        self.parameters = dict(parameters)
        self.cassette = cassette
        self.prompts = dict(prompts or shipped_prompts())

    @property
    def name(self) -> str:
        """The model, and the versions of the two prompts."""
        versions = ".".join(prompt.version for prompt in self.prompts.values())
        return f"{self.model}@{versions}"

    def follows(self, claim: str, abstract: str, *, about: str, repeat: int = 0) -> bool:
        """Tell whether the claim follows from the abstract. Raises ModelReplyError."""
        values = {"claim": as_data(claim), "abstract": _lines_as_data(abstract)}
        return self._asked(self.prompts[SUPPORT], values, about, repeat)

    def states(self, answer: str, nugget: str, *, about: str, repeat: int = 0) -> bool:
        """Tell whether the answer states the nugget. Raises ModelReplyError."""
        values = {"answer": _lines_as_data(answer), "nugget": as_data(nugget)}
        return self._asked(self.prompts[NUGGET], values, about, repeat)

    def _asked(self, prompt: Prompt, values: Mapping[str, str], about: str, repeat: int) -> bool:
        request = Request(
            self.model,
            f"{prompt.name}@{prompt.version}",
            self.parameters,
            tuple(prompt.render(values)),
            repeat,
            about,
        )
        return verdict_of(self.cassette.reply(request).text, about)


def shipped_prompts() -> dict[str, Prompt]:
    """Return the prompts of a judge by file name."""
    return {name: load_prompt(name) for name in (SUPPORT, NUGGET)}


def _lines_as_data(text: str) -> str:
    return "\n".join(as_data(line) for line in text.splitlines())


def verdict_of(text: str, about: str) -> bool:
    """Return what the reply decides: its first word. Raises ModelReplyError."""
    found = _VERDICT.match(text)
    if found is None:
        raise ModelReplyError(f"{about}: the judge said neither YES nor NO: {text[:60]!r}")
    return found[1].lower() == "yes"


def speaker(model: "GuardedModel") -> Speaker:
    """Return what puts requests to ``model``. It raises ModelError."""

    def speak(request: Request) -> Spoken:
        from langchain_core.messages import convert_to_messages

        *_, last = model.stream(convert_to_messages(list(request.messages)))
        if last.failure:
            raise ModelUnavailableError(
                f"{request.about}: the judge's reply broke off ({last.failure}); mend: run the "
                "same command again, it goes on where it stopped"
            )
        return Spoken(last.text, last.input_tokens, last.output_tokens)

    return speak
