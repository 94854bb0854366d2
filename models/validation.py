"""What pydantic finds wrong with a data file, in the words of this project's refusals."""

from __future__ import annotations

from pydantic import ValidationError


def first_problem(error: ValidationError) -> str:
    """The first key that is wrong, and why: `models.0.commit: String should match pattern ...`."""
    problem = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, problem['loc'])) or '(root)'}: {problem['msg']}"
