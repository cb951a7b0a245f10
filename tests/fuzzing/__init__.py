"""Texts that nobody would write, and what must hold for each of them.

``mutating`` makes the texts, ``properties`` holds lrdsl against them; ``tools/fuzz.py`` goes on for
as long as it is told, and tests/test_fuzzing.py for a few seconds.
"""
