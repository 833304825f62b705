"""A claim is supported when the abstract says it, and not when a number, name or sense differs."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.support import evaluate_support, read_labelled_claims
from rag.answering.support import verify
from rag.answering.support.counted import Figures
from rag.answering.support.names import NameIndex, names
from rag.answering.support.quantities import quantities
from rag.answering.support.quantity import Bound, Unit
from rag.answering.support.wording import read_wording
from rag.errors import InputError
from rag.records import Paper, Verdict
from rag.text.sentences import sentence_spans

TITLE = "Zipper: Cheap Reasoning with Early Stopping"
ABSTRACT = (
    "Reasoning models spend many tokens on easy questions. "
    "We propose Zipper, which applies supervised fine-tuning (SFT) to Qwen2.5-7B and stops early. "
    "It reduces token usage by 18.5% to 41.9% on AIME24, MATH-500 and GPQA without retraining. "
    "Zipper outperforms Best-of-N by up to 6.1% and needs twice the memory. "
    "Trained on 12,000 questions from three sources, it is often more robust to noise. "
    "These results may extend to larger models. "
    "The gain is 5.2% on coding tasks and 9.7% on proofs."
)


def verdict(claim: str) -> Verdict:
    return verify(claim, TITLE, ABSTRACT).verdict


def why(claim: str) -> str:
    return verify(claim, TITLE, ABSTRACT).why


# --- numbers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("18.5%", 18.5, Unit.PERCENT),
        ("18.5 %", 18.5, Unit.PERCENT),
        ("18.5 percent", 18.5, Unit.PERCENT),
        (r"18.5\%", 18.5, Unit.PERCENT),
        ("1,000 runs", 1000, Unit.BARE),
        ("10K runs", 10_000, Unit.BARE),
        ("2.5 million runs", 2_500_000, Unit.BARE),
        ("half a million runs", 500_000, Unit.BARE),
        ("twenty-five runs", 25, Unit.BARE),
        ("6.2 percentage points", 6.2, Unit.POINTS),
        ("3x faster", 3, Unit.TIMES),
        ("a threefold gain", 3, Unit.TIMES),
        ("twice the cost", 2, Unit.TIMES),
        ("two-thirds of them", 2 / 3, Unit.FRACTION),
        ("less than 1/4 of them", 0.25, Unit.FRACTION),
        ("-3.1 points", -3.1, Unit.POINTS),
        ("a 2-stage process", 2, Unit.BARE),
    ],
)
def test_a_quantity_is_read_with_its_unit(text: str, value: float, unit: Unit):
    (found,) = quantities(text)
    assert found.unit is unit
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("more than 10%", Bound.ABOVE),
        ("at least 10%", Bound.ABOVE),
        ("30+ steps", Bound.ABOVE),
        ("fewer than 10 steps", Bound.BELOW),
        ("up to a further 10%", Bound.UP_TO),
        ("as much as 10%", Bound.UP_TO),
        ("nearly 10%", Bound.ABOUT),
        ("exactly 10%", Bound.NONE),
    ],
)
def test_the_comparison_before_a_number_is_read(text: str, bound: Bound):
    assert quantities(text)[0].bound is bound


@pytest.mark.parametrize(
    "text",
    [
        "GPT-4o and Llama-3.1-8B",
        "MATH-500",
        "zero-shot",
        "one of them",
        "by 1) sampling; 2) a reward",
        "it doubles as a benchmark",
    ],
)
def test_numbers_inside_names_and_idioms_are_no_quantities(text: str):
    assert quantities(text) == []


def test_the_ends_of_a_range_know_each_other_and_share_their_unit():
    low, high = quantities("between 18.5 and 41.9%")
    assert (low.unit, low.partner, high.partner) == (Unit.PERCENT, 41.9, 18.5)


@pytest.mark.parametrize(
    "claim",
    [
        "Zipper cuts token usage by 18.5 percent to 41.9 percent.",
        "Zipper was trained on 12K questions from three sources.",
        "Zipper beats Best-of-N by up to 6.1%.",
        "Zipper uses 2x the memory.",
        "Zipper stops early on three benchmarks: AIME24, MATH-500 and GPQA.",
    ],
)
def test_the_same_number_in_other_writing_is_supported(claim: str):
    assert verdict(claim) is Verdict.SUPPORTED, why(claim)


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("Zipper cuts token usage by 81.5%.", "81.5% is not in this abstract"),
        ("Zipper cuts token usage by up to 6.1%.", "not up to 6.1%"),
        ("Zipper reduces token usage by more than 41.9%.", "the claim “more than 41.9%”"),
        ("Zipper outperforms Best-of-N by 6.1%.", "the abstract says “up to 6.1%”"),
        ("The gain is 9.7% on coding tasks.", "the abstract gives 5.2% for this"),
        ("Token usage falls from 18.5% to 6.1%.", "end of another range"),
        ("Zipper was trained on questions from seven sources.", "seven is not in this abstract"),
    ],
)
def test_a_shifted_number_is_caught_and_named(claim: str, reason: str):
    support = verify(claim, TITLE, ABSTRACT)
    assert support.verdict is not Verdict.SUPPORTED
    assert reason in support.why


@pytest.mark.parametrize(
    ("claim", "abstract"),
    [
        ("More than half a million messages were read.", "We read 550,000+ messages."),
        ("It is over a hundred times more sensitive.", "It is 100-1,000 times more sensitive."),
        ("A leap with half a turn is hard.", "A leap with 0.5 turn is hard."),
        ("Images of up to 1344 by 1344 pixels.", "It takes images up to 1344 times 1344 pixels."),
        (
            "Doctors rated Aba 4.3/5 for accuracy and 4.6/5 for speed.",
            "Doctors rated it 4.3/5 for accuracy and 4.6/5 for speed.",
        ),
        (
            "With Aba, safety goes up by as much as 21.7%.",
            "Compared with GRPO, Aba cuts costs (1.2% and 0.6% loss), and raises safety (up to 21.7%).",
        ),
        (
            "Accuracy rises from an RL baseline of 14.0 percent to 96.0 percent.",
            "It lifts accuracy from a 14.0 percent RL baseline to 96.0 percent.",
        ),
        ("Aba gets less than a third of them right.", "Aba gets 29.02% right."),
        ("Its trajectories span 363.2 km.", "Its trajectories span 363.2km."),
        ("In all, 435 tracks were used.", "It uses 351 public and 84 private tracks."),
        ("Aba raises GenEval by 0.17.", "Aba raises GenEval (0.73rightarrow0.90)."),
        (
            "Aba gains up to 66% on reaction tasks.",
            "Aba gains up to 46% on molecule tasks and 66% on reaction tasks.",
        ),
        ("The clips add up to 7,089 hours.", "It has 7,089 hours of clips."),
        ("It leads on both Rco and TUM.", "It leads by 83.74 on Rco and 83.12 on TUM."),
        (
            "The F1-score on harp seals is 72%.",
            r"On harp seals its $\text{F}_\text{1}$-score is 72%.",
        ),
        (
            "The trained model and its weights are public on Hugging Face.",
            "The trained model and its weights are public: https://huggingface.co/some/where.",
        ),
        (
            "Aba applies one projection to each head.",
            "This is achieved by applying one projection to each head.",
        ),
    ],
)
def test_no_rule_speaks_against_what_is_only_written_otherwise(claim: str, abstract: str):
    assert verify(claim, "Aba: Heads and Turns", abstract).score > 0


@pytest.mark.parametrize(
    ("claim", "abstract"),
    [
        ("Aba gets less than a third of them right.", "Aba gets 39.02% right."),
        ("Aba gets more than half right.", "Aba gets 45% right."),
        ("Aba gets more than half right.", "Aba gets 97% right."),
        ("In all, 436 tracks were used.", "It uses 351 public and 84 private tracks."),
        ("Aba raises GenEval by 0.18.", "Aba raises GenEval (0.73rightarrow0.90)."),
        ("Aba gains more than 66% on reactions.", "Aba gains up to 46% and 66% on reactions."),
    ],
)
def test_what_does_not_add_up_is_caught(claim: str, abstract: str):
    assert verify(claim, "Aba: Heads and Turns", abstract).verdict is not Verdict.SUPPORTED


def test_respectively_ties_each_number_to_its_name():
    abstract = "It reaches 95.1% and 41.4% on the MiniF2F and ProofNet test sets respectively."
    assert verify("It reaches 41.4% on ProofNet.", "T", abstract).verdict is Verdict.SUPPORTED
    assert verify("It reaches 95.1% on ProofNet.", "T", abstract).verdict is Verdict.UNSUPPORTED


# --- names ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Qwen2.5-7B", "Qwen 2.5", "qwen2.5-7b", "MATH500", "SFT", "GPQA"])
def test_a_name_is_found_in_other_writing(name: str):
    index = NameIndex(read_wording(ABSTRACT))
    assert all(index.has(found) for found in names(f"It uses {name}.", [(1000, 1001)]))


@pytest.mark.parametrize("name", ["GPT-4o", "Qwen2.5-72B", "MATH-50", "PPO", "AIME25"])
def test_a_name_that_is_near_but_other_is_caught(name: str):
    claim = f"Zipper is applied to {name} and stops early."
    assert verdict(claim) is Verdict.UNSUPPORTED
    assert name in why(claim)


def test_an_expansion_stands_for_its_acronym_and_the_other_way_round():
    assert verdict("Zipper applies SFT to Qwen2.5-7B and stops early.") is Verdict.SUPPORTED
    spelled = "It is trained with reinforcement learning."
    assert verify("It is trained with RL.", "T", spelled).score > 0  # no rule is against it


def test_a_number_after_a_name_is_part_of_it():
    abstract = "Traits steer GPT-3.5, Llama 2 and Mistral on AIME 2024 and AIME 2025."
    assert quantities(abstract) == []
    assert verify("Traits steer Llama 2.", "T", abstract).verdict is Verdict.SUPPORTED
    assert verify("Traits steer Llama 4.", "T", abstract).verdict is Verdict.UNSUPPORTED
    assert verify("Traits steer Mistral on AIME 2025.", "T", abstract).verdict is Verdict.SUPPORTED


def test_lists_in_the_same_order_tie_numbers_to_names_without_respectively():
    abstract = "It raises completion (47.6% to 93.8% and 22.0% to 86.0%) on SWE-bench and kBench."
    right, wrong = (
        f"Completion on kBench rises from {a}." for a in ("22.0% to 86.0%", "47.6% to 93.8%")
    )
    assert verify(right, "T", abstract).verdict is Verdict.SUPPORTED
    assert verify(wrong, "T", abstract).verdict is Verdict.UNSUPPORTED


def test_two_counts_cannot_be_exchanged():
    abstract = "The competition drew much interest: 143 teams submitted 463 entries."
    right = "The 463 entries were submitted by 143 teams."
    wrong = "The 143 entries were submitted by 463 teams."
    assert verify(right, "T", abstract).verdict is Verdict.SUPPORTED
    assert verify(wrong, "T", abstract).verdict is Verdict.UNSUPPORTED


# --- sense ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("Zipper increases token usage on AIME24.", "does not bear this out"),
        ("Zipper is often less robust to noise.", "“less”"),
        ("Best-of-N outperforms Zipper.", "does not bear this out"),
        ("Zipper is outperformed by Best-of-N.", "does not bear this out"),
        ("Zipper requires retraining.", "does not bear this out"),
        ("With Zipper, models always stop early.", "“always” goes beyond"),
        ("Zipper fine-tunes a diffusion transformer.", "“diffusion”"),
    ],
)
def test_a_turned_claim_is_caught_with_its_reason(claim: str, reason: str):
    support = verify(claim, TITLE, ABSTRACT)
    assert support.verdict is not Verdict.SUPPORTED
    assert reason in support.why


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("It reduces token usage by 41.9% to 18.5% on AIME24, MATH-500 and GPQA without retraining.", "end of another range"),
        ("It reduces token usage by 18.5% to 41.9% on AIME24, MATH-500 and GPQA with retraining.", "differ in “without”"),
        ("It raises token usage by 18.5% to 41.9% on AIME24, MATH-500 and GPQA without retraining.", "“raises”"),
        ("These results extend to larger models.", "says only “may”"),
        ("Trained on 12,000 questions from three sources, it is always more robust to noise.", "“always”"),
    ],
)  # fmt: skip
def test_a_copy_that_changes_what_matters_is_caught(claim: str, reason: str):
    support = verify(claim, TITLE, ABSTRACT)
    assert support.verdict is not Verdict.SUPPORTED
    assert reason in support.why


def test_what_was_chosen_and_what_was_not_cannot_be_exchanged():
    abstract = "The gains are driven by guided refinement, not merely by the diversity of sampling."
    right = "The gains come from guided refinement rather than from the diversity of sampling."
    wrong = "The gains come from the diversity of sampling rather than from guided refinement."
    assert verify(right, "T", abstract).verdict is Verdict.SUPPORTED
    assert verify(wrong, "T", abstract).verdict is Verdict.UNSUPPORTED


def test_a_denial_elsewhere_in_the_sentence_excuses_none():
    abstract = "Naive methods do not scale with compute, instead hitting plateaus of learning."
    assert verify("Naive methods hit plateaus.", "T", abstract).verdict is Verdict.SUPPORTED
    assert (
        verify("Naive methods do not hit plateaus.", "T", abstract).verdict is Verdict.UNSUPPORTED
    )


def test_reducing_something_bad_is_no_contradiction():
    abstract = "The method reduces errors and improves accuracy on long inputs."
    assert (
        verify("Accuracy on long inputs gets better.", "T", abstract).verdict is Verdict.SUPPORTED
    )


def test_what_two_things_do_cannot_be_exchanged():
    abstract = (
        "PerpR selects episodes by difficulty, while ESR stores action logits of single steps."
    )
    right = "ESR stores action logits, whereas PerpR selects episodes by difficulty."
    wrong = "PerpR stores action logits, whereas ESR selects episodes by difficulty."
    assert verify(right, "T", abstract).verdict is Verdict.SUPPORTED
    assert verify(wrong, "T", abstract).verdict is Verdict.UNSUPPORTED


def test_a_claim_about_something_else_says_what_is_missing():
    support = verify("Position auctions place sponsored creatives.", TITLE, ABSTRACT)
    assert support.verdict is Verdict.UNSUPPORTED
    assert "“creatives” not found" in support.why


# --- who, what and how much belong together ------------------------------------------------


@pytest.mark.parametrize(
    ("abstract", "right", "wrong"),
    [
        (
            "It scores 75.2% pass@1 on GAIA and 52.0% on PathVQA; GPT-4o (13.9%) and Bagel (17.6%) lag.",
            "It scores 52.0% on PathVQA, and GPT-4o reaches 13.9%.",
            "It scores 75.2% on PathVQA.",
        ),
        (
            "Accuracy rises by 8.4% compared to the base model and by 7.9% compared to the best baseline.",
            "Compared to the best baseline, accuracy rises by 7.9%.",
            "Compared to the best baseline, accuracy rises by 8.4%.",
        ),
        (
            "Training DSR-Train with Qwen improves dynamic reasoning about objects. DSR-Bench is released.",
            "Training DSR-Train with Qwen improves reasoning about objects.",
            "Training DSR-Bench with Qwen improves reasoning about objects.",
        ),
        (
            "The model transfers after training on only 27 hours of walking data.",
            "The model transfers after just 27 hours of walking data.",
            "The model transfers after just 27 minutes of walking data.",
        ),
    ],
)  # fmt: skip
def test_what_belongs_to_one_is_not_told_of_another(abstract: str, right: str, wrong: str):
    assert verify(right, "T", abstract).verdict is Verdict.SUPPORTED
    assert verify(wrong, "T", abstract).verdict is not Verdict.SUPPORTED


def test_what_earlier_work_does_is_not_told_of_the_paper():
    abstract = (
        "Existing provers rely on expert statements as inputs. "
        "We present Mathesis, which reads informal problems. Mathesis sets a record."
    )
    wrong = "Mathesis relies on expert statements as inputs."
    assert verify(wrong, "Mathesis: Proving", abstract).verdict is not Verdict.SUPPORTED
    right = "Existing provers rely on expert statements as inputs, it is said."
    assert verify(right, "Mathesis: Proving", abstract).verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("claim", "supported"),
    [
        ("People preferred Turbo over the DDIM samples.", True),
        ("People preferred the DDIM samples over Turbo.", False),
        ("Turbo is more than ten times faster and improves video quality.", True),
        ("Turbo is least effective on noisy clips of sports.", False),
        ("Output diversity diminishes with Turbo.", False),
        ("Turbo lags behind MAP in accuracy.", False),
    ],
)
def test_directions_are_composed_from_their_words(claim: str, supported: bool):
    abstract = (
        "We propose Turbo. Turbo is preferred over the DDIM samples, which is more than a tenfold "
        "speed-up while improving video quality. It is most effective on noisy clips of sports and enhances "
        "the output diversity. Compared to MAP, Turbo improves accuracy."
    )
    verdict = verify(claim, "Turbo: Fast Video", abstract).verdict
    assert (verdict is Verdict.SUPPORTED) is supported


def test_measures_are_converted():
    abstract = "A clip takes 1.5 minutes, at 2,146 tokens/s."
    longer = "It takes 1.5 minutes to render a clip."
    claim = "Rendering a clip takes 90 seconds."
    assert verify(claim, "Clips", longer).verdict is Verdict.SUPPORTED
    assert verify("A clip takes a minute and a half.", "T", abstract).verdict is Verdict.SUPPORTED
    wrong = "A clip takes 2,146 tokens per minute."
    assert verify(wrong, "T", abstract).verdict is not Verdict.SUPPORTED


# --- verbatim quotes -----------------------------------------------------------------------


def test_every_sentence_of_every_abstract_supports_itself(sample_papers: list[Paper]):
    for paper in sample_papers:
        for start, end in sentence_spans(paper.abstract):
            sentence = paper.abstract[start:end]
            support = verify(sentence, paper.title, paper.abstract)
            assert support.verdict is Verdict.SUPPORTED, (sentence, support.why)


@pytest.mark.parametrize(
    "claim",
    [
        "Zipper reduces token usage by 18.5% to 41.9% on AIME24, MATH-500 and GPQA without retraining.",
        f"{TITLE}: It reduces token usage by 18.5% to 41.9% on AIME24, MATH-500 and GPQA without retraining.",
        "In Zipper, these results may extend to larger models.",
    ],
)
def test_a_sentence_with_its_subject_spelled_out_counts_as_verbatim(claim: str):
    support = verify(claim, TITLE, ABSTRACT)
    assert (support.verdict, support.score) == (Verdict.SUPPORTED, 1.0)


@given(st.text(max_size=150), st.text(max_size=40), st.text(max_size=250))
@settings(max_examples=150, deadline=None)
def test_any_text_gets_a_verdict_with_a_verbatim_quote(claim: str, title: str, abstract: str):
    quote = verify(claim, title, abstract).quote
    assert abstract[quote.start : quote.end] == quote.text


def test_an_overlong_claim_is_weak_and_costs_little():
    support = verify("fast models improve data " * 400, TITLE, ABSTRACT)
    assert (support.verdict, support.why) == (Verdict.WEAK, "too long to check as one claim")


def test_figures_find_the_token_that_holds_a_number():
    wording = read_wording("It needs 12,000 runs.")
    figures = Figures(wording, quantities(wording.text))
    assert wording.tokens[figures.token_at(figures.quantities[0])].word == "12,000"


# --- lies about the sample corpus ------------------------------------------------------------

_TURNED = {
    r"\boutperforms\b": "is outperformed by", r"\breduces\b": "increases", r"\bimproves\b": "degrades",
    r"\bwithout\b": "with", r"\bcannot\b": "can", r"\boften\b": "always", r"\bfewer\b": "more",
    r"\benhances\b": "weakens", r"\bfaster\b": "slower",
}  # fmt: skip
_VERSION = re.compile(r"(?<=[A-Z]-)\d\b|(?<=[a-z]-)\d(?=B\b)|(?<=Llama )\d|(?<=AIME )\d{4}")
_FIGURE = re.compile(r"(?<![\w.,-])\d+(?:\.\d+)?(?=\\?%)")


def lies(paper: Paper) -> Iterator[tuple[str, str]]:
    """Yield copies of the paper's sentences with one thing changed, each with its kind."""
    for start, end in sentence_spans(paper.abstract):
        sentence = paper.abstract[start:end]
        for word, other in _TURNED.items():
            if len(re.findall(word, sentence)) == 1 and len(sentence) < 300:
                yield "turned", re.sub(word, other, sentence)
        for match in _VERSION.finditer(sentence):
            other = str(int(match.group()) + 2)
            if other not in paper.abstract:
                yield "version", sentence[: match.start()] + other + sentence[match.end() :]
        figures = list(_FIGURE.finditer(sentence))
        for one, two in pairwise(figures):
            if one.group() != two.group():
                first, middle = sentence[: one.start()], sentence[one.end() : two.start()]
                yield (
                    "exchanged",
                    first + two.group() + middle + one.group() + sentence[two.end() :],
                )


