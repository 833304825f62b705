"""Answers without a model: what the form of a question wants, names, makers and languages."""

from dataclasses import replace
from pathlib import Path

import pytest

from rag.answering.choice import preferred, wanted_by
from rag.answering.confidence import assess, signals
from rag.answering.languages import language_of, other_language
from rag.answering.makers import asked_maker
from rag.answering.named import called, named_first
from rag.answering.scope import asks_for_several
from rag.answering.unheard import names_the_unheard
from rag.app import App, open_app
from rag.records import Evidence, Hit, Paper, Reason, Retrieval, RetrieverView
from rag.text.sentences import sentence_spans
from rag.text.terms import terms
from tests.fakes import HashedEmbedder

SMOKER = Paper(
    "p1",
    "BeeSmoker: Calming Bees",
    "Bees are angry because their hive is opened. These insects sting. "
    "We propose BeeSmoker, which calms bees. First, it heats dry moss. "
    "Then, it blows the smoke by pressing a bag. It calms 40 hives in 30 seconds. "
    "We hope that keepers like it.",
    "2025-03-01",
    "day",
    authors=("Ada Moss", "Ben Fern"),
    author_count=2,
    upvotes=7,
)
SOLDIER = Paper(
    "p2",
    "AntWatch: Counting Ants",
    "Ants are many. We introduce AntWatch, a camera above the nest. It counts 90 % of the ants.",
    "2025-04-01",
    "day",
    authors=("Cleo Moss",),
    author_count=1,
    upvotes=2,
)
GENERAL = Paper(
    "p3",
    "A Survey of Insects",
    "We survey cameras and smoke for insects. Insects are small and hard to count.",
    "2024-02-01",
    "day",
)


def hit(rank: int, paper: Paper, score: float = 0.5) -> Hit:
    text = paper.abstract
    evidence = tuple(Evidence(text[a:b], a, b, 0.3) for a, b in sentence_spans(text))
    views = {"dense": RetrieverView(1, 0.6, 1.0), "lexical": RetrieverView(1, 5.0, 1.0)}
    return Hit(rank, paper, score, views, evidence)


def first_for(question: str, *, several: bool = False) -> str:
    wanted = wanted_by(question, several=several)
    return preferred(SMOKER, hit(1, SMOKER).evidence, wanted)[0].text


@pytest.fixture(scope="module")
def hive(tmp_path_factory: pytest.TempPathFactory) -> App:
    app = open_app(home=tmp_path_factory.mktemp("hive"), embedder=HashedEmbedder())
    app.index.add_papers([SMOKER, SOLDIER, GENERAL])
    return app


def test_why_wants_the_cause() -> None:
    assert first_for("Why are bees angry?").startswith("Bees are angry because")


def test_how_wants_the_steps() -> None:
    assert first_for("How does the smoker work?").startswith(("First,", "Then,"))


def test_a_question_about_several_papers_wants_what_each_did() -> None:
    assert first_for("Which ways are there to calm bees?", several=True).startswith("We propose")


def test_an_outlook_and_what_points_back_to_the_background_come_last() -> None:
    order = preferred(SMOKER, hit(1, SMOKER).evidence, wanted_by("bees", several=False))
    assert {order[-1].text, order[-2].text} == {
        "We hope that keepers like it.",
        "These insects sting.",
    }


def test_sentences_that_retrieval_did_not_score_can_be_wanted_too() -> None:
    scored = hit(1, SMOKER).evidence[:2]
    order = preferred(SMOKER, scored, wanted_by("How does the smoker work?", several=False))
    assert len(order) == len(sentence_spans(SMOKER.abstract))
    assert order[0].text.startswith("First,")


@pytest.mark.parametrize(
    ("question", "papers"),
    [
        ("How fast is BeeSmoker?", ["p1"]),
        ("Compare beesmoker and AntWatch", ["p1", "p2"]),
        ("How are bees calmed?", []),
    ],
)
def test_papers_are_called_by_the_name_they_give_themselves(
    question: str, papers: list[str]
) -> None:
    found = called(question, [hit(1, SMOKER), hit(2, SOLDIER), hit(3, GENERAL)])
    assert [h.paper.paper_id for h in found] == papers


