"""Pictures and trials of the chapter on values and policies; the methods stand on the page."""

import itertools

import gymnasium
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from minidl import gradcheck, plots
from minidl.losses import Huber
from minidl.optimizers import Adam
from minidl_course.chapters.common import measured, softmax
from minidl_course.environments import Replay, Rollout, Together, episode
from minidl_course.games.inference import Inference

COLOURS = plots.COLOURS
MAP = "#######", "#...#+#", "#.#.#.#", "#.#...#", "#...-.#", "#######"
MAZE = np.array([list(row) for row in MAP])
START = 4 * MAZE.shape[1] + 1  # lower left
MOVES = (-1, 0), (0, 1), (1, 0), (0, -1)  # up, right, down, left
STANDS = {"R": (0, 0), "G": (0, 4), "Y": (4, 0), "B": (4, 3)}
NEXT = np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.7, 0.3], [0.1, 0.9]]])  # p(s' | s, a)
PAYS = np.array([[0.0, 1.0], [3.0, -1.0]])  # r (s, a)
GAMES = np.array(list(itertools.product((0, 1), repeat=6)))
STATES, ACTIONS = GAMES[:, :3], GAMES[:, 3:]  # of every game of three steps, (64, 3) each
WALLS = [(1.5, 0, 2), (0.5, 3, 5), (2.5, 3, 5)]  # x, and rows from, to


def cartpole(N, seed=0):
    """N poles at once, in gymnasium's quick version."""
    return Together(
        gymnasium.make_vec("CartPole-v1", N, vectorization_mode="vector_entry_point"), seed
    )


def _draw_pole(ax, o, title):
    # A cart at o[0] with its pole at the angle o[2].
    ax.set(xlim=(-2.4, 2.4), ylim=(-0.25, 1.35), xticks=[], yticks=[], aspect="equal")
    ax.axhline(0, color="0.7", lw=1)
    ax.add_patch(Rectangle((o[0] - 0.25, 0), 0.5, 0.25, color=COLOURS["data"]))
    tip = o[0] + np.sin(o[2]), 0.25 + np.cos(o[2])
    ax.plot([o[0], tip[0]], [0.25, tip[1]], color=COLOURS["weight"], lw=5)
    ax.set_title(title, fontsize=10)


def two_poles(tries):
    """A film of one episode by the first draw of four numbers, and one by the last.

    tries: (steps, four numbers) of each draw.
    """
    pole, draws = gymnasium.make("CartPole-v1"), len(tries)
    (first, w_first), (last, w_last) = tries[0], tries[-1]
    print(f"mean of 100 episodes: draw 1 {first:.0f} steps, draw {draws} {last:.0f}")
    shown = [episode(pole, lambda o, w=w: int(o @ w > 0), seed=1) for w in (w_first, w_last)]

    def both(step, left, right):
        for ax, name, seen in zip((left, right), ("draw 1", f"draw {draws}"), shown):
            t = min(step, len(seen))
            fallen = f": over after {len(seen)}" if step >= len(seen) < 500 else ""
            _draw_pole(ax, seen.observations[t], f"{name}, step {step}{fallen}")

    return plots.movie(
        both,
        [0, 4, 8, 12, 16, 20, 25, 30, 35, 60, 120, 200, 350, 499],
        "Two carts with poles. The left pole tips over within some steps. The right one stands "
        "nearly upright from step 0 to 499.",
        size=(7, 1.7),
        columns=2,
        still=9,
    )


def agent_and_environment():
    """Who hands what to whom, in each step."""
    d = plots.Diagram(6.4, 1.9)
    agent = d.box(1.2, 0.95, "agent", 1.1, 0.6)
    world = d.box(5.1, 0.95, "environment", 1.3, 0.6)
    d.arrow(agent, world, "action", sides=("top", "top"), bend=0.3)
    d.arrow(world, agent, "reward, next state", sides=("bottom", "bottom"), bend=0.3)
    plots.show(
        "A box, the agent, and a box, the environment. An arrow named action leads from the agent "
        "to the environment; an arrow named reward, next state leads back."
    )


