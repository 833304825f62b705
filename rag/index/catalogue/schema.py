"""The tables of the catalogue, and what was added to them since the first release.

What is added later is made when a catalogue that lacks it is opened for writing.
"""

SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE paper (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    paper_id TEXT NOT NULL UNIQUE,
    title_key TEXT NOT NULL,
    arxiv_id TEXT, doi TEXT,
    published TEXT, author_count INTEGER, organisations TEXT NOT NULL DEFAULT '',
    comments INTEGER, upvotes INTEGER,
    body TEXT NOT NULL
);
CREATE INDEX paper_title ON paper (title_key);
CREATE INDEX paper_arxiv ON paper (arxiv_id) WHERE arxiv_id IS NOT NULL;
CREATE INDEX paper_doi ON paper (doi) WHERE doi IS NOT NULL;
CREATE TABLE chunk (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    space TEXT NOT NULL, paper_num INTEGER NOT NULL, position INTEGER NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, tokens INTEGER NOT NULL,
    sentences BLOB NOT NULL, key TEXT NOT NULL,
    UNIQUE (space, paper_num, position)
);
CREATE INDEX chunk_paper ON chunk (paper_num);
CREATE INDEX chunk_key ON chunk (key);
CREATE TABLE vector (
    key TEXT NOT NULL, embedder TEXT NOT NULL, vector BLOB NOT NULL, sentences BLOB,
    PRIMARY KEY (key, embedder)
);
CREATE TABLE log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    space TEXT NOT NULL, op TEXT NOT NULL CHECK (op IN ('add', 'drop')),
    chunk_num INTEGER NOT NULL, paper_num INTEGER NOT NULL,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
);
CREATE TABLE ingest (
    num INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL, started TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    finished TEXT, counts TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE reject (
    ingest INTEGER NOT NULL, source TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL
);
"""

# Looked at by each reader once a second: the end of the log.
_LOG_INDEX = "CREATE INDEX IF NOT EXISTS log_space ON log (space, seq)"
_JOINED = """
CREATE TABLE IF NOT EXISTS joined (ingest INTEGER NOT NULL, paper_id TEXT NOT NULL, body TEXT NOT NULL)
"""
# Filters and counts read the fields of all papers from here, not from among the abstracts.
_FIELDS_INDEX = """
CREATE INDEX IF NOT EXISTS paper_fields
ON paper (published, author_count, organisations, comments, upvotes)
"""
LATER = (_LOG_INDEX, _JOINED, _FIELDS_INDEX)

# Kept in step with the papers by SQLite itself, so that no writer can forget it.
CATEGORIES = (
    """
CREATE TABLE category (
    name TEXT NOT NULL COLLATE NOCASE, paper_num INTEGER NOT NULL, PRIMARY KEY (name, paper_num)
) WITHOUT ROWID
""",
    """
CREATE TRIGGER category_of_new AFTER INSERT ON paper BEGIN
    INSERT OR IGNORE INTO category
    SELECT value, NEW.num FROM json_each(NEW.body, '$.categories');
END
""",
    """
CREATE TRIGGER category_of_changed AFTER UPDATE OF body ON paper BEGIN
    DELETE FROM category WHERE paper_num = OLD.num
    AND name IN (SELECT value FROM json_each(OLD.body, '$.categories'));
    INSERT OR IGNORE INTO category
    SELECT value, NEW.num FROM json_each(NEW.body, '$.categories');
END
""",
    """
CREATE TRIGGER category_of_gone AFTER DELETE ON paper BEGIN
    DELETE FROM category WHERE paper_num = OLD.num
    AND name IN (SELECT value FROM json_each(OLD.body, '$.categories'));
END
""",
    """
INSERT OR IGNORE INTO category
SELECT value, paper.num FROM paper, json_each(paper.body, '$.categories')
""",
)
