"""The project keeps the rules of its architecture, each rule can fail, and importing loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from architecture import (
    CONFINED,
    HEAVY,
    MAX_LINES,
    an_index_is_opened_carefully,
    engines_are_behind_the_contract,
    every_package_has_a_layer,
    every_package_has_tests,
    heavy_libraries_load_on_use,
    imports_go_down,
    libraries_stay_in_their_package,
    modules_are_short,
    modules_say_what_they_are_for,
    no_import_circles,
    parse,
    the_library_never_prints,
    the_outside_uses_public_names,
)

ROOT = Path(__file__).parent.parent
Rule = Callable[[Path], list[str]]

SOUND = {
    "retriever/__init__.py": '"""."""\n__all__ = ["Hit", "Retriever"]\nfrom retriever.types import Hit\n'
    "def __getattr__(name):\n    from retriever.engine import Retriever\n    return Retriever\n",
    "retriever/types.py": '"""."""\n',
    "retriever/errors.py": '"""."""\n',
    "retriever/engine.py": '"""."""\nfrom retriever.index import open_index\nfrom .search import find\n',
    "retriever/index/__init__.py": '"""."""\ndef open_index():\n    from retriever.index.local.index import Local\n',
    "retriever/index/interface.py": '"""."""\n',
    "retriever/index/local/__init__.py": '"""."""\n',
    "retriever/index/local/index.py": '"""."""\nfrom ... import errors\ndef f():\n    import faiss\n',
    "retriever/search/__init__.py": '"""."""\nfrom ..index.interface import Index\n',
    "cli/retriever_cli/__init__.py": '"""."""\n',
    "cli/retriever_cli/main.py": '"""."""\nimport typer\nfrom retriever import Hit\nfrom retriever.errors import Bad\n',
    "tests/cli/test_main.py": "",
    "tests/index/test_local.py": "",
    "tests/search/test_find.py": "",
}
BREACHES: list[tuple[Rule, str, str]] = [
    (every_package_has_a_layer, "retriever/utils.py", '"""."""\n'),
    (every_package_has_a_layer, "retriever/helpers/__init__.py", '"""."""\n'),
    (imports_go_down, "retriever/types.py", "from retriever.engine import Retriever"),
    (imports_go_down, "retriever/types.py", "from retriever import Retriever"),
    (imports_go_down, "retriever/types.py", "import retriever"),
    (imports_go_down, "retriever/types.py", "from retriever.errors import Bad"),
    (imports_go_down, "retriever/index/local/index.py", "from ...search import find"),
    (imports_go_down, "retriever/index/local/index.py", "def f():\n    from retriever.search import find"),
    (imports_go_down, "retriever/index/local/index.py", "if TYPE_CHECKING:\n    from retriever.search import find"),
    (imports_go_down, "retriever/search/__init__.py", "from retriever import ingest"),
    (imports_go_down, "retriever/search/__init__.py", "importlib.import_module('retriever.engine')"),
    (imports_go_down, "retriever/engine.py", "import retriever_cli.main"),
    (imports_go_down, "retriever/engine.py", "from . import Retriever"),
    (no_import_circles, "retriever/search/__init__.py", "from retriever.engine import Retriever"),
    (no_import_circles, "retriever/search/__init__.py", "def f():\n    from ..engine import Retriever"),
    (
        no_import_circles,
        "retriever/search/__init__.py",
        "if TYPE_CHECKING:\n    from retriever.engine import Retriever",
    ),
    (no_import_circles, "retriever/search/__init__.py", "from retriever import Hit"),
    (no_import_circles, "retriever/index/local/index.py", "importlib.import_module('retriever.engine')"),
    (libraries_stay_in_their_package, "retriever/search/__init__.py", "def f():\n    import faiss.contrib"),
    (
        libraries_stay_in_their_package,
        "retriever/index/local/index.py",
        "if TYPE_CHECKING:\n    from onnxruntime import Session",
    ),
    (libraries_stay_in_their_package, "retriever/engine.py", "from rich.text import Text"),
    (libraries_stay_in_their_package, "cli/retriever_cli/main.py", "import tantivy"),
    (an_index_is_opened_carefully, "retriever/index/local/index.py", "open(path, 'rb').read()"),
    (an_index_is_opened_carefully, "retriever/index/local/index.py", "def f():\n    os.open(path, os.O_RDONLY)"),
    (an_index_is_opened_carefully, "retriever/index/interface.py", "with (root / 'CURRENT').open() as file: ..."),
    (an_index_is_opened_carefully, "retriever/index/interface.py", "path.open('wb')"),
    (an_index_is_opened_carefully, "retriever/index/__init__.py", "found = (root / 'CURRENT').read_text()"),
    (heavy_libraries_load_on_use, "retriever/index/local/index.py", "import faiss"),
    (
        heavy_libraries_load_on_use,
        "retriever/index/local/index.py",
        "try:\n    import tantivy\nexcept ImportError:\n    pass",
    ),
    (
        heavy_libraries_load_on_use,
        "retriever/index/local/index.py",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import faiss",
    ),
    (the_outside_uses_public_names, "cli/retriever_cli/main.py", "from retriever import Span"),
    (the_outside_uses_public_names, "cli/retriever_cli/main.py", "from retriever.index.local.index import Local"),
    (the_outside_uses_public_names, "retriever/serving/__init__.py", '"""."""\nfrom retriever.engine import Retriever'),
    *(
        (engines_are_behind_the_contract, path, source)
        for path in ("retriever/search/__init__.py", "retriever/engine.py", "retriever/index/interface.py")
        for source in (
            "from retriever.index.local.index import LocalIndex",
            "from retriever.index.local.manifest import Manifest",
            "from retriever.index.local.snapshot import LocalSnapshot",
            "def f():\n    from retriever.index.local.stores.passages import PassageReader",
            "if TYPE_CHECKING:\n    from retriever.index.local import segment",
            "importlib.import_module('retriever.index.local.commit')",
        )
    ),
    (modules_say_what_they_are_for, "retriever/text/__init__.py", "x = 1"),
    (modules_are_short, "retriever/engine.py", "x = 1\n" * MAX_LINES),
    (the_library_never_prints, "retriever/engine.py", "def f():\n    print('found')"),
    (the_library_never_prints, "retriever/engine.py", "def f():\n    sys.stderr.write('found')"),
    (every_package_has_tests, "retriever/chunking/__init__.py", '"""."""\n'),
    (every_package_has_tests, "tests/utils/test_utils.py", ""),
]
RULES = sorted({rule for rule, _, _ in BREACHES}, key=lambda rule: rule.__name__)


@pytest.fixture(autouse=True, scope="module")
def _forgotten() -> Iterator[None]:
    """Trees take a hundred megabytes."""
    yield
    parse.cache_clear()


@pytest.fixture
def sound_tree(tmp_path: Path) -> Path:
    for name, source in SOUND.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_project_keeps(rule: Rule) -> None:
    assert rule(ROOT) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_sound_tree_passes(rule: Rule, sound_tree: Path) -> None:
    assert rule(sound_tree) == []


@pytest.mark.parametrize(("rule", "path", "source"), BREACHES)
def test_a_breach_is_found(rule: Rule, path: str, source: str, sound_tree: Path) -> None:
    place = sound_tree / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(SOUND.get(path, "") + source, encoding="utf-8")
    found = rule(sound_tree)
    assert len(found) == 1
    assert found[0].startswith(path if path.endswith(".py") and rule is not every_package_has_tests else "tests/")


def modules_loaded_by(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after ``code``."""
    script = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nsys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in done.stderr.split()}


def test_importing_the_library_loads_nothing_heavy() -> None:
    loaded = modules_loaded_by("import retriever")
    assert "retriever" in loaded
    assert loaded.isdisjoint((*HEAVY, *CONFINED["serving"], *CONFINED["retriever_cli"], "numpy", "sqlite3"))


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["index", "--help"], ["search", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    loaded = modules_loaded_by(f"sys.argv[1:] = {arguments}; from retriever_cli.main import main; main()")
    assert "typer" in loaded
    assert loaded.isdisjoint((*HEAVY, *CONFINED["serving"], "numpy"))


def test_the_loaded_modules_are_seen() -> None:
    assert "numpy" in modules_loaded_by("import numpy")


def test_modules_of_tests_have_names_of_their_own() -> None:
    """Pytest imports them by name, so of two with the same name one is not run."""
    names = Counter(
        path.name for path in (ROOT / "tests").rglob("*.py") if path.name not in ("__init__.py", "conftest.py")
    )
    assert [name for name, count in names.items() if count > 1] == []
