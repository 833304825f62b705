"""LangChain takes our parts as its own: retriever, runnable and agent tool."""

import re
import subprocess
import sys
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_openai_tool

import rag
from rag import papers_tool, parse_filters
from rag.app import App
from rag.records import Answer
from rag.retrieval.retriever import PaperRetriever
from tests.fakes import ReadingModel

QUESTION = "How much does CGRS shorten reasoning, and on which benchmarks?"


# -- the retriever ----------------------------------------------------------------


def test_the_retriever_returns_documents_best_first(sample_app: App):
    found = sample_app.retriever(k=4).invoke("world models for planning")
    assert all(isinstance(document, Document) for document in found)
    assert [d.metadata["rank"] for d in found] == [1, 2, 3, 4]
    assert all(d.id == d.metadata["paper_id"] and d.page_content for d in found)


def test_the_retriever_keeps_to_its_filters(sample_app: App):
    filters = parse_filters(["date=2025-09", "org=Tencent"])
    retriever = PaperRetriever(sample_app.searcher, k=4, filters=filters)
    (found,) = retriever.invoke("parallel thinking")
    assert found.metadata["title"].startswith("Parallel-R1")


def as_abstracts(documents: list[Document]) -> str:
    return "\n".join(
        f"[{n}] {d.metadata['title']}\n{d.page_content}" for n, d in enumerate(documents, 1)
    )


def test_a_chain_as_the_documentation_teaches_gets_a_cited_answer(sample_app: App):
    """Retrieve, format, prompt, model, parse; the documents are passed along as sources."""
    prompt = ChatPromptTemplate.from_messages(
        [
            ("system", "Answer from these abstracts.\n<abstracts>\n{abstracts}\n</abstracts>"),
            ("human", "Question: {question}"),
        ]
    )
    written = (
        RunnablePassthrough.assign(abstracts=lambda given: as_abstracts(given["context"]))
        | prompt
        | ReadingModel(claims=1)
        | StrOutputParser()
    )
    chain = {
        "context": sample_app.retriever(k=3),
        "question": RunnablePassthrough(),
    } | RunnablePassthrough.assign(answer=written)
    result = chain.invoke(QUESTION)
    sentence, number = re.findall(r"(.+) \[(\d)\]\.", result["answer"])[0]
    cited = result["context"][int(number) - 1]
    assert "Certainty-Guided Reflection Suppression" in cited.metadata["title"]
    assert sentence in cited.page_content


# -- the runnable ------------------------------------------------------------------


def test_the_answerer_is_a_runnable_that_composes_streams_and_batches(sample_app: App):
    chain = sample_app.answerer | RunnableLambda(lambda answer: answer.text)
    whole = sample_app.answerer.invoke(QUESTION)
    assert chain.invoke(QUESTION) == whole.text
    states = list(sample_app.answerer.stream(QUESTION))
    assert (states[-1].text, states[-1].sources) == (whole.text, whole.sources)
    both = sample_app.answerer.batch([QUESTION, "papers by Google"])
    assert both[0].text == whole.text


# -- the tool ------------------------------------------------------------------------


class ScriptedAgentModel(BaseChatModel):
    """Calls the tool it was given with ``arguments``, then repeats what it was told last."""

    arguments: dict[str, Any]
    has_tools: bool = False

    @property
    def _llm_type(self) -> str:
        return "scripted-agent"

    def bind_tools(self, tools: Any, **kwargs: Any) -> BaseChatModel:
        assert [tool.name for tool in tools] == ["ask_papers"]
        return self.model_copy(update={"has_tools": True})

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        last = messages[-1]
        if isinstance(last, ToolMessage) or not self.has_tools:
            reply = AIMessage(content=last.text)
        else:
            call = {"name": "ask_papers", "args": self.arguments, "id": "1"}
            reply = AIMessage(content="", tool_calls=[call])
        return ChatResult(generations=[ChatGeneration(message=reply)])


def ask_agent(app: App, **arguments: Any) -> tuple[str, ToolMessage]:
    agent = create_agent(ScriptedAgentModel(arguments=arguments), tools=[papers_tool(app)])
    messages = agent.invoke({"messages": [{"role": "user", "content": "Ask."}]})["messages"]
    (told,) = (message for message in messages if isinstance(message, ToolMessage))
    return messages[-1].text, told


def test_an_agent_s_final_message_carries_the_citations(sample_app: App):
    said, told = ask_agent(sample_app, question=QUESTION)
    assert "18.5% to 41.9% while preserving accuracy [1]." in said
    assert re.search(r"^\[1\] Efficient Reasoning for .* \(2025-08-07, ", said, re.MULTILINE)
    assert isinstance(told.artifact, Answer)
    assert told.artifact.sources[0].paper.title in said


def test_an_agent_may_set_conditions(sample_app: App):
    _, told = ask_agent(
        sample_app, question="What is Parallel-R1?", organisation="Tencent", since="2025"
    )
    sources = told.artifact.sources
    assert sources
    assert all("Tencent" in "".join(source.paper.organisations) for source in sources)


def test_an_agent_is_told_of_a_date_that_is_none(sample_app: App):
    said, told = ask_agent(sample_app, question=QUESTION, since="soon")
    assert told.status == "error"
    assert "soon" in said


def test_an_agent_is_told_when_the_corpus_does_not_answer(sample_app: App):
    said, told = ask_agent(sample_app, question="How do I keep a sourdough starter alive?")
    assert said.startswith("The corpus does not answer this.")
    assert told.artifact.abstained


def test_the_tool_describes_its_arguments_for_the_model(small_app: App):
    schema = convert_to_openai_tool(papers_tool(small_app))["function"]["parameters"]
    assert set(schema["properties"]) == {"question", "since", "until", "organisation", "category"}
    assert schema["required"] == ["question"]
    assert all(about["description"] for about in schema["properties"].values())


# -- the package -----------------------------------------------------------------------


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded_by("import rag") & {
        "numpy", "langchain_core", "langchain", "chromadb", "openai", "onnxruntime", "pydantic",
        "rich", "typer", "tiktoken", "sklearn", "scipy", "bibtexparser", "sqlite3",
    }  # fmt: skip


def test_reading_papers_loads_neither_model_nor_index():
    assert not loaded_by("from rag import read_papers, to_bibtex") & {
        "numpy", "langchain_core", "chromadb", "openai", "onnxruntime", "pydantic", "sqlite3",
    }  # fmt: skip


@pytest.mark.parametrize("name", rag.__all__)
def test_every_public_name_is_there_and_documented(name: str):
    value = getattr(rag, name)
    assert name == "__version__" or value.__doc__
    assert name in dir(rag)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'ask_anything'"):
        rag.ask_anything  # noqa: B018 - reading it is the test
