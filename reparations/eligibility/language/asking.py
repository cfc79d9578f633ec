"""Which facts to ask for: those whose absence leaves something unknown, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reparations.eligibility.language.nodes import LIST_OPS, Op

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reparations.eligibility.language.evaluate import Compiled, Frame
    from reparations.eligibility.language.schema import FactSchema


class Asker:
    """Walks what is unknown down to the facts it is unknown for."""

    def __init__(self, schema: FactSchema, steps: Mapping[str, tuple[Compiled, ...]]) -> None:
        """Keep the lists, with the facts that close them, and what each award step is computed from."""
        self.schema = schema
        self.steps = steps

    def unknown(self, compiled: Compiled, frame: Frame) -> Iterator[str]:
        """Yield the facts whose absence leaves a part unknown."""
        if compiled.run(frame) is not None:
            return
        node = compiled.node
        if node.op is Op.FACT or node.op is Op.FIELD:
            yield node.name
        elif node.op is Op.PRESUMED:
            yield from self.unknown(compiled.items[0], frame)
        elif node.op is Op.STEP:
            yield from self.unknown_in_step(node.name, frame)
        elif node.op in LIST_OPS:
            yield from self._unknown_in_list(compiled, frame)
        elif node.op is Op.IF and (met := compiled.items[0].run(frame)) is not None:
            yield from self.unknown(compiled.items[1 if met else 2], frame)
        elif node.op is Op.IF:
            yield from self.unknown(compiled.items[0], frame)
        else:
            for item in compiled.items:
                yield from self.unknown(item, frame)

    def unknown_in_step(self, name: str, frame: Frame) -> Iterator[str]:
        """Yield what a step of the award lacks; nothing if only a person's decision is missing."""
        for part in self.steps[name]:
            yield from self.unknown(part, frame)

    def _unknown_in_list(self, compiled: Compiled, frame: Frame) -> Iterator[str]:
        listed = self.schema.lists[compiled.node.name]
        if frame.facts.get(listed.complete_when) is not True:
            yield listed.complete_when
        outer = frame.record
        for record in frame.lists.get(listed.name, ()):
            frame.record = record
            counts, *amounts = compiled.items
            yield from self.unknown(counts, frame)
            if counts.run(frame) is True:
                for amount in amounts:
                    yield from self.unknown(amount, frame)
        frame.record = outer
