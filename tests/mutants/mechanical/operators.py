"""Mutation operators: what they make of an expression or a statement.

Each of them makes one change that a programmer could make by mistake, and that compiles. The usual names of
the field stand beside them: ROR, LCR, AOR, SDL and so on.
"""

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Change = tuple[ast.AST, ast.AST]
"""A node, and what stands in its place."""
Operator = Callable[[ast.AST], Iterator[Change]]

_NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_SHIFTED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_EMPTY: dict[str, Callable[[], ast.expr]] = {
    "list": lambda: ast.List([], ast.Load()),
    "tuple": lambda: ast.Tuple([], ast.Load()),
    "dict": lambda: ast.Dict([], []),
    "str": lambda: ast.Constant(""),
    "int": lambda: ast.Constant(0),
    "float": lambda: ast.Constant(0.0),
}
_CLASS = "class "
_LARGEST = 10_000
"""A larger constant is a limit of the server itself: no client sees one more."""


def _with_comparison(node: ast.Compare, operator: ast.cmpop) -> ast.Compare:
    return ast.Compare(node.left, [operator], node.comparators)


def negate_comparison(node: ast.AST) -> Iterator[Change]:
    """Turn `==` into `!=`, `<` into `>=`, `in` into `not in` (ROR)."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield node, _with_comparison(node, _NEGATED[type(node.ops[0])]())


def shift_boundary(node: ast.AST) -> Iterator[Change]:
    """Turn `<` into `<=`, and so on (ROR)."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _SHIFTED:
        yield node, _with_comparison(node, _SHIFTED[type(node.ops[0])]())


def change_constant(node: ast.AST) -> Iterator[Change]:
    """Add one to a number (CRP)."""
    if isinstance(node, ast.Constant) and type(node.value) is int and abs(node.value) <= _LARGEST:
        yield node, ast.Constant(node.value + 1)


def change_truth(node: ast.AST) -> Iterator[Change]:
    """Turn True into False, and False into True (CRP)."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, ast.Constant(not node.value)


def negate_condition(node: ast.AST) -> Iterator[Change]:
    """Negate what an `if`, a `while` or a comprehension asks, unless it is a comparison (COI)."""
    tests = node.ifs if isinstance(node, ast.comprehension) else []
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        tests = [node.test]
    for test in tests:
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            yield test, test.operand
        elif not isinstance(test, ast.Compare):
            yield test, ast.UnaryOp(ast.Not(), test)


def swap_logic(node: ast.AST) -> Iterator[Change]:
    """Turn `and` into `or`, and `or` into `and` (LCR)."""
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield node, ast.BoolOp(other, node.values)


def drop_operand(node: ast.AST) -> Iterator[Change]:
    """Leave out one operand of `and` or `or` (LCR)."""
    if isinstance(node, ast.BoolOp):
        for index in range(len(node.values)):
            kept = [value for place, value in enumerate(node.values) if place != index]
            yield node, kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)


def swap_arithmetic(node: ast.AST) -> Iterator[Change]:
    """Turn `+` into `-`, and `-` into `+` (AOR)."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield node, ast.BinOp(node.left, other, node.right)


def drop_statement(node: ast.AST) -> Iterator[Change]:
    """Leave out a call, a refusal, a deletion or an assignment to a part of something (SDL)."""
    for block in (getattr(node, name, []) for name in ("body", "orelse", "finalbody")):
        for statement in block if isinstance(block, list) else ():
            if _can_be_dropped(statement):
                yield statement, ast.Pass()


def _can_be_dropped(statement: ast.AST) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, (ast.Call, ast.Yield, ast.YieldFrom))
    if isinstance(statement, ast.Assign):
        return all(isinstance(target, (ast.Attribute, ast.Subscript)) for target in statement.targets)
    return isinstance(statement, (ast.AugAssign, ast.Raise, ast.Delete, ast.Continue, ast.Break))


def swap_attributes(node: ast.AST) -> Iterator[Change]:
    """Read another field that the function reads, too, and that has a word of its name in common."""
    if not isinstance(node, (ast.FunctionDef, ast.Lambda)):
        return
    read: dict[str, list[ast.Attribute]] = {}
    called = {id(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)}
    for each in ast.walk(node):
        if not isinstance(each, ast.Attribute) or not isinstance(each.ctx, ast.Load) or id(each) in called:
            continue
        if isinstance(each.value, ast.Name):
            read.setdefault(each.value.id, []).append(each)
    for attributes in read.values():
        names = list(dict.fromkeys(each.attr for each in attributes))
        for each in attributes:
            words = set(each.attr.split("_"))
            kin = [name for name in names if name != each.attr and words & set(name.split("_"))]
            if kin:
                yield each, ast.Attribute(each.value, kin[0], ast.Load())


def swap_values(node: ast.AST) -> Iterator[Change]:
    """Swap the values of two neighbours among keywords, or among the entries of a dictionary."""
    if isinstance(node, ast.Call):
        for one, two in zip(node.keywords, node.keywords[1:], strict=False):
            if one.arg and two.arg:
                changed = copy.copy(node)
                swapped = {one: ast.keyword(one.arg, two.value), two: ast.keyword(two.arg, one.value)}
                changed.keywords = [swapped.get(each, each) for each in node.keywords]
                yield node, changed
    elif isinstance(node, ast.Dict):
        for index in range(len(node.keys) - 1):
            if node.keys[index] and node.keys[index + 1]:
                values = list(node.values)
                values[index : index + 2] = values[index + 1], values[index]
                yield node, ast.Dict(node.keys, values)


