"""The LaTeX commands that ``rag.corpus.latex`` knows, as tables. Nothing is computed from text."""

import unicodedata


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Combining marks by the command that sets them on the next letter.
ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "=": "\u0304",
    ".": "\u0307", "c": "\u0327", "v": "\u030c", "H": "\u030b", "u": "\u0306", "k": "\u0328",
    "r": "\u030a", "d": "\u0323", "b": "\u0331", "t": "\u0361",
}  # fmt: skip

# Letters: TeX swallows the space after them, as in ``\o re`` for "øre".
LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å",
    "AA": "Å", "l": "ł", "L": "Ł", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ",
    "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ",
}  # fmt: skip

_GREEK = _words(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau "
    "upsilon phi chi psi omega"
)


def _greek(name: str, case: str) -> str:
    name = "lamda" if name == "lambda" else name
    return unicodedata.lookup(f"GREEK {case} LETTER {name.upper()}")


GREEK_NAMES = {_greek(name, "SMALL"): name for name in _GREEK}

SYMBOLS = {
    **{name: _greek(name, "SMALL") for name in _GREEK},
    **{name.capitalize(): _greek(name, "CAPITAL") for name in _GREEK},
    "varepsilon": "ε", "vartheta": "θ", "varphi": "φ", "varrho": "ρ", "varsigma": "ς",
    "times": "×", "pm": "±", "mp": "∓", "cdot": "·", "div": "÷", "ast": "*", "star": "⋆",
    "geq": "≥", "ge": "≥", "leq": "≤", "le": "≤", "neq": "≠", "ne": "≠", "approx": "≈",
    "sim": "~", "simeq": "≃", "equiv": "≡", "propto": "∝", "ll": "≪", "gg": "≫", "infty": "∞",
    "rightarrow": "→", "to": "→", "leftarrow": "←", "leftrightarrow": "↔", "Rightarrow": "⇒",
    "longrightarrow": "→", "uparrow": "↑", "downarrow": "↓", "mapsto": "↦",
    "in": "∈", "notin": "∉", "subset": "⊂", "subseteq": "⊆", "cup": "∪", "cap": "∩",
    "forall": "∀", "exists": "∃", "nabla": "∇", "partial": "∂", "sum": "∑", "prod": "∏",
    "int": "∫", "sqrt": "√", "ell": "ℓ", "hbar": "ℏ", "prime": "′", "degree": "°", "deg": "°",
    "circ": "°", "dagger": "†", "ddagger": "‡", "checkmark": "✓", "bullet": "•", "langle": "⟨",
    "rangle": "⟩", "dots": "…", "ldots": "…", "cdots": "⋯", "S": "§", "P": "¶",
    "copyright": "©", "pounds": "£", "euro": "€", "LaTeX": "LaTeX", "TeX": "TeX",
    "BibTeX": "BibTeX", "eg": "e.g.", "ie": "i.e.", "etc": "etc.", "aka": "a.k.a.",
    "etal": "et al.", "quad": " ", "qquad": " ", "newline": " ", "par": " ", "xspace": "",
    "allowbreak": "", "noindent": "", "centering": "", "protect": "", "relax": "", "left": "",
    "right": "", "big": "", "Big": "", "percent": "%", "lbrace": "{", "rbrace": "}",
    "textless": "<", "textgreater": ">", "textbar": "|", "textbackslash": "\\",
    "textasciitilde": "~", "textasciigrave": "`", "textasciicircum": "^", "textunderscore": "_", "textdollar": "$",
    "textbullet": "•", "textdegree": "°", "textendash": "–", "textemdash": "—", "textmu": "µ",
    "textquoteleft": "‘", "textquoteright": "’", "textquotedblleft": "“", "textquotesingle": "'",
    "textquotedblright": "”", "textquotedbl": '"', "textrightarrow": "→", "textleftarrow": "←",
    "textregistered": "®", "texttrademark": "™", "texttimes": "×", "textpm": "±", "textellipsis": "…",
    "texteuro": "€", "textsection": "§", "textperiodcentered": "·", "guillemotleft": "«",
    "guillemotright": "»", "textexclamdown": "¡", "textquestiondown": "¿", "slash": "/",
    "textordfeminine": "ª", "textordmasculine": "º", "textbraceleft": "{", "textbraceright": "}",
    "textnumero": "№", "textparagraph": "¶", "backslash": "\\", "colon": ":", "lq": "‘", "rq": "’",
}  # fmt: skip

# Commands that show their argument and do nothing else worth keeping.
WRAPPERS = _words(
    "textbf textit texttt textsc textrm textsf textsl textmd textup textnormal text emph mbox hbox "
    "fbox underline uline uuline mathbf mathrm mathit mathcal mathbb mathsf mathtt mathfrak boldsymbol "
    "bm operatorname ensuremath section subsection paragraph title caption item overline widehat hat "
    "tilde bar vec path nolinkurl footnotesize enquote MakeUppercase MakeLowercase bibstring lowercase "
    "NoCaseChange url sout acs acl ac gls"
)

# Declarations: they change the type from here on, and vanish with the space after them.
DECLARATIONS = _words(
    "bf it em sc tt rm sf sl bfseries itshape scshape ttfamily sffamily rmfamily upshape mdseries "
    "normalfont tiny scriptsize small normalsize large Large LARGE huge Huge displaystyle "
    "textstyle selectfont"
)

# Commands that go, with so many arguments.
DROPPED = {
    "cite": 1, "citep": 1, "citet": 1, "citealp": 1, "parencite": 1, "textcite": 1, "autocite": 1,
    "ref": 1, "eqref": 1, "cref": 1, "Cref": 1, "label": 1, "color": 1, "vspace": 1, "hspace": 1,
    "begin": 1, "end": 1, "includegraphics": 1, "thanks": 1, "index": 1, "phantom": 1,
}  # fmt: skip

# ``\%`` and its like stand for the character itself; the others for space or nothing.
ESCAPED = {
    **{char: char for char in "%&#_{}$@"},
    " ": " ", ",": " ", ";": " ", ":": " ", "!": "", "/": "", "-": "", "\\": " ", "\n": " ",
    "(": "(", ")": ")", "[": "[", "]": "]", "|": "‖", "*": "",
}  # fmt: skip