def wet_maze(slip=0.1):
    """p (S, A, S), where each action leads in the maze; r (S,), what it pays to arrive."""
    cells, W = MAZE.ravel(), MAZE.shape[1]
    p = np.zeros((cells.size, 4, cells.size))
    for s in np.flatnonzero(cells == "."):  # on + and - the game is over
        for a in range(4):
            for turn, share in ((0, 1 - 2 * slip), (1, slip), (-1, slip)):
                down, right = MOVES[(a + turn) % 4]
                to = s + down * W + right
                p[s, a, s if cells[to] == "#" else to] += share
    return p, 1.0 * (cells == "+") - (cells == "-")


def values_spread(values, sweep, p, r):
    """A film of the maze: the value of each cell and its best action, sweep by sweep."""
    cells = MAZE.ravel()

    def draw(k, ax):
        V = values[k]
        _, Q = sweep(values[max(k - 1, 0)], p, r)
        paid = np.where(cells == "#", np.nan, np.where(cells == ".", V, r))
        ax.imshow(paid.reshape(MAZE.shape), cmap="RdBu", vmin=-1.5, vmax=1.5)
        ax.set(xticks=[], yticks=[], title=f"after {k} sweep{'s' * (k != 1)}")
        ax.set_facecolor("0.35")
        for s, (i, j) in enumerate(np.ndindex(MAZE.shape)):
            if cells[s] in "+-":
                ax.text(j, i, cells[s], ha="center", va="center", size=18)
            elif cells[s] == ".":
                ax.text(j, i - 0.25, f"{V[s]:.2f}", ha="center", va="center", size=8)
                if np.ptp(Q[s]) > 1e-9 and k:
                    down, right = MOVES[Q[s].argmax()]
                    look = {"head_width": 0.12, "length_includes_head": True, "color": "black"}
                    start = j - 0.2 * right, i + 0.17 - 0.2 * down
                    ax.arrow(*start, 0.4 * right, 0.4 * down, **look)

    return plots.movie(
        draw,
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 100],
        "A maze of 14 cells. Values spread from the cell below + outward, sweep by sweep, larger "
        "near +. Arrows show the best action; after 100 sweeps all lead to + around the pit.",
        size=(6.4, 3.7),
    )


def check_sweeps(values, sweep, p, r):
    """The largest error after each of 40 sweeps; (3) is held for two guesses that are far off."""
    two = np.random.default_rng(0).normal(size=(2, len(r))) * 5
    for _ in range(30):
        after = np.array([sweep(v, p, r)[0] for v in two])
        assert np.ptp(after, axis=0).max() <= 0.9 * np.ptp(two, axis=0).max() + 1e-12
        two = after
    return np.array([abs(v - values[-1]).max() for v in values[:40]])


def play_maze(Q, p, r, games=20_000, gamma=0.9, seed=0):
    """Many games by the best actions, each step drawn from p: the discounted return of each."""
    rng, paid = np.random.default_rng(seed), np.zeros(games)
    s = np.full(games, START)
    for t in range(150):
        chance = p[s, Q[s].argmax(axis=1)]  # (games, S); zeros where the game is over
        on = chance.sum(axis=1) > 0
        to = (chance.cumsum(axis=1) > rng.random((games, 1))).argmax(axis=1)
        paid += np.where(on, gamma**t * r[to], 0)
        s = np.where(on, to, s)
    return paid


def below_the_bound(errors):
    """The largest error over the sweeps, and the line that it has to stay below."""
    _, ax = plt.subplots(figsize=(5.6, 2.6), layout="compressed")
    ax.semilogy(errors, color=COLOURS["weight"], label="largest error after k sweeps")
    bound = errors[0] * 0.9 ** np.arange(len(errors))
    ax.semilogy(bound, color="black", ls="--", label="the bound (4)")
    ax.set(xlabel="k", title="Sweeps find the values at least as fast as promised")
    ax.legend(loc="lower left")
    plots.show(
        "The largest error falls from 1 to 1e-9 in 39 sweeps, below the dashed line from k = 1 on."
    )
    return bound


