"""The commands of docs/themes.md run, and its numbers are those of the code."""

import json
import re
import shlex
from pathlib import Path

import pytest

from rag.app import App
from rag.cli.main import main
from rag.themes import clustering, gather, space, stability, writing
from rag.themes.replies import FOLDER
from tests.sessions import ROOT

PAGE = (ROOT / "docs" / "themes.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ papers (.*)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_runs_and_accounts_for_every_paper(
    words: str, sample_app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(sample_app.settings.index.folder), *shlex.split(words)])
    assert not ended.value.code
    out = capsys.readouterr().out
    if "--json" in words:
        account = json.loads(out)["accounting"]
        assert account["matched"] == account["in_themes"] + account["uncovered"]
    else:
        matched, covered, outside = map(
            int, re.findall(r"(\d+) papers = (\d+) in \d+ themes \+ (\d+) in none", out)[0]
        )
        assert matched == covered + outside
    assert (tmp_path / "map.html").exists() == ("--html" in words)


@pytest.mark.parametrize(
    "said",
    [
        f"at most {gather.MOST_MATCHES} papers, and none below {gather.RELEVANT}",
        f"even the best one scores below {gather.LEAST_SCORE}",
        f"agreement reaches {100 * clustering._NEARLY:.0f} % of the best",
        f"reduced to {space.DIMENSIONS} principal axes",
        f"`{FOLDER}/`",
        f"Above {stability.MOST_PAPERS:,} papers",
        f"above {clustering.LARGE:,} papers",
    ],
)
def test_numbers_and_names_are_those_of_the_code(said: str) -> None:
    assert said in " ".join(PAGE.split())


def test_the_number_of_abstracts_that_the_model_reads_is_said_rightly() -> None:
    assert (writing.PAPERS_READ, "twelve most typical abstracts" in PAGE) == (12, True)
