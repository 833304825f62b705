"""How questions are read: which conditions they set, and which words are left alone."""

import time

import pytest

from rag.index.catalogue import Catalogue
from rag.records import Paper
from rag.retrieval.query import CorpusFacts, corpus_facts, understand

CORPUS = CorpusFacts(
    papers=300,
    newest="2026-06-08",
    organisations=(
        "Google", "alibaba-inc", "TongyiLab", "Tencent", "Microsoft", "Macquarie University",
        "Character-lab", "ByteDance Seed", "meta-llama", "AGI Lab", "IBM Research",
    ),
    dated=200,
    with_authors=200,
    with_comments=80,
    with_upvotes=50,
)  # fmt: skip


def days(first: str, last: str) -> dict[str, object]:
    return {"date_from": first, "date_to": last}


def year(number: int) -> dict[str, object]:
    return days(f"{number}-01-01", f"{number}-12-31")


def read(question: str) -> dict[str, object]:
    return understand(question, CORPUS).filters.to_dict()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("papers in August 2025", days("2025-08-01", "2025-08-31")),
        ("What has been published on tool use since 2024?", {"date_from": "2024-01-01"}),
        ("Which articles on grasping appeared before 2024?", {"date_to": "2023-12-31"}),
        ("work on planning published after March 2025", {"date_from": "2025-04-01"}),
        ("studies between May and July 2025", days("2025-05-01", "2025-07-31")),
        ("studies between November and February 2025", days("2024-11-01", "2025-02-28")),
        ("papers between 2022 and 2024", days("2022-01-01", "2024-12-31")),
        ("papers published from 2022 to mid-2023", days("2022-01-01", "2023-06-30")),
        ("papers from 2022-2024 about web agents", days("2022-01-01", "2024-12-31")),
        ("What was published last year?", year(2025)),
        ("What was published on safety last month?", days("2026-05-01", "2026-05-31")),
        ("this year's papers on world models", year(2026)),
        ("papers from this year on world models", year(2026)),
        ("Which papers came out in the last two years?", days("2024-06-09", "2026-06-08")),
        ("papers of the past six months about memory", days("2025-12-09", "2026-06-08")),
        ("Were any papers on dialogue published in Q3 2025?", days("2025-07-01", "2025-09-30")),
        ("articles posted in the summer of 2025", days("2025-06-01", "2025-08-31")),
        ("papers from the first half of 2025", days("2025-01-01", "2025-06-30")),
        ("preprints from early 2024", days("2024-01-01", "2024-04-30")),
        ("papers up to the end of 2023", {"date_to": "2023-12-31"}),
        ("Any papers from 2023 onwards about maths?", {"date_from": "2023-01-01"}),
        ("Papers from 2024 or later on video", {"date_from": "2024-01-01"}),
        ("papers no later than June 2024", {"date_to": "2024-06-30"}),
        ("papers dated 7 August 2025", days("2025-08-07", "2025-08-07")),
        ("papers published on robots by 2022", {"date_to": "2022-12-31"}),
        ("In March 2024, which papers on code appeared?", days("2024-03-01", "2024-03-31")),
        ("diffusion policies since 2023", {"date_from": "2023-01-01"}),
        ("papers on reward hacking in May", days("2026-05-01", "2026-05-31")),
        ("papers on reward hacking from last December", days("2025-12-01", "2025-12-31")),
        ("2025 papers about search agents", year(2025)),
        ("any 2024 robot learning papers?", year(2024)),
        ("pre-2022 work on exploration", {"date_to": "2021-12-31"}),
        ("Which papers from 2025-09 treat memory?", days("2025-09-01", "2025-09-30")),
        ("methods proposed in 2024 for unlearning", year(2024)),
        ("surveys published during 2024 and 2025", days("2024-01-01", "2025-12-31")),
        ("Is there anything newer than April 2026?", {"date_from": "2026-05-01"}),
        (
            "Is there work on web agents from the second half of 2024?",
            days("2024-07-01", "2024-12-31"),
        ),
        ("What did people publish about web agents in 2024?", year(2024)),
        ("anything from the 2010s?", days("2010-01-01", "2019-12-31")),
        ("papers published on 7 August 2025", days("2025-08-07", "2025-08-07")),
        ("the paper from August 7 on reflection", days("2025-08-07", "2025-08-07")),
        (
            "in the period 2023-2024, what was written on imitation?",
            days("2023-01-01", "2024-12-31"),
        ),
        ("robotics papers (2024)", year(2024)),
        ("papers no older than 2024", {"date_from": "2024-01-01"}),
        ("Has anyone looked into sycophancy since last summer?", {"date_from": "2025-06-01"}),
        ("LLM agents for science (published 2025)", year(2025)),
        ("compare papers from 2023 with those from 2025", days("2023-01-01", "2025-12-31")),
    ],
)
def test_dates_of_publication_become_a_range_of_days(question, expected):
    assert read(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("papers by Google", {"organisation": "Google"}),
        ("anything from tencent on games?", {"organisation": "tencent"}),
        ("What does Microsoft's paper measure?", {"organisation": "Microsoft"}),
        ("Microsoft papers on computer use", {"organisation": "Microsoft"}),
        ("papers from Macquarie University", {"organisation": "Macquarie University"}),
        ("Which paper is by Alibaba?", {"organisation": "Alibaba"}),
        ("Has Tongyi Lab published anything on agents?", {"organisation": "Tongyi Lab"}),
        ("work on video by researchers at ByteDance", {"organisation": "ByteDance"}),
        ("What did Google publish on safety?", {"organisation": "Google"}),
        ("papers on speech from IBM", {"organisation": "IBM"}),
        ("Which papers come from a university?", {"organisation": "university"}),
        ("papers by people at Stanford", {"organisation": "Stanford"}),
        ("Show everything Google has released.", {"organisation": "Google"}),
        ("Is Microsoft represented here?", {"organisation": "Microsoft"}),
        ("Alibaba's Tongyi Lab papers", {"organisation": "Tongyi Lab"}),
        ("Which team at Google wrote the paper on code?", {"organisation": "Google"}),
        ("Tencent's papers since 2025", {"organisation": "Tencent", "date_from": "2025-01-01"}),
    ],
)
def test_the_makers_of_papers_become_an_organisation(question, expected):
    assert read(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("single-author papers", {"authors_min": 1, "authors_max": 1}),
        ("Which papers have only one author?", {"authors_min": 1, "authors_max": 1}),
        ("papers written by one person", {"authors_min": 1, "authors_max": 1}),
        ("solo papers on cognition", {"authors_min": 1, "authors_max": 1}),
        ("Is there a paper by a single author?", {"authors_min": 1, "authors_max": 1}),
        ("two-author papers about games", {"authors_min": 2, "authors_max": 2}),
        ("Which papers have two authors?", {"authors_min": 2, "authors_max": 2}),
        ("papers with more than 20 authors", {"authors_min": 21}),
        ("papers with at least ten authors", {"authors_min": 10}),
        ("papers by 5+ authors", {"authors_min": 5}),
        ("papers with fewer than four authors", {"authors_max": 3}),
        ("papers with three or fewer authors", {"authors_max": 3}),
        ("papers with 3 to 5 authors on trust", {"authors_min": 3, "authors_max": 5}),
        ("papers authored by a dozen people or more", {"authors_min": 12}),
        ("papers with over a hundred authors", {"authors_min": 101}),
        ("papers with an author list longer than 20", {"authors_min": 21}),
        ("papers that only one person wrote", {"authors_min": 1, "authors_max": 1}),
        ("papers having exactly 7 authors", {"authors_min": 7, "authors_max": 7}),
        ("papers with ≥ 3 authors and > 2 comments", {"authors_min": 3, "comments_min": 3}),
        ("papers by more than one author", {"authors_min": 2}),
        ("papers on reward models with 4 or more authors", {"authors_min": 4}),
        ("papers without comments", {"comments_max": 0}),
        ("papers with at least 5 comments", {"comments_min": 5}),
        ("Which papers got more than three comments?", {"comments_min": 4}),
        ("articles with 100 or more upvotes", {"upvotes_min": 100}),
    ],
)
def test_counts_become_bounds(question, expected):
    assert read(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("the newest paper on driving", {"order": "newest", "limit": 1}),
        ("latest papers on driving", {"order": "newest"}),
        ("recent work on driving", {"order": "newest"}),
        ("the latest reinforcement learning papers", {"order": "newest"}),
        ("What is the most recent study of trust?", {"order": "newest", "limit": 1}),
        ("three oldest papers on imitation", {"order": "oldest", "limit": 3}),
        ("the 5 most recent papers", {"order": "newest", "limit": 5}),
        ("Which paper is the oldest?", {"order": "oldest", "limit": 1}),
        ("papers on trust, newest first", {"order": "newest"}),
        ("What's new in speech models?", {"order": "newest"}),
        ("most discussed papers", {"order": "most_comments"}),
        ("the most commented paper about maths", {"order": "most_comments", "limit": 1}),
        ("Which paper has the most authors?", {"order": "most_authors", "limit": 1}),
        ("paper with the fewest authors", {"order": "fewest_authors"}),
        ("Which paper was published most recently?", {"order": "newest", "limit": 1}),
        ("which of the papers on trust were discussed the most?", {"order": "most_comments"}),
        ("the second most recent paper on planning", {"order": "newest", "limit": 2}),
        ("recently published papers on video", {"order": "newest"}),
        ("the top 3 most discussed papers", {"order": "most_comments", "limit": 3}),
        ("most upvoted paper on agents", {"order": "most_upvotes", "limit": 1}),
        ("top papers of 2025 with the most comments", {"order": "most_comments"} | year(2025)),
    ],
)
def test_superlatives_become_an_order_and_the_number_wanted(question, expected):
    assert read(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "How well do models do on AIME 2024?",
        "Which papers report results on AIME 2024 and AIME 2025?",
        "papers that pretrain on ImageNet 2012",
        "What was shown at CVPR 2023 about pose?",
        "Does the paper evaluate GPT-4 (March 2023)?",
        "Which papers evaluate GPT-4 from March 2023?",
        "papers on COVID-19 forecasting",
        "papers that analyse tweets from 2020",
        "papers about single-author attribution",
        "What is discussed most in the paper on sycophancy?",
        "papers evaluating models released before 2024",
        "a study of Wikipedia articles from 2019",
        "papers about the 2024 US election",
        "the 2025 AIME problems in papers",
        "Is there a paper by Google DeepMind?",
        "any work by Tencent or Google about maths?",
        "Infection is most frequent in individuals of African origin.",
        "Incidence of heart failure decreased by 10% in women since 1979.",
        "Which was published first, diffusion or flow matching?",
        "Which papers use data from March 2020?",
        "How did the pandemic change commuting in 2020?",
        "Since inferring rewards is hard, which papers avoid it?",
        "In 2D navigation, which papers use maps?",
        "May a paper of mine be cited when models march in step?",
        "Which papers report gains after 2000 training steps?",
        "Does training on 2048 GPUs pay off in any paper?",
        "papers on MATH-500 with 1024 samples",
        "the result of Reimers and Gurevych, 2019",
        "Is Google Scholar covered by any paper?",
        "papers on Google-style search engines",
        "Which papers evaluate models from Google?",
        "papers about chatbots from Microsoft",
        "Do papers compare Gemini with what Google search finds?",
        "papers on character animation",
        "papers on AGI",
        "Which paper identifies the author of 100 texts?",
        "Can authorship be told among 100 authors?",
        "stories written by one person as training data in papers",
        "single-agent planning papers",
        "papers on multi-agent debate with three agents",
        "Which paper classifies user comments?",
        "How many comments per thread do the papers analyse?",
        "What do the latest models get wrong, according to papers?",
        "Do papers stop at the earliest exit?",
        "most recent actions are remembered by which agent?",
        "Which approach needs the most recent data?",
        "What is the most discussed failure of papers' agents?",
        "Do the agents say what they are not about to do?",
        "Which papers freeze all layers except the last?",
        "imitation learning without rewards, other than Adam",
        "How many authors does the paper on trust have, and when was it published?",
        "first paper to train a world model",
        "What share of questions is answered by people at random?",
        "Why do models with more than two experts collapse?",
        "prefer answers with at least two citations",
        "Do year-triggered backdoors persist after 2024?",
    ],
)
def test_words_of_the_topic_are_no_conditions(question):
    assert read(question) == {}


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Which papers since 2026 deal with agents?", "agents"),
        ("the newest paper on driving", "driving"),
        ("self-driving papers from 2025, please", "self-driving"),
        ("papers by Google on code review in 2025", "code review"),
        ("What was published in June 2023?", ""),
        ("Show me all single-author papers.", ""),
        ("the latest reinforcement learning papers", "reinforcement learning"),
        ("formal proofs, 2025 only", "formal proofs"),
        ("memory in agents: what was there before 2024?", "memory in agents"),
        ("papers with at least 10 authors about robots", "robots"),
    ],
)
def test_the_topic_is_what_is_left_without_the_conditions(question, topic):
    assert understand(question, CORPUS).topic == topic


