"""The map in a real browser: a script is added to the page that acts as a reader would."""

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from rag.themes import ThemeOptions, build_themes
from rag.themes.map import render_map
from tests.themes_planted import planted

BROWSER = next(
    (b for b in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if b), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs chromium")

ACTS = """
<script>
addEventListener("load", () => setTimeout(() => {
  const $ = (id) => document.getElementById(id);
  const seen = {};
  const errors = [];
  addEventListener("error", (event) => errors.push(event.message));
  const shown = () => Number($("shown").textContent.split(" ")[0]);
  const set = (id, value) => { $(id).value = value; $(id).dispatchEvent(new Event("input")); };
  const map = $("map");
  const box = map.getBoundingClientRect();
  const mouse = (kind, x, y) => map.dispatchEvent(new (kind === "click" ? MouseEvent : PointerEvent)(
    kind, { clientX: box.left + x, clientY: box.top + y, bubbles: true }));
  seen.all = shown();
  search: for (let y = 4; y < box.height; y += 6) for (let x = 4; x < box.width; x += 6) {
    mouse("pointermove", x, y);
    if (!$("tip").hidden) {
      seen.tip = $("tip").textContent;
      mouse("pointerdown", x, y);
      mouse("click", x, y);
      break search;
    }
  }
  seen.tipAfterOpening = !$("tip").hidden;
  seen.opened = $("paper").hidden ? null : $("paper").querySelector("h2").textContent;
  seen.abstract = $("paper").querySelector(".abstract").textContent;
  seen.link = $("paper").querySelector("a").href;
  document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  seen.closed = $("paper").hidden;
  set("from", $("from").max);
  seen.dated = shown();
  seen.period = $("period").textContent;
  $("reset").click();
  seen.reset = shown();
  set("search", "GLACIER flow");
  seen.searched = shown();
  seen.listed = [...$("found-list").querySelectorAll("button")].map((b) => b.textContent);
  $("found-list").querySelector("button").click();
  seen.fromList = $("paper").querySelector("h2").textContent;
  set("search", "");
  map.focus();
  map.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  seen.keyboardTip = $("tip").hidden ? null : $("tip").querySelector("strong").textContent;
  map.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  seen.keyboardOpened = $("paper").querySelector("h2").textContent;
  document.querySelector("#themes summary").click();
  seen.cites = document.querySelectorAll("#themes details")[0].querySelectorAll(".cite").length;
  document.querySelector(".cite").click();
  seen.cited = $("paper").querySelector("h2").textContent;
  seen.trends = document.querySelectorAll("svg.trend").length;
  seen.injected = document.querySelectorAll("img, b").length;
  seen.errors = errors;
  const out = document.createElement("pre");
  out.id = "seen";
  out.textContent = JSON.stringify(seen);
  document.body.append(out);
}, 50));
</script>
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    corpus = planted()
    report = build_themes(
        corpus.papers,
        corpus.vectors,
        options=ThemeOptions(count=4, subsamples=0),
        query="<b>x</b><img src=x>",
    )
    folder = tmp_path_factory.mktemp("map")
    page = folder / "map.html"
    html = render_map(report, corpus.papers, corpus.vectors)
    page.write_text(html.replace("</body>", ACTS + "</body>"), encoding="utf-8")
    return _seen_in_browser(page, folder)


def _seen_in_browser(page: Path, folder: Path) -> dict[str, Any]:
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--no-first-run", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
        f"--user-data-dir={folder / 'profile'}", "--window-size=1200,800", "--virtual-time-budget=5000",
        "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    result: dict[str, Any] = json.loads(unescape(found[1]))
    return result


def test_clicking_a_point_opens_the_paper_that_hovering_showed(seen: dict[str, Any]) -> None:
    assert seen["opened"]
    assert not seen["tipAfterOpening"]
    assert seen["tip"].startswith(seen["opened"])
    assert "We show that" in seen["tip"]  # the takeaway
    assert "Progress on" in seen["abstract"]
    assert seen["link"].startswith("https://example.org/")
    assert seen["closed"]


def test_filtering_by_date_leaves_the_papers_of_that_time(seen: dict[str, Any]) -> None:
    assert seen["all"] == 80
    assert 0 < seen["dated"] < 10
    assert seen["period"] == "2025-12 to 2025-12"
    assert seen["reset"] == 80


def test_searching_finds_all_words_and_lists_the_papers(seen: dict[str, Any]) -> None:
    assert seen["searched"] == 20 == len(seen["listed"])
    assert all("glacier flow" in title for title in seen["listed"])
    assert seen["fromList"] == seen["listed"][0]


def test_the_keyboard_alone_reaches_and_opens_a_paper(seen: dict[str, Any]) -> None:
    assert seen["keyboardTip"]
    assert seen["keyboardOpened"] == seen["keyboardTip"]


def test_a_themes_sentences_lead_to_their_papers(seen: dict[str, Any]) -> None:
    assert seen["cites"] == 3
    assert seen["cited"].startswith("Faster ")
    assert seen["trends"] == 4


def test_nothing_is_injected_and_no_script_fails(seen: dict[str, Any]) -> None:
    assert seen["injected"] == 0
    assert seen["errors"] == []
