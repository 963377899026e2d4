"""Chance that parcels share: what is drawn for a lorry, a hub or an hour, whichever parcel asks first.

Invariant: pure; the same keys give the same number in any order and any process. May import: numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ODD = np.uint64(0x9E3779B97F4A7C15)
_ONE = np.uint64(0xBF58476D1CE4E5B9)
_TWO = np.uint64(0x94D049BB133111EB)


def mixed(*keys: Any) -> NDArray[np.uint64]:
    """Mix whole numbers (arrays or single ones) into 64 bits: SplitMix64, key by key."""
    state = np.zeros(1, np.uint64)
    with np.errstate(over="ignore"):
        for key in keys:
            value = state + np.asarray(key).astype(np.int64).astype(np.uint64) + _ODD
            value = (value ^ (value >> np.uint64(30))) * _ONE
            value = (value ^ (value >> np.uint64(27))) * _TWO
            state = value ^ (value >> np.uint64(31))
    return state


def even(*keys: Any) -> NDArray[np.float64]:
    """Give numbers spread evenly over 0 to 1, 1 left out."""
    return (mixed(*keys) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(*keys: Any) -> NDArray[np.float64]:
    """Give normally spread numbers (Box and Muller)."""
    first, second = even(*keys, 1), even(*keys, 2)
    found: NDArray[np.float64] = np.sqrt(-2 * np.log(1.0 - first)) * np.cos(2 * np.pi * second)
    return found