def test_copies_with_one_thing_changed_get_no_tick(sample_papers: list[Paper]):
    told, believed = Counter[str](), list[str]()
    for paper in sample_papers[::2]:
        for kind, claim in lies(paper):
            told[kind] += 1
            if verify(claim, paper.title, paper.abstract).verdict is Verdict.SUPPORTED:
                believed.append(f"{kind}: {claim}")
    assert min(told.values()) >= 10, told
    assert len(believed) <= 0.01 * told.total(), believed


# --- the labelled set ----------------------------------------------------------------------

LABELLED = Path(__file__).parents[1] / "evals" / "questions" / "claims.jsonl"
DAILY = (
    Path(__file__).parent / "claims"
)  # pairs on other papers; of the unread every second is judged
# Least recall of each kind: what was measured, less a margin. The check was fitted on all but "test".
FLOORS = {
    "unread": {
        "true": 0.88, "number": 0.92, "method": 0.70,
        "direction": 0.80, "negation": 0.83, "overgeneral": 0.73,
    },
    "dev": {
        "true": 0.94, "number": 0.94, "method": 0.95, "wrong_paper": 0.95,
        "direction": 0.92, "negation": 0.90, "overgeneral": 0.80,
    },
    "test": {
        "true": 0.90, "number": 0.95, "method": 0.95, "wrong_paper": 0.95,
        "direction": 0.90, "negation": 0.90, "overgeneral": 0.90,
    },
}  # fmt: skip


