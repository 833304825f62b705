"""When an answer abstains, and which reason it gives."""

import pytest

from rag.answering.answer_type import asked_terms, asks_for_figure, circumstances, names
from rag.answering.confidence import assess, signals
from rag.app import App
from rag.records import Evidence, Hit, Paper, Reason, Retrieval, RetrieverView

OUT_OF_DOMAIN = [
    "How do I keep a sourdough starter alive in the fridge?",
    "What hydration should sourdough bread dough have?",
    "Who won the football World Cup in 2018?",
    "How many players are on a rugby team?",
    "What is the offside rule in football?",
    "What is the statute of limitations for breach of contract in New York?",
    "Can a landlord evict a tenant without notice?",
    "What is the boiling point of ethanol?",
    "How do you balance the equation for burning propane?",
    "Which catalyst is used in the Haber process?",
    "How long should I boil an egg for a soft yolk?",
    "What can I cook with leftover rice and eggs?",
    "How do I centre a div with CSS?",
    "Why does my Python script raise a KeyError?",
    "What does the SQL keyword HAVING do?",
    "How do I undo the last git commit?",
    "When was the Treaty of Westphalia signed?",
    "Who painted the ceiling of the Sistine Chapel?",
    "What caused the fall of the Western Roman Empire?",
    "Which vaccines does a two-month-old baby need?",
    "Does ibuprofen interact with blood thinners?",
    "What are the symptoms of appendicitis?",
    "How far is the Moon from the Earth?",
    "What is the mass of the Higgs boson?",
    "How do black holes evaporate?",
    "What is the capital of Mongolia?",
    "Which rivers flow through Vienna?",
    "How do I change a flat bicycle tyre?",
    "What oil does a diesel engine need in winter?",
    "How do I prune roses in spring?",
    "Why are the leaves of my tomato plants turning yellow?",
    "What is the best mortgage rate for first-time buyers?",
    "How is value added tax calculated in Germany?",
    "Which chords are used in a twelve-bar blues?",
    "Who wrote One Hundred Years of Solitude?",
    "How do penguins keep their eggs warm?",
    "What is the lifespan of a monarch butterfly?",
    "How do I train my puppy not to bite?",
    "What time does the last train from Paris to Lyon leave?",
    "How much does a litre of milk cost in Norway?",
    "What is the weather in Lisbon tomorrow?",
    "How do solar panels convert sunlight into electricity?",
    "What is the tensile strength of structural steel?",
    "How do enzymes lower activation energy?",
]
IN_CORPUS = [
    "How much does CGRS shorten reasoning, and on which benchmarks?",
    "What does CGRS do?",
    (
        "Why does closing the loop make planning with language models expensive, "
        "and what removes the cost?"
    ),
    "How many tokens are saved by sampling plans once and merging them into an action tree?",
    "Which approaches make language models verify and correct their own answers?",
    "what is OptoPrime",
    "How can imitation learning work from observations without actions?",
    "Can standard safety training remove a hidden backdoor from a language model?",
]
FALSE_PREMISE = [
    (
        "How much adversarial training is needed to scrub a year-triggered code-sabotage backdoor "
        "out of a large language model?"
    ),
    (
        "Why does calling tools as often as possible give the best accuracy in agentic RL with small "
        "models?"
    ),
    (
        "What made GPT-5 come out on top in the test of whether models put human safety above their "
        "own preservation?"
    ),
]
GARDENER = Paper(
    "p1",
    "Gardener: Fast Pruning of Neural Networks",
    "We propose Gardener for pruning large neural networks in French and German. "
    "It reduces the pruning time of 12 networks by 40%.",
)


def found(cosine: float, paper: Paper = GARDENER, topic: str = "?") -> Retrieval:
    first, second = paper.abstract.split(". ", 1)
    evidence = (
        Evidence(first + ".", 0, len(first) + 1, 0.4),
        Evidence(second, len(first) + 2, len(paper.abstract), 0.6),
    )
    views = {"dense": RetrieverView(1, cosine, 1.0), "lexical": RetrieverView(1, 5.0, 1.0)}
    return Retrieval("q", (Hit(1, paper, 0.5, views, evidence),), topic=topic)


