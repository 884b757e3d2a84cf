"""A trace as one HTML file: its picture, with the times of the block under the pointer, and its table."""

from html import escape
from typing import Final

from steadyvoice.client.svctl.trace.svg import svg
from steadyvoice.client.svctl.trace.waterfall import text
from steadyvoice.ipc.traces import Trace

_COLUMNS: Final = 140
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:14px sans-serif;margin:16px;background:#fff;color:#222}}svg{{max-width:100%;height:auto}}
#under{{min-height:1.4em;font-weight:bold}}pre{{overflow-x:auto}}</style></head><body>
<h1>{title}</h1>
<p id="under">Point at a block to see its times.</p>
{picture}<pre>{text}</pre>
<script>
const under = document.getElementById("under");
document.querySelector("svg").addEventListener("mouseover", event => {{
  const about = event.target.querySelector?.("title");
  if (about) under.textContent = about.textContent;
}});
</script></body></html>
"""


def html(trace: Trace) -> str:
    numbers = [str(each.id) for each in trace.utterances[:8]]
    title = "Trace of " + ", ".join(numbers) if numbers else "Trace"
    return _PAGE.format(title=escape(title), picture=svg(trace), text=escape(text(trace, _COLUMNS)))