def test_a_named_paper_stands_before_better_ranked_ones() -> None:
    hits = (hit(1, GENERAL), hit(2, SOLDIER))
    assert named_first("How many ants does AntWatch count?", hits)[0].paper is SOLDIER
    assert named_first("How many ants are there?", hits) == hits


def test_a_name_that_a_better_paper_mentions_too_moves_nothing() -> None:
    rival = Paper("p4", "On Nests", "We beat AntWatch by counting at night.")
    hits = (hit(1, rival), hit(2, SOLDIER))
    assert named_first("What counts better than AntWatch?", hits) == hits


def test_a_short_name_that_is_a_word_must_be_written_alike() -> None:
    far = Paper("p5", "FaR: Foresee and Reflect", "We propose FaR. FaR helps.")
    assert not called("how far do bees fly?", [hit(1, far)])
    assert called("What is FaR?", [hit(1, far)])


def test_two_papers_that_are_named_are_both_quoted(hive: App) -> None:
    answer = hive.ask("How do BeeSmoker and AntWatch differ in the number of ants and hives?")
    assert {source.paper.paper_id for source in answer.sources} == {"p1", "p2"}


def test_what_a_named_paper_lacks_is_told_of_that_paper(hive: App) -> None:
    answer = hive.ask("How many GPU hours did BeeSmoker take?")
    assert answer.reason is Reason.NOT_IN_ABSTRACT
    assert "BeeSmoker" in answer.explanation


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("papers by Ada Moss", "Ada Moss"),
        ("Which papers are by Ada Moss?", "Ada Moss"),
        ("what has Ada Moss published?", "Ada Moss"),
        ("How many papers were written by Moss?", "Moss"),
        ("papers by Ada Moss about bees", None),
        ("What do bees fear?", None),
    ],
)
def test_the_maker_is_read_where_nothing_else_is_asked(question: str, name: str | None) -> None:
    assert asked_maker(question) == name


def test_papers_of_an_author_are_listed_newest_first(hive: App) -> None:
    answer = hive.ask("Which papers are by Moss?")
    assert [source.paper.paper_id for source in answer.sources] == ["p2", "p1"]
    assert hive.ask("How many papers by Ada Moss?").text.startswith("1 paper matches: “BeeSmoker")


def test_of_a_maker_that_nobody_knows_no_paper_is_the_answer(hive: App) -> None:
    answer = hive.ask("Which papers come from Acme Honey?")
    assert answer.reason is Reason.NO_MATCH
    assert "author or organisation “Acme Honey”" in answer.explanation


