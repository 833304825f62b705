"""Where a word may stand in a phrase that could name a subject, judged by the word alone.

No tagger is used: lists of words and endings. Phrases are put together in ``phrases.py``.
"""

from functools import lru_cache

from rag.themes.wordlists import FUNCTION_WORDS, GENERIC, HEADS_ONLY, JOINTS, OPENERS

STANDS, BEGINS, ENDS, ALONE, JOINS, IS_GENERIC = 1, 2, 4, 8, 16, 32

_TELLING = frozenset({"world", "tool", "code"})  # generic words that make a phrase even so
_ING_NOUNS = frozenset(
    "learning reasoning planning driving training tuning modeling modelling prompting thinking "
    "debugging engineering search-ing coding computing programming sampling scaling imaging "
    "sensing mapping parsing ranking grounding pruning shaping hacking editing rendering routing "
    "clustering forecasting testing fine-tuning finetuning pretraining pre-training role-playing "
    "self-training decoding encoding embedding understanding processing gaming self-improving "
    "spring string ring bring thing doping annealing overthinking navigating roleplaying "
    "conditioning matching mixing coupling ordering scattering tunneling lasing cooling "
    "post-training cloning unlearning meta-learning co-training counseling distilling self-evolving "
    "manufacturing monitoring tracking bidding voting pricing networking signaling denoising "
    "alloying bonding screening trapping squeezing steering splitting broadcasting beamforming "
    "answering handling manipulating filtering proving theorem-proving interviewing".split()
)
_ADVERBS_AND_VERBS = ("ly", "ized", "ised", "izes", "ises")
_ADJECTIVES = ("ed", "ic", "al", "ive", "ous", "ful", "ary", "ish", "able", "ible", "less")
_COMPOUND_ADJECTIVES = tuple(
    "-driven -time -shot -loop -end -turn -wise -free -level -aware -source -scale -step -order -world "
    "-horizon -round -bit -hop -pass -art -life -way -up -down -by-step -efficient -quality".split()
)
_NOUNS_LIKE_ADJECTIVES = frozenset(
    "seed speed feed need objective narrative perspective variable vocabulary dictionary library "
    "primitive adversary alternative incentive boundary executive binary motive drive embed "
    "summary commentary goal retrieval signal trial crystal metal animal journal proposal removal "
    "interval refusal withdrawal potential logic music traffic arithmetic heuristic statistic "
    "ceramic pandemic critic graphic fabric clinic appraisal rehearsal rehabilitation portal "
    "hydrofoil canal removal disposal glossary itinerary table cable fable bottleneck "
    "superlattice magnetic-field quadrupedal dialog rational".split()
)


def phrase_key(phrase: str) -> str:
    """Return what equal phrases share: small letters, no hyphens, singular.

    >>> phrase_key("Vision-Language Models") == phrase_key("vision language model")
    True
    """
    return " ".join([_singular(word) for word in phrase.lower().replace("-", " ").split()])


@lru_cache(maxsize=100_000)
def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=200_000)
def kind(written: str) -> int:
    """Return where a word may stand in a phrase, as a sum of flags."""
    word = written.lower()
    if word in JOINTS:
        return JOINS
    if not _can_stand(word):
        return 0
    begins, ends = _can_begin(word), _can_end(word)
    alone = begins and ends and word not in HEADS_ONLY and word not in OPENERS
    generic = word in GENERIC and word not in _TELLING
    return STANDS + BEGINS * begins + ENDS * ends + ALONE * alone + IS_GENERIC * generic


def _can_stand(word: str) -> bool:
    if word in FUNCTION_WORDS or len(word) < 2 or ".com" in word or word.count("/") > 1:
        return False
    return not _ends_in(_ADVERBS_AND_VERBS, word, 3)


def _ends_in(endings: tuple[str, ...], word: str, least_before: int) -> bool:
    return word.endswith(endings) and any(
        word.endswith(ending) and len(word) >= least_before + len(ending) for ending in endings
    )


def _can_begin(word: str) -> bool:
    if word[0].isdigit() or (word.endswith("ing") and not _is_ing_noun(word)):
        return False
    return word not in GENERIC or word in OPENERS


def _can_end(word: str) -> bool:
    if word.isdigit() or word.endswith(_COMPOUND_ADJECTIVES):
        return False
    if _ends_in(_ADJECTIVES, word, 2) and phrase_key(word) not in _NOUNS_LIKE_ADJECTIVES:
        return False
    return word not in GENERIC or word in HEADS_ONLY


def _is_ing_noun(word: str) -> bool:
    return word in _ING_NOUNS or word.rpartition("-")[2] in _ING_NOUNS
