"""The written conversations: rewritten follow-ups find what hand-written questions find."""

from pathlib import Path

import pytest

from evals.conversations import evaluate_conversations
from rag.app import App

QUESTIONS = Path(__file__).resolve().parents[1] / "evals" / "questions" / "conversations.jsonl"


@pytest.mark.slow
def test_rewritten_follow_ups_succeed_at_least_nine_tenths_as_often(sample_app: App) -> None:
    report = evaluate_conversations(sample_app, QUESTIONS)
    assert report["conversations"] >= 40
    for half in report["halves"].values():
        assert half["n"] >= 40
        assert half["ratio"] >= 0.90
        assert half["left_alone"]["kept"] >= 0.9 * half["left_alone"]["n"]
