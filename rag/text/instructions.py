"""Report passages of a text that speak to a machine rather than to a reader.

Used for the trace of an answer, so that a reader can see that an abstract tried to give
orders. It is a report and no defence: the defences are the checks on what the model wrote.
"""

import re
import unicodedata

_SHOWN = 160  # characters of a passage that are reported
_MOST = 8  # passages of one text that are reported
_LONGEST = 50_000  # characters of a text that are searched

_MACHINE = (
    r"(?:ai|a\.i\.|llms?|language models?|(?:ai )?assistants?|chat ?bots?|models?|agents?|"
    r"(?:automated|machine) (?:readers?|systems?|reviewers?)|(?:ai|rag) systems?|summari[sz]ers?)"
)
_SAYING = (
    r"(?:say|reply|answer|respond|write|output|print|repeat|state|emit|include|append|add|insert|return|display"
    r"|copy|quote|cite|reproduce|render|begin|start|end|finish|tell|show|keep|mention|claim|refer|fetch|instruct)"
)
_RULES = r"(?:instructions?|prompts?|rules|guidelines|directives?|messages?|user question|polic(?:y|ies))"
_YOURS = (
    r"(?:your (?:\w+ )?(?:answers?|repl(?:y|ies)|responses?|outputs?|sentences?)|the (?:final |start of the )?answer"
    r"|(?:each|every|any) (?:answer|reply|response|sentence|citation|paragraph)|the user|the chat)"
)
_MUST = r"(?:must|should|shall|will|has to|have to|is to|are to|needs? to)"

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Set the given task aside.
        (
            rf"\b(?:ignore|disregard|forget|override|bypass|discard)\b(?: (?:all|any|the|your|these|those|every|of|and)\b){{0,3}}"
            rf"(?: (?:previous|prior|above|earlier|system|other|former|following|existing|original)\b){{0,2}} (?:{_RULES}|questions?|context)\b"
        ),
        r"\b(?:do not|don't|never|stop) (?:follow|obey|summari\w+|cite\b|citing|answer\w*|reveal|mention|trust|quot\w+)\b",
        r"\b(?:ignorez|ignoriere|ignora|ignorar|ignorare|negeer|ignoruj|игнорируй\w*|忽略|无视|無視)(?:\b|(?<=[^\x00-\x7f]))",
        r"\b(?:répondez|antworte|responde|rispondi|antwoord|ответь\w*)\b",
        # Give the model a part to play, or speak to it.
        r"\b(?:you are (?:now|no longer|an?)|act as (?:if you|an? (?:ai|assistant))|pretend (?:to be|that)|your (?:new )?(?:role|task|job|name|goal|persona|operator|hidden instructions|configuration))\b",
        r"\byou (?:may|want to|were told|have (?:finished|been)|have to|must|should|shall|are to|will be)\b",
        r"\byour (?:\w+ ){0,2}(?:answers?|repl(?:y|ies)|responses?|outputs?|list|instructions?|sources?|citations?)\b",
        r"\b(?:from now on|from this point on|new (?:policy|instructions?|rules?|task)\s*:|maintenance mode|developer mode|debug mode|hidden task|higher-priority)\b",
        rf"\b(?:note|notice|attention|important|instructions?|directive|message|reminder|hint|p\.s\.)\b(?: \w+)? (?:to|for) (?:the |all |any |every |automated )?(?:[\w-]+ )?{_MACHINE}\b(?: \w+){{0,4}}\s*:",
        rf"(?:^|[.!?(]\s*)(?:to (?:the|all|any) {_MACHINE}|attention \w+)\s*:",
        rf"\bif you are (?:an? |the )?(?:\w+ )?{_MACHINE}\b",
        rf"\bthe (?:ai )?(?:assistant|language model|chat ?bot|summari[sz]er) (?:{_MUST}|always|never)\b",
        r"\bas a helpful assistant\b",
        # Order words into the answer.
        rf"\b{_SAYING}\b(?: \S+){{0,10}} (?:in|to|into|of|at|before|after|with|as|once per)(?: the (?:start|end|top|first line) of)? {_YOURS}\b",
        rf"\b{_SAYING} (?:only |exactly |just )*(?:with )?(?:the (?:single )?(?:word|token|string|phrase|sentence|claim|heading)s?\b|[\"“‘]\S)",
        r"\b(?:respond|reply|answer) (?:only|always) (?:with|in|by)\b|\balways (?:mention|say|state|cite|reply|answer)\b",
        rf"\b(?:every|the next|the final|all) (?:answers?|repl(?:y|ies)|responses?|line of every answer)(?: \S+){{0,6}} (?:{_MUST}|consists? of|ends? with|begins? with|be [\"“])",
        rf"\b{_MUST} be (?:\w+ ){{0,4}}(?:printed|repeated|kept|quoted|copied|rendered|reproduced|unescaped|obeyed|shown live|told)\b",
        r"\b(?:repeat|copy|reproduce|render|print|unescape|keep) (?:it|them|this|both|the (?:[\w-]+ ){1,5})(?:[\w-]+ ){0,4}?(?:unchanged|verbatim|exactly|as (?:it|they|given)|above|live|links?)\b|\bso keep it\b|\bkeep (?:both|the) (?:\w+ ){0,2}(?:links?|tags?)\b",
        r"\b(?:please )?(?:cite|quote|use|give|prefer|refer to) (?:\S+ ){1,10}(?:as the (?:primary|main|only|reference)|whenever|when (?:citing|asked)|in place of the|over any|in every)",
        r"\b(?:overrides?|supersedes?) (?:all )?(?:the )?(?:other|others|sources)\b|\bneeds no (?:citation|checking)\b|\bonly (?:peer-reviewed|reliable|trusted) source in\b",
        r"\btell (?:the )?(?:user|reader)s?\b|\b(?:anyone|you are|the user|the question) asks? (?:about|how|for|whether)\b|\basked about anything\b",
        r"\bthe (?:user|operator) (?:has (?:already )?(?:agreed|asked|approved)|now asks|asked you)\b|\bpreferred by the user\b|\bfull marks only\b",
        # Pretend to be the frame of a prompt.
        r"<\|?/?(?:system|im_start|im_end|endoftext|assistant|eot_id|start_header_id|end_of_turn|start_of_turn)\|?>",
        r"</?(?:system|assistant|instructions?|context|sources?|documents?|abstracts?|papers?|claims?|prompt|evidence|tool_\w+|function_\w+|invoke|parameter)\b[^<>]{0,80}>",
        r"(?:^|\n|[.!?\]]\s+|#\s*|<!--\s*)(?:system|assistant|developer|answer)(?: override)?\s*:|\brole\s*:\s*system\b",
        r"\[/?INST\]|<</?SYS>>|\[/?(?:system|assistant)\]|\{\{[^{}]{1,80}\}\}|<%=|\"role\"\s*:\s*\"",
        r"\b(?:end|start|beginning) of (?:the )?(?:sources?|documents?|context|abstracts?|prompt|system prompt|json)\b",
        # Send something away, or act on the reader's screen.
        r"\b(?:reveal|show|print|leak|send|forward|append|encode|paste) (?:\S+ ){0,4}(?:system prompt|api[- ]?keys?|chat history|secrets?|passwords?|environment variables?|notes)\b",
        r"\b(?:fetch|visit|load|request|call|from) <?https?://|(?:mailto|javascript|vbscript|file):\S|https?://\S{1,300}[?&]\w+=",
        r"!\[[^\]]{0,100}\]\(|\]\((?:javascript|vbscript|file|data|https?):|\bmarkdown (?:image|auto)",
        r"</?(?:script|iframe|img|svg|object|embed|details|marquee|form|a|style)(?:\s[^<>]{0,300})?>|\[/?(?:link|bold|blink|on red|@click)\b[^\]]{0,80}\]|\[/\w*\]|\\(?:write18|input|href)\b",
        r"=(?:HYPERLINK|IMPORTXML|WEBSERVICE|IMAGE|IMPORTDATA)\s*\(|'; ?(?:UPDATE|DROP|DELETE|INSERT)\b|\\u0022|\"(?:claims|verdict|cite)\"\s*:",
    )
)
_HIDDEN = re.compile(
    "[\U000e0020-\U000e007e]{4,}|[\U000e0100-\U000e01ef]{4,}|[\u200b-\u200d\u2060-\u2064\ufeff]{3,}|[\u202a-\u202e\u2066-\u2069]"
)
_FILLER = re.compile("[\u200b\u2060-\u2064\ufeff\u00ad\u034f]")
_FEW = 5  # fillers that honest text may carry
_ESCAPE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def find_instructions(text: str) -> list[str]:
    """Return the passages of ``text`` that give orders to a machine or hide text, in order.

    At most eight of at most 160 printable characters each. An empty list is no promise.
    """
    text = text[:_LONGEST]
    found = [*_hidden(text), *_spoken(_revealed(text))]
    return list(dict.fromkeys(found))[:_MOST]