def drop_value(node: ast.AST) -> Iterator[Change]:
    """Leave out a field that `replace` changes, or an entry of a dictionary."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "replace":
        for keyword in node.keywords:
            changed = copy.copy(node)
            changed.keywords = [each for each in node.keywords if each is not keyword]
            yield node, changed
    elif isinstance(node, ast.Dict) and len(node.keys) > 1:
        for index in range(len(node.keys)):
            yield (
                node,
                ast.Dict(
                    [key for place, key in enumerate(node.keys) if place != index],
                    [value for place, value in enumerate(node.values) if place != index],
                ),
            )


def change_return(node: ast.AST) -> Iterator[Change]:
    """Return None, the opposite, or something empty, as the function is annotated."""
    if not isinstance(node, ast.FunctionDef) or node.returns is None:
        return
    name = ast.unparse(node.returns)
    for each in _list_own(node):
        if not isinstance(each, ast.Return) or each.value is None or isinstance(each.value, ast.Constant):
            continue
        if name == "bool":
            yield each, ast.Return(ast.UnaryOp(ast.Not(), each.value))
        elif name.endswith("| None"):
            yield each, ast.Return(ast.Constant(None))
        elif name.partition("[")[0] in _EMPTY:
            yield each, ast.Return(_EMPTY[name.partition("[")[0]]())


def _list_own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function, without those of functions in it."""
    for child in ast.iter_child_nodes(function):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            yield from _list_own(child)


def drop_order(node: ast.AST) -> Iterator[Change]:
    """Leave out `sorted` and `reversed`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return
    if node.func.id in ("sorted", "reversed") and node.args:
        yield node, ast.Call(ast.Name("list", ast.Load()), node.args[:1], [])


def reverse_order(node: ast.AST) -> Iterator[Change]:
    """Sort the other way round; take the least instead of the most."""
    if not isinstance(node, ast.Call):
        return
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in ("min", "max") and isinstance(node.func, ast.Name):
        other = ast.Name("max" if name == "min" else "min", ast.Load())
        yield node, ast.Call(other, node.args, node.keywords)
    if name in ("sorted", "sort"):
        given = [each.value for each in node.keywords if each.arg == "reverse"]
        kept = [each for each in node.keywords if each.arg != "reverse"]
        turned = ast.UnaryOp(ast.Not(), given[0]) if given else ast.Constant(True)
        yield node, ast.Call(node.func, node.args, [*kept, ast.keyword("reverse", turned)])


OPERATORS: dict[str, Operator] = {
    "comparison": negate_comparison,
    "boundary": shift_boundary,
    "constant": change_constant,
    "truth": change_truth,
    "condition": negate_condition,
    "logic": swap_logic,
    "operand": drop_operand,
    "arithmetic": swap_arithmetic,
    "statement": drop_statement,
    "attribute": swap_attributes,
    "swapped": swap_values,
    "dropped": drop_value,
    "returned": change_return,
    "unsorted": drop_order,
    "reversed": reverse_order,
}
"""Name in ids → operator."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a module."""

    function: str
    """The outermost function that it is in, with its class; `module` outside of all."""
    operator: str
    number: int
    """Which one of this operator in this function, from 1."""
    line: int
    old: ast.AST
    new: ast.AST


def list_edits(tree: ast.Module) -> Iterator[Edit]:
    """Yield all changes of a module, in the order of the code; none of what only type checkers read."""
    numbers: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[int, str]] = set()
    for function, node in _list_nodes(tree, ""):
        for name, operate in OPERATORS.items():
            for old, new in operate(node):
                if (id(old), ast.unparse(new)) in seen:
                    continue
                seen.add((id(old), ast.unparse(new)))
                key = function.removeprefix(_CLASS) or "module", name
                numbers[key] += 1
                line = getattr(old, "lineno", getattr(node, "lineno", 0))
                yield Edit(*key, numbers[key], line, old, new)


def _list_nodes(node: ast.AST, function: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield the nodes of the code and the function that each is in; a class outside of all has a mark."""
    yield function, node
    for child in _list_inner(node):
        name = function
        if isinstance(child, (ast.FunctionDef, ast.ClassDef)) and (
            not function or function.startswith(_CLASS)
        ):
            prefix = f"{function.removeprefix(_CLASS)}." if function else ""
            name = f"{_CLASS if isinstance(child, ast.ClassDef) else ''}{prefix}{child.name}"
        yield from _list_nodes(child, name)


def _list_inner(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.FunctionDef):
        return [*node.args.defaults, *filter(None, node.args.kw_defaults), *node.body]
    if isinstance(node, ast.ClassDef):
        return list(node.body)
    if isinstance(node, ast.AnnAssign):
        return [node.value] if node.value else []
    is_text = isinstance(node, (ast.Import, ast.ImportFrom, ast.JoinedStr))
    return [] if is_text else list(ast.iter_child_nodes(node))


def apply(tree: ast.Module, edit: Edit) -> None:
    """Make a change in the tree that it was listed for."""
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if value is edit.old:
                setattr(node, name, edit.new)
            elif isinstance(value, list):
                value[:] = [edit.new if each is edit.old else each for each in value]
    ast.fix_missing_locations(tree)
