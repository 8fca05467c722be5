#!/usr/bin/env python3
"""A mutation corpus made from documents: mutate.py OUT COUNT SEED FILE..., or its words: mutate.py --dictionary.

Writes every FILE and COUNT mutants of each into the folder OUT. The same arguments give the same files. What is changed
is what people and bad luck change: a document is cut off, parts stand twice or change places, fences and quotes are
opened and never closed, odd bytes come in, nesting goes deep.
"""
import hashlib
import pathlib
import random
import sys

LARGEST = 64 << 10
ODD = [
    b"\0", b"\r", b"\r\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc2\xa0", b"\xe2\x80\xa8", b"\xe2\x80\x8b", b"\xcc\x88", b"\x1b[0m",
    b"\xf0\x9f\x94\xa5", b"\xed\xa0\x80", b"\xd8\xb4", b"\t", b"\x0b", b"\x85", b"\x7f", b"\\",
]
TOKENS = [
    b"```", b"````", b"~~~", b"```bash\n", b"```sql\n", b"\n```\n", b"'", b'"', b"`", b"$(", b"${", b"((", b")", b"}", b"<<EOF\n",
    b"<<-'X'\n", b"EOF\n", b"<x>", b"<", b">", b">&2", b"|", b"||", b"&&", b"&", b";", b";;", b"\\\n", b"#", b"# ", b"## ", b"- [ ] ",
    b"1. ", b"999999999. ", b"| a | b |\n|---|---|\n", b"|", b"> ", b"    ", b"**", b"_", b"---\n", b"/*", b"*/", b"--", b"$$", b"$a$",
    b"if true; then\n", b"fi\n", b"for i in 1; do\n", b"done\n", b"case x in\n", b"esac\n", b"{ ", b"function f() {\n", b"SELECT ",
    b"DELETE FROM t WHERE ", b"Step 1: ", b"Option A: ", b"Scenario 2: ", b"Expected: ", b"(optional)", b"(99999999999999999999 minutes)",
    b"ssh host '", b"sudo ", b"<!-- ", b" -->", b"&amp;", b"[a](b)", b"![", b"](", b": ", b"- ", b"&a ", b"*a", b"!!str ", b"? ", b"|-\n",
    b"{a: ", b"[", b"]",
]
DEEP = [b"> ", b"- ", b"  - a\n", b"$(", b"(", b"[", b"{", b"`", b"*", b"((", b"'", b'"', b"if ", b"| ", b"<a>", b"\\", b"\n\n", b"# ", b"|-"]


def sections(text, mark):
    """The lines where a heading or a fence begins, as places."""
    return [i for i, line in enumerate(text) if line.lstrip().startswith(mark)]


def cut(pick, data):
    return data[: pick.randrange(len(data) + 1)]


def cut_head(pick, data):
    return data[pick.randrange(len(data) + 1) :]


def remove(pick, data):
    start = pick.randrange(len(data) + 1)
    return data[:start] + data[start + pick.choice([1, 2, 8, 64, 512]) :]


def double(pick, data):
    start = pick.randrange(len(data) + 1)
    part = data[start : start + pick.choice([8, 64, 512, 2048])]
    return data[:start] + part * pick.choice([2, 2, 3, 8]) + data[start:]


def flip(pick, data):
    if not data:
        return data
    result = bytearray(data)
    for _ in range(pick.choice([1, 1, 4, 16])):
        result[pick.randrange(len(result))] = pick.randrange(256)
    return bytes(result)


def odd(pick, data):
    start = pick.randrange(len(data) + 1)
    return data[:start] + pick.choice(ODD) * pick.choice([1, 1, 3]) + data[start:]


def token(pick, data):
    start = pick.randrange(len(data) + 1)
    # As often as not where a line begins: that is where Markdown and the shell look.
    if pick.random() < 0.5:
        start = data.rfind(b"\n", 0, start) + 1
    return data[:start] + pick.choice(TOKENS) + data[start:]


def deep(pick, data):
    start = data.rfind(b"\n", 0, pick.randrange(len(data) + 1)) + 1
    return data[:start] + pick.choice(DEEP) * pick.choice([10, 100, 1000, 3000]) + data[start:]


def swap(pick, data, mark):
    lines = data.splitlines(keepends=True)
    places = sections(lines, mark)
    if len(places) < 2:
        return data
    a, b = sorted(pick.sample(places, 2))
    lines[a], lines[b] = lines[b], lines[a]
    return b"".join(lines)


def swap_fences(pick, data):
    return swap(pick, data, (b"```", b"~~~"))


def swap_headings(pick, data):
    return swap(pick, data, b"#")


def swap_sections(pick, data):
    lines = data.splitlines(keepends=True)
    places = sections(lines, b"#") + [len(lines)]
    if len(places) < 4:
        return data
    a, b = sorted(pick.sample(range(len(places) - 1), 2))
    first, second = lines[places[a] : places[a + 1]], lines[places[b] : places[b + 1]]
    return b"".join(lines[: places[a]] + second + lines[places[a + 1] : places[b]] + first + lines[places[b + 1] :])


def break_fence(pick, data):
    lines = data.splitlines(keepends=True)
    places = sections(lines, (b"```", b"~~~"))
    if not places:
        return token(pick, data)
    place = pick.choice(places)
    lines[place] = pick.choice([b"", b"``\n", b"`````\n", b"~~~\n", b"    ```\n", b"> ```\n", lines[place].rstrip(b"\n")])
    return b"".join(lines)


def break_quote(pick, data):
    places = [i for i, byte in enumerate(data) if byte in b"'\"`"]
    if not places:
        return token(pick, data)
    place = pick.choice(places)
    return data[:place] + pick.choice([b"", b"'", b'"', b"`", b"''"]) + data[place + 1 :]


def indent(pick, data):
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    a = pick.randrange(len(lines))
    b = min(len(lines), a + pick.choice([1, 4, 20]))
    lead = pick.choice([b" ", b"  ", b"    ", b"\t", b"> ", b"- ", b"| ", b"# "])
    return b"".join(lines[:a] + [lead + line for line in lines[a:b]] + lines[b:])


def endings(pick, data):
    return data.replace(b"\n", pick.choice([b"\r\n", b"\r", b"\n\n", b"\n\r"]))


WAYS = [
    cut, cut_head, remove, double, flip, odd, token, token, deep, swap_fences, swap_headings, swap_sections, break_fence,
    break_quote, indent, endings,
]


def mutants(data, count, seed):
    pick = random.Random(seed)
    for _ in range(count):
        mutant = data
        for _ in range(pick.choice([1, 1, 2, 3, 6])):
            mutant = pick.choice(WAYS)(pick, mutant)[:LARGEST]
        yield mutant


def main():
    if sys.argv[1:] == ["--dictionary"]:
        # For libFuzzer, which mutates on.
        for one in sorted({*ODD, *TOKENS}):
            print('"' + "".join(f"\\x{byte:02x}" for byte in one) + '"')
        return
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    out, count, seed = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    out.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[4:]:
        data = pathlib.Path(name).read_bytes()[:LARGEST]
        for one in [data, *mutants(data, count, f"{seed} {hashlib.sha256(data).hexdigest()}")]:
            (out / hashlib.sha256(one).hexdigest()[:24]).write_bytes(one)


main()