def exact(env, gamma=0.98):
    """Q by sweeps with the environment's own table of what leads where."""
    S, A = env.observation_space.n, env.action_space.n
    p, pays = np.zeros((S, A, S)), np.zeros((S, A))
    for s, a in itertools.product(range(S), range(A)):
        for chance, to, reward, terminated in env.unwrapped.P[s][a]:
            pays[s, a] += chance * reward
            p[s, a, to] += chance * (not terminated)
    V = np.zeros(S)
    for _ in range(600):
        Q = pays + gamma * (p @ V)
        V = Q.max(axis=1)
    return Q


def rides(env, Q, count=200, seed=10_000):
    """What a ride pays on average, and the share of passengers delivered."""
    found = []
    for n in range(count):
        one = episode(env, lambda o: int(Q[o.argmax()].argmax()), seed + n)
        found.append((one.rewards.sum(), one.terminated))
    return np.mean(found, axis=0)


def taxi_learns(env, Q, totals):
    """Points over the rides; returns what the table and the exact solution earn afterwards."""
    Q_exact = exact(env)
    by_table, by_exact = rides(env, Q), rides(env, Q_exact)
    print(f"points a ride: table {by_table[0]:.2f}, exact {by_exact[0]:.2f};", end=" ")
    print(f"delivered {by_table[1]:.0%}")
    been = (Q != 0).any(axis=1)
    off = np.sort(abs(Q - Q_exact)[been], axis=None)
    print(f"where it has been, entries of Q are off by {np.median(off):.1f} (median), ", end="")
    print(f"at most {off[-1]:.1f}")
    _, ax = plt.subplots(figsize=(5.6, 2.4), layout="compressed")
    ax.plot(totals.reshape(-1, 20).mean(axis=1), color=COLOURS["weight"])
    ax.axhline(by_exact[0], color="black", ls="--", lw=1)
    ax.set(xlabel="rides, in twenties", ylabel="points", ylim=(-200, 20))
    ax.set_title("A taxi learns its city")
    plots.show(
        "Points a ride rise from below -200 to a little under the dashed line of the exact one."
    )
    return by_table, by_exact


def check_td_step(td_step, q_network, rng):
    """Hold the gradient of double DQN, by hand, against the package's Huber loss."""
    steps, draw = Replay(64, 4), rng.standard_normal
    for _ in range(64):
        steps.add(draw(4), rng.integers(2), 1.0, draw(4), rng.random() < 0.2)
    batch, net, old = steps.draw(32), q_network(0), q_network(1)
    net.compile("sgd", Huber())
    before = net.get_weights()
    td_step(net, Inference(old), Inference(net), Adam(1e-3), batch)
    ours = [param.grad.copy() for param in net.trainable_weights]
    net.set_weights(before)
    y, rows = net.predict_on_batch(batch.observations).copy(), np.arange(32)
    chosen = net.predict_on_batch(batch.following).argmax(axis=1)
    double = old.predict_on_batch(batch.following)[rows, chosen]
    y[rows, batch.actions] = batch.rewards + 0.99 * double * ~batch.terminated
    net.zero_grad()
    net.loss_and_gradient(batch.observations, y)
    for mine, param in zip(ours, net.trainable_weights):  # its mean is also over both actions
        np.testing.assert_allclose(mine, 2 * param.grad, rtol=1e-4, atol=1e-6)
    print("double DQN by hand: twice the package's gradient (it averages over actions)")


