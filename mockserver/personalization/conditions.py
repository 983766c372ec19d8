"""Conditions in templates, with the meaning that Liquid gives them: `if`, `unless`, `elsif`, `else`.

python-liquid parses and evaluates them. Nothing else of Liquid is switched on: no loops, no filters, no
other templates. It gets the pieces that `grammar` found, so `{{…}}` stays ours. A CSV file holds only text,
so this project chose two rules: an empty field counts as a missing one (false, and equal to `blank`,
`empty`, `nil` and `""`), and text that is a number compares with a number by its value.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, TokenStream
from liquid import RenderContext as LiquidContext
from liquid.ast import Node
from liquid.builtin.content import Literal
from liquid.builtin.expressions import logical
from liquid.builtin.expressions.primitive import Blank, Empty, RangeLiteral
from liquid.builtin.illegal import Illegal
from liquid.builtin.tags.if_tag import IfNode, IfTag
from liquid.builtin.tags.unless_tag import UnlessNode, UnlessTag
from liquid.exceptions import LiquidError, LiquidSyntaxError
from liquid.expression import Expression
from liquid.parser import get_parser
from liquid.tag import Tag as LiquidTag
from liquid.token import TOKEN_CONTENT, TOKEN_EXPRESSION, TOKEN_OUTPUT, TOKEN_TAG, Token
from liquid.undefined import is_undefined
from liquid.utils import ReadOnlyChainMap

from .dates import DATE_VALUES
from .grammar import Piece, Tag, TemplateError, Text, locate_error
from .placeholders import Renderable, RenderContext, write_value

MOST_BLOCKS = 20
"""How deep conditions may be nested."""

_BLOCKS = ("if", "unless")
_INNER = ("elsif", "else")
_NUMBER = re.compile(r"\s*[-+]?\d{1,30}(\.\d{1,30})?\s*")


class _Stream(TokenStream):
    """The tokens, and the compiled `{{…}}` by their place."""

    def __init__(self, tokens: Iterator[Token], parts: Mapping[int, Renderable]) -> None:
        super().__init__(tokens)
        self.parts = parts


class _Context(LiquidContext):
    """What conditions see: the fields that are not empty, and the values of the date of sending."""

    def __init__(self, template: BoundTemplate, context: RenderContext) -> None:
        super().__init__(template)
        self.inner = context
        if context.scope is None:
            context.scope = _make_scope(context)
        # Without Liquid's own names, which hold the real time.
        self.scope = ReadOnlyChainMap(context.scope)


def _make_scope(context: RenderContext) -> dict[str, Any]:
    fields = {name: _simplify(value) for name, value in context.fields.items() if not _is_blank(value)}
    return {**fields, **{name: form(context.at) for name, form in DATE_VALUES.items()}}


def _simplify(value: Any) -> Any:
    """Return a value of a field without depth."""
    if isinstance(value, list):
        return [write_value(item) for item in value]
    return write_value(value) if isinstance(value, dict) else value


class _PlaceholderNode(Node):
    """`{{…}}` between the conditions."""

    __slots__ = ("renderable",)

    def __init__(self, token: Token, renderable: Renderable) -> None:
        super().__init__(token)
        self.blank = False
        self.renderable = renderable

    def render_to_output(self, context: LiquidContext, buffer: TextIO) -> int:
        assert isinstance(context, _Context)
        return buffer.write(self.renderable.render(context.inner))


class _PlaceholderTag(LiquidTag):
    name = TOKEN_OUTPUT
    block = False

    def parse(self, stream: TokenStream) -> Node:
        assert isinstance(stream, _Stream)
        token = stream.expect(TOKEN_OUTPUT)
        return _PlaceholderNode(token, stream.parts[token.start_index])


class _If(IfTag):
    def parse(self, stream: TokenStream) -> Node:
        return _parse_block(super().parse, stream)


class _Unless(UnlessTag):
    def parse(self, stream: TokenStream) -> Node:
        return _parse_block(super().parse, stream)


class _Environment(Environment):
    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in (Literal, Illegal, _PlaceholderTag, _If, _Unless):
            self.add_tag(tag)


_ENVIRONMENT = _Environment()


@dataclass(frozen=True, slots=True)
class Conditional:
    """A template with conditions."""

    source: str
    template: BoundTemplate

    def render(self, context: RenderContext) -> str:
        """Return the text; raises TemplateError."""
        buffer = StringIO()
        liquid_context = _Context(self.template, context)
        try:
            for node in self.template.nodes:
                node.render(liquid_context, buffer)
        except LiquidError as error:
            raise _explain(error, self.source) from None
        return buffer.getvalue()


def compile_conditions(source: str, pieces: list[Piece], parts: Mapping[int, Renderable]) -> Conditional:
    """Return a template that has tags, compiled from its pieces; raises TemplateError."""
    tags = [piece for piece in pieces if isinstance(piece, Tag)]
    _check_blocks(source, tags)
    stream = _Stream(_list_tokens(source, pieces), parts)
    try:
        nodes = get_parser(_ENVIRONMENT).parse(stream)
    except LiquidError as error:
        raise _explain(error, source) from None
    return Conditional(source, BoundTemplate(_ENVIRONMENT, nodes))


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


def _list_tokens(source: str, pieces: Iterable[Piece]) -> Iterator[Token]:
    for piece in pieces:
        if isinstance(piece, Text):
            yield Token(TOKEN_CONTENT, piece.value, piece.start, source)
        elif isinstance(piece, Tag):
            yield Token(TOKEN_TAG, piece.name, piece.start, source)
            if piece.expression:
                yield Token(TOKEN_EXPRESSION, piece.expression, piece.expression_start, source)
        else:
            yield Token(TOKEN_OUTPUT, "", piece.start, source)


def _explain(error: LiquidError, source: str) -> TemplateError:
    position = error.token.start_index if error.token and error.token.start_index >= 0 else len(source)
    return locate_error(str(error.message), source, position)


class _Comparison(Expression):
    """Two operands, compared by the rules of this project."""

    __slots__ = ("compare", "left", "right")

    def __init__(
        self, token: Token, left: Expression, right: Expression, compare: Callable[[Any, Any], bool]
    ) -> None:
        super().__init__(token)
        self.left, self.right, self.compare = left, right, compare

    def evaluate(self, context: LiquidContext) -> bool:
        assert isinstance(context, _Context)
        operands = [self.left.evaluate(context), self.right.evaluate(context)]
        for operand in operands:
            context.inner.count_comparison(operand)
        return self.compare(*operands)

    def children(self) -> list[Expression]:
        return [self.left, self.right]


def _parse_block(parse: Callable[[TokenStream], Node], stream: TokenStream) -> Node:
    try:
        node = parse(stream)
    except LiquidError as error:
        if error.token is None or error.token.start_index < 0:  # at the end of a condition: that one
            error.token = stream.tokens[stream.pos - 1]
        raise
    assert isinstance(node, (IfNode, UnlessNode))
    node.condition = _adapt(node.condition)
    for alternative in node.alternatives:
        alternative.expression = _adapt(alternative.expression)
    return node


def _adapt(expression: Expression) -> Expression:
    """Return an expression with the project's comparisons in place of Liquid's."""
    if isinstance(expression, logical.BooleanExpression):
        expression.expression = _adapt(expression.expression)
    elif isinstance(expression, (logical.LogicalAndExpression, logical.LogicalOrExpression)):
        expression.left, expression.right = _adapt(expression.left), _adapt(expression.right)
    elif type(expression) in _COMPARISONS:
        left, right = (_adapt(operand) for operand in expression.children())
        return _Comparison(expression.token, left, right, _COMPARISONS[type(expression)])
    elif isinstance(expression, RangeLiteral):
        # Looking for something in a long one takes long.
        raise LiquidSyntaxError("a range cannot be compared", token=expression.token)
    return expression


def _is_blank(value: object) -> bool:
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or is_undefined(value) or isinstance(value, (Blank, Empty)) or value in ([], {})


def _is_equal(left: Any, right: Any) -> bool:
    if _is_blank(left) or _is_blank(right):
        return _is_blank(left) and _is_blank(right)
    numbers = _read_numbers(left, right)
    if numbers and not (isinstance(left, str) and isinstance(right, str)):
        return numbers[0] == numbers[1]
    return write_value(left) == write_value(right)


def _is_less(left: Any, right: Any) -> bool:
    if _is_blank(left) or _is_blank(right):
        return False
    numbers = _read_numbers(left, right)
    if numbers:
        return numbers[0] < numbers[1]
    return isinstance(left, str) and isinstance(right, str) and left < right


def _contains(left: Any, right: Any) -> bool:
    if _is_blank(left) or _is_blank(right):
        return False
    if isinstance(left, list):
        return any(_is_equal(item, right) for item in left)
    return write_value(right) in write_value(left)


def _read_numbers(left: Any, right: Any) -> tuple[float, float] | None:
    texts = [write_value(value) for value in (left, right)]
    return (float(texts[0]), float(texts[1])) if all(map(_NUMBER.fullmatch, texts)) else None


_COMPARISONS: dict[type[Expression], Callable[[Any, Any], bool]] = {
    logical.EqExpression: _is_equal,
    logical.NeExpression: lambda left, right: not _is_equal(left, right),
    logical.LtExpression: _is_less,
    logical.GtExpression: lambda left, right: _is_less(right, left),
    logical.LeExpression: lambda left, right: _is_less(left, right) or _is_equal(left, right),
    logical.GeExpression: lambda left, right: _is_less(right, left) or _is_equal(left, right),
    logical.ContainsExpression: _contains,
}