def confidence(question: str, cosine: float = 0.6) -> float:
    return assess(question, found(cosine, topic=question)).confidence


def test_confidence_falls_as_the_papers_get_remote() -> None:
    question = "How are tomatoes watered?"
    values = [confidence(question, cosine) for cosine in (0.6, 0.3, 0.2, 0.0)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.5 > values[-1]


def test_a_question_in_quite_other_words_is_not_held_against_its_paper() -> None:
    assert confidence("Could one trim a big machine that learns, and quicker?") > 0.5


def test_a_bare_name_is_near_no_vector_but_stands_in_its_paper() -> None:
    assert confidence("what is Gardener", cosine=0.1) > 0.5


@pytest.mark.parametrize(
    ("question", "signal"),
    [
        ("How many parameters does the pruned neural network of Gardener have?",
         "missing_circumstance"),
        ("Under which licence is the fast pruning of neural networks?", "missing_circumstance"),
        ("How many colours and shades does the pruning of neural networks take?", "missing_figure"),
        ("Does pruning of large neural networks work in Spanish?", "missing_name"),
        ("Does pruning large neural networks help watermelon irrigation?", "nowhere"),
    ],
)  # fmt: skip
def test_what_is_asked_and_missing_speaks_against_an_answer(question: str, signal: str) -> None:
    assert signals(question, found(0.6))[signal] > 0.3
    assert confidence(question) < confidence("How does Gardener reduce the pruning time?")


@pytest.mark.parametrize(
    ("question", "signal"),
    [
        ("How many networks does Gardener prune?", "missing_figure"),
        ("Does pruning of large neural networks work in German?", "missing_name"),
        ("What removes the cost of pruning neural networks?", "missing_circumstance"),
    ],
)
def test_what_is_there_does_not(question: str, signal: str) -> None:
    assert signals(question, found(0.6))[signal] == 0


def test_nothing_found_is_no_match() -> None:
    assert assess("anything", Retrieval("anything", ())).reason is Reason.NO_MATCH


def test_a_question_about_fields_alone_is_answered_by_what_matches() -> None:
    listed = Retrieval("from Acme", found(0.0).hits, filters={"organisation": "Acme"}, topic="")
    assert assess("Which papers are from Acme?", listed).confidence == 1.0


def test_asking_for_a_figure_is_told_from_asking_for_a_cause() -> None:
    assert asks_for_figure("How many tokens are saved?")
    assert not asks_for_figure("Why are tokens saved?")


def test_what_heads_the_question_is_what_is_asked() -> None:
    assert asked_terms("How many GPU hours did the training take?") == ["gpu", "hour"]
    assert circumstances("How many GPU hours did it take?")
    assert names("Does it work in Spanish, or with LLMs?") == ["Spanish"]


@pytest.mark.parametrize("question", IN_CORPUS + FALSE_PREMISE)
def test_questions_of_the_corpus_are_answered(sample_app: App, question: str) -> None:
    assert assess(question, sample_app.search(question)).confidence >= 0.5


def test_questions_from_other_worlds_are_refused(sample_app: App) -> None:
    answered = [q for q in OUT_OF_DOMAIN if not sample_app.ask(q).abstained]
    assert len(OUT_OF_DOMAIN) >= 40
    assert answered == []


def test_bread_is_not_in_the_corpus(sample_app: App) -> None:
    question = "How do I keep a sourdough starter alive in the fridge?"
    assert assess(question, sample_app.search(question)).reason is Reason.NOT_IN_CORPUS


def test_a_paper_that_is_here_but_does_not_say_is_named(sample_app: App) -> None:
    question = (
        "Under which licence was the Minecraft dataset of 25,000 goal-observation-action "
        "videos released?"
    )
    retrieval = sample_app.search(question)
    found_wanting = assess(question, retrieval)
    assert found_wanting.confidence < 0.5
    assert found_wanting.reason is Reason.NOT_IN_ABSTRACT
    assert retrieval.hits[0].paper.title.startswith("Optimus-2")