def ablation():
    """Eight variants of DQN, five seeds each; returns the runs, and how many hold the pole."""
    runs, held = measured("dqn"), {}
    titles = {
        "double": "double DQN",
        "dqn": "DQN",
        "short": "256 steps kept",
        "no target": "no target network",
    }
    _, rows = plt.subplots(2, 4, figsize=(7.4, 3.6), layout="compressed", sharex=True, sharey=True)
    for panels, size in zip(rows, ("", "small ")):  # rewards of 1, and in hundredths
        for ax, (name, title) in zip(panels, titles.items()):
            found = runs[size + name]
            means = np.array([run["means"] for run in found])
            held[size + name] = sum(max(run["means"]) >= 475 <= run["again"] for run in found)
            steps = np.array(found[0]["steps"]) / 1000
            ax.plot(steps, means.T, color=COLOURS["muted"], lw=0.6)
            ax.plot(steps, means.mean(axis=0), color=COLOURS["weight"], lw=1.8)
            ax.set_title(f"{title}: {held[size + name]} of {len(means)}", fontsize=8.5)
            ax.axhline(475, color="black", ls="--", lw=0.7)
    rows[0, 0].set(ylabel="rewards of 1:\nsteps the pole stands", ylim=(0, 510))
    rows[1, 0].set(xlabel="thousand steps played", ylabel="in hundredths:\nsteps the pole stands")
    plots.show(
        "How long the pole stands, five seeds for each of eight variants of DQN, with their mean; "
        "the titles say how many seeds hold the pole at some time. With rewards of 1 only double "
        "DQN has a mean that rises above 400; in hundredths DQN does, too, and with 256 kept steps "
        "the mean rises above 300. Without a target network all curves lie at the bottom."
    )
    return runs, held


def values_run_away(runs):
    """The largest Q of a round over training; returns {title: (last means, largest Q)}."""
    _, ax = plt.subplots(figsize=(6.2, 2.8), layout="compressed")
    compared = {
        "no target": ("no target, cut off at 1", COLOURS["gradient"], "-"),
        "slow no target": ("no target, cut off at 1, rate 5e-4", COLOURS["gradient"], ":"),
        "slow squared no target": ("no target, squared, rate 5e-4", COLOURS["output"], "-"),
        "dqn": ("DQN, cut off at 1", COLOURS["data"], "-"),
    }
    steps, found = np.array(runs["dqn"][0]["steps"]) / 1000, {}
    print(f"{'at the end':36} the pole stands       largest Q")
    for name, (title, colour, style) in compared.items():
        largest = np.median([run["largest"] for run in runs[name]], axis=0)
        last = [run["means"][-1] for run in runs[name]]
        print(f"{title:34} {' '.join(f'{mean:3.0f}' for mean in last)} {largest[-1]:14,.0f}")
        ax.semilogy(steps, largest, style, color=colour, label=title)
        found[title] = last, largest[-1]
    ax.axhline(100, color="black", ls="--", lw=0.8, label="no policy is worth more")
    ax.set(xlabel="thousand steps played", ylabel="largest |Q|")
    ax.set_title("Without a target, and cut off at 1, values run away", fontsize=10.5)
    ax.legend(fontsize=7.5)
    plots.show(
        "The largest Q of a round over training, median of five seeds, on a log scale. Without a "
        "target network and with the error cut off at 1, two curves rise a hundred times and more "
        "above 100; with the squared error it ends near 200, with a target network near 100."
    )
    return found


def chances(z):
    """p(tau) (64,) under the policy softmax(z), z (S, A): 0 for games not from state 0."""
    pi = softmax(z)[STATES, ACTIONS]  # (64, 3)
    moves = NEXT[STATES[:, :-1], ACTIONS[:, :-1], STATES[:, 1:]]
    return (STATES[:, 0] == 0) * pi.prod(axis=1) * moves.prod(axis=1)


def three_estimates(z, estimates, whole, to_come, by_steps):
    """Hold the exact mean of three estimates against the gradient; return their variances."""
    p, V = chances(z), np.zeros((3, 2))  # V: the mean of G_t in each state
    for t, s in np.ndindex(3, 2):
        here = p * (STATES[:, t] == s)
        V[t, s] = here @ to_come[:, t] / max(here.sum(), 1e-9)
    assert (p > 0).sum() == 32 and abs(p.sum() - 1) < 1e-12
    ways = {
        "(7), the whole return": whole,
        "only what is to come": to_come,
        "(9), b = the state's value": to_come - V[np.arange(3), STATES],
    }
    variances = []
    for name, weights in ways.items():
        g = estimates(z, weights).reshape(64, -1)
        mean = p @ g
        variances.append(p @ ((g - mean) ** 2).sum(axis=1))
        np.testing.assert_allclose(mean.reshape(z.shape), by_steps, atol=1e-7)
        print(f"{name:27} mean = gradient of J; variance {variances[-1]:.2f}")
    return variances


