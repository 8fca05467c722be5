#!/usr/bin/env python3
"""Reads documents of growing size and says whether time grows with it: sizes.py BACKOUT-BENCH [--graph SVG | --shapes]."""
import math
import os
import resource
import subprocess
import sys
import tempfile
from html import escape

SIZES = [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000]

SECTION = """\
## Step {n}: Roll back part {n} (5-10 minutes)

**Risk:** high. Tell the team before part {n} goes back; `git status` shows what is there.

```bash
# Stop the service of part {n}
sudo systemctl stop part-{n}
git checkout <previous-commit> -- "src/part-{n}"   # what ran before
for host in a b; do
  ssh deploy@"$host" 'cd /srv/part-{n} && ./restart.sh' || exit 1
done
curl -fsS https://api.example.com/parts/{n} | jq .state
```

Expected: `running`

```sql
SELECT count(*) FROM parts WHERE id = {n} AND state IS NULL;
UPDATE parts SET state = 'old' WHERE id = {n};
```

1. Look at the page of part {n}
2. Run `kubectl get pods -l part={n}` and wait
   - [ ] every pod is ready
   - [ ] the error rate is below 1%

| Part | Owner | Approval |
|------|-------|----------|
| {n} | team {n} | lead |
| {n}b | team {n}b | lead |

> A note: part {n} keeps its data for 30 days.

"""

# One construct, over and over: what takes more than linear time somewhere shows here.
SHAPES = {
    "words": "word ",
    "one long word": "x",
    "paragraphs": "Some words about <x> and more.\n\n",
    "lines": "Run `git status` now.\n",
    "bold": "**a** ",
    "bold, one after another": "**a**",
    "stars": "*a ",
    "star runs": "a**b_c*",
    "underscores": "_a ",
    "open brackets": "[",
    "brackets": "[a](",
    "images": "![a](b) ",
    "references": "[a][b] ",
    "definitions": "[a]: b\n",
    "backticks": "`a` ",
    "open backticks": "`a ``b ",
    "html": "<!-- ",
    "html blocks": "<div>\n",
    "autolinks": "http://a.b ",
    "mail": "a@b.c ",
    "www": "www.",
    "colons": ":",
    "entities": "&amp;",
    "headings": "## Step: a\n\n",
    "headings one level": "# Rollback\n",
    "phases": "## Phase 1: a\n\n`git status x`\n\n",
    "scenarios": "## Scenario A: b\n\n```bash\ngit checkout x\n```\n\n",
    "options": "### Option A: b\n\n```bash\ngit checkout x\n```\n\n",
    "list": "- a\n",
    "ordered list": "1. Run `git status x`\n",
    "check boxes": "- [ ] a\n",
    "quotes": "> a\n",
    "rules": "---\n\n",
    "table rows": ("| a | b |\n|---|---|\n", "| 1 | <x> |\n"),
    "a wide table": ("", "| a "),
    "tables": "| a | b |\n|---|---|\n| 1 | 2 |\n\n",
    "triggers": ("## When to Rollback\n\n", "- Error rate >20% for 6+ hours\n"),
    "contacts": ("## Contacts\n\n", "- On-call: a@b.c 555-1234\n"),
    "holes": "<a> {b} {{c}} YOUR_D [e] ",
    "many holes": "<a{n}> YOUR_{n} ",
    "shell fences": "```bash\ngit checkout <x>\n```\n\n",
    "console": ("```console\n", "$ git status\noutput\n", "```\n"),
    "shell lines": ("```bash\n", "git checkout <x>\n", "```\n"),
    "shell words": ("```bash\necho ", "a ", "\n```\n"),
    "shell, semicolons": ("```bash\n", "a; ", "\n```\n"),
    "shell, and": ("```bash\n", "a && ", "b\n```\n"),
    "shell, pipes": ("```bash\n", "a | ", "b\n```\n"),
    "shell comments": ("```bash\n", "# a comment\n", "```\n"),
    "shell variables": ("```bash\n", "A{n}=$B\n", "```\n"),
    "shell quotes open": ("```bash\n", "it's\n", "```\n"),
    "shell brackets open": ("```bash\n", "$(\n", "```\n"),
    "shell if open": ("```bash\n", "if a; then\n", "```\n"),
    "shell heredocs": ("```bash\n", "cat <<E\na\nE\n", "```\n"),
    "shell heredocs open": ("```bash\n", "cat <<E\na\n", "```\n"),
    "one heredoc": ("```bash\ncat <<E\n", "a\n", "E\n```\n"),
    "shell substitutions": ("```bash\n", "echo $(a $(b))\n", "```\n"),
    "shell broken": ("```bash\n", "a )\n", "```\n"),
    "ssh scripts": ("```bash\n", "ssh h 'a; b'\n", "```\n"),
    "sql": ("```sql\n", "SELECT 1;\n", "```\n"),
    "sql in one line": ("```sql\n", "SELECT 1; ", "\n```\n"),
    "sql in shell": ("```bash\n", "SELECT 1;\n", "```\n"),
    "sql, no semicolons": ("```sql\n", "SELECT 1\n\n", "```\n"),
    "sql, quotes open": ("```sql\n", "SELECT ';\n\n", "```\n"),
    "sql, comments open": ("```sql\n", "SELECT /* ;\n\n", "```\n"),
    "sql, dollars open": ("```sql\n", "SELECT $a{n}$ ;\n\n", "```\n"),
    "sql, one statement": ("```sql\nSELECT 1", ", 1", ";\n```\n"),
    "sql comments": ("```sql\n", "-- a\n", "```\n"),
    "env": ("```env\n", "A{n}=b\n", "```\n"),
    "untagged fence": ("```\n", "a line\n", "```\n"),
    "indented code": "    git status\n\n",
    "expectations": "```bash\na\n```\n\nExpected output:\n\n```\nb\n```\n\n",
    "front matter": ("---\nbackout: x\n", "a{n}: b\n", "---\n"),
    "estimates": "Takes 5-10 minutes (2 hours). ",
    "numbers": "1234567890",
    "carriage returns": "a\r",
    "zeros": "\0",
}


