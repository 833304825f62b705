"""Our answers as a tool for LangChain agents: typed arguments in, cited text out.

The agent's model reads text with ``[n]`` marks and a list of sources; the program around
it gets the ``Answer`` itself as the tool message's artifact. How questions are answered is
decided by the app that the tool is made of.
"""

from typing import Any

from langchain_core.tools import StructuredTool, ToolException
from pydantic import BaseModel, Field

from rag.app import App
from rag.errors import PapersError
from rag.records import Answer, Claim, Source, Verdict, marked
from rag.text.safe import for_terminal

NAME = "ask_papers"
DESCRIPTION = (
    "Answer a question from the abstracts of a corpus of research papers. Returns sentences "
    "with citation marks such as [1] and the papers they stand for, or says that the corpus "
    "does not answer. Keep the marks and the list of sources when you use it."
)
_DATE = "YYYY, YYYY-MM or YYYY-MM-DD"
_DOUBTS = {
    Verdict.WEAK: " (only weakly supported by the abstract it cites)",
    Verdict.UNSUPPORTED: " (not supported by the abstract it cites)",
}


class PapersQuestion(BaseModel):
    """The arguments of the tool: a question, and conditions on the papers."""

    question: str = Field(description="A whole question in English; one subject at a time.")
    since: str | None = Field(None, description=f"Only papers from this date on: {_DATE}.")
    until: str | None = Field(None, description=f"Only papers up to this date: {_DATE}.")
    organisation: str | None = Field(None, description="Only papers of this organisation.")
    category: str | None = Field(None, description="Only papers of this category, e.g. cs.CL.")


def papers_tool(app: App, *, name: str = NAME, description: str = DESCRIPTION) -> StructuredTool:
    """Return a tool that asks ``app``: content is cited text, the artifact an ``Answer``.

    What a user would see as an error (a date that is none, a locked index) is told to the
    model as the tool's result, so that it can try again.
    """

    def ask(
        question: str,
        since: str | None = None,
        until: str | None = None,
        organisation: str | None = None,
        category: str | None = None,
    ) -> tuple[str, Answer]:
        given = {"since": since, "until": until, "org": organisation, "category": category}
        try:
            answer = app.ask(question, filters=_filters(given))
        except PapersError as exc:
            raise ToolException(str(exc)) from exc
        return cited_text(answer), answer

    return StructuredTool.from_function(
        ask,
        name=name,
        description=description,
        args_schema=PapersQuestion,
        response_format="content_and_artifact",
        handle_tool_error=True,
    )


def cited_text(answer: Answer) -> str:
    """Return an answer as plain text: its claims with marks, doubts said, sources below."""
    if answer.abstained:
        nearest = "; ".join(paper.title for paper in answer.nearest[:3])
        hint = f" The nearest papers are about something else: {nearest}" if nearest else ""
        return for_terminal(f"{answer.explanation}{hint}")
    claims = " ".join(_claim(claim) for claim in answer.claims)
    sources = "\n".join(_source(source) for source in answer.sources)
    return for_terminal(f"{claims}\n\nSources:\n{sources}")


def _claim(claim: Claim) -> str:
    return f"{marked(claim)}{_DOUBTS.get(claim.verdict, '')}"


def _source(source: Source) -> str:
    from rag.notebook import known_address

    paper = source.paper
    about = (paper.published, *paper.organisations, known_address(paper) or paper.paper_id)
    return f"[{source.n}] {paper.title} ({', '.join(part for part in about if part)})"


def _filters(given: dict[str, str | None]) -> Any:
    from rag.retrieval.filter_expressions import parse_filters

    expressions = [f"{key}={value}" for key, value in given.items() if value]
    return parse_filters(expressions) if expressions else None
