"""Does the cited abstract bear out the claim? One check a module; ``verdict`` weighs them."""

from rag.answering.support.verdict import Support, verify

__all__ = ["Support", "verify"]
