"""The output boundary."""


def for_terminal(text: str) -> str:
    return text


def strip_links(text: str) -> str:
    return text


def find_instructions(text: str) -> list[str]:
    return []
