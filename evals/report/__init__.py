"""Reports of runs and comparisons: for a terminal, Markdown, JUnit XML and one HTML file.

They render what ``evals.retrieval``, ``evals.answers``, ``evals.compare`` and
``evals.gate`` computed, and compute nothing themselves.
"""