def check_uphill(uphill, policy_network, rng):
    """Hold every gradient of actor and critic against small steps."""
    net = policy_network(0)
    o, a = rng.standard_normal((20, 4)).astype("float32"), rng.integers(2, size=20)
    advantage, target = rng.standard_normal((2, 20))

    def loss():
        logits, V = net.predict_on_batch(o)
        pi = softmax(logits.astype(float))
        entropy = -(pi * np.log(pi)).sum(axis=1)
        gain = np.log(pi[np.arange(20), a]) * advantage + 0.01 * entropy
        return float((-gain + (V[:, 0] - target) ** 2 / 2).mean())

    net.astype("float64")
    uphill(net, Adam(1e-12), o.astype(float), a, advantage, target)
    for param in net.trainable_weights:
        ours, by_steps = param.grad.copy(), gradcheck.numeric(loss, param.value)
        np.testing.assert_allclose(ours, by_steps, atol=1e-5)
    print("uphill: every gradient of actor and critic equals that by small steps")


def check_advantages(advantages):
    """Hold (10) against two episodes worked out by hand; time is up in the first."""
    ends, real = np.array([[False], [True], [False]]), np.ones((3, 1), bool)
    some = Rollout(None, None, np.array([[1.0], [2.0], [4.0]]), ~real, ends, None)
    V = np.array([[5.0], [6.0], [7.0], [8.0]])
    G = np.array([[1 + 0.5 * (2 + 0.5 * 7)], [2 + 0.5 * 7], [4 + 0.5 * 8]])
    td_errors = some.rewards + 0.5 * V[1:] - V[:3]
    np.testing.assert_allclose(advantages(some, V, gamma=0.5, lam=1), G - V[:3])
    np.testing.assert_allclose(advantages(some, V, gamma=0.5, lam=0), td_errors)


def rollout(envs, act, T, seed):
    """T steps of each environment, or whole episodes; rewards in hundredths, so V is 0 to 1."""
    played = envs.play(act, T) if T else whole_episodes(envs, act, seed)
    return played._replace(rewards=0.01 * played.rewards)


def whole_episodes(envs, act, seed):
    """One episode in each environment: what comes after its end is not real."""
    envs.restart(seed)
    parts, running = [], np.ones(envs.N, bool)
    while running.any():
        parts.append(envs.play(act, 1)._replace(real=running[None]))
        running = running & ~envs.ended
    o = [part.observations[:1] for part in parts] + [parts[-1].observations[1:]]
    return Rollout(np.concatenate(o), *(np.concatenate(x) for x in list(zip(*parts))[1:]))


def noise(net, advantages):
    """Print the variance of one episode's gradient for three kinds of advantages; return it.

    In squared lengths of the mean gradient, over 256 episodes of one policy.
    """
    ask, draw = Inference(net), np.random.default_rng(1)
    games = whole_episodes(
        cartpole(256),
        lambda o: (lambda z: (z + draw.gumbel(size=z.shape)).argmax(axis=1))(ask(o)[0]),
        7,
    )
    games = games._replace(rewards=0.01 * games.rewards)
    seen, real = games.observations, games.real
    V = ask(seen.reshape(-1, 4))[1].reshape(seen.shape[:2])
    kinds = {
        "what is still to come": advantages(games, 0 * V, lam=1),
        "minus the critic's value": advantages(games, V, lam=1),
        "TD errors, lambda 0.98": advantages(games, V, lam=0.98),
    }
    spread = []
    for name, A in kinds.items():
        g = []
        for n in range(games.real.shape[1]):
            on = real[:, n]
            (z, v), cache = net.forward(seen[:-1, n][on], training=True)
            score = np.eye(2)[games.actions[on, n]] - softmax(z)
            net.zero_grad()
            net.accumulate_gradients(((score * A[on, n, None]).astype("float32"), 0 * v), cache)
            g.append(np.concatenate([param.grad.ravel() for param in net.trainable_weights]))
        g = np.array(g)
        spread.append(g.var(axis=0).sum() / (g.mean(axis=0) ** 2).sum())
        print(f"{name:26} variance {g.var(axis=0).sum():.4f}, {spread[-1]:.1f} squared means")
    return spread