def document(size):
    parts, length, number = ["# Rollback of many parts\n\n"], 0, 0
    while length < size:
        number += 1
        parts.append(SECTION.format(n=number))
        length += len(parts[-1])
    return "".join(parts)


def shaped(shape, size):
    before, part, after = ("", shape, "") if isinstance(shape, str) else (*shape, "")[:3]
    head = "# Rollback\n\n## Rollback Steps\n\n" if not before.startswith("---") else ""
    if "{n}" in part:
        return head + before + "".join(part.replace("{n}", str(n)) for n in range(size // len(part))) + after
    return head + before + part * (size // len(part)) + after


def read(bench, text, folder):
    """(milliseconds of processor time, of the clock, MiB at most resident, steps)"""
    path = os.path.join(folder, "document.md")
    with open(path, "w", newline="") as file:
        file.write(text)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    output = subprocess.run([bench, "read", path], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent * 1000, float(output[0]), int(output[1]) / 1024, int(output[2])


def named(size):
    return f"{size / 1e6:g} MB" if size >= 1e6 else f"{size / 1e3:g} kB"


def sizes(bench, folder):
    rows = []
    print(f"{'size':>8} {'lines':>9} {'steps':>8} {'wall':>11} {'processor':>11} {'per MB':>11} {'peak':>10} {'MiB per MB':>11}")
    base = read(bench, "# Rollback\n", folder)
    for size in SIZES:
        text = document(size)
        tries = [read(bench, text, folder) for _ in range(5 if size < 300_000 else 3 if size <= 1_000_000 else 2)]
        spent, wall = min(one[0] for one in tries), min(one[1] for one in tries)
        memory, steps = min(one[2] for one in tries), tries[0][3]
        millions = len(text.encode()) / 1e6
        rows.append((len(text.encode()), spent, wall, memory))
        print(
            f"{named(size):>8} {text.count(chr(10)):>9,} {steps:>8,} {wall:>8,.0f} ms {spent:>8,.0f} ms"
            f" {spent / millions:>8,.0f} ms {memory:>6,.0f} MiB {(memory - base[2]) / millions:>11,.0f}"
        )
    # Small documents pay for the start of a process; the last decade does not.
    decade = [spent / size for size, spent, _, _ in rows if size >= 0.9e6]
    ratio = max(decade) / min(decade)
    linear = ratio <= 2
    print(
        f"1 MB to 10 MB: the time per MB differs by a factor of {ratio:.2f}: {'linear' if linear else 'NOT linear'}"
        f" (a process that reads nothing: {base[0]:.0f} ms, {base[2]:.0f} MiB)"
    )
    return rows, linear


def graph(rows):
    """Time and memory over size, both axes in decades, beside a line of slope one."""
    wide, high, left, right, top, bottom = 720, 420, 74, 86, 48, 56
    ink, faint, edge, paper, blue, orange = "#e6edf3", "#8b949e", "#30363d", "#0d1117", "#79c0ff", "#f2cc60"
    spents, memories = [row[1] for row in rows], [row[3] for row in rows]
    low, top_decade = math.floor(math.log10(min(spents))), math.ceil(math.log10(max(spents)))
    low_memory = math.floor(math.log10(min(memories)))
    first, last = math.log10(rows[0][0]) - 0.1, math.log10(rows[-1][0]) + 0.1
    decades = top_decade - low

    def x(size):
        return left + (math.log10(size) - first) / (last - first) * (wide - left - right)

    def y(value, floor):
        return high - bottom - (math.log10(value) - floor) / decades * (high - top - bottom)

    title = "Reading a runbook: time and memory over the document's size"
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img" '
        f'aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="8" fill="{paper}" stroke="{edge}"/>',
        '<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="12">',
        f'<text x="{left}" y="28" fill="{ink}" font-size="14">{escape(title)}</text>',
    ]

    def text(at, height, words, colour, anchor):
        out.append(f'<text x="{at:.1f}" y="{height:.1f}" fill="{colour}" text-anchor="{anchor}">{escape(words)}</text>')

    for step in range(decades + 1):
        height = y(10 ** (low + step), low)
        out.append(f'<path d="M{left} {height:.1f}H{wide - right}" stroke="{edge}"/>')
        value = 10 ** (low + step)
        text(left - 8, height + 4, f"{value / 1000:g} s" if value >= 1000 else f"{value:g} ms", blue, "end")
        text(wide - right + 8, height + 4, f"{10 ** (low_memory + step):g} MiB", orange, "start")
    for size in (10_000, 100_000, 1_000_000, 10_000_000):
        out.append(f'<path d="M{x(size):.1f} {top}V{high - bottom}" stroke="{edge}"/>')
        text(x(size), high - bottom + 20, named(size), faint, "middle")
    # What is linear runs along this one.
    end = rows[-1]
    start = max(rows[0][0], end[0] * 10**low / end[1])
    out.append(
        f'<path d="M{x(start):.1f} {y(end[1] * start / end[0], low):.1f}L{x(end[0]):.1f} {y(end[1], low):.1f}" '
        f'stroke="{faint}" stroke-dasharray="4 4" fill="none"/>'
    )
    for column, floor, colour in ((1, low, blue), (3, low_memory, orange)):
        points = [(x(row[0]), y(row[column], floor)) for row in rows]
        path = "L".join(f"{a:.1f} {b:.1f}" for a, b in points)
        out.append(f'<path d="M{path}" stroke="{colour}" stroke-width="2" fill="none"/>')
        out += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{colour}"/>' for a, b in points]
    text(left, high - 14, "processor time", blue, "start")
    text(left + 130, high - 14, "memory at most", orange, "start")
    text(left + 260, high - 14, "dashed: exactly linear in time", faint, "start")
    out += ["</g>", "</svg>"]
    return "\n".join(out) + "\n"


def shapes(bench, folder):
    print(f"{'shape':<28} {'100 kB':>10} {'1 MB':>10} {'per byte':>9}")
    bad, base = 0, read(bench, "# Rollback\n", folder)[0]
    for name, shape in SHAPES.items():
        small, large = (read(bench, shaped(shape, size), folder)[0] for size in (100_000, 1_000_000))
        # Ten times the bytes in more than twenty times the time; what takes no time to speak of is not judged.
        ratio = (large - base) / max(small - base, 10) / 10
        poor = ratio > 2 and large > 500
        bad += poor
        print(f"{name:<28} {small:>7,.0f} ms {large:>7,.0f} ms {ratio:>8.1f}x{'  NOT linear' if poor else ''}", flush=True)
    print("every shape is linear" if bad == 0 else f"{bad} shapes are not linear")
    return bad == 0


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    bench, rest = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory(prefix="backout-sizes-") as folder:
        if rest == ["--shapes"]:
            sys.exit(0 if shapes(bench, folder) else 1)
        if rest and (rest[0] != "--graph" or len(rest) != 2):
            sys.exit(__doc__)
        rows, linear = sizes(bench, folder)
    if rest:
        with open(rest[1], "w") as file:
            file.write(graph(rows))
    sys.exit(0 if linear else 1)


main()
