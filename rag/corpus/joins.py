"""The machine form of a join, as the catalogue keeps it."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from rag.corpus.merge import Conflict, Join
from rag.records import paper_from_dict, paper_to_dict


def join_to_dict(join: Join) -> dict[str, Any]:
    """Return what is worth keeping of a join, JSON-ready: its record without the abstract."""
    record = paper_to_dict(replace(join.other, abstract="", original_abstract=None))
    return {
        "paper_id": join.paper_id,
        "other": {**record, "abstract": ""},
        "why": join.why,
        "conflicts": [asdict(conflict) for conflict in join.conflicts],
    }


def join_from_dict(values: Mapping[str, Any]) -> Join:
    """Return the join that ``join_to_dict`` described."""
    conflicts = tuple(_conflict(conflict) for conflict in values["conflicts"])
    return Join(values["paper_id"], paper_from_dict(values["other"]), values["why"], conflicts)


def _conflict(values: Mapping[str, Any]) -> Conflict:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Conflict(**fields)
