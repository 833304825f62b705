"""The ``papers`` command. Only typer is imported until a command has been chosen."""

from rag.cli.main import main

__all__ = ["main"]