def _hidden(text: str) -> list[str]:
    passages = []
    for match in _HIDDEN.finditer(text):
        letters = "".join(
            chr(ord(c) - 0xE0000) for c in match.group() if 0xE0000 < ord(c) < 0xE0080
        )
        passages.append(
            f"hidden characters: {letters[:_SHOWN]}" if letters else "hidden characters"
        )
    if not passages and len(_FILLER.findall(text)) > _FEW:
        passages.append("hidden characters")
    if _ESCAPE.search(text):
        passages.append("control characters")
    return passages


def _revealed(text: str) -> str:
    """Return the text as a model may read it: tags as letters, look-alikes folded, no fillers."""
    tags = {code: chr(code - 0xE0000) for code in range(0xE0020, 0xE007F)}
    plain = unicodedata.normalize("NFKC", text.translate(tags))
    return "".join(
        c for c in plain if c in "\n\t" or unicodedata.category(c) not in ("Cf", "Cc", "Cs")
    )


def _spoken(text: str) -> list[str]:
    spans: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        spans += [match.span() for match in pattern.finditer(text)]
    passages: list[str] = []
    covered = 0
    for start, _end in sorted(spans):
        if start < covered:
            continue
        covered = start + _SHOWN
        passages.append(" ".join(text[start:covered].split()))
    return passages
