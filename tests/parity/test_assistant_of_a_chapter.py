"""The losses in PyTorch that chapter 26 shows in folds compute what its text says."""

import re
from pathlib import Path

import numpy as np
import pytest

from notebooks import read

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install -e .[parity]")
PATH = next((Path(__file__).resolve().parents[2] / "notebooks").glob("26-*.ipynb"))


def shown(title):
    """The names of the program in the fold with this title."""
    source = next(cell.source for cell in read(PATH).cells if cell.id == "real-model")
    program = re.search(re.escape(title) + r".*?```python\n(.*?)```", source, re.DOTALL)[1]
    names = {}
    exec(program, names)
    return names


def test_a_reward_model_reads_the_last_token_and_learns_from_pairs():
    torch.manual_seed(0)
    names, body = shown("A reward model in PyTorch"), torch.nn.Embedding(11, 8)
    reward, last = names["RewardModel"](body, 8), torch.tensor([5, 3, 2, 4])
    chosen, rejected = torch.randint(11, (2, 4, 6))
    r = reward(chosen, last)
    assert torch.allclose(r, reward.head(body(chosen[torch.arange(4), last])).squeeze(1))
    loss = names["reward_loss"](reward, (chosen, last), (rejected, last))
    gap = (r - reward(rejected, last)).detach().numpy()
    assert loss.item() == pytest.approx(np.logaddexp(0, -gap).mean(), rel=1e-5)
    loss.backward()
    assert reward.head.weight.grad.abs().max() > 0


@pytest.mark.parametrize("moved", [0.0, 0.5])
def test_grpo_is_the_policy_gradient_within_the_group_and_stops_where_it_is_clipped(moved):
    rng = np.random.default_rng(0)
    said, R = rng.random((3, 8, 5)) < 0.7, rng.random((3, 8)).round()
    said[..., 0] = True
    now = torch.tensor(-rng.random((3, 8, 5)), requires_grad=True)
    old = now.detach() + moved * torch.tensor(rng.normal(size=(3, 8, 5)))
    loss = shown("GRPO's loss in PyTorch")["grpo_loss"]
    loss(now, old, torch.tensor(said).double(), torch.tensor(R)).backward()
    A = (R - R.mean(axis=1, keepdims=True)) / (R.std(axis=1, keepdims=True) + 1e-6)
    A, rho = A[..., None], np.exp((now - old).detach().numpy())
    flows = np.where(A > 0, rho < 1.2, rho > 0.8)
    wanted = -1.0 * flows * rho * A * said / said.sum(axis=2, keepdims=True) / R.size
    assert np.allclose(now.grad.numpy(), wanted, atol=1e-12)
