"""Mutation testing: change one thing in a module, and see whether a test notices.

Every comparison, operator, constant, condition, call and order of a module is changed in turn,
each mutant in a process of its own, forked before anything of this project is imported. What no
test kills is printed: the line, what stood there and what stands there now.

    python scripts/mutation.py decisioning/gates.py --tests tests/decisioning/test_actions.py

Exit code 0 when at least ``--floor`` of the mutants die, 1 when fewer, 2 when the tests fail
without any mutation.
"""

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PRELOADED = ("numpy", "scipy.special", "pytest", "hypothesis")
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


@dataclass(frozen=True)
class Mutant:
    """One change: where, what it looks like, and the module with it."""

    line: int
    change: str
    tree: ast.Module


class _Loader(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the mutated module to whoever imports it."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find the mutated module, and no other."""
        del path, target
        if name != self.name:
            return None
        return importlib.util.spec_from_loader(name, self, origin=str(self.path))

    def exec_module(self, module: ModuleType) -> None:
        """Run the mutated source."""
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a source."""
    tree = ast.parse(source)
    skipped = _untouched(tree)
    for position, node in enumerate(ast.walk(tree)):
        if id(node) in skipped:
            continue
        for variant in range(_variants(node)):
            changed = copy.deepcopy(tree)
            found = next(n for i, n in enumerate(ast.walk(changed)) if i == position)
            before = ast.unparse(found).splitlines()[0]
            after = _mutate(found, variant)
            ast.fix_missing_locations(changed)
            yield Mutant(node.lineno, f"{before}  ->  {after}", changed)


def _untouched(tree: ast.Module) -> set[int]:
    """Return what a mutation could not change the behaviour of: docstrings and annotations."""
    roots: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(
            node
        ):
            roots.append(node.body[0])
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            roots.append(node)
        if isinstance(node, ast.FunctionDef):
            roots += [node.returns] if node.returns else []
        if isinstance(node, ast.arg | ast.AnnAssign):
            roots += [node.annotation] if node.annotation else []
        if isinstance(node, ast.keyword) and node.arg == "dtype":
            roots.append(node.value)
        if isinstance(node, ast.Assign) and "NDArray" in ast.unparse(node.value):
            roots.append(node)
    return {id(inner) for root in roots for inner in ast.walk(root)}


def _variants(node: ast.AST) -> int:
    """Return in how many ways a node can be changed."""
    match node:
        case ast.Compare(ops=[op]):
            return int(type(op) in SWAPS)
        case ast.BoolOp(op=op) | ast.BinOp(op=op):
            return int(type(op) in SWAPS)
        case ast.AugAssign(op=op):
            return 1 + int(type(op) in SWAPS)
        case ast.UnaryOp(op=ast.Not() | ast.Invert() | ast.USub()):
            return 1
        case ast.Constant(value=bool() | int() | float() | str()):
            return 1
        case ast.If() | ast.IfExp() | ast.Expr(value=ast.Call()):
            return 1
        case ast.Tuple(ctx=ast.Load()) if len(node.elts) > 2:
            return len(node.elts) - 1
    return 0


def _mutate(node: Any, variant: int) -> str:  # noqa: ANN401 - any node that _variants names
    """Change a node in place; return what it looks like now."""
    match node:
        case ast.Expr():
            return _emptied(node)
        case ast.AugAssign() if variant == 1 or type(node.op) not in SWAPS:
            return _emptied(node)
        case ast.Compare():
            node.ops = [SWAPS[type(node.ops[0])]()]
        case ast.BoolOp() | ast.BinOp() | ast.AugAssign():
            node.op = SWAPS[type(node.op)]()
        case _:
            _mutate_value(node, variant)
    return ast.unparse(node).splitlines()[0]


def _mutate_value(node: Any, variant: int) -> None:  # noqa: ANN401
    match node:
        case ast.UnaryOp():
            node.__class__, node.__dict__ = type(node.operand), dict(node.operand.__dict__)
        case ast.Constant():
            node.value = _other(node.value)
        case ast.Tuple():
            node.elts[variant : variant + 2] = node.elts[variant : variant + 2][::-1]
        case ast.If() | ast.IfExp():
            node.test = ast.UnaryOp(ast.Not(), node.test)


def _other(value: bool | int | float | str) -> bool | int | float | str:
    match value:
        case bool():
            return not value
        case str():
            return f"{value}?"
        case _:
            return value + 1


def _emptied(node: ast.stmt) -> str:
    """Turn a statement into one that does nothing."""
    place = {"lineno": node.lineno, "col_offset": node.col_offset}
    node.__class__, node.__dict__ = ast.Pass, place
    return "pass"


def survives(path: Path, tree: ast.Module | None, tests: Sequence[str], seconds: int) -> bool:
    """Run the tests over a mutant in a process of its own; a hang counts as noticed."""
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        return os.waitstatus_to_exitcode(status) == 0
    code = 3
    try:
        signal.alarm(seconds)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        if tree is not None:
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            sys.meta_path.insert(0, _Loader(name, path, tree))
        import pytest

        code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--assert=plain", *tests]))
    finally:
        os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Mutate the modules and print what survived."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="+", type=Path)
    parser.add_argument("--tests", nargs="+", required=True)
    parser.add_argument("--floor", type=float, default=0.9)
    parser.add_argument("--seconds", type=int, default=120, help="for one mutant's tests")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(arguments)
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    for name in PRELOADED:
        importlib.import_module(name)
    if not survives(ROOT / options.modules[0], None, options.tests, options.seconds):
        sys.stdout.write("The tests fail, or take too long, without any mutation.\n")
        return 2
    total, left = 0, 0
    for module in options.modules:
        found, survivors = _try_all(ROOT / module, options)
        total, left = total + found, left + len(survivors)
        sys.stdout.write(f"{module}: {found - len(survivors)} of {found} killed\n")
        for mutant in survivors:
            sys.stdout.write(f"  line {mutant.line}: {mutant.change}\n")
    killed = 1.0 - left / max(total, 1)
    sys.stdout.write(f"{total - left} of {total} killed: {killed:.1%}\n")
    return int(killed < options.floor)


def _try_all(path: Path, options: argparse.Namespace) -> tuple[int, list[Mutant]]:
    every = list(mutants(path.read_text(encoding="utf-8")))
    work = [(path, mutant.tree, options.tests, options.seconds) for mutant in every]
    with multiprocessing.get_context("fork").Pool(options.workers, maxtasksperchild=1) as pool:
        alive = pool.starmap(survives, work, chunksize=1)
    return len(every), [m for m, lives in zip(every, alive, strict=True) if lives]


if __name__ == "__main__":
    sys.exit(main())
