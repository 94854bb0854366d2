"""What every app is held to when it is asked things that its OpenAPI document generates; the same ones in every run."""

import os

import hypothesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

CHECKS = [
    not_a_server_error,
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]


def settings(examples: int) -> hypothesis.settings:
    """So many examples a test, or FUZZ_EXAMPLES."""
    return hypothesis.settings(
        max_examples=int(os.environ.get("FUZZ_EXAMPLES", str(examples))),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
