"""Our retriever in a LangChain chain of your own.

The chain is written as LangChain teaches it: retrieve, format, prompt, model, parse. Here
the "model" is a function that repeats the best abstract's evidence, so that the example
runs anywhere; put any chat model in its place.
"""

import sys
from pathlib import Path

from langchain_core.documents import Document
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompt_values import PromptValue
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough

from rag import open_app


def numbered(documents: list[Document]) -> str:
    """Return the documents as a numbered list of titles and evidence."""
    return "\n".join(
        f"[{i}] {d.metadata['title']}: {d.metadata['evidence']}" for i, d in enumerate(documents, 1)
    )


def first_line(prompt: PromptValue) -> str:
    """Stand in for a chat model: answer with the first numbered line of the prompt."""
    return next(line for line in prompt.to_string().splitlines() if line.startswith("[1]"))


app = open_app(home=Path(sys.argv[1]))
app.ensure_corpus()
prompt = ChatPromptTemplate.from_template("Answer from:\n{context}\n\nQuestion: {question}")
chain = (
    {"context": app.retriever(k=3) | numbered, "question": RunnablePassthrough()}
    | prompt
    | RunnableLambda(first_line)
    | StrOutputParser()
)
print(chain.invoke("How much does certainty-guided reflection suppression save?"))
