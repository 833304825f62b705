"""Benchmarks: question sets, runs, measures, comparisons, gates and reports.

It imports ``rag`` and is never imported by it. Answering questions is not done here;
a system under test is a function from a question to a ``Retrieval`` or an ``Answer``.
"""
