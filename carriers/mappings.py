"""Mappings: what people said that a code or a text of a source means, laid over the code tables.

A mapping by code stands like a row of the source's code table: the text still refines it. A mapping with a text says
the last word. The most special one wins: a carrier's own before one for all carriers, code and text before code before
text.

Invariant: pure; without mappings nothing is touched. May import: core, carriers._meanings, carriers._tables.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from carriers._meanings import refine
from carriers._tables import Meaning, folded
from core.event import Meant
from core.scan import Culprit, Detail, Milestone, Scan
from core.words import skeleton

LONGEST = 500
"""Characters of a text's skeleton that are compared."""


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """What a code, a text or both mean. `text` is a skeleton; `carrier` None is all carriers of the source."""

    mapping_id: int
    source: str
    milestone: Milestone
    carrier: str | None = None
    code: str | None = None
    text: str | None = None
    detail: Detail | None = None
    culprit: Culprit | None = None


def text_key(text: str) -> str:
    """Give a text as mappings know it: without hub names and digits."""
    return skeleton(text.strip())[:LONGEST]


_Key = tuple[str | None, str | None, str | None]


class Mappings:
    """The mappings in force. Of two of one key the later (greater id) counts."""

    def __init__(self, mappings: Iterable[Mapping] = ()) -> None:
        self._of: dict[str, dict[_Key, Mapping]] = {}
        for mapping in sorted(mappings, key=lambda each: each.mapping_id):
            code = folded(mapping.code) if mapping.code else None
            self._of.setdefault(mapping.source, {})[mapping.carrier, code, mapping.text] = mapping

    def __len__(self) -> int:
        """Count the mappings in force."""
        return sum(map(len, self._of.values()))

    def of(self, scan: Scan) -> Mapping | None:
        """Give the mapping that speaks for a scan."""
        known = self._of.get(scan.source)
        if known is None or scan.retracts is not None:
            return None
        code = folded(scan.code) if scan.code else None
        said = text_key(scan.text) if scan.text else None
        for carrier in (scan.carrier, None):
            for key in ((carrier, code, said), (carrier, code, None), (carrier, None, said)):
                if key[1:] != (None, None) and (found := known.get(key)) is not None:
                    return found
        return None

    def meant(self, scan: Scan) -> Meant | None:
        """Say what a scan means by the mapping that speaks for it."""
        mapping = self.of(scan)
        if mapping is None:
            return None
        meaning = Meaning(mapping.milestone, mapping.detail, mapping.culprit)
        if mapping.text is None or mapping.milestone is Milestone.DELIVERED:
            refined = refine(meaning, scan.text)
            meaning = refined if mapping.text is None else msgspec.structs.replace(meaning, signer=refined.signer)
        return meant_by(scan, meaning, mapping.mapping_id)

    def read(self, scans: tuple[Scan, ...]) -> tuple[Scan, ...]:
        """Give scans that were just read with the mappings laid over."""
        if not self._of:
            return scans
        return tuple(meant.of(scan) if (meant := self.meant(scan)) is not None else scan for scan in scans)


def meant_by(scan: Scan, meaning: Meaning, mapping_id: int | None = None) -> Meant:
    """Give the event's form of a scan's meaning."""
    return Meant(
        scan_id=scan.scan_id,
        milestone=meaning.milestone,
        detail=meaning.detail,
        culprit=meaning.culprit,
        signer=meaning.signer,
        mapped=mapping_id,
    )
