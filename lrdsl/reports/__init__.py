"""Reports of findings, for people and for the machines that show them."""

from lrdsl.reports.finding import Finding, Place, Summary
from lrdsl.reports.targets import FORMATS, REPORTS, NotWritten, Target, TargetError, targets, write

__all__ = [
    "FORMATS",
    "REPORTS",
    "Finding",
    "NotWritten",
    "Place",
    "Summary",
    "Target",
    "TargetError",
    "targets",
    "write",
]
