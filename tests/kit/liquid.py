"""A second opinion on conditions: python-liquid reads them, with the comparisons of this project."""

from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

from liquid import BoundTemplate, Environment, TokenStream
from liquid import RenderContext as LiquidContext
from liquid.ast import Node
from liquid.builtin.content import Literal
from liquid.builtin.expressions import logical
from liquid.builtin.expressions.primitive import Blank, Empty, RangeLiteral
from liquid.builtin.illegal import Illegal
from liquid.builtin.output import Output
from liquid.builtin.tags.if_tag import IfNode, IfTag
from liquid.builtin.tags.unless_tag import UnlessNode, UnlessTag
from liquid.exceptions import LiquidSyntaxError
from liquid.expression import Expression
from liquid.parser import get_parser
from liquid.token import TOKEN_CONTENT, TOKEN_EXPRESSION, TOKEN_TAG, Token
from liquid.undefined import is_undefined
from liquid.utils import ReadOnlyChainMap

from mockserver.personalization.comparisons import BLANK, COMPARISONS
from mockserver.personalization.grammar import Tag, Text, split_pieces


class _If(IfTag):
    def parse(self, stream: TokenStream) -> Node:
        return _adapt_block(super().parse(stream))


class _Unless(UnlessTag):
    def parse(self, stream: TokenStream) -> Node:
        return _adapt_block(super().parse(stream))


class _Environment(Environment):
    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in (Literal, Output, Illegal, _If, _Unless):
            self.add_tag(tag)


_ENVIRONMENT = _Environment()


def render_with_liquid(source: str, scope: dict[str, Any]) -> str:
    """Return a template of text and conditions, rendered; raises LiquidError."""
    pieces = split_pieces(source, 0, len(source))
    nodes = get_parser(_ENVIRONMENT).parse(TokenStream(_list_tokens(source, pieces)))
    context = LiquidContext(BoundTemplate(_ENVIRONMENT, nodes))
    # Without Liquid's own names, which hold the real time.
    context.scope = ReadOnlyChainMap(scope)
    buffer = StringIO()
    for node in nodes:
        node.render(context, buffer)
    return buffer.getvalue()


def _list_tokens(source: str, pieces: Iterable[object]) -> Iterator[Token]:
    for piece in pieces:
        if isinstance(piece, Text):
            yield Token(TOKEN_CONTENT, piece.value, piece.start, source)
        elif isinstance(piece, Tag):
            yield Token(TOKEN_TAG, piece.name, piece.start, source)
            if piece.expression:
                yield Token(TOKEN_EXPRESSION, piece.expression, piece.expression_start, source)


class _Comparison(Expression):
    """Two operands, compared by the rules of this project."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, token: Token, left: Expression, right: Expression, operator: str) -> None:
        super().__init__(token)
        self.left, self.right, self.operator = left, right, operator

    def evaluate(self, context: LiquidContext) -> bool:
        return COMPARISONS[self.operator](*(_translate(each.evaluate(context)) for each in self.children()))

    def children(self) -> list[Expression]:
        return [self.left, self.right]


def _translate(value: Any) -> Any:
    if isinstance(value, (Blank, Empty)):
        return BLANK
    return None if is_undefined(value) else value


def _adapt_block(node: Node) -> Node:
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


_COMPARISONS: dict[type[Expression], str] = {
    logical.EqExpression: "==",
    logical.NeExpression: "!=",
    logical.LtExpression: "<",
    logical.GtExpression: ">",
    logical.LeExpression: "<=",
    logical.GeExpression: ">=",
    logical.ContainsExpression: "contains",
}
