"""The shortcuts of `make mutants` still fit the source; that they are found takes minutes, and is not done here."""

from __future__ import annotations

import ast
from pathlib import Path

import product_mutants
import pytest
from crash_cells import cells

ROOT = Path(__file__).parents[2]
CELLS = {str(cell) for cell in cells()}


@pytest.mark.parametrize("mutant", product_mutants.MUTANTS, ids=lambda mutant: mutant.name)
def test_a_shortcut_can_be_planted(mutant: product_mutants.Mutant) -> None:
    """
    What a shortcut replaces stands in the source once, and what it puts there is Python.
    """
    source = (product_mutants.PACKAGE / mutant.file).read_text(encoding="utf-8")

    assert ast.dump(ast.parse(source)) != ast.dump(ast.parse(mutant.planted()))


@pytest.mark.parametrize("test", sorted({mutant.test for mutant in product_mutants.MUTANTS}))
def test_the_tests_that_find_them_exist(test: str) -> None:
    """
    The test that a shortcut names is there; of the matrix, the very cell.
    """
    path, _, name = test.partition("::")
    function, _, cell = name.removesuffix("]").partition("[")

    assert f"def {function}(" in (ROOT / path).read_text(encoding="utf-8")
    assert not cell or cell in CELLS
