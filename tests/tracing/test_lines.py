"""Which line of the user's code is running."""

from __future__ import annotations

from gdverify.tracing.lines import Code, Line


def running(code: Code) -> Line | None:
    return code.line()


def test_the_innermost_line_of_the_users_is_the_one() -> None:
    code = made()
    found = running(code)
    assert found is not None
    assert found.code == "return code.line()"


def made() -> Code:
    return Code([globals()])


def test_a_test_that_asks_for_an_audit_is_not_what_is_audited() -> None:
    code = made()
    assert code.line() is None