def four_races(races):
    """How long the pole stands over the steps played, a panel for each method."""
    _, axes = plt.subplots(1, 4, figsize=(7.4, 2.2), layout="compressed", sharex=True, sharey=True)
    for ax, (name, found) in zip(axes, races.items()):
        for curve in found:
            ax.plot(curve[:, 0] / 1000, curve[:, 1], color=COLOURS["weight"], lw=1.2)
            ax.plot(curve[-1, 0] / 1000, curve[-1, 1], "o", color=COLOURS["weight"], ms=4)
        ax.set(title=name, xlabel="thousand steps", ylim=(0, 510))
        steps = sorted(int(curve[-1, 0]) for curve in found)
        print(f"{name:16} steps until 475: {', '.join(f'{n:,}' for n in steps)}")
    axes[0].set(ylabel="steps the pole stands")
    plots.show("Four panels with three curves each, from below 120 up to 475 and more.")


def _linear(w):
    return lambda o: ((o * w).sum(axis=1) > 0).astype(int)


def _networks(W1, W2):
    def act(o):
        h = np.tanh(np.einsum("nd,ndm->nm", o, W1))
        return (np.einsum("nm,nm->n", h, W2) > 0).astype(int)

    return act


def _lucky(policy, *weights, again=20):
    # One episode for each draw, and `again` others for those that last: the shares that pass,
    # and the steps a draw, without the tests and with them.
    stood = cartpole(len(weights[0])).returns(policy(*weights), seed=0)
    good = np.flatnonzero(stood >= 475)
    chosen = [np.repeat(w[good], again, axis=0) for w in weights]
    tests = cartpole(len(chosen[0])).returns(policy(*chosen), seed=1).reshape(-1, again)
    played = np.array([stood.sum(), stood.sum() + tests.sum()]) / len(stood)
    return np.mean(stood >= 475), (tests.mean(axis=1) >= 475).sum() / len(stood), played


def lazy_search():
    """Print what random draws are worth; return the share that holds, and the steps of a search."""
    draw = np.random.default_rng(0)
    once, share, played = _lucky(_linear, draw.standard_normal((2000, 4)))
    drawn = draw.standard_normal((400, 4, 64)) / 2, draw.standard_normal((400, 64)) / 8
    _, share_networks, _ = _lucky(_networks, *drawn)
    print(f"of 2,000 draws of four numbers {once:.1%} last 475 steps once,", end=" ")
    print(f"{share:.1%} on average of 20")
    print(f"of 400 random networks {share_networks:.1%} do")
    draws_only, with_tests = played / share
    print(f"so a search by draws plays {draws_only:,.0f} steps until it has one,")
    print(f"with its tests {with_tests:,.0f}")
    return share, draws_only, with_tests


def aboard(s):
    """Whether the passenger of state s sits in the taxi."""
    return s // 4 % 5 == 4


def pick_ups(taxi, Q, count=30):
    """Rides in the plain city: pick-ups a ride, the share delivered, and the rides."""
    found = [episode(taxi, lambda o: int(Q[o.argmax()].argmax()), 20_000 + n) for n in range(count)]
    inside = [aboard(ride.observations.argmax(axis=1)) for ride in found]
    ups = np.mean([(np.diff(each.astype(int)) == 1).sum() for each in inside])
    return ups, np.mean([ride.terminated for ride in found]), found


def _draw_city(ax, taxi, s, title):
    row, column, passenger, goal = (int(part) for part in taxi.unwrapped.decode(s))
    ax.set(xlim=(-0.5, 4.5), ylim=(4.5, -0.5), xticks=[], yticks=[], aspect="equal")
    for x, top, bottom in WALLS:
        ax.plot([x, x], [top - 0.5, bottom - 0.5], color="black", lw=2)
    for n, (letter, (i, j)) in enumerate(STANDS.items()):
        weight = "bold" if n == goal else None
        ax.text(j + 0.3, i - 0.25, letter, size=9, ha="center", weight=weight)
        if n == goal:
            ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, color=COLOURS["highlight"], alpha=0.5))
        if n == passenger:
            ax.plot(j - 0.25, i - 0.2, "o", ms=8, color=COLOURS["output"])
    ax.add_patch(Rectangle((column - 0.35, row - 0.1), 0.7, 0.4, color=COLOURS["data"]))
    if passenger == 4:
        ax.plot(column, row - 0.2, "o", ms=8, color=COLOURS["output"])
    ax.set_title(title, fontsize=9.5)


