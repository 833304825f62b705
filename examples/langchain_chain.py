"""Our retriever in a LangChain chain of your own: ``langchain_chain.py HOME "question"``.

The chain is written as LangChain teaches it: retrieve, format, prompt, model, parse. Put
your chat model in the place of ``first_source``, a function that repeats the best source
and so lets the example run anywhere.
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


def first_source(prompt: PromptValue) -> str:
    """Stand in for a chat model: answer with the first numbered line of the prompt."""
    return next(line for line in prompt.to_string().splitlines() if line.startswith("[1]"))


app = open_app(home=Path(sys.argv[1]))
app.ensure_corpus()
prompt = ChatPromptTemplate.from_template(
    "Answer from these abstracts and cite them by number.\n{context}\n\nQuestion: {question}"
)
chain = (
    {"context": app.retriever(k=3) | numbered, "question": RunnablePassthrough()}
    | prompt
    | RunnableLambda(first_source)
    | StrOutputParser()
)
print(chain.invoke(sys.argv[2]))
