"""Every failure a user can meet, as one tree.

    PapersError                    exit code 2 unless stated
    ├── UsageError                 an argument or option that cannot be right
    ├── ConfigError                a setting that is unknown, malformed or missing
    ├── InputError                 a file that cannot be read; nothing was loaded: exit 1
    ├── MissingExtraError          an optional package is not installed
    ├── IndexStateError            the index cannot serve this request
    │   ├── LockedError            another process is writing: exit 3
    │   ├── MismatchError          built with another embedder or chunker
    │   ├── NewerVersionError      written by a later release
    │   └── StorageError           disk full, no permission, damaged file
    ├── EmbeddingError             the embedder returned something unusable
    ├── ModelError                 the chat model or its server failed
    │   ├── ModelRefusedError      key, quota or model name: trying again will not help
    │   ├── ModelUnavailableError  refused, unreachable, overloaded, over the deadline
    │   ├── ContextTooLongError    the prompt exceeds the model's window
    │   └── ModelReplyError        malformed reply
    └── BudgetError                the spending limit is reached

A message says what happened, where, and how to mend it. Foreign exceptions are
translated in the module that imports the foreign library, always ``from exc``.
An answer cut short is no exception but a property of the answer: exit 4.
"""


class PapersError(Exception):
    """Base of the tree; ``str()`` of one is a line fit for a user."""

    exit_code = 2


class UsageError(PapersError):
    """An argument or option that cannot be right."""


class ConfigError(PapersError):
    """A setting that is unknown, malformed or missing."""


class InputError(PapersError):
    """A file that cannot be read as papers."""

    exit_code = 1


class MissingExtraError(PapersError):
    """An optional package is needed and not installed."""


class IndexStateError(PapersError):
    """The index cannot serve this request."""


class LockedError(IndexStateError):
    """Another process is writing to the index."""

    exit_code = 3


class MismatchError(IndexStateError):
    """The index was built with another embedder or chunker."""


class NewerVersionError(IndexStateError):
    """The index was written by a later release."""


class StorageError(IndexStateError):
    """The disk is full, access is denied, or a file is damaged."""


class EmbeddingError(PapersError):
    """The embedder failed or returned something unusable, or weights are not the ones expected."""


class ModelError(PapersError):
    """The chat model or its server failed."""


class ModelRefusedError(ModelError):
    """Key, quota or model name: trying again will not help."""


class ModelUnavailableError(ModelError):
    """The server is unreachable, overloaded, or over the deadline."""


class ContextTooLongError(ModelError):
    """The prompt exceeds the model's window."""


class ModelReplyError(ModelError):
    """The reply is malformed."""


class BudgetError(PapersError):
    """The spending limit is reached."""