def test_the_number_that_decides_an_order_is_shown(hive: App) -> None:
    assert "7 upvotes" in hive.ask("What is the most upvoted paper?").text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wie lernen Roboter aus Fehlern?", "German"),
        ("Quelles méthodes accélèrent l'inférence des modèles ?", "French"),
        ("¿Cuánto acelera la decodificación especulativa?", "Spanish"),
        ("大语言模型如何推理？", "Chinese"),
        ("как обучаются роботы", "Russian"),
        ("How do robots learn from their mistakes?", "English"),
        ("robot learning benchmark", None),
        ("die casting models", None),
    ],
)
def test_a_language_is_told_only_where_it_is_plain(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_two_languages_differ_only_when_both_are_plain() -> None:
    assert other_language("Wie lernen Bienen aus Fehlern?", [SMOKER.abstract]) is not None
    assert (
        other_language("Wie lernen Bienen aus Fehlern?", ["Wie die Bienen und der Rauch"]) is None
    )
    assert other_language("bees", [SMOKER.abstract]) is None


def test_a_question_in_another_language_that_finds_nothing_says_so(hive: App) -> None:
    answer = hive.ask("Warum wird die Sprache der Roboter nicht besser und was kann man tun?")
    assert answer.reason is Reason.OTHER_LANGUAGE
    assert "looks German" in answer.explanation
    assert "multilingual" not in answer.explanation  # only the built-in embedder is known


def test_the_built_in_embedder_is_named_as_what_reads_english(sample_app: App) -> None:
    answer = sample_app.ask("Wieviel schneller ist spekulatives Dekodieren?")
    assert answer.reason is Reason.OTHER_LANGUAGE
    assert "configure a multilingual embedder" in answer.explanation


FOUND = frozenset(terms("neural networks decode speech from signals with defenses"))


@pytest.mark.parametrize(
    ("question", "unheard"),
    [
        ("Can neural networks decode EEG?", True),
        ("speech decoding for earthquake networks", True),
        ("Do neural networks help with speech?", False),
        ("defences of nerual networks", False),  # another spelling, a slip
        ("How speech is rebuilt", False),  # what is done is told in many words
        ("Which networks make speech cheaper?", False),  # a degree is no subject
        ("If one were to ask an earthquake about speech, signals, noise, night, moss, fern, salt", False),
    ],
)  # fmt: skip
def test_a_name_or_subject_that_no_paper_has_is_noticed(question: str, unheard: bool) -> None:
    assert names_the_unheard(question, FOUND, known=lambda _: False) is unheard


def test_what_another_paper_knows_is_not_unheard() -> None:
    assert not names_the_unheard("Can neural networks decode EEG?", FOUND, known=lambda _: True)


def test_an_unheard_subject_is_refused_as_not_in_the_corpus() -> None:
    question = "How are bees calmed near volcanoes?"
    views = {"dense": RetrieverView(1, 0.4, 1.0), "lexical": RetrieverView(1, 5.0, 1.0)}
    found = Retrieval(question, (replace(hit(1, SMOKER), views=views),), topic=question)
    verdict = assess(question, found, known=lambda _: False)
    assert verdict.confidence < 0.5
    assert verdict.reason is Reason.NOT_IN_CORPUS


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("How many keepers and trained experts tried BeeSmoker?", True),
        ("How many hives does BeeSmoker calm?", False),
    ],
)
def test_a_number_of_people_is_seldom_told(question: str, missing: bool) -> None:
    found = Retrieval(question, (hit(1, SMOKER),), topic=question)
    assert (signals(question, found)["missing_circumstance"] > 0.5) is missing


def test_hardware_is_told_by_its_name() -> None:
    paper = Paper("p6", "On Training Bees", "We train bees on a single RTX 4090.")
    question = "Which GPU is needed for training bees?"
    found = Retrieval(question, (hit(1, paper),), topic=question)
    assert signals(question, found)["missing_circumstance"] == 0.0


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("watermarking images: which attacks and defences exist?", True),
        ("Which baseline works well on bees?", False),
        ("deepfake detection", True),
    ],
)
def test_wordings_that_ask_for_several(question: str, several: bool) -> None:
    near = (hit(1, SMOKER, 0.5), hit(2, SOLDIER, 0.2), hit(3, GENERAL, 0.1))
    assert asks_for_several(question, Retrieval(question, near, topic=question)) is several


def test_key_words_of_one_paper_are_about_that_paper() -> None:
    question = "bee smoke hive seconds cost"
    far = (hit(1, SMOKER, 0.5), hit(2, SOLDIER, 0.2))
    close = (hit(1, SMOKER, 0.5), hit(2, SOLDIER, 0.45))
    assert not asks_for_several(question, Retrieval(question, far, topic=question))
    assert asks_for_several(question, Retrieval(question, close, topic=question))


def test_an_answer_in_one_language_does_not_need_a_home_of_models(tmp_path: Path) -> None:
    app = open_app(home=tmp_path, embedder=HashedEmbedder())
    assert app.ask("Was ist das?").reason is Reason.EMPTY_CORPUS
