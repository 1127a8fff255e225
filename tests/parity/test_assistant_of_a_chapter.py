"""What chapter 26 shows in PyTorch folds: LoRA and the loop of SFT, the losses of DPO, GRPO and a
reward model. They compute what the package does.

`test_smollm_against_torch.py` runs the loop on SmolLM2.
"""

import re
from pathlib import Path

import numpy as np
import pytest
import twins
from torch_weights import pairs

from minidl.layers import Dense
from minidl.layers.weights import Param
from minidl_course import lora
from minidl_course.preferences import dpo, likelihood
from notebooks import read

torch = pytest.importorskip("torch", reason="parity needs PyTorch: pip install -e .[parity]")
FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
PAGE = read(next(FOLDER.glob("26-*.ipynb")))
LLAMA = read(next(FOLDER.glob("25-*.ipynb")))
END = 0  # a token


def programs(title):
    """The programs in the fold with this title."""
    return twins.fold_of(PAGE, title)[1]


def shown(title):
    """The names of the first program in the fold with this title."""
    names = {}
    exec(programs(title)[0], names)
    return names


def test_lora_computes_what_the_package_does_and_only_its_two_matrices_learn():
    rng, x = np.random.default_rng(0), np.random.default_rng(1).standard_normal((2, 5, 6))
    dense = Dense(4)
    dense.prepare((5, 6))
    dense.astype(np.float64)
    dense.bias.assign(rng.standard_normal(4))
    ours = lora.LoRA(dense, 2, 8)
    ours.prepare((5, 6))
    ours.astype(np.float64)
    ours.B.assign(rng.standard_normal((2, 4)))
    linear = torch.nn.Linear(6, 4).double()
    theirs = shown("PyTorch")["LoRA"](linear, r=2, alpha=8)
    assert not theirs.B.weight.any() and theirs.A.weight.dtype == torch.float64
    with torch.no_grad():
        linear.weight.copy_(torch.tensor(dense.kernel.value.T))
        linear.bias.copy_(torch.tensor(dense.bias.value))
        theirs.A.weight.copy_(torch.tensor(ours.A.value.T))
        theirs.B.weight.copy_(torch.tensor(ours.B.value.T))
    z = torch.tensor(x, requires_grad=True)
    y, cache = ours.forward(x)
    out = theirs(z)
    np.testing.assert_allclose(out.detach().numpy(), y, atol=1e-12)
    dy = rng.standard_normal(y.shape)
    out.backward(torch.tensor(dy))
    np.testing.assert_allclose(z.grad.numpy(), ours.backward(dy, cache), atol=1e-12)
    np.testing.assert_allclose(theirs.A.weight.grad.numpy().T, ours.A.grad, atol=1e-12)
    np.testing.assert_allclose(theirs.B.weight.grad.numpy().T, ours.B.grad, atol=1e-12)
    learned = [name for name, p in theirs.named_parameters() if p.requires_grad]
    assert learned == ["A.weight", "B.weight"] and linear.weight.grad is None
    assert theirs.merge() is linear
    np.testing.assert_allclose(linear(z).detach().numpy(), y, atol=1e-12)


def llama():
    """Chapter 25's twin, and its program in PyTorch with the same weights."""
    ours = twins.twin_of(LLAMA).model
    theirs = twins.run(twins.blocks_of(LLAMA)["PyTorch"], "PyTorch", ("model",)).model
    layers = {id(layer): layer for _, layer in ours.walk() if layer.attributes_of(Param)}
    names = {id(tensor): name for name, tensor in ours.tensors().items()}
    with torch.no_grad():
        for pair in pairs([(layer, None) for layer in layers.values()], theirs, names):
            pair.theirs.copy_(torch.tensor(pair.share * pair.change(pair.ours.value)))
    return ours, theirs


TOKENS = [([5, 9, 7], [30, 31]), ([8], [40, 41, 42, 43]), ([6, 6], [50])]  # prompt, answer


def test_collate_ignores_prompt_and_padding():
    ids, labels = shown("SFT in PyTorch")["collate"](TOKENS, END)
    assert ids.tolist() == [
        [5, 9, 7, 30, 31, END], [8, 40, 41, 42, 43, END], [6, 6, 50, END, END, END]
    ]  # fmt: skip
    no = -100
    assert labels.tolist() == [
        [no, no, no, 30, 31, END], [no, 40, 41, 42, 43, END], [no, no, 50, END, no, no]
    ]  # fmt: skip


