"""text/enriched and text/richtext as plain text: what mail programs wrote before HTML.

Standards: RFC 1896 (enriched), RFC 1341 §7.1.3 (richtext).
Failures: none.
"""

import re

ENRICHED = frozenset({"text/enriched", "text/richtext"})

_COMMAND = re.compile(r"<(/?)([A-Za-z0-9-]{1,60})>")
_BREAKS = re.compile("\n+")
_NEW_LINES = {"nl": "\n", "np": "\n\n", "paragraph": "\n\n", "lt": "<"}
_UNSEEN = {"param", "comment"}


def read_enriched(text: str, content_type: str) -> str:
    """One line break is a space; of several one is left out."""
    is_rich = content_type == "text/richtext"
    if is_rich:
        text = text.replace("\n", " ")
    else:
        text = text.replace("<<", "\ue000")
        text = _BREAKS.sub(lambda m: "\n" * (len(m[0]) - 1) or " ", text)
    out: list[str] = []
    hidden = ""
    position = 0
    for match in _COMMAND.finditer(text):
        if not hidden:
            out.append(text[position : match.start()])
        position = match.end()
        name = match[2].lower()
        if hidden:
            hidden = "" if match[1] and name == hidden else hidden
        elif name in _UNSEEN and not match[1]:
            hidden = name
        elif is_rich and (not match[1] or name == "paragraph"):
            out.append(_NEW_LINES.get(name, ""))
    if not hidden:
        out.append(text[position:])
    return "".join(out).replace("\ue000", "<").strip(" ")
