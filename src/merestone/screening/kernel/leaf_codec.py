"""How the edges that a leaf keeps are written down, for `measure` to read."""

from merestone.screening.kernel.compiled_function import inlined
from merestone.screening.kernel.leaf_query import EDGES, GOES_ON, WINDING

BETWEEN = 4
"""Runs with so few edges between them are one."""


@inlined
def write_list(ends, part_of, item, first, last, state_part, state_turn, state, states, word, word_count):  # type: ignore[no-untyped-def]
    """Write a leaf's list as runs of edges; give the number of words in all, and of edges in the list.

    First the areas whose winding number tells whether a position lies in them, then all else. Two runs with a few edges
    between them are written as one: these are right in any list, and looked at beside the others.
    """
    edges = 0
    for winds in range(1, -1, -1):
        i, s, part, v, is_open = first, state, -1, 0, False
        while i < last:
            e = item[i]
            i += 1
            if part_of[e] != part:
                part = part_of[e]
                while s < states and state_part[s] < part:
                    s += 1
                is_mine = (s < states and state_part[s] == part) == (winds == 1)
                goes_on = 0
                is_open = False
            if not is_mine:
                continue
            if is_open and e - v <= BETWEEN:
                is_open = True
                for u in range(v, e):
                    is_open &= not ends[u]
            else:
                is_open = False
            if is_open:
                word[word_count - 1] += (e + 1 - v) << EDGES
                edges += e + 1 - v
            else:
                turn = (state_turn[s] + 128) << WINDING if winds else 0
                word[word_count], word[word_count + 1] = e, (1 << EDGES) + turn + goes_on + winds
                edges += 1
                word_count += 2
                is_open, goes_on = True, GOES_ON * winds
            v = e + 1
    return word_count, edges
