"""Units put together to modules: those that have most to do with each other first, as long as they fit and need one another in one direction only."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from taskguard.components import components

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LEAST = 0.25
SEVERAL = 3


class Groups:
    """`sizes` and `needs` are those of the units by number, `affinity` as in `affinities`. No group is larger than `most` if it is of several units."""

    def __init__(
        self,
        sizes: Sequence[int],
        needs: Mapping[int, Iterable[int]],
        affinity: Mapping[tuple[int, int], float],
        most: int,
    ) -> None:
        self.members: dict[int, list[int]] = {number: [number] for number in range(len(sizes))}
        self.sizes = dict(enumerate(sizes))
        self.needs: dict[int, set[int]] = {number: set(needs[number]) - {number} for number in range(len(sizes))}
        self.calls = {number: frozenset(used) for number, used in self.needs.items()}
        self.users: dict[int, set[int]] = {number: set() for number in range(len(sizes))}
        for number, used in self.needs.items():
            for one in used:
                self.users[one].add(number)
        self.near: dict[int, dict[int, float]] = {number: {} for number in range(len(sizes))}
        for (one, other), weight in affinity.items():
            self.near[one][other] = self.near[other][one] = weight
        self.most = most
        self.closed: set[int] = set()  # groups that are as they shall be

    # -- the graph --------------------------------------------------------------------------------------------------

    def _leads(self, start: int, end: int) -> bool:
        """Whether one group needs another by way of a third."""
        waiting = [one for one in self.needs[start] if one != end]
        seen = set(waiting)
        while waiting:
            at = waiting.pop()
            if end in self.needs[at]:
                return True
            new = self.needs[at] - seen
            seen |= new
            waiting += new
        return False

    def may_join(self, one: int, other: int, most: int | None = None) -> bool:
        """Whether two groups may become one."""
        if one in self.closed or other in self.closed:
            return False
        if self.sizes[one] + self.sizes[other] > (self.most if most is None else most):
            return False
        return not (self._leads(one, other) or self._leads(other, one))

    def join(self, one: int, other: int) -> int:
        """Makes one group of two; the smaller number stays."""
        kept, gone = min(one, other), max(one, other)
        self.members[kept] += self.members.pop(gone)
        self.sizes[kept] += self.sizes.pop(gone)
        for table, back in ((self.needs, self.users), (self.users, self.needs)):
            moved = table.pop(gone)
            for target in moved:
                back[target].discard(gone)
                if target != kept:
                    back[target].add(kept)
                    table[kept].add(target)
            table[kept].discard(gone)
        for target, weight in self.near.pop(gone).items():
            self.near[target].pop(gone, None)
            if target != kept:
                self.near[kept][target] = self.near[target][kept] = self.near[kept].get(target, 0.0) + weight
        return kept

    def weight(self, one: int, other: int) -> float:
        """What two groups have in common, for each of their members on average, somewhat more where they are large."""
        held = self.near[one].get(other, 0.0)
        return float(held / (len(self.members[one]) * len(self.members[other])) ** 0.75)

    def close(self, units: frozenset[int]) -> None:
        """No other unit joins the groups of these any more."""
        self.closed = {group for group, held in self.members.items() if not units.isdisjoint(held)}

    # -- what is done -----------------------------------------------------------------------------------------------

    def join_circles(self) -> None:
        """Makes one group of those that need one another in turns."""
        for circle in circles(self.needs):
            first = circle[0]
            for other in circle[1:]:
                first = self.join(first, other)

    def join_alike(self, keys: Sequence[str], whole: int = 0) -> None:
        """Joins the units of one key, such as the heading that they stand below, as far as they fit; all of them where they take no more than `whole`."""
        by_key: dict[str, list[int]] = {}
        for number, key in enumerate(keys):
            if key:
                by_key.setdefault(key, []).append(number)
        home = {unit: group for group, units in self.members.items() for unit in units}
        for units in by_key.values():
            total = sum(self.sizes[group] for group in {home[unit] for unit in units})
            most = max(self.most, whole) if total <= whole else self.most
            first = home[units[0]]
            for unit in units[1:]:
                other = home[unit]
                if other == first or other not in self.members:
                    continue
                if self.may_join(first, other, most):
                    gone = self.members[max(first, other)]
                    first = self.join(first, other)
                    home.update(dict.fromkeys([*gone, *self.members[first]], first))
                else:
                    first = other

    def grow(self, least: float = LEAST) -> None:
        """Joins groups as long as two have enough in common."""
        heap = [(-self.weight(one, other), one, other) for one in self.near for other in self.near[one] if one < other]
        heapify(heap)
        while heap:
            weight, one, other = heappop(heap)
            if one not in self.members or other not in self.members or -weight != self.weight(one, other):
                continue
            if -weight < least:
                break
            if self.may_join(one, other):
                kept = self.join(one, other)
                for near in self.near[kept]:
                    heappush(heap, (-self.weight(kept, near), min(kept, near), max(kept, near)))

    def sink(self, small: int, most: int) -> None:
        """Joins what is too small for a module with its only user, and be that larger than others; not where that calls one group after another."""
        for one in sorted(self.members, key=lambda number: (self.sizes[number], number)):
            if one not in self.members or self.sizes[one] >= small or len(self.users[one]) != 1:
                continue
            (user,) = self.users[one]
            callers = [unit for unit in self.members[user] if not self.calls[unit].isdisjoint(self.members[one])]
            if any(self._is_driver(unit) for unit in callers):
                continue
            if self.may_join(one, user, most):
                self.join(one, user)

    def _is_driver(self, unit: int) -> bool:
        """Whether a unit needs several groups besides its own."""
        home = {each: group for group, units in self.members.items() for each in units}
        return len({home[each] for each in self.calls[unit]} - {home[unit]}) >= SEVERAL

    def gather(self, small: int) -> None:
        """Joins what is too small for a module with that of which it has most, or else with its neighbour."""
        while True:
            for one in sorted(self.members, key=lambda number: (self.sizes[number], number)):
                if self.sizes[one] >= small:
                    return
                if one in self.closed:
                    continue
                others = sorted(
                    (other for other in self.members if other != one),
                    key=lambda other: (-self.weight(one, other), self.sizes[other] >= small, abs(other - one), other),
                )
                found = next((other for other in others if self.may_join(one, other)), None)
                if found is not None:
                    self.join(one, found)
                    break
            else:
                return


def circles(needs: Mapping[int, Iterable[int]]) -> list[list[int]]:
    """The groups that need one another in turns, two and more of them, sorted."""
    found = components(sorted(needs), lambda one: sorted(needs[one]))
    return sorted(sorted(group) for group in found if len(group) > 1)
