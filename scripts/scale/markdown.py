"""Tables in Markdown, and the generated parts of a document."""

import re


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Returns a table whose first column is text, and whose other columns are numbers."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def replace_part(document: str, name: str, content: str) -> str:
    """Returns the document with the content between `<!-- name: begin -->` and `<!-- name: end -->` replaced."""
    pattern = re.compile(f"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)", re.DOTALL)
    replaced, count = pattern.subn(lambda part: f"{part[1]}{content}\n{part[2]}", document)
    if count != 1:
        raise ValueError(f"the document has {count} parts named {name!r}, and needs one")
    return replaced