def test_a_question_without_conditions_is_its_own_topic():
    question = "What do papers say on AIME 2024?"
    understood = understand(question, CORPUS)
    assert understood.topic == question
    assert not understood.filters
    assert understood.notes == ()


def test_several_conditions_hold_together():
    question = "Google papers after 2023 and before 2026 on safety with at least two comments"
    assert read(question) == {
        "date_from": "2024-01-01",
        "date_to": "2025-12-31",
        "organisation": "Google",
        "comments_min": 2,
    }


def test_notes_tell_how_the_question_was_understood():
    understood = understand("papers on trust in August 2025", CORPUS)
    assert understood.notes == ("understood: published 2025-08-01 … 2025-08-31",)


@pytest.mark.parametrize(
    ("question", "terms", "topic"),
    [
        ("papers on grasping, but not about robots", ("robots",), "grasping"),
        ("papers about agents excluding GUI agents", ("GUI agents",), "agents"),
        ("papers about trust except those on finance or law", ("finance", "law"), "trust"),
    ],
)
def test_negations_name_what_papers_must_not_be_about(question, terms, topic):
    understood = understand(question, CORPUS)
    assert understood.filters.exclude == terms
    assert understood.topic == topic


@pytest.mark.parametrize(
    "question", ["papers on trust, not from 2024", "papers that are not by Google"]
)
def test_a_negated_condition_is_not_applied_and_a_note_says_so(question):
    understood = understand(question, CORPUS)
    assert not understood.filters
    assert "negated" in understood.notes[0]