def test_a_step_of_sft_through_lora_has_the_gradients_of_the_package():
    torch.manual_seed(0)
    ours, theirs = llama()
    beside = lora.attach(ours, 3)
    shown("PyTorch")["attach"](theirs, 3, ("q", "v"))
    rng, found = np.random.default_rng(0), []
    for n, layer in enumerate(beside):  # of each block queries and values
        one = getattr(theirs.blocks[n // 2], "qv"[n % 2])
        layer.B.assign(rng.standard_normal(layer.B.shape))
        one.A.weight.data = torch.tensor(layer.A.value.T).contiguous()
        one.B.weight.data = torch.tensor(layer.B.value.T).contiguous()
        found += [(layer.A, one.A.weight), (layer.B, one.B.weight)]
    trained = [p for p in theirs.parameters() if p.requires_grad]
    assert len(found) == len(trained) == len(ours.trainable_weights) == 8
    sft = shown("SFT in PyTorch")
    ids, labels = sft["collate"](TOKENS, END)
    loss = sft["sft_loss"](theirs, ids, labels)
    loss.backward()
    mask = (labels >= 0).numpy()
    ours.zero_grad()
    log_p, back = likelihood(ours, ids.numpy(), mask)
    assert loss.item() == pytest.approx(-log_p.sum() / mask.sum(), rel=1e-5)
    back(np.full(len(ids), 1 / mask.sum()))
    for mine, other in found:
        scale = np.abs(mine.grad).max()
        assert scale > 1e-4
        np.testing.assert_allclose(other.grad.numpy().T, mine.grad, atol=1e-4 * scale)
    ids[2, 4:] = 63  # padding may be anything
    assert sft["sft_loss"](theirs, ids, labels).item() == pytest.approx(loss.item(), abs=1e-7)


def test_what_is_pasted_below_chapter_25_learns_and_leaves_what_is_frozen(tmp_path, monkeypatch):
    loop, own, *_ = programs("SFT in PyTorch")
    (script,) = twins.fold_of(LLAMA, "Train it")[1]
    for old, new in (("steps, parts, N, T = 1000, 4, 16, 128", "steps, parts, N, T = 1, 1, 2, 32"),
                     ("D=192, blocks=4, heads=6", "D=32, blocks=2, heads=4")):  # fmt: skip
        assert script.count(old) == 1
        script = script.replace(old, new)
    (tmp_path / "input.txt").write_text("To be, or not to be, that is the question:\n" * 200)
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "pasted"}
    for program in (*programs("PyTorch"), twins.blocks_of(LLAMA)["PyTorch"], script, loop):
        exec(program, names)
    model, printed = names["model"], []
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    names["print"] = lambda *said: printed.append(said)
    for old in ("lr=5e-3", "steps=100", "merge(model)"):
        assert own.count(old) == 1
    exec(own.replace("lr=5e-3", "lr=3e-2").replace("merge(model)", "pass"), names)
    steps, losses = zip(*((step, float(loss)) for step, loss in printed[:-1]))
    assert steps == (1, *range(10, 101, 10)) and losses[-1] < losses[0] - 0.3
    for name, p in model.named_parameters():
        if not re.search(r"\.[AB]\.weight", name):
            assert torch.equal(p, before[name.replace(".linear.", ".")])
    x = torch.randint(256, (2, 9))
    with torch.no_grad():
        whole = model(x)
        names["merge"](model)
        torch.testing.assert_close(model(x), whole, atol=1e-4, rtol=1e-4)
    assert sorted(dict(model.named_parameters())) == sorted(before)
    assert not torch.equal(model.blocks[0].q.weight, before["blocks.0.q.weight"])
    names["sft"](model.requires_grad_(True), names["pairs"], END, steps=60, lr=1e-2)
    assert float(printed[-1][1]) < 0.5  # all weights
    start = torch.tensor([names["pairs"][3][0]])
    said = names["generate"](model, start, 9, k=1)[0, start.shape[1] :]
    assert bytes(said.tolist()) == b"Othello.\0"


def test_the_loss_of_dpo_is_the_one_by_hand():
    torch.manual_seed(0)
    (ours, theirs), (reference, before) = llama(), llama()
    with torch.no_grad():
        before.embedding.weight.mul_(3)
    reference.set_weights([3 * W if n == 0 else W for n, W in enumerate(reference.get_weights())])
    ids, mask = torch.randint(1, 65, (4, 7)), torch.arange(7) >= torch.tensor([[2], [3], [4], [3]])
    loss = shown("DPO in PyTorch")["dpo_loss"]
    found = loss(theirs, before, (ids[:2], mask[:2]), (ids[2:], mask[2:]), beta=0.5).item()
    log_p, ref = (likelihood(m, ids.numpy(), mask.numpy())[0] for m in (ours, reference))
    assert found == pytest.approx(dpo(log_p, ref, 0.5)[0], rel=1e-4) and abs(found - 0.693) > 0.01


def test_the_loop_of_dpo_begins_at_log_2_and_parts_the_pairs():
    torch.manual_seed(0)
    said, (_, model) = [], llama()
    names = {**shown("SFT in PyTorch"), "print": lambda *words: said.append(words)}
    for program in programs("DPO in PyTorch"):
        exec(program, names)
    triples = [([5, 9, 7], [30, 31], [32]), ([8], [40], [41, 42, 43])]
    names["dpo_train"](model, triples, END, steps=30, lr=1e-2, beta=0.5)
    assert said[0] == (1, "0.693") and float(said[-1][1]) < 0.2


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
