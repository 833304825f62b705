"""Commands that change how the conversation goes on, and those that keep or leave it."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from rag.chat.budget import counted, describe_spending, dollars
from rag.chat.conversation import Chat
from rag.chat.exports import export as export_session
from rag.chat.rewording import Wording
from rag.errors import UsageError

_NAME = re.compile(r"[\w][\w .-]{0,59}")
_WORDINGS = {"": Wording.MODEL, "asis": Wording.AS_TYPED, "rules": Wording.RULES}
_SWITCH = {"on": True, "off": False}


def filter_(chat: Chat, arguments: Sequence[str]) -> None:
    """Show, set or clear the filters."""
    if arguments in (["clear"], ["none"], ["off"]):
        chat.set_filters(())
    elif arguments:
        keys = {_key(expression) for expression in arguments}
        kept = [f for f in chat.session.filters if _key(f) not in keys]
        chat.set_filters((*kept, *arguments))
    if chat.session.filters:
        chat.screen.show_text(f"filters: {', '.join(chat.session.filters)}  (/filter clear, /undo)")
    else:
        chat.screen.show_text("no filters; e.g. /filter since=2025 org=google")


def _key(expression: str) -> str:
    """Return key and direction, so that ``authors>=3`` replaces ``authors>2`` only."""
    match = re.match(r"\s*([\w-]+)\s*([<>]?)", expression)
    return "".join(match.groups()) if match else expression


def filter_words(chat: Chat) -> Iterable[str]:
    """Return the beginnings of filters, and the organisations of the corpus."""
    from rag.retrieval.filter_expressions import OPERATORS

    yield from ("clear", *(f"{key}{sign}" for key, signs in OPERATORS.items() for sign in signs))
    known = chat.app.index.catalogue.organisations()
    yield from (f'org="{name}"' if " " in name else f"org={name}" for name in known)


def retry(chat: Chat, arguments: Sequence[str]) -> None:
    """Ask the last question again, in the place of its answer."""
    if not chat.session.turns:
        raise UsageError("there is nothing to ask again yet")
    wanted = arguments[0].lower() if arguments else ""
    if len(arguments) > 1 or wanted not in _WORDINGS:
        raise UsageError("/retry takes nothing, asis (exactly as typed) or rules (without a model)")
    chat.budget.check(chat.app.settings.model)  # before the answer at hand is given up
    before, filters = len(chat.session.turns), chat.session.filters
    typed = chat.session.turns[-1].typed
    while len(chat.session.turns) == before:
        chat.undo()
    if chat.session.filters != filters:
        chat.set_filters(filters)
    chat.ask(typed, wording=_WORDINGS[wanted])


def retry_words(chat: Chat) -> Iterable[str]:
    """Return what /retry may be followed by."""
    del chat
    return ("asis", "rules")


def undo(chat: Chat, _arguments: Sequence[str]) -> None:
    """Take back the last question or change of filters."""
    if chat.session.before is None:
        raise UsageError("there is nothing to take back")
    gone = chat.undo()
    what = f"the question “{gone.typed}”" if gone else "the change of filters"
    held = ", ".join(chat.session.filters) or "none"
    chat.screen.show_text(f"Taken back: {what}. Filters: {held}.")


def strict(chat: Chat, arguments: Sequence[str]) -> None:
    """Switch strict answers on or off; without an argument, to the other of the two."""
    now = chat.app.settings.answer.strict
    wanted = _SWITCH.get(arguments[0].lower()) if arguments else not now
    if wanted is None:
        raise UsageError("/strict takes on or off")
    chat.change_settings({"answer.strict": wanted})
    said = "dropped" if wanted else "marked"
    chat.screen.show_text(f"Unsupported claims are {said} from now on.")


def on_off(chat: Chat) -> Iterable[str]:
    """Return the two states of a switch."""
    del chat
    return _SWITCH


def model(chat: Chat, arguments: Sequence[str]) -> None:
    """Show the chat model, or go on with another."""
    if arguments:
        chat.change_settings({"model.name": arguments[0]})
    chat.screen.show_text(model_line(chat))


def model_line(chat: Chat) -> str:
    """Return one line on who writes the answers."""
    chosen = chat.app.settings.model
    if not chosen.configured:
        return "No model: answers are quoted from the abstracts. /model NAME changes that."
    most = chat.budget.most(chosen)
    price = f", at most {dollars(most)} each" if most else ""
    name = chosen.name
    if name.startswith("local:"):  # of a file its name is enough, and fits the line
        name = f"local:{Path(name).name}"
    return f"{name} answers{price}; every claim is checked."


def model_words(chat: Chat) -> Iterable[str]:
    """Return models that have a price, and none."""
    return ("none", *chat.budget.prices.models)


def cost(chat: Chat, _arguments: Sequence[str]) -> None:
    """Show tokens and cost."""
    budget, settings = chat.budget, chat.app.settings.model
    show = chat.screen.show_text
    if not budget.spent.turns:
        show("Nothing has been asked yet.")
    else:
        show(f"last answer: {describe_spending(budget.last)}")
        show(
            f"this chat, {counted(budget.spent.turns, 'answer')}: {describe_spending(budget.spent)}"
        )
    if settings.configured:
        most = budget.most(settings)
        show(f"the next answer: {'at most ' if most is not None else ''}{dollars(most)}")
        show(
            f"prices of {budget.prices.as_of}; prices.toml in the home folder overrides them", "dim"
        )
    if budget.limit is not None:
        show(f"limit: {dollars(budget.limit)}")


def export(chat: Chat, arguments: Sequence[str]) -> None:
    """Write the conversation to a file."""
    names = [word for word in arguments if word != "--force"]
    if len(names) != 1:
        raise UsageError("give one file, e.g. /export notes.md (.md, .bib or .json)")
    if not chat.session.turns:
        raise UsageError("there is nothing to export yet")
    path = Path(names[0]).expanduser()
    n = export_session(chat.session, path, overwrite="--force" in arguments)
    asked = counted(len(chat.session.turns), "question")
    chat.screen.show_text(f"Wrote {path.name}: {asked}, {counted(n, 'source')}.")


def save(chat: Chat, arguments: Sequence[str]) -> None:
    """Name the conversation."""
    name = " ".join(arguments)
    if not _NAME.fullmatch(name) or name.isdigit():
        raise UsageError("/save takes a name of letters, digits, spaces, dots and dashes")
    if chat.transcripts is None or chat.number is None:
        off = (
            "transcripts are off in this chat" if chat.transcripts is None else "nothing was asked"
        )
        raise UsageError(f"there is nothing to name: {off}; /export FILE.json keeps a copy")
    chat.transcripts.rename(chat.number, name)
    chat.screen.show_text(f"Saved as “{name}”; go on with it by: /load {name}")


def load(chat: Chat, arguments: Sequence[str]) -> None:
    """Go on with an earlier conversation."""
    if not arguments and chat.transcripts is not None:
        for known in chat.transcripts.conversations()[:20]:
            name = f" “{known.name}”" if known.name else ""
            when, first = known.started[:16].replace("T", " "), " ".join(known.first.split())
            chat.screen.show_text(f"{known.number}{name} {when} {first[:100]}")
        return
    chat.resume(" ".join(arguments))
    show_resumed(chat)


def show_resumed(chat: Chat) -> None:
    """Say where a resumed conversation stands: its questions, and how the last one ended."""
    show = chat.screen.show_text
    asked = counted(len(chat.session.turns), "question")
    show(f"Conversation {chat.number}: {asked} so far.", "bold")
    for turn in chat.session.turns[-3:]:
        show(f"> {turn.typed}", "dim")
    if chat.session.turns:
        last = chat.session.turns[-1].answer
        chat.screen.show_answer(iter([last]))
        if not last.complete:
            show("This answer was cut short; /retry asks it again.")


def saved_words(chat: Chat) -> Iterable[str]:
    """Return names and numbers of conversations."""
    if chat.transcripts is None:
        return ()
    return [known.name or str(known.number) for known in chat.transcripts.conversations()[:50]]


def quit_(chat: Chat, _arguments: Sequence[str]) -> None:
    """Leave."""
    chat.leaving = True
