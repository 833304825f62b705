"""``python -m rag`` is the ``papers`` command."""

from rag.cli import main

if __name__ == "__main__":
    main()
