"""条款举证：对每条“已办到”的条款弄坏它的代码，它的测试必须失败，否则那条不算办到。"""

import ast
import sys
from collections.abc import Sequence

from gongdi.cli.clauses import BASIS, code_citations, marker_citations
from gongdi.kernel.clauses import CLAUSE_ID, load_clauses
from tools.planting import ROOT, Tree, copied_tree


def main(argv: Sequence[str]) -> int:
    """Prove every done clause, or those named whatever their status; exit 1 when a break goes unnoticed."""
    wanted = [c.id for c in load_clauses() if (c.id in argv if argv else c.status == "done")]
    code, tests = code_citations(ROOT), marker_citations(ROOT)
    unproven = 0
    with copied_tree() as tree:
        for clause in wanted:
            guard = "pytest " + " ".join(sorted(tests[clause]))
            if not tests[clause] or not code[clause] or not tree.run(guard).green:
                unproven += 1
                print(f"未通过  {clause}：没有代码或测试，或没弄坏代码测试就失败")
                continue
            for name in sorted(code[clause]):
                proven = _breaks(tree, name, clause, guard)
                unproven += not proven
                print(f"{'证实' if proven else '未通过'}  {clause}：弄坏 {name}", flush=True)
    print(f"条款 {len(wanted)} 条，未证实 {unproven} 处。")
    return 1 if unproven else 0


def _breaks(tree: Tree, name: str, clause: str, guard: str) -> bool:
    """Whether the clause's tests fail once the functions of `name` that obey it are broken."""
    source = (tree.root / name).read_text(encoding="utf-8")
    broken = break_functions(source, clause) if name.endswith(".py") else ""
    if broken == source:
        return False
    with tree.changed(name, broken):
        return tree.run(guard).red


def break_functions(source: str, clause: str) -> str:
    """The source with the functions that cite `clause` raising; all of them when the module cites it."""
    module = ast.parse(source)
    whole = _cites(module, clause)
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and (whole or _cites(node, clause)):
            node.body = ast.parse("raise RuntimeError('弄坏')").body
    return ast.unparse(module)


def _cites(node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef, clause: str) -> bool:
    lines = BASIS.findall(ast.get_docstring(node) or "")
    return any(clause in CLAUSE_ID.findall(line) for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
