"""Measures how well and how fast carriers' words are read: `python -m bench.words`.

The texts in `bench/data/words/` are labelled by hand. `dev.tsv` served to write the patterns; so did `ways.tsv`, ways
of saying each thing that were thought of and not found. Each other list was made when the patterns stood, read once
(`first_look.json`), and only then used to better them; but `test6` never was. What the labels mean and how the lists
came about: docs/decisions/words.md.

Invariant: the figures depend on the lists and the patterns only, the speeds also on the machine.
May import: core, bench.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from bench.report import write
from core.words import Topic, read_words

DATA = Path(__file__).parent / "data" / "words"
NONE = "none"
CLASSES = tuple(topic.value for topic in Topic if topic is not Topic.REPACK)
ROUNDS = 15
# Each list at first look, by the patterns of that commit. The present figures of these lists say only how well the
# patterns were fitted to them; these say how well they do on texts that nobody has tuned on.
FIRST_LOOK: dict[str, dict[str, object]] = json.loads((DATA / "first_look.json").read_text("utf-8"))


class Labelled(msgspec.Struct, frozen=True):
    """A text with what a person says it means: one of CLASSES, or `none`."""

    label: str
    language: str
    carrier: str
    text: str
    source: str = ""
    """Where it was found: a code table, a plugin, a driver's app … Empty where it was not noted."""


class Score(msgspec.Struct, frozen=True):
    """How well one class is read. `texts`: how many are truly of it."""

    precision: float
    recall: float
    f1: float
    texts: int


def read_list(name: str) -> list[Labelled]:
    """Read `dev`, `ways`, one of FIRST_LOOK, or a list that has had no first look yet."""
    with (DATA / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    texts = [Labelled(*row) for row in rows[1:]]
    wrong = {text.label for text in texts} - {*CLASSES, NONE}
    if wrong:
        raise ValueError(f"bench/data/words/{name}.tsv has labels that are no class: {sorted(wrong)}")
    return texts


def answer(text: str) -> str:
    """Give the class that the program reads in a text. Repacking alone is none of the classes."""
    words = read_words(text)
    return NONE if words is None or words.topic is Topic.REPACK else words.topic.value


def scores(pairs: Sequence[tuple[str, str]]) -> dict[str, Score]:
    """Score (label, answer) pairs by class; a class that neither side names is left out."""
    right = Counter(label for label, said in pairs if label == said)
    labels, said = Counter(label for label, _ in pairs), Counter(said for _, said in pairs)
    found = {}
    for name in CLASSES:
        if labels[name] or said[name]:
            precision = right[name] / said[name] if said[name] else 0.0
            recall = right[name] / labels[name] if labels[name] else 0.0
            f1 = 2 * right[name] / (labels[name] + said[name])
            found[name] = Score(round(precision, 4), round(recall, 4), round(f1, 4), labels[name])
    return found


def macro(by_class: dict[str, Score]) -> float:
    """Give the mean F1 over the classes, each weighing the same; 1 where nothing was to be found, and nothing was."""
    return round(sum(score.f1 for score in by_class.values()) / len(by_class), 4) if by_class else 1.0


def judge(texts: Iterable[Labelled]) -> dict[str, object]:
    """Score a list: over all, by class and by language. `false_alarms`: texts of no class read as one."""
    pairs = [(text.language, text.label, answer(text.text)) for text in texts]
    by_class = scores([(label, said) for _, label, said in pairs])
    by_language: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for language, label, said in pairs:
        by_language[language].append((label, said))
    ordinary = [said for _, label, said in pairs if label == NONE]
    return {
        "texts": len(pairs),
        "ordinary_texts": len(ordinary),
        "macro_f1": macro(by_class),
        "accuracy": round(sum(label == said for _, label, said in pairs) / len(pairs), 4),
        "false_alarms": sum(said != NONE for said in ordinary),
        "classes": msgspec.to_builtins(by_class),
        "languages": {
            language: {
                "texts": len(of),
                "macro_f1": macro(scores(of)),
                "accuracy": round(sum(label == said for label, said in of) / len(of), 4),
            }
            for language, of in sorted(by_language.items())
        },
    }


def micros(read: Callable[[str], object], texts: Sequence[str]) -> float:
    """Time a reader over texts: microseconds of processor time a text, the best of ROUNDS rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for text in texts:
            read(text)
        best = min(best, time.process_time() - started)
    return round(best / len(texts) * 1e6, 2)


def speeds(texts: Sequence[Labelled]) -> dict[str, object]:
    """Time the cached and the uncached path, the latter also on texts made 60 characters long by repeating them."""
    all_texts = [text.text for text in texts]
    # Latin carriers' texts of 60 characters; a Chinese text of that length is two to three sentences.
    long = [(text + ". ") * (1 + 60 // (len(text) + 2)) for text in all_texts]
    long = [text[:60] for text in long]
    uncached = read_words.__wrapped__
    for text in all_texts:
        read_words(text)
    return {
        "cached_us": micros(read_words, all_texts),
        "uncached_us": micros(uncached, all_texts),
        "uncached_60_characters_us": micros(uncached, long),
        "uncached_60_characters_ordinary_us": micros(
            uncached, [long[at] for at, text in enumerate(texts) if text.label == NONE]
        ),
        "mean_characters": round(sum(map(len, all_texts)) / len(all_texts), 1),
    }


def main() -> None:
    """Measure, print and write. With `--errors <list>` only print what of the list is read wrongly."""
    if "--errors" in sys.argv:
        for text in read_list(sys.argv[sys.argv.index("--errors") + 1]):
            said = answer(text.text)
            if said != text.label:
                print(f"{text.language} {text.label:9} read as {said:9} {text.text}")
        return
    lists = {name: read_list(name) for name in ("dev", "ways", *FIRST_LOOK)}
    figures: dict[str, object] = {
        "first_look": FIRST_LOOK,
        "now": {name: judge(texts) for name, texts in lists.items()},
        "speed": speeds(lists["held_out"]),
    }
    print(msgspec.json.format(msgspec.json.encode(figures), indent=2).decode())
    write(
        "words",
        command="python -m bench.words",
        method="texts labelled by hand; first_look: before anything was tuned on the list; see docs/decisions/words.md",
        figures=figures,
        target="macro F1 ≥ 0.90 on held-out texts; ≤ 20 µs a text",
    )


if __name__ == "__main__":
    main()
