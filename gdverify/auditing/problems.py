"""What keeps a subject from being judged."""

from __future__ import annotations

from gdverify.errors import SubjectError


class Problem(SubjectError):
    """A subject that cannot be judged; ``kind`` is the problem's name in reports."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(kind, message)  # both, so that it can be passed between processes
        self.kind = kind
        self.message = message

    def __str__(self) -> str:
        return self.message
