"""Chapter 33's network of Connect Four in 8 bits: benchmarks/connect_four.npz, measured again."""

import pathlib

from minidl.layers import Dense, Input, add
from minidl.models import Model
from minidl_course.games import Minimax, NetworkGuess, TreePlayer, connect_four, match
from minidl_course.play import weights

TRAINED = pathlib.Path(__file__).parents[2] / "benchmarks" / "connect_four.npz"
VISITS, GAMES = 200, 200  # what the browser looks ahead at first; games against each opponent


def network(units=192, blocks=2):
    """Planes in a row (N, 84) -> logits (N, 7) of the columns, and a value (N, 1)."""
    planes = Input((84,))
    h = Dense(units, "relu", name="dense")(planes)
    for n in range(blocks):
        h = add([h, Dense(units, "relu", name=f"dense_{n + 1}")(h)])
    return Model(planes, [Dense(7, name="policy")(h), Dense(1, "tanh", name="value")(h)])


def main():
    """Read the trained weights, measure them in 8 bits, write weights/connect_four.json."""
    model = network()
    model.load_weights(TRAINED)
    guess = NetworkGuess(weights.rounded(model))
    found = {"visits": VISITS, "games": GAMES}
    for depth in (2, 4, 6):
        result = match(TreePlayer(guess, VISITS), Minimax(depth), connect_four(), GAMES)
        found[f"depth {depth}"] = [round(x, 3) for x in (result.share, *result.interval)]
    told = (
        f"The network of chapter 33, after 51,695 games against itself. With {VISITS} visits a "
        f"move it gets {found['depth 4'][0]:.0%} of the points against a player that looks 4 moves "
        f"ahead without a fault, and {found['depth 6'][0]:.0%} against 6 moves ({GAMES} games "
        "each)."
    ).replace("%", " %")
    arrays = {key: tensor.numpy() for key, tensor in model.tensors().items()}
    weights.write("connect_four", arrays, measured=found, told=told)
    print(found)
