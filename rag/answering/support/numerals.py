"""The words for numbers: "twelve", "million", "twice", "half"."""

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
WORDS = {word: float(n) for n, word in enumerate(ONES)}
WORDS |= {word: 10.0 * n for n, word in enumerate(TENS, start=2)}
WORDS |= {"dozen": 12.0, "hundred": 100.0, "thousand": 1e3, "million": 1e6, "billion": 1e9}
WORDS |= {"both": 2.0, "pair": 2.0, "couple": 2.0, "dual": 2.0, "trio": 3.0, "triad": 3.0}
WORDS |= {"quartet": 4.0}
SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12,
    "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12, "mn": 1e6, "bn": 1e9, "dozen": 12.0,
}  # fmt: skip
TIMES = {
    "twice": 2.0, "double": 2.0, "doubles": 2.0, "doubled": 2.0, "doubling": 2.0,
    "triple": 3.0, "triples": 3.0, "tripled": 3.0, "tripling": 3.0, "thrice": 3.0,
    "quadruple": 4.0, "quadruples": 4.0, "quadrupled": 4.0,
}  # fmt: skip
PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "tenth": 10}
