"""Findings of cdk-nag that stand, each with the reason why."""

from collections.abc import Mapping

import aws_cdk as cdk
from constructs import IConstruct


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Acknowledge findings on `construct` and on what it holds; `reasons` has each, as `<pack>-<rule>`, and its reason.

    An id that is not a finding's silences nothing, and does so without a word: a test holds each to a finding.
    """
    for finding, reason in reasons.items():
        pack = finding.partition("-")[0]
        cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=f"{pack}::{finding}", reason=reason))
