import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from rag.app import App
from rag.errors import IndexStateError, UsageError
from rag.records import Paper, Verdict
from rag.themes import ThemeOptions, ThemeReport, build_themes
from rag.themes.gather import gather, numbers_of, relevant_papers
from tests.themes_planted import SUBJECTS, Planted, planted

QUICK = ThemeOptions(subsamples=0)


@pytest.fixture(scope="module")
def corpus() -> Planted:
    return planted()


@pytest.fixture(scope="module")
def report(corpus: Planted) -> ThemeReport:
    return build_themes(corpus.papers, corpus.vectors, options=ThemeOptions(count=4))


def _found(report: ThemeReport, papers: list[Paper]) -> list[int]:
    number = {p.paper_id: i for i, theme in enumerate(report.themes) for p in theme.papers}
    return [number.get(p.paper_id, -1) for p in papers]


def test_planted_groups_are_found_again(corpus: Planted, report: ThemeReport) -> None:
    assert adjusted_rand_score(corpus.groups, _found(report, corpus.papers)) > 0.95


def test_the_number_of_themes_is_chosen_within_the_stated_range(corpus: Planted) -> None:
    chosen = build_themes(corpus.papers, corpus.vectors, options=QUICK)
    assert 4 <= len(chosen.themes) <= 9  # √80/2 to √80
    assert "of 4 to 9 themes" in chosen.criterion


def test_a_label_names_the_subject_of_its_papers(report: ThemeReport) -> None:
    labels = " ".join(theme.label.lower() for theme in report.themes)
    assert all(subject in labels for subject in SUBJECTS)


def test_every_sentence_is_verbatim_cited_and_from_another_paper(report: ThemeReport) -> None:
    numbers = []
    for theme in report.themes:
        members = {p.paper_id: p for p in theme.papers}
        assert len(theme.claims) == 3
        assert len({c.citations[0].paper_id for c in theme.claims}) == 3
        for claim in theme.claims:
            (citation,) = claim.citations
            abstract = members[citation.paper_id].abstract
            assert abstract[citation.start : citation.end] == citation.quote == claim.text
            assert citation.title == members[citation.paper_id].title
            assert claim.verdict is citation.verdict is Verdict.SUPPORTED
            numbers.append(citation.n)
    assert numbers == list(range(1, len(numbers) + 1))


def test_findings_are_preferred_to_background_and_dangling_sentences(report: ThemeReport) -> None:
    assert all(c.text.startswith("We show that") for theme in report.themes for c in theme.claims)


def test_each_theme_says_what_sets_it_apart_from_its_neighbour(report: ThemeReport) -> None:
    by_id = {theme.theme_id: theme for theme in report.themes}
    for theme in report.themes:
        assert theme.contrast is not None
        assert theme.contrast.neighbour != theme.theme_id
        assert theme.contrast.here
        assert not set(theme.contrast.here) & set(theme.contrast.there)
        assert theme.contrast.neighbour_label == by_id[theme.contrast.neighbour].label


def test_two_runs_give_the_same_report(corpus: Planted, report: ThemeReport) -> None:
    again = build_themes(corpus.papers, corpus.vectors, options=ThemeOptions(count=4))
    assert json.dumps(again.to_dict()) == json.dumps(report.to_dict())
    assert again == report


def test_planted_groups_are_stable_and_the_baselines_are_reported(report: ThemeReport) -> None:
    assert report.stability is not None
    assert report.stability.subsamples == 20
    assert report.stability.themes > 0.9
    assert -1 <= report.stability.kmeans <= 1
    assert -1 <= report.stability.ward <= 1


def test_a_paper_like_no_other_is_listed_instead_of_forced(corpus: Planted) -> None:
    stranger = Paper("stranger", "Baking sourdough bread", "We show that rye rises slowly.")
    odd = -corpus.vectors.sum(axis=0, keepdims=True)
    report = build_themes(
        [*corpus.papers, stranger],
        np.vstack([corpus.vectors, odd]),
        options=replace(QUICK, count=4),
    )
    assert "stranger" in {u.paper.paper_id for u in report.uncovered}
    assert all(u.reason for u in report.uncovered)


