"""Read PubMed XML: articles of an export or of the baseline files."""

import re
from collections.abc import Iterator
from pathlib import Path

from rag.corpus.drafts import Draft, distinct, finish
from rag.corpus.opening import source_name
from rag.corpus.xml_stream import Element, iter_records
from rag.records import Paper, Reject

_SITE = "https://pubmed.ncbi.nlm.nih.gov/"


def iter_pubmed(path: Path) -> Iterator[Paper | Reject]:
    """Yield the papers of a PubMed file. Raises InputError for broken XML."""
    source = source_name(path)
    for record in iter_records(path, ("PubmedArticle", "PubmedBookArticle", "MedlineCitation")):
        yield _paper(record.element, source)


def _paper(record: Element, source: str) -> Paper | Reject:
    citation = record.find("MedlineCitation") or record.find("BookDocument") or record
    article = citation.find("Article") or citation
    pmid = citation.said("PMID")
    draft = Draft(
        title=_title(article),
        abstract="\n\n".join(_sections(article)),
        doi=_doi(record, article),
        url=f"{_SITE}{pmid}/" if pmid else "",
        published=_date(article),
        authors=distinct(_name(author) for author in article.every("AuthorList", "Author")),
        organisations=distinct(
            place.text()
            for place in article.every("AuthorList", "Author", "AffiliationInfo", "Affiliation")
        ),
        categories=distinct(
            word.text()
            for path in (
                ("KeywordList", "Keyword"),
                ("MeshHeadingList", "MeshHeading", "DescriptorName"),
            )
            for word in citation.every(*path)
        ),
    )
    return finish(draft, source, record.line)


def _title(article: Element) -> str:
    """Return the title; PubMed puts translated ones into square brackets."""
    title = article.said("ArticleTitle") or article.said("Book", "BookTitle")
    translated = re.fullmatch(r"\[(.*?)\]\.?", title, re.DOTALL)
    return (translated[1] if translated else title) or article.said("VernacularTitle")


def _sections(article: Element) -> Iterator[str]:
    for section in article.every("Abstract", "AbstractText"):
        label = section.attributes.get("Label", "")
        text = section.text().strip()
        if text:
            yield f"{label.capitalize()}: {text}" if label and label != "UNLABELLED" else text


def _name(author: Element) -> str:
    first = author.said("ForeName") or author.said("Initials")
    return author.said("CollectiveName") or f"{first} {author.said('LastName')}"


def _doi(record: Element, article: Element) -> str:
    paths = (
        ("PubmedData", "ArticleIdList", "ArticleId"),
        ("PubmedBookData", "ArticleIdList", "ArticleId"),
    )
    for path in paths:
        for name in record.every(*path):
            if name.attributes.get("IdType") == "doi":
                return name.text()
    places = article.every("ELocationID")
    return next((p.text() for p in places if p.attributes.get("EIdType") == "doi"), "")


def _date(article: Element) -> str:
    """Return the most precise of the journal's and the article's own dates."""
    dates = [
        article.find("Journal", "JournalIssue", "PubDate"),
        article.find("ArticleDate"),
        article.find("Book", "PubDate"),
    ]
    written = [_written(date) for date in dates if date]
    return max(written, key=len, default="")


def _written(date: Element) -> str:
    year, month, day = (date.said(part) for part in ("Year", "Month", "Day"))
    if not year:
        return date.said("MedlineDate")
    if month.isdecimal():
        return "-".join(part.zfill(2) for part in (year, month, day) if part)
    return " ".join(part for part in (year, month, day) if part)
