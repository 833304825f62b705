"""A chat model as judge: what it is asked, what it said, and how far it is to be trusted.

Never a default. ``judging`` asks, ``cassettes`` keeps every reply so that it can be
replayed, ``calibration`` holds the judge against labelled claims, ``scoring`` adds its
verdicts to a run.
"""
