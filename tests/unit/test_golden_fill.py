"""The formula behind the reference data."""

import numpy as np
import pytest

from tests.golden.fill import Rule, example, parameter, symmetric, tolerance, unit


def test_the_formula_gives_the_published_numbers() -> None:
    stated = [0.1533318473957479, 0.7332099026534706, 0.035535575821995735, 0.32841763622127473, 0.26862558675929904]
    assert unit("abc", (5,)).tolist() == stated


def test_a_tensor_is_filled_row_by_row() -> None:
    np.testing.assert_array_equal(unit("abc", (2, 3)).ravel(), unit("abc", (6,)))
    assert unit("scalar", ()).shape == ()


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("n.num_batches_tracked", (), lambda name, shape: np.zeros(())),
        ("n.running_mean", (4,), lambda name, shape: 0.1 * symmetric(name, shape)),
        ("n.running_var", (4,), lambda name, shape: 0.75 + 0.5 * unit(name, shape)),
        ("n.bias", (4,), lambda name, shape: 0.1 * symmetric(name, shape)),
        ("n.gamma", (1, 1, 4), lambda name, shape: 0.1 * symmetric(name, shape)),
        ("n.weight", (4,), lambda name, shape: 1 + 0.1 * symmetric(name, shape)),
        ("n.weight", (4, 3, 2, 2), lambda name, shape: 0.5 * symmetric(name, shape)),
        ("n.bias", (4, 3), symmetric),
    ],
)
def test_each_kind_of_parameter_has_its_range(name: str, shape: tuple[int, ...], expected: Rule) -> None:
    np.testing.assert_allclose(parameter(name, shape), np.asarray(expected(name, shape)), rtol=1e-15)


def test_inputs_lie_in_their_range_and_differ_from_parameters_of_the_same_name() -> None:
    values = example("x", (1000,), -2, 3)
    assert values.dtype == np.float32
    assert values.min() >= -2
    assert values.max() < 3
    assert not np.array_equal(example("x", (10,)), unit("x", (10,)).astype(np.float32))


def test_the_tolerance_follows_the_spread_of_large_outputs() -> None:
    assert tolerance(np.zeros(4)) == pytest.approx(1e-4)
    assert tolerance(np.array([-20.0, 20.0])) == pytest.approx(2e-3)
