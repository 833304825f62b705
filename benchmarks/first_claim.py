"""How long a warm turn of the chat takes to its first claim, against retrieval alone.

``python -m benchmarks.first_claim [--home HOME]`` asks the first questions of the written
conversations, and their first follow-ups, of a chat that writes a transcript and prints to
a screen nobody sees. Retrieval alone and the whole turn alternate, in changing order.
"""

import argparse
import io
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np

from rag.answering.answering import RETRIEVED
from rag.app import App, open_app
from rag.chat.budget import Budget
from rag.chat.conversation import Chat
from rag.chat.transcripts import Transcripts
from rag.cli.chat import TerminalScreen
from rag.pricing import load_prices
from rag.records import Answer

CONVERSATIONS = Path(__file__).resolve().parents[1] / "evals/questions/conversations.jsonl"
ROUNDS = 5
QUESTIONS = 20


class FirstClaim(TerminalScreen):
    """A terminal that notes when the first claim, or the refusal, has been printed."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0.0

    def show_answer(self, states: Iterator[Answer]) -> Answer:
        """Print the answer; note the time at which its second state is asked for."""

        def watched() -> Iterator[Answer]:
            self.at = 0.0
            for state in states:
                yield state  # whoever prints asks for the next state when this one is shown
                if state.claims and not self.at:
                    self.at = time.perf_counter()

        answer = super().show_answer(watched())
        self.at = self.at or time.perf_counter()
        return answer


def first_claim(chat: Chat, screen: FirstClaim, turns: list[str]) -> float:
    """Return the seconds from the last of ``turns`` to its first claim on the screen."""
    chat.session = type(chat.session)()
    for typed in turns[:-1]:
        chat.ask(typed)
    started = time.perf_counter()
    chat.ask(turns[-1])
    return screen.at - started


def alone(app: App, question: str) -> float:
    """Return the seconds of the retrieval that an answer to ``question`` rests on."""
    started = time.perf_counter()
    app.search(question, k=RETRIEVED)
    return time.perf_counter() - started


def asked(chat: Chat, turns: list[str]) -> str:
    """Return what the last of ``turns`` is asked as."""
    chat.session = type(chat.session)()
    for typed in turns:
        chat.ask(typed)
    return chat.session.turns[-1].rewrite.question


def compared(
    one: Callable[[], float], other: Callable[[], float], rounds: int
) -> tuple[list[float], list[float]]:
    """Return the seconds of both, taken in turn and in changing order."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        both = list(enumerate((one, other)))
        for place, measure in both if number % 2 else both[::-1]:
            times[place].append(measure())
    return times


def measure(app: App, folder: Path, position: int) -> tuple[list[float], list[float], list[float]]:
    """Return medians of retrieval alone, of the first claim, and their ratio, by question."""
    screen = FirstClaim()
    chat = Chat(
        app, screen, budget=Budget(load_prices()), transcripts=Transcripts(folder / "t.sqlite")
    )
    rows = [json.loads(line)["turns"] for line in CONVERSATIONS.read_text("utf-8").splitlines()]
    medians: tuple[list[float], list[float], list[float]] = ([], [], [])
    for row in rows[:QUESTIONS]:
        turns = [turn["question"] for turn in row[: position + 1]]
        question = asked(chat, turns)  # which also warms everything
        found, claimed = compared(
            lambda question=question: alone(app, question),  # type: ignore[misc]
            lambda turns=turns: first_claim(chat, screen, turns),  # type: ignore[misc]
            ROUNDS,
        )
        one, other = float(np.median(found)), float(np.median(claimed))
        for values, value in zip(medians, (one, other, other / one), strict=True):
            values.append(value)
    chat.close()
    return medians


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", help="a built home; the sample corpus when left out")
    home = parser.parse_args().home
    with tempfile.TemporaryDirectory() as folder:
        app = open_app(home=home or folder, overrides={"model.name": "none"})
        app.ensure_corpus()
        print(f"{QUESTIONS} questions, {ROUNDS} rounds; medians in ms, ratios with their quartiles")
        for name, position in (("first question", 0), ("follow-up", 1)):
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                found, claimed, ratio = measure(app, Path(folder), position)
            low, middle, high = np.percentile(ratio, [25, 50, 75])
            print(
                f"{name}: retrieval alone {1000 * np.median(found):.1f}, "
                f"first claim {1000 * np.median(claimed):.1f}, "
                f"ratio {middle:.2f} [{low:.2f}, {high:.2f}], worst {max(ratio):.2f}"
            )


if __name__ == "__main__":
    main()
