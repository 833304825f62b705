"""Take the words of asking off a query: "Can you recommend papers that study …".

They say that something is wanted, not what. Left in, they match papers that survey,
recommend or explore, and pull the query's vector towards such wording. What is left is
searched; the question itself is answered, shown and kept as it was asked.
"""

import re

from rag.text.terms import terms

_LONGEST = 2000  # characters; longer texts are no requests
_SENTENCE_ENDS = re.compile(r"(?<=[.?!])\s+")

_PAPERS = (
    r"(?:(?:research |scientific |academic |scholarly |journal |conference )?"
    r"(?:papers?|articles?|publications?|preprints?|manuscripts?|works?|stud(?:y|ies)|"
    r"literature|references?|resources?|research|discussions?|descriptions?|information|"
    r"abstracts?|investigations?|efforts?|sources?|contributions?|evidence))\b"
)
_WHICH = (
    r"(?:(?:an?|any|some|the|all|of|recent|existing|relevant|notable|significant|prominent|key|"
    r"specific|other|more|further|foundational|seminal|comprehensive|scholarly|good|several|few|"
    r"current|available|new) )*"
)
# A person who asks: whatever follows is what they ask for.
_PERSON = (
    r"(?:(?:can|could|would|will) (?:you|any(?:one|body)|some(?:one|body)) (?:please |kindly )?"
    r"(?:tell|direct|point|refer|recommend|suggest|provide|give|show|find|help|share|list|name|"
    r"offer|identify|send|get)(?: (?:me|us))?"
    r"(?: (?:to|towards?|with|for|at|in|out|about|find|finding|locate|identify))*"
    r"|i(?:['’]m| am|['’]ve been| have been)(?: currently)? (?:looking (?:for|into|to (?:understand|"
    r"learn|find|read))|searching for|interested in(?: (?:finding|reading|understanding|learning))?|"
    r"researching(?: on)?|exploring|investigating|studying|conducting (?:a )?research "
    r"(?:on|about|into)|working on|trying to (?:find|understand)|after)(?: more)?(?: about)?"
    r"|i(?:['’]d like| would like| want| need| wish|['’]d love)"
    r"(?: to (?:know|find|see|read|learn|understand|get|hear|have))?(?: more)?(?: about)?"
    r"|please (?:find|list|give|show|recommend|suggest|name|get|tell)(?: me| us)?"
    r"|looking for|interested in)"
)
# A question or an order that is a request only when it names papers: "Which papers …".
_QUESTION = (
    r"(?:(?:are|is) there|(?:find|list|give|show|recommend|suggest|name|get|tell)(?: me| us)?|"
    r"what(?: are| is)?|which|ha(?:s|ve) there been|do you (?:know|have)(?: of| about)?|"
    r"where can i (?:find|read)|any)"
)
_ABOUT = (
    r"(?:(?:that|which|who) "
    r"(?:(?:have|has|had|are|were|can|could|might|do|does|specifically|also|would) )*)?"
    r"(?:(?:specifically |mainly |mostly |particularly |primarily )?"
    r"(?:discuss(?:es|ed|ing)?|explor(?:es?|ed|ing)|deal(?:s|ing)? with|dealt with|"
    r"focus(?:es|ed|ing)?(?: on)?|investigat(?:es?|ed|ing)|stud(?:y|ies|ied|ying)|"
    r"examin(?:es?|ed|ing)|address(?:es|ed|ing)?|describ(?:es?|ed|ing)|cover(?:s|ed|ing)?|"
    r"present(?:s|ed|ing)?|propos(?:es?|ed|ing)|introduc(?:es?|ed|ing)|report(?:s|ed|ing)?(?: on)?|"
    r"look(?:s|ed|ing)?(?: at| into)|talk(?:s|ed|ing)?(?: about)?|mention(?:s|ed|ing)?|"
    r"concern(?:s|ed|ing)?|relat(?:es?|ed|ing)(?: to)?|tackl(?:es?|ed|ing)|"
    r"consider(?:s|ed|ing)?|exists?(?: (?:which|that) deal with)?|about|on|regarding|of|into)\b"
    r"(?: (?:the (?:use|idea|topic|issue|question|development|concept|problem)s? of|how|on|about|"
    r"whether|to)\b)?)?"
)
_END = r"[\s:,]*"
_OPENINGS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_PERSON} (?:{_WHICH}{_PAPERS}[ ,]*)?{_ABOUT}{_END}",
        rf"{_QUESTION} {_WHICH}{_PAPERS}[ ,]*{_ABOUT}{_END}",
        rf"{_WHICH}{_PAPERS} (?=about|on|of|deal|describ|discuss|explor|regard|that|which){_ABOUT}{_END}",
    )
)


def without_request(query: str) -> str:
    """Return ``query`` without the words of asking that its sentences open with.

    The query itself when no word with a meaning would be left.

    >>> without_request("Can you point me to papers that study reward hacking?")
    'reward hacking?'
    """
    if len(query) > _LONGEST:
        return query
    kept = [_bare(sentence) for sentence in _SENTENCE_ENDS.split(" ".join(query.split()))]
    left = " ".join(sentence for sentence in kept if sentence)
    return left if terms(left) else query


def _bare(sentence: str) -> str:
    for opening in _OPENINGS:
        if found := opening.match(sentence):
            return sentence[found.end() :]
    return sentence
