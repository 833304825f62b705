"""Render runs and gates as JUnit XML, which continuous integration knows how to show.

A test case is a measure of a gate, or a question of a run. A question that failed to run
is an error; one that was answered wrongly or not retrieved is a failure.
"""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from evals.measures import measure_run
from evals.retrieval import OURS, runs_of
from evals.runs import RunFolder

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def gate_to_junit(found: Mapping[str, Any]) -> str:
    """Return one test case a measure; anything but a pass is a failure or an error."""
    suite = _suite(f"papers eval gate: {found['set']}", found.get("fake_model", False))
    for name, row in found["measures"].items():
        case = SubElement(suite, "testcase", classname="gate", name=_clean(name))
        if row["decision"] == "invalid":
            reasons = "; ".join(found["reasons"]) or "not measured in both runs"
            SubElement(case, "error", message=_clean(reasons))
        elif row["decision"] != "pass":
            text = f"{row['decision']}: {row['delta']:+.4f}, margin {found['margin']}"
            SubElement(case, "failure", message=_clean(text))
    return _document(suite)


def run_to_junit(folder: RunFolder, report: Mapping[str, Any]) -> str:
    """Return one test case a question."""
    suite = _suite(f"papers eval {report['kind']}: {report['set']}", report["fake_model"])
    records, faults = folder.records(), _faults(folder)
    for topic in folder.topics:
        record = records.get(topic.topic_id, {"error": "no record"})
        case = SubElement(
            suite, "testcase", classname=topic.type, name=_clean(f"{topic.topic_id} {topic.question}"),
            time=str(record.get("seconds", 0)),
        )  # fmt: skip
        if "error" in record:
            SubElement(case, "error", message=_clean(record["error"]))
        elif topic.topic_id in faults:
            SubElement(case, "failure", message=_clean(faults[topic.topic_id]))
    return _document(suite)


def _faults(folder: RunFolder) -> dict[str, str]:
    if folder.manifest["kind"] == "retrieval":
        found = measure_run(folder.qrels, runs_of(folder)[OURS], ["R@10"])["R@10"]
        return {t: "no relevant paper in the top 10" for t, value in found.items() if not value}
    from evals.answers import failures, score_folder

    return {t: step.value for t, step in failures(folder, score_folder(folder)).items()}


def _suite(name: str, fake: bool) -> Element:
    suite = Element("testsuite", name=_clean(name))
    if fake:
        properties = SubElement(suite, "properties")
        SubElement(properties, "property", name="fake_model", value="true")
    return suite


def _document(suite: Element) -> str:
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suite, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    """Return the text without characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
