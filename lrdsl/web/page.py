"""One HTML file with everything in it: the curve, its tables and the programs.

It opens from a disk, an attachment or a build's artefacts, asks the network for nothing, and its
policy forbids it to. The script is the page's own chart (``web/`` at the top of the repository).
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="lrdsl">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<div id="report"></div>
<noscript>The chart is drawn by a script, which this browser does not run.</noscript>
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def page(data: Mapping[str, Any], title: str = "Learning-rate schedule") -> str:
    """A self-contained page.

    Args:
        data: what `lrdsl.web.data` gives: JSON data without NaN and infinities.
        title: the page's heading.

    Returns:
        The file's text, to be written as UTF-8.

    Raises:
        ValueError: a number is not finite.
    """
    script, style = _built("chart.js"), _built("app.css")
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return _PAGE.format(
        policy=policy, title=escape(title), style=style, script=script, data=_embedded(data)
    )


def _embedded(data: Mapping[str, Any]) -> str:
    """JSON that stays inside its element: no program can spell ``</script>`` or ``<!--``."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


@cache
def _built(name: str) -> str:
    return (files("lrdsl.web") / "static" / name).read_text("utf-8")


@cache
def _digest(text: str) -> str:
    """How a policy names a script or a style by what it says."""
    return "sha256-" + b64encode(hashlib.sha256(text.encode()).digest()).decode()
