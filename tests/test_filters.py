"""What conditions on fields mean: given explicitly, in SQL, and in words."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import UsageError
from rag.index.catalogue import Catalogue
from rag.records import Paper
from rag.retrieval.filter_expressions import parse_filters
from rag.retrieval.filters import (
    ORDERS,
    Filters,
    combined,
    describe,
    filters_to_sql,
    names_organisation,
    order_to_sql,
)


@pytest.fixture
def catalogue(tmp_path):
    opened = Catalogue(tmp_path / "catalogue.sqlite")
    yield opened
    opened.close()


def selected(catalogue: Catalogue, papers: list[Paper], filters: Filters) -> list[str]:
    """Return the ids of those papers that meet the filters, in their order."""
    with catalogue.transaction():
        numbers = {catalogue.put_paper(None, paper): paper.paper_id for paper in papers}
    where, values = filters_to_sql(filters)
    return [numbers[num] for num in catalogue.select_papers(where, values, order_to_sql(filters))]


def test_no_filters_are_false_and_let_everything_through(catalogue):
    assert not Filters()
    assert Filters().to_dict() == {}
    assert selected(catalogue, [Paper("a", "A", ""), Paper("b", "B", "")], Filters()) == ["a", "b"]


def test_an_order_sets_no_condition():
    assert Filters(order="newest", limit=1)
    assert not Filters(order="newest", limit=1, exclude=("x",)).restricts
    assert Filters(authors_min=0).restricts


@pytest.mark.parametrize(
    ("published", "inside"),
    [
        ("2025-08-10", True), ("2025-08-31", True), ("2025-08-09", False), ("2025-09-01", False),
        ("2025-08", True), ("2025", True), ("2025-07", False), ("2024", False), (None, False),
    ],
)  # fmt: skip
def test_a_date_is_inside_when_any_day_of_it_is(catalogue, published, inside):
    papers = [Paper("a", "A", "", published=published)]
    filters = Filters(date_from="2025-08-10", date_to="2025-08-31")
    assert bool(selected(catalogue, papers, filters)) is inside


def test_papers_without_the_field_meet_no_condition_on_it(catalogue):
    papers = [
        Paper("a", "A", "", author_count=2, comments=5, upvotes=9, organisations=("Google",)),
        Paper("b", "B", ""),
    ]
    for filters in (
        Filters(authors_max=3), Filters(comments_min=0), Filters(upvotes_min=0),
        Filters(organisation="Google"), Filters(date_to="2999-01-01"),
    ):  # fmt: skip
        assert "b" not in selected(catalogue, papers, filters)
        with catalogue.transaction():
            for num, _ in list(catalogue.iter_papers()):
                catalogue.remove_paper(num)


def test_categories_and_sources_are_looked_up(catalogue):
    papers = [
        Paper("a", "A", "", categories=("cs.CL", "cs.AI"), sources=("daily_08.jsonl",)),
        Paper("b", "B", "", categories=("cs.CLX",), sources=("other.txt",)),
    ]
    assert selected(catalogue, papers, Filters(category="CS.cl", source="Daily")) == ["a"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("newest", ["new", "old", "bare"]),
        ("oldest", ["old", "new", "bare"]),
        ("most_authors", ["old", "new", "bare"]),
        ("fewest_authors", ["new", "old", "bare"]),
    ],
)
def test_papers_without_the_field_come_last_in_its_order(catalogue, order, expected):
    papers = [
        Paper("bare", "A", ""),
        Paper("old", "B", "", published="2024", author_count=5),
        Paper("new", "C", "", published="2025-01", author_count=1),
    ]
    assert selected(catalogue, papers, Filters(order=order)) == expected


ORGANISATIONS = [
    ("Alibaba", "alibaba-inc", True),
    ("Tongyi Lab", "TongyiLab", True),
    ("tongyi", "TongyiLab", True),
    ("university", "Macquarie University", True),
    ("IBM", "IBM Research", True),
    ("Meta", "meta-llama", True),
    ("Tencent", "TencentARC", True),
    ("Meta", "MetaGPT", False),
    ("Google", "Macquarie University", False),
    ("Apple", "pineapple-labs", False),
    ("qua", "Macquarie University", False),
    ("ETH Zürich", "ETH ZÜRICH", True),
]


@pytest.mark.parametrize(("name", "known", "matches"), ORGANISATIONS)
def test_names_of_organisations_match_alike_in_python_and_sql(catalogue, name, known, matches):
    assert names_organisation(name, ("Some Lab", known)) is matches
    papers = [Paper("a", "A", "", organisations=("Some Lab", known))]
    assert bool(selected(catalogue, papers, Filters(organisation=name))) is matches


def test_a_name_matches_no_words_of_two_organisations(catalogue):
    papers = [Paper("a", "A", "", organisations=("Open Lab", "Data Group"))]
    assert selected(catalogue, papers, Filters(organisation="lab data")) == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("since=2024", {"date_from": "2024-01-01"}),
        ("until=2025", {"date_to": "2025-12-31"}),
        ("until=2024-02", {"date_to": "2024-02-29"}),
        ("date=2025-08", {"date_from": "2025-08-01", "date_to": "2025-08-31"}),
        ("date=2024..2025-03", {"date_from": "2024-01-01", "date_to": "2025-03-31"}),
        ("date>2025-08-07", {"date_from": "2025-08-08"}),
        ("date<2025", {"date_to": "2024-12-31"}),
        ("date = August 2025", {"date_from": "2025-08-01", "date_to": "2025-08-31"}),
        ("authors=1", {"authors_min": 1, "authors_max": 1}),
        ("authors>20", {"authors_min": 21}),
        ("comments>=5", {"comments_min": 5}),
        ("upvotes<10", {"upvotes_max": 9}),
        ("org=Google", {"organisation": "Google"}),
        ("Organization: Macquarie University", {"organisation": "Macquarie University"}),
        ("category=cs.CL", {"category": "cs.CL"}),
        ("source=daily.txt", {"source": "daily.txt"}),
        ("order=most-comments", {"order": "most_comments"}),
    ],
)
def test_expressions_set_conditions(expression, expected):
    assert parse_filters([expression]).to_dict() == expected


def test_several_expressions_must_all_hold():
    filters = parse_filters(["since=2024", "date>=2025-03", "until=2025", "authors>1", "authors<9"])
    assert filters.to_dict() == {
        "date_from": "2025-03-01", "date_to": "2025-12-31", "authors_min": 2, "authors_max": 8,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ("autors>3", "did you mean authors?"),
        ("colour=red", "the keys are date, since"),
        ("authors", "key=value"),
        ("", "key=value"),
        ("authors!=3", "it takes = >= <= > <"),
        ("since>2024", "it takes ="),
        ("org>Google", "it takes ="),
        ("authors=-1", "from 0 to 1,000,000"),
        ("authors=many", "from 0 to 1,000,000"),
        ("comments>=99999999999999999999", "from 0 to 1,000,000"),
        ("authors<0", "no count is below 0"),
        ("authors=٣", "from 0 to 1,000,000"),
        ("since=soon", "is no date"),
        ("since=2025-13", "is no date"),
        ("since=0001", "between 1500 and 2100"),
        ("since=9999-12-31", "between 1500 and 2100"),
        ("since=2024..2025", "goes with date="),
        ("org=", "empty"),
        ("org=" + "x" * 1000, "too long"),
        ("org=a\x1b[31m", "not printable"),
        ("order=newst", "did you mean newest?"),
        ("order=random", "The orders are newest"),
    ],
)
def test_what_cannot_be_right_is_an_error_that_names_what_is_valid(expression, hint):
    with pytest.raises(UsageError) as caught:
        parse_filters([expression])
    assert hint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "expressions",
    [["since=2025", "until=2024"], ["authors>5", "authors<3"], ["date=2025..2024"]],
)
def test_contradictions_are_errors(expressions):
    with pytest.raises(UsageError, match="contradict"):
        parse_filters(expressions)


def test_two_organisations_are_an_error():
    with pytest.raises(UsageError, match="give it once"):
        parse_filters(["org=Google", "org=Tencent"])


def test_what_is_given_replaces_what_was_understood_field_by_field():
    explicit = Filters(date_from="2024-01-01")
    understood = Filters(date_to="2023-12-31", organisation="Google", exclude=("robots",))
    assert combined(explicit, understood).to_dict() == {
        "date_from": "2024-01-01", "organisation": "Google", "exclude": ["robots"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        (Filters(), ""),
        (Filters(date_from="2025-08-01", date_to="2025-08-31"), "published 2025-08-01 … 2025-08-31"),
        (Filters(date_from="2025-08-01"), "published since 2025-08-01"),
        (Filters(date_to="2025-08-01"), "published until 2025-08-01"),
        (Filters(authors_min=1, authors_max=1), "1 author"),
        (Filters(authors_min=1), "at least 1 author"),
        (Filters(authors_max=3, comments_min=2), "at most 3 authors; at least 2 comments"),
        (Filters(authors_min=2, authors_max=4), "2 to 4 authors"),
        (Filters(organisation="Google", order="newest", limit=1),
         "organisation “Google”; newest first; only the first"),
        (Filters(category="cs.CL", exclude=("robots", "cars"), limit=5),
         "category “cs.CL”; not about robots or cars; only the first 5"),
    ],
)  # fmt: skip
def test_conditions_are_described_in_words(filters, words):
    assert describe(filters) == words


def test_every_order_can_be_run(catalogue):
    for order in ORDERS:
        assert selected(catalogue, [], Filters(order=order)) == []


def test_categories_follow_their_papers(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    catalogue = Catalogue(path)
    paper = Paper("a", "A", "An abstract.", categories=("cs.CL", "cs.LG"))
    with catalogue.transaction():
        num = catalogue.put_paper(None, paper)
        catalogue.put_paper(None, replace(paper, paper_id="b"))
    with catalogue.transaction():
        catalogue.put_paper(num, replace(paper, categories=("cs.CV", "cs.LG")))

    def of(category: str) -> list[int]:
        return catalogue.select_papers(*filters_to_sql(Filters(category=category)))

    assert [of(c) for c in ("cs.cl", "cs.CV", "cs.LG")] == [[num + 1], [num], [num, num + 1]]
    with catalogue.transaction():
        catalogue.remove_paper(num)
    assert [of(c) for c in ("cs.CL", "cs.CV", "cs.LG")] == [[num + 1], [], [num + 1]]


def test_a_catalogue_of_an_earlier_release_learns_its_categories(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    catalogue = Catalogue(path)
    with catalogue.transaction():
        num = catalogue.put_paper(None, Paper("a", "A", "An abstract.", categories=("cs.CL",)))
    catalogue.close()
    with closing(sqlite3.connect(path)) as earlier:
        for trigger in ("new", "changed", "gone"):
            earlier.execute(f"DROP TRIGGER category_of_{trigger}")
        earlier.execute("DROP TABLE category")
        earlier.commit()
    again = Catalogue(path)
    assert again.select_papers(*filters_to_sql(Filters(category="CS.CL"))) == [num]
