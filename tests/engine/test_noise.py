"""The variance-exploding process: levels, ladders, weights."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gpff_desktop.engine.batch import Batch
from gpff_desktop.engine.noise import NoiseLevels, geometric_levels, karras_levels, loss_weight, normal_noise

LADDERS = {"geometric": geometric_levels, "karras": karras_levels}


def draw(levels, count, seed=0):
    return levels.sample(count, torch.Generator().manual_seed(seed)).numpy()


@pytest.mark.parametrize("levels", [NoiseLevels(), NoiseLevels(mean=2.5), NoiseLevels(0.0, 5.0, 0.5, 2.0)])
def test_levels_follow_the_truncated_log_normal(levels):
    sample = draw(levels, 20_000)
    assert sample.min() >= levels.minimum
    assert sample.max() <= levels.maximum
    low, high = ((math.log(bound) - levels.mean) / levels.std for bound in (levels.minimum, levels.maximum))
    expected = stats.truncnorm(low, high, loc=levels.mean, scale=levels.std)
    assert stats.kstest(np.log(sample), expected.cdf).pvalue > 0.01


def test_levels_repeat_with_the_seed():
    np.testing.assert_array_equal(draw(NoiseLevels(), 50), draw(NoiseLevels(), 50))
    assert (draw(NoiseLevels(), 50) != draw(NoiseLevels(), 50, seed=1)).any()


@pytest.mark.parametrize("values", [{"minimum": 0.0}, {"minimum": 2.0, "maximum": 1.0}, {"std": 0.0}])
def test_impossible_levels_are_refused(values):
    with pytest.raises(ValueError, match="0 < minimum < maximum"):
        NoiseLevels(**values)


@pytest.mark.parametrize("ladder", LADDERS.values(), ids=LADDERS)
@given(count=st.integers(2, 300), high=st.floats(0.5, 50), low=st.floats(0.01, 0.4))
def test_a_ladder_falls_from_end_to_end(ladder, count, high, low):
    levels = ladder(high, low, count)
    assert len(levels) == count
    assert levels[0] == pytest.approx(high)
    assert levels[-1] == pytest.approx(low)
    assert all(a > b for a, b in itertools.pairwise(levels))


@pytest.mark.parametrize("ladder", LADDERS.values(), ids=LADDERS)
def test_a_ladder_of_one_rung_is_its_upper_end(ladder):
    assert ladder(10.0, 0.05, 1) == [10.0]


def test_the_geometric_ladder_has_one_ratio():
    levels = np.array(geometric_levels(10.0, 0.05, 12))
    np.testing.assert_allclose(levels[1:] / levels[:-1], (0.05 / 10.0) ** (1 / 11))


def test_karras_ladder_is_even_in_the_rho_th_root():
    levels = np.array(karras_levels(10.0, 0.05, 12, rho=5.0))
    roots = levels ** (1 / 5)
    np.testing.assert_allclose(np.diff(roots), (roots[-1] - roots[0]) / 11)


def test_the_loss_weight_is_one_over_the_variance_up_to_its_ceiling():
    sigma = torch.tensor([0.05, 0.1, 0.5, 2.0])
    torch.testing.assert_close(loss_weight(sigma), torch.tensor([100.0, 100.0, 4.0, 0.25]))
    torch.testing.assert_close(loss_weight(sigma, 1.0), torch.tensor([1.0, 1.0, 1.0, 0.25]))


def test_noise_is_normal_and_moves_no_centre(molecule):
    batch = Batch.from_structures([molecule(40, k) for k in range(50)])
    noise = normal_noise(batch, torch.Generator().manual_seed(0))
    assert all(np.abs(part.mean(0)).max() < 1e-12 for part in batch.split(noise))
    assert stats.kstest(noise.numpy().ravel() / math.sqrt(39 / 40), "norm").pvalue > 0.01