def two_taxis(taxi, tables):
    """A film of two taxis; returns it, and {how it is paid: (pick-ups a ride, delivered)}."""
    names = "as it was", "paid for pick-ups", "paid and charged"
    measured = [pick_ups(taxi, Q) for Q in tables]
    for name, (ups, delivered, _) in zip(names, measured):
        print(f"{name:18} {ups:5.1f} pick-ups a ride, {delivered:4.0%} delivered")
    pair = [measured[0][2][3], measured[1][2][3]]

    def draw(t, *axes):
        told = "paid for deliveries", "also paid for pick-ups"
        for ax, ride, name in zip(axes, pair, told):
            k = min(t, len(ride))
            end = ": delivered" if ride.terminated and k == len(ride) else ""
            _draw_city(ax, taxi, int(ride.observations[k].argmax()), f"{name}, step {k}{end}")

    film = plots.movie(
        draw,
        range(4, 20),
        "Two taxis from the same start. The left one fetches the passenger and brings it to the "
        "marked stand. The right one fetches the passenger, sets it down, picks it up again, and "
        "so on.",
        size=(6.4, 3.3),
        columns=2,
    )
    return film, {name: found[:2] for name, found in zip(names, measured)}


def practice(expert):
    """What a player sees who does as the expert does, but for one step in five."""
    rng = np.random.default_rng(0)
    seen = whole_episodes(
        cartpole(64), lambda o: ((o @ expert > 0) ^ (rng.random(64) < 0.2)) * 1, seed=0
    )
    return seen.observations[:-1][seen.real]


def two_worlds(policy_network, lessons, judge):
    """Teach one world, then the other; print how long the pole stands in both: (3, seeds, 2)."""
    told = {"the first world": [], "then the crossed world": [], "crossed, every fifth old": []}
    first, then, mixed = told.values()
    for seed in range(3):
        net = policy_network(seed, D=5)
        lessons(net, [False], 300)
        first.append(_both_worlds(net, judge))
        learned = net.get_weights()
        lessons(net, [True], 1000)
        then.append(_both_worlds(net, judge))
        net.set_weights(learned)
        lessons(net, [True] * 4 + [False], 1000)
        mixed.append(_both_worlds(net, judge))
    print("steps the pole stands, first and crossed world, three seeds")
    for name, scores in told.items():
        print(f"{name:26}", ";   ".join(f"{a:3.0f} and {b:3.0f}" for a, b in scores))
    return np.array(list(told.values()))


def _both_worlds(net, judge):
    # How long the pole stands with the lamp off, and with the lamp on.
    ask, off = Inference(net), np.zeros((100, 1), np.float32)

    def logits(o, lamp):
        return ask(np.concatenate([o, lamp], axis=1))[0]

    return judge(lambda o: logits(o, off), 1), judge(lambda o: logits(o, off + 1)[:, ::-1], 1)


def splits(needed):
    """Print how far two halves of ten seeds are apart; return two shares."""
    print("steps until the pole is held, ten seeds:")
    print("   ", *(f"{n:,.0f}" for n in np.sort(needed)))
    halves = [
        (list(five), [n for n in range(10) if n not in five])
        for five in itertools.combinations(range(10), 5)
    ]
    ratio = np.array([needed[a].mean() / needed[b].mean() for a, b in halves])
    best = np.median([needed[a].min() / needed[b].mean() for a, b in halves])
    apart = np.mean(np.maximum(ratio, 1 / ratio) > 1.25)
    print(f"five against five: a quarter or more apart in {apart:.0%} of {len(halves)} splits")
    print(f"the best of five against the mean of the others: {1 - best:.0%} fewer steps")
    return apart, best