def test_an_unknown_maker_is_not_applied_and_a_note_says_so():
    understood = understand("papers by Hinton", CORPUS)
    assert not understood.filters
    assert "Hinton" in understood.notes[0]


def test_a_condition_on_a_field_that_the_corpus_lacks_is_not_applied_and_a_note_says_so():
    understood = understand("papers since 2024 on trust", CorpusFacts(papers=10))
    assert not understood.filters
    assert understood.notes == ("not used as a filter: “since 2024” (no paper here has a date)",)


def test_relative_dates_count_from_the_newest_paper():
    corpus = CorpusFacts(papers=1, newest="1979-12", dated=1)
    understood = understand("What was published this year?", corpus)
    assert understood.filters.date_from == "1979-01-01"


@pytest.mark.parametrize("question", ["", "   ", "?", "🙂" * 50, "since", "papers by", "от 2024"])
def test_odd_questions_set_no_condition(question):
    assert read(question) == {}


def test_a_very_long_text_is_taken_as_it_stands():
    question = "papers from 2024 by Google with more than two authors " * 20_000
    understood = understand(question, CORPUS)
    assert not understood.filters
    assert understood.topic == question
    assert understood.notes == ("too long to be read for conditions",)


@pytest.mark.parametrize("piece", ["2025 ", "not about ", "most ", "paper on ", "by A ", "one "])
def test_hostile_repetition_is_read_fast(piece):
    started = time.perf_counter()
    read(piece * (2000 // len(piece)))
    assert time.perf_counter() - started < 1


def test_the_facts_come_from_the_catalogue(tmp_path):
    catalogue = Catalogue(tmp_path / "catalogue.sqlite")
    with catalogue.transaction():
        catalogue.put_paper(
            None,
            Paper("a", "A", "", published="2024-03", author_count=2, organisations=("Google",)),
        )
        catalogue.put_paper(None, Paper("b", "B", "", comments=3))
    assert corpus_facts(catalogue) == CorpusFacts(
        papers=2, newest="2024-03", organisations=("google",), dated=1, with_authors=1,
        with_comments=1,
    )  # fmt: skip
    catalogue.close()
