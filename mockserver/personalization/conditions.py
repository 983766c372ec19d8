"""Conditions in templates, with the meaning that Liquid gives them: `if`, `unless`, `elsif`, `else`.

Nothing else of Liquid exists: no loops, no filters, no other templates. `{{…}}` is not Liquid's.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from .expressions import read_condition
from .grammar import Piece, Tag, Text, locate_error
from .placeholders import Renderable, RenderContext

MOST_BLOCKS = 20
"""How deep conditions may be nested."""

_BLOCKS = ("if", "unless")
_INNER = ("elsif", "else")


@dataclass(slots=True)
class _Sequence:
    """Parts that follow each other."""

    parts: list[Renderable] = field(default_factory=list)
    is_blank: bool = True
    """Whether there is nothing but white space, whatever the conditions say."""

    def add(self, part: Renderable, *, is_blank: bool) -> None:
        self.parts.append(part)
        self.is_blank &= is_blank

    def render(self, context: RenderContext) -> str:
        return "".join([part.render(context) for part in self.parts])


@dataclass(frozen=True, slots=True)
class _Branch:
    """A part of a block, which is rendered unless a branch before it was."""

    tag: Tag
    holds: Callable[[RenderContext], bool]
    sequence: _Sequence = field(default_factory=_Sequence)


@dataclass(frozen=True, slots=True)
class _Block:
    """`if` or `unless`, with its branches."""

    branches: list[_Branch]

    @property
    def is_blank(self) -> bool:
        return all(branch.sequence.is_blank for branch in self.branches)

    def render(self, context: RenderContext) -> str:
        for branch in self.branches:
            if branch.holds(context):
                text = branch.sequence.render(context)
                # Liquid leaves out white space where nothing else can be, and in every branch of elsif.
                is_left_out = branch.sequence.is_blank and (branch.tag.name == "elsif" or self.is_blank)
                return "" if is_left_out else text
        return ""


def compile_conditions(source: str, pieces: list[Piece], parts: Mapping[int, Renderable]) -> Renderable:
    """Return a template that has tags, compiled from its pieces; raises TemplateError.

    `parts` has the text and the compiled placeholders by their place.
    """
    _check_blocks(source, [piece for piece in pieces if isinstance(piece, Tag)])
    whole = _Sequence()
    open_blocks: list[_Block] = []
    for piece in pieces:
        inner = open_blocks[-1].branches[-1].sequence if open_blocks else whole
        if not isinstance(piece, Tag):
            is_blank = isinstance(piece, Text) and (not piece.value or piece.value.isspace())
            inner.add(parts[piece.start], is_blank=is_blank)
        elif piece.name in _BLOCKS:
            open_blocks.append(_Block([_Branch(piece, _read(source, piece))]))
        elif piece.name in _INNER:
            open_blocks[-1].branches.append(_Branch(piece, _read(source, piece)))
        else:
            block = open_blocks.pop()
            outer = open_blocks[-1].branches[-1].sequence if open_blocks else whole
            outer.add(block, is_blank=block.is_blank)
    return whole


def _read(source: str, tag: Tag) -> Callable[[RenderContext], bool]:
    if tag.name == "else":
        return lambda _: True
    if not tag.expression:
        raise locate_error("missing expression", source, tag.start)
    holds = read_condition(source, tag)
    return (lambda context: not holds(context)) if tag.name == "unless" else holds


def _check_blocks(source: str, tags: Iterable[Tag]) -> None:
    """Raise TemplateError for a block without an end, and for other errors that Liquid accepts."""
    blocks: list[tuple[Tag, bool]] = []
    for tag in tags:
        block, has_else = blocks[-1] if blocks else (None, False)
        if tag.name in _BLOCKS:
            if len(blocks) == MOST_BLOCKS:
                raise locate_error(f"blocks are nested more than {MOST_BLOCKS} deep", source, tag.start)
            blocks.append((tag, False))
        elif tag.name in _INNER:
            if block is None or has_else:
                where = "after else" if has_else else "outside if and unless"
                raise locate_error(f"{tag.name} {where}", source, tag.start)
            blocks[-1] = (block, tag.name == "else")
        elif tag.name in [f"end{name}" for name in _BLOCKS]:
            if block is None or tag.name != f"end{block.name}":
                open_block = f"before end{block.name}" if block else "without a block to end"
                raise locate_error(f"{tag.name} {open_block}", source, tag.start)
            blocks.pop()
        else:
            known = ", ".join((*_BLOCKS, *_INNER, "comment", "raw"))
            raise locate_error(f"there is no tag {tag.name}; the tags are {known}", source, tag.start)
    if blocks:
        tag = blocks[-1][0]
        raise locate_error(f"this {tag.name} has no end{tag.name}", source, tag.start)
