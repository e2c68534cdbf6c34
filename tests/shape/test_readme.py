import re

from tests.shape.source import FUNCTIONS, ROOT

README = (ROOT / "README.md").read_text()


def test_readme_names_every_function():
    folders = {p.parent.name for p in FUNCTIONS.glob("*/handler.py")}
    assert folders == set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))


def test_every_function_has_its_workflow_and_its_test():
    for folder in FUNCTIONS.glob("*/handler.py"):
        verb = folder.parent.name
        assert (ROOT / f"layers/domain/python/emdia/workflows/{verb}.py").exists()
        assert (ROOT / f"tests/functions/test_{verb}.py").exists()


def test_links_in_documents_lead_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_nothing_committed_names_this_workplace():
    words = ["/work" + "/", ".lib" + "rary", "shared" + "/", "helper" + " session"]
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "Makefile"]:
        text = page.read_text()
        assert not [word for word in words if word in text], page.name
