"""Themes on demand: what a set of papers is about, cited, with every paper accounted for."""

from rag.themes.build import build_themes
from rag.themes.records import Theme, ThemeOptions, ThemeReport

__all__ = ["Theme", "ThemeOptions", "ThemeReport", "build_themes"]