def test_the_second_level_divides_a_theme_without_losing_a_paper() -> None:
    corpus = planted(24, groups=3)
    rng = np.random.default_rng(1)
    half = rng.standard_normal((2, 64)) * 0.8  # each group falls into two halves
    vectors = corpus.vectors + half[np.arange(len(corpus.papers)) // 3 % 2]
    report = build_themes(
        corpus.papers, vectors.astype(np.float32), options=ThemeOptions(3, 2, 0, 0)
    )
    divided = [theme for theme in report.themes if theme.children]
    assert divided
    for theme in divided:
        inside = [p.paper_id for child in theme.children for p in child.papers]
        assert len(inside) == len(set(inside))
        assert set(inside) <= {p.paper_id for p in theme.papers}
        assert len(inside) + theme.undivided == theme.size
        assert all(child.theme_id.startswith(f"{theme.theme_id}.") for child in theme.children)


def _identical(n: int) -> Planted:
    one = planted(1, groups=1)
    return Planted(
        [replace(one.papers[0], paper_id=f"q{i}") for i in range(n)],
        np.repeat(one.vectors, n, axis=0),
        [0] * n,
    )


def _first(n: int) -> Planted:
    corpus = planted()
    return Planted(corpus.papers[:n], corpus.vectors[:n], corpus.groups[:n])


ODD_CORPORA = {
    "one paper": _first(1), "two papers": _first(2), "five papers": _first(5),
    "six papers": _first(6), "nine papers": _first(9), "all identical": _identical(40),
    "two groups of twins": Planted(
        [*_identical(10).papers, *planted().papers[1:2]],
        np.vstack([_identical(10).vectors, planted().vectors[1:2]]), [],
    ),
    "pure noise": Planted(
        planted().papers, np.random.default_rng(3).standard_normal((80, 64)).astype(np.float32), []
    ),
    "zero vectors": Planted(planted().papers, np.zeros((80, 64), np.float32), []),
}  # fmt: skip


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("name", list(ODD_CORPORA))
def test_every_paper_is_accounted_for_whatever_the_corpus(name: str, level: int) -> None:
    odd = ODD_CORPORA[name]
    report = build_themes(odd.papers, odd.vectors, options=ThemeOptions(level=level, subsamples=2))
    listed = [p.paper_id for theme in report.themes for p in theme.papers]
    listed += [u.paper.paper_id for u in report.uncovered]
    assert sorted(listed) == sorted(p.paper_id for p in odd.papers)
    assert report.matched == report.covered + len(report.uncovered) == len(odd.papers)
    json.dumps(report.to_dict(), allow_nan=False)


def test_an_empty_corpus_has_no_themes_and_says_so() -> None:
    report = build_themes([], np.zeros((0, 64), np.float32))
    assert report.themes == ()
    assert report.notes == ("there are no papers to find themes in",)


def test_few_and_identical_papers_are_one_theme_with_the_reason() -> None:
    few = build_themes(_first(3).papers, _first(3).vectors)
    same = build_themes(_identical(40).papers, _identical(40).vectors)
    assert [theme.size for theme in few.themes] == [3]
    assert "too few" in few.notes[0]
    assert [theme.size for theme in same.themes] == [40]
    assert "all equal" in same.notes[0]


def test_papers_without_abstract_or_title_make_themes_without_sentences(corpus: Planted) -> None:
    bare = [replace(p, abstract="", title="") for p in corpus.papers]
    report = build_themes(bare, corpus.vectors, options=QUICK)
    assert report.matched == report.covered + len(report.uncovered)
    assert all(theme.label and not theme.claims for theme in report.themes)


def test_more_themes_than_there_are_give_fewer_and_a_note(corpus: Planted) -> None:
    report = build_themes(corpus.papers[:20], corpus.vectors[:20], options=replace(QUICK, count=15))
    assert len(report.themes) < 15
    assert "15 themes were asked for" in " ".join(report.notes)
    assert report.covered >= 15  # what cannot be divided so finely is not left out for it


@pytest.mark.parametrize(
    "options",
    [
        ThemeOptions(count=0),
        ThemeOptions(count=10**9),
        ThemeOptions(level=3),
        ThemeOptions(subsamples=-1),
    ],
)
def test_absurd_options_are_refused_with_what_is_valid(
    options: ThemeOptions, corpus: Planted
) -> None:
    with pytest.raises(UsageError, match=r"must be \d"):
        build_themes(corpus.papers, corpus.vectors, options=options)


def test_ten_thousand_papers_are_themed_by_the_other_route() -> None:
    many = planted(500, groups=20, dim=48, noise=0.3)
    report = build_themes(many.papers, many.vectors, options=ThemeOptions(count=20))
    assert report.matched == 10_000 == report.covered + len(report.uncovered)
    assert adjusted_rand_score(many.groups, _found(report, many.papers)) > 0.7
    assert any("2,000" in note for note in report.notes)  # stability is not measured


def test_the_index_gives_its_papers_and_vectors_and_a_query_those_that_match(
    small_app: App,
) -> None:
    corpus = planted()
    small_app.index.add_papers(corpus.papers)
    papers, vectors = gather(small_app.index)
    assert [p.paper_id for p in papers] == [p.paper_id for p in corpus.papers]
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    found = relevant_papers(small_app.search("glacier flow", k=100))
    some, _ = gather(small_app.index, numbers_of(small_app.index, found))
    assert len(some) == len(found) == 20
    assert all("glacier" in p.title for p in some)


def test_a_query_on_something_else_matches_no_paper(small_app: App) -> None:
    small_app.index.add_papers(planted().papers)
    assert relevant_papers(small_app.search("xyzzyqwv", k=100)) == []
    report = build_themes([], np.zeros((0, 64), np.float32), query="xyzzyqwv")
    assert report.notes == ("no paper matches",)


def test_an_index_without_papers_gathers_nothing(small_app: App) -> None:
    papers, vectors = gather(small_app.index)
    assert papers == []
    assert len(vectors) == 0


def test_papers_that_are_not_embedded_are_an_error_with_its_mend(small_app: App) -> None:
    with small_app.index.catalogue.transaction():
        small_app.index.catalogue.put_paper(None, planted().papers[0])
    with pytest.raises(IndexStateError, match="papers index rebuild"):
        gather(small_app.index)


@pytest.mark.slow
def test_noise_below_what_another_processor_rounds_to_leaves_the_number_of_themes(
    sample_app: App,
) -> None:
    papers, vectors = gather(sample_app.index)
    noise = np.random.default_rng(0).normal(0, 1e-5, vectors.shape).astype(np.float32)
    as_stored, shaken = (build_themes(papers, v, options=QUICK) for v in (vectors, vectors + noise))
    assert len(as_stored.themes) == len(shaken.themes)
    assert adjusted_rand_score(_found(as_stored, papers), _found(shaken, papers)) > 0.8


@pytest.mark.slow
def test_themes_of_the_sample_corpus_are_far_stabler_than_the_baselines(sample_app: App) -> None:
    report = build_themes(*gather(sample_app.index))
    assert report.stability is not None
    assert report.stability.themes > 0.75
    assert report.stability.themes > 1.3 * report.stability.ward
    assert report.stability.themes > 1.3 * report.stability.kmeans
    labels = " ".join(theme.label.lower() for theme in report.themes)
    for subject in (
        "reinforcement learning",
        "imitation learning",
        "theory of mind",
        "code generation",
    ):
        assert subject in labels
