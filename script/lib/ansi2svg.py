#!/usr/bin/env python3
"""ANSI text on standard input to an SVG on standard output: ansi2svg.py TITLE [COLUMNS]."""
import sys
import unicodedata
from html import escape

COLUMN, ROW, SIZE, PAD, BAR = 8.4, 19, 14, 18, 34
COLOURS = {31: "#ff7b72", 32: "#7ee787", 33: "#f2cc60", 36: "#79c0ff"}
INK, FAINT, PAPER, EDGE = "#e6edf3", "#8b949e", "#0d1117", "#30363d"


def width(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def spans(line):
    """(column, text, colour, bold) of one line."""
    result, style, column, index, text, start = [], (INK, False), 0, 0, "", 0
    colour, bold, dim = None, False, False

    def close():
        if text.strip():
            result.append((start, text, style[0], style[1]))

    while index < len(line):
        if line[index] == "\x1b" and line[index + 1 : index + 2] == "[":
            end = index + 2
            while end < len(line) and not line[end].isalpha():
                end += 1
            if line[end : end + 1] == "m":
                for code in (int(part or 0) for part in line[index + 2 : end].split(";")):
                    if code == 0:
                        colour, bold, dim = None, False, False
                    elif code == 1:
                        bold = True
                    elif code == 2:
                        dim = True
                    elif code == 22:
                        bold = dim = False
                    elif code == 39:
                        colour = None
                    elif code in COLOURS:
                        colour = COLOURS[code]
            index = end + 1
            new = (colour or (FAINT if dim else INK), bold)
            if new != style:
                close()
                text, start, style = "", column, new
            continue
        text += line[index]
        column += width(line[index])
        index += 1
    close()
    return result


def main():
    title = sys.argv[1] if len(sys.argv) > 1 else ""
    columns = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    lines = sys.stdin.read().rstrip("\n").split("\n")
    wide, high = columns * COLUMN + 2 * PAD, len(lines) * ROW + PAD + BAR
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" '
        f'height="{high:.0f}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="8" fill="{PAPER}" stroke="{EDGE}"/>',
    ]
    out += [f'<circle cx="{PAD + i * 18}" cy="17" r="5" fill="{c}"/>' for i, c in enumerate(("#ff5f57", "#febc2e", "#28c840"))]
    out.append(
        f'<text x="{wide / 2:.0f}" y="21" fill="{FAINT}" font-family="monospace" font-size="12" '
        f'text-anchor="middle">{escape(title)}</text>'
    )
    out.append(
        '<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace" '
        f'font-size="{SIZE}" xml:space="preserve">'
    )
    for row, line in enumerate(lines):
        for column, text, colour, bold in spans(line):
            lead = len(text) - len(text.lstrip(" "))
            text = text.strip(" ")
            length = sum(map(width, text)) * COLUMN
            weight = ' font-weight="bold"' if bold else ""
            out.append(
                f'<text x="{PAD + (column + lead) * COLUMN:.1f}" y="{BAR + (row + 1) * ROW - 5}" fill="{colour}"{weight} '
                f'textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
            )
    out += ["</g>", "</svg>"]
    print("\n".join(out))


main()
