"""A chat model for themes that computes all it says from the prompt it is given."""

import re

from tests.fakes import offered_abstracts

_SHOWN = re.compile(r"We show that [^.]*\.")
_SUBJECT = re.compile(r"We show that (\w+ \w+)")


def says(prompt: str) -> str:
    """Return a sound reply to any of the prompts for themes."""
    if "Claims to correct" in prompt:
        return "\n".join("DROPPED" for _ in re.findall(r"^\d+\. ", prompt, re.MULTILINE))
    if "<groups>" in prompt and "</groups>" in prompt.rpartition("# user")[2]:
        return labels(prompt)
    if "</findings>" in prompt and "The themes:" in prompt:
        return overview(prompt)
    return findings(prompt)


def findings(prompt: str, most: int = 3) -> str:
    """Repeat what the first abstracts show, each with its number."""
    offered = list(offered_abstracts(_last(prompt, "abstracts")).items())[:most]
    return " ".join(f"{_shown(abstract)[:-1]} [{n}]." for n, (_title, abstract) in offered)


def falsified(prompt: str) -> str:
    """Repeat what the first abstracts show, each number in it made ten times as large."""
    return re.sub(r"gains (\d+)%", r"gains \g<1>0%", findings(prompt))


def labels(prompt: str) -> str:
    """Name each group after the subject of its first finding."""
    groups = re.findall(r"^(\d+)\. Phrases:(.*?)(?=^\d+\. Phrases|\Z)", _last(prompt, "groups"),
                        re.MULTILINE | re.DOTALL)  # fmt: skip
    found = [(number, _SUBJECT.search(body)) for number, body in groups]
    return "\n".join(f"{number}. Gains in {match[1]}" for number, match in found if match)


def overview(prompt: str) -> str:
    """Repeat the first finding of each theme."""
    blocks = _last(prompt, "findings").strip().split("\n\n")
    return " ".join(re.findall(r"^- (.*)$", block, re.MULTILINE)[0] for block in blocks)


def _shown(abstract: str) -> str:
    found = _SHOWN.search(abstract)
    assert found, abstract
    return found[0]


def _last(prompt: str, tag: str) -> str:
    """Return what stands between the last pair of tags, tags included for ``abstracts``."""
    start = prompt.rindex(f"<{tag}>\n")
    body = prompt[start : prompt.rindex(f"</{tag}>")]
    return f"{body}</{tag}>" if tag == "abstracts" else body.removeprefix(f"<{tag}>")