def daily_papers() -> list[Paper]:
    """Return the papers outside the sample corpus about which claims were labelled."""
    lines = (DAILY / "papers.jsonl").read_text(encoding="utf-8").splitlines()
    return [Paper(**json.loads(line)) for line in lines]


@pytest.mark.parametrize("split", FLOORS)
def test_the_check_keeps_its_recall_on_labelled_claims(split: str, sample_papers: list[Paper]):
    path, papers = (DAILY / "claims.jsonl", daily_papers())
    if split != "unread":
        path, papers = LABELLED, sample_papers
    half = "test" if split == "unread" else split
    claims = [c for c in read_labelled_claims(path) if c.split == half]
    claims = claims[::2] if split == "unread" else claims  # all: python -m benchmarks.checker
    reports = evaluate_support(claims, papers)
    low = {k: r for k, r in reports.items() if r.recall < FLOORS[split][k]}
    assert reports.keys() == FLOORS[split].keys()
    assert not low
    assert reports["true"].precision >= 0.80


def test_the_two_halves_share_no_paper():
    claims = read_labelled_claims(LABELLED)
    halves = [{c.title for c in claims if c.split == split} for split in ("dev", "test")]
    assert halves[0].isdisjoint(halves[1])
    others = read_labelled_claims(DAILY / "claims.jsonl")
    assert halves[1].isdisjoint(c.title for c in others)
    unread = {c.title for c in others if c.split == "test"}
    assert unread.isdisjoint(c.title for c in others if c.split == "dev")


def test_an_unreadable_line_of_the_labelled_set_is_named(tmp_path: Path):
    path = tmp_path / "claims.jsonl"
    path.write_text('{"id": "k1"}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"claims.jsonl:1: no labelled claim"):
        read_labelled_claims(path)
