"""Every demo but the digit in the browser: minidl's numbers, and clicks."""

import numpy as np
import pytest
from stage import compute, needs_chromium, theatre  # noqa: F401  (fixtures)

from minidl import Input, Sequential
from minidl.layers import Dense
from minidl.losses import BinaryCrossentropy
from minidl.optimizers import SGD, Adam
from minidl_course.chapters import optimizers
from minidl_course.chapters.common import walk
from minidl_course.games import NetworkGuess, Positions, TreeSearch, connect_four
from minidl_course.play import train_connect_four, train_dates, train_latent, weights

pytestmark = [*needs_chromium, pytest.mark.usefixtures("nothing_is_compiled")]

GAMES = [(), (3,), (3, 3, 2, 4), (0, 1, 0, 1, 0), (3, 2, 3, 3, 4, 1, 5), (6, 6, 6, 6, 6, 6, 2)]
SEARCHED = """const four = await import("/four.js"), guess = demo.guessOf(w);
    return given.map((moves) => {
        const cells = moves.reduce(four.play, four.empty());
        const { logits, value } = guess(cells);
        return { logits: [...logits], guessed: value, legal: four.legal(cells),
            ...four.search(cells, guess, 200), line: four.lineOf(cells) };
    });"""


@pytest.fixture(scope="module")
def four(compute):  # noqa: F811
    model = weights.restored(train_connect_four.network(), "connect_four")
    guess, boards = NetworkGuess(model), [connect_four().play(*moves) for moves in GAMES]
    return compute("connect_four", SEARCHED, GAMES), guess, Positions(boards)


def test_the_network_of_connect_four_is_minidls(four):
    found, guess, positions = four
    logits, values = guess(positions)
    np.testing.assert_allclose([f["logits"] for f in found], logits, atol=1e-4)
    np.testing.assert_allclose([f["guessed"] for f in found], values, atol=1e-4)
    np.testing.assert_array_equal([f["legal"] for f in found], positions.legal)
    assert np.ptp(values) > 0.3


def test_its_search_visits_what_minidls_visits(four):
    found, guess, positions = four
    searched = TreeSearch(guess, 200)(positions)
    # a tie that rounding breaks another way costs a few visits
    visits = np.array([f["visits"] for f in found])
    assert visits.sum(axis=1).tolist() == [200] * len(found)
    assert np.abs(visits - searched.visits).max() <= 4
    np.testing.assert_array_equal(visits.argmax(axis=1), searched.visits.argmax(axis=1))
    np.testing.assert_allclose([f["value"] for f in found], searched.values, atol=0.01)


def test_the_rules_of_connect_four(compute):  # noqa: F811
    """Random games to the end: every position has the legal moves and the lines of minidl's."""
    rng, games, ends = np.random.default_rng(5), [], []
    for _ in range(40):
        board, moves = connect_four(), []
        while not board.over:
            moves.append(int(rng.choice(board.moves)))
            board = board.play(moves[-1])
        games.append(moves)
        ends.append(board)
    body = """const four = await import("/four.js");
        return given.map((moves) => {
            let cells = four.empty(), early = false;
            for (const move of moves) {
                early ||= four.lineOf(cells) !== null;
                cells = four.play(cells, move);
            }
            return [early, four.lineOf(cells) !== null, four.full(cells), [...four.planes(cells)]];
        });"""
    for (early, won, full, planes), board in zip(compute("connect_four", body, games), ends):
        assert not early and won == (board.winner != 0) and full == bool(board.cells.all())
        np.testing.assert_array_equal(planes, Positions(board).planes.ravel())


def test_a_game_is_played_by_clicks(theatre):  # noqa: F811
    with theatre("connect_four") as page:
        demo, said = page.locator(".minidl-play"), page.locator(".said")
        page.get_by_label("It looks ahead with").select_option("10")
        page.get_by_role("button", name="column 4").click()
        page.wait_for_selector('.minidl-play[data-stones="2"]')
        assert "Your move" in said.inner_text()
        page.locator(".hole").nth(2).click()  # the column of a hole
        page.wait_for_selector('.minidl-play[data-stones="4"]')
        page.get_by_role("button", name="Take back").click()
        assert demo.get_attribute("data-stones") == "2"
        page.get_by_role("button", name="rings begin").click()
        page.wait_for_selector('.minidl-play[data-stones="1"]')
        for _ in range(30):  # with the keyboard, to the end
            drops = page.locator(".drops button:not([disabled])")
            if not drops.count():
                break
            drops.first.focus()
            page.keyboard.press("Enter")
            page.wait_for_function(
                "!document.querySelector('.said').textContent.includes('looking')"
            )
        assert said.inner_text() in ("I have won.", "You have won!", "A draw.")


def small(layers, activation):
    """minidl's network with the layers of the browser's."""
    model = Sequential(
        [Input((2,)), *(Dense(len(one["b"]), activation) for one in layers[:-1]), Dense(1)]
    )
    model.astype("float64")
    for layer, one in zip([x for x in model.layers if isinstance(x, Dense)], layers):
        layer.W.value[...], layer.b.value[...] = one["W"], one["b"]
    return model


@pytest.mark.parametrize("hidden", [[], [4], [5, 3]])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_gradients_in_the_browser_are_minidls(compute, hidden, activation):  # noqa: F811
    body = """const net = await import("/small_net.js"), [hidden, activation] = given;
        const layers = net.fresh(hidden, 7), { X, labels } = net.points("moons", 30, 2);
        const outputs = net.forward(layers, X, activation);
        return { layers, X, labels, loss: net.lossOf(outputs.at(-1), labels),
            gradients: net.backward(layers, outputs, labels, activation) };"""
    found = compute("points", body, [hidden, activation])
    model = small(found["layers"], activation)
    model.compile(SGD(0.1), BinaryCrossentropy(from_logits=True))
    x, y = np.array(found["X"]), np.array(found["labels"], float)[:, None]
    results, _ = model.loss_and_gradient(x, y)
    assert abs(results["loss"] - found["loss"]) < 1e-6
    for layer, ours in zip([x for x in model.layers if isinstance(x, Dense)], found["gradients"]):
        np.testing.assert_allclose(ours["W"], layer.W.grad, atol=1e-6)
        np.testing.assert_allclose(ours["b"], layer.b.grad, atol=1e-6)
        assert np.abs(layer.W.grad).max() > 1e-3


@pytest.mark.parametrize(
    ("rule", "optimizer"),
    [("sgd", SGD(0.1)), ("momentum", SGD(0.1, momentum=0.9)), ("adam", Adam(0.1))],
)
def test_the_optimizers_in_the_browser_are_minidls(compute, rule, optimizer):  # noqa: F811
    body = """const net = await import("/small_net.js"), { X, labels } = net.points("xor", 20, 3);
        const layers = net.fresh([3], 1), before = structuredClone(layers), states = [];
        for (let n = 0; n < 5; n++) {
            const gradients = net.backward(layers, net.forward(layers, X, "tanh"), labels, "tanh");
            net.step(layers, gradients, given, 0.1, states);
        }
        return { before, after: layers, X, labels };"""
    found = compute("points", body, rule)
    model = small(found["before"], "tanh")
    model.compile(optimizer, BinaryCrossentropy(from_logits=True))
    x, y = np.array(found["X"]), np.array(found["labels"], float)[:, None]
    for _ in range(5):
        model.train_on_batch(x, y)
    for layer, ours in zip([x for x in model.layers if isinstance(x, Dense)], found["after"]):
        np.testing.assert_allclose(ours["W"], layer.W.value, atol=1e-5)
        np.testing.assert_allclose(ours["b"], layer.b.value, atol=1e-5)


def test_the_network_learns_and_a_neuron_cannot(theatre):  # noqa: F811
    with theatre("points") as page:
        page.get_by_label("Points", exact=True).select_option("circles")
        page.get_by_role("button", name="Learn", exact=True).click()
        page.wait_for_function(
            "Number(document.querySelector('.minidl-play').dataset.right) > 0.98"
        )
        page.get_by_role("button", name="Pause").click()
        layers = page.get_by_role("slider", name="Hidden layers")
        layers.focus()
        page.keyboard.press("ArrowLeft")
        assert layers.get_attribute("aria-valuetext") == "none"
        one = page.get_by_role("button", name="One epoch")
        for _ in range(30):
            one.click()
        assert "Epoch 30" in page.locator(".said").inner_text()
        assert float(page.locator(".minidl-play").get_attribute("data-right")) < 0.75


def test_a_neuron_learns_what_a_line_divides(theatre):  # noqa: F811
    with theatre("neuron") as page:
        assert page.get_by_label("Points", exact=True).input_value() == "blobs"
        page.get_by_role("button", name="Learn", exact=True).click()
        page.wait_for_function(
            "Number(document.querySelector('.minidl-play').dataset.right) > 0.95"
        )


def test_the_decoder_is_minidls_and_the_map_can_be_walked(compute, theatre):  # noqa: F811
    codes = np.random.default_rng(0).normal(size=(5, 2)) * 5
    found = compute(
        "latent", "return given.map((code) => [...demo.decode(w, code)]);", codes.tolist()
    )
    decoder = weights.restored(train_latent.decoder(), "latent")
    expected = decoder.predict(codes.astype(np.float32), verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.ptp(expected, axis=0).max() > 0.5
    with theatre("latent") as page:
        before = page.locator(".said").inner_text()
        page.locator("canvas.map").focus()
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        after = page.locator(".said").inner_text()
        assert before != after
        page.locator("canvas.map").click(position={"x": 30, "y": 300})
        assert page.locator(".said").inner_text() != after


def test_the_translator_is_minidls(compute):  # noqa: F811
    file = weights.load("dates")
    reads, writes = file["extra"]["reads"], file["extra"]["writes"]
    model = train_dates.Translator(len(reads), len(writes))
    weights.restored(model.model, "dates")
    texts, isos = zip(*(pair for n in (1, 2) for pair in zip(*train_dates.drawn(10, n, "test", 9))))
    body = """return given.map((text) => {
            const { letters, weights } = demo.translate(w, file.extra, text);
            const ids = [...text].map((letter) => Math.max(1, file.extra.reads.indexOf(letter)));
            const { states, code } = demo.read(w, ids), step = demo.writeStep(w, 14, code, states);
            return { said: letters.join(""), states: states.map((s) => [...s]), code: [...code],
                logits: [...step.logits], look: weights.map((row) => [...row]) };
        });"""
    found = compute("dates", body, texts)
    right = np.mean([one["said"] == iso for one, iso in zip(found, isos)])
    print(f"written without a mistake: {right:.2f}")
    assert right > 0.9 and writes[14] == "<"
    for one, text in list(zip(found, texts))[::5]:
        X = np.array([[max(1, reads.index(letter)) if letter in reads else 1 for letter in text]])
        states, code = model.read(X, X > 0)
        np.testing.assert_allclose(one["states"], states[0], atol=1e-4)
        np.testing.assert_allclose(one["code"], code[0], atol=1e-4)
        logits, _ = model.write(np.array([[14]]), code, states, X > 0)
        np.testing.assert_allclose(one["logits"], logits[0, 0], atol=1e-4)
        ids = model.translate(X, 14, 15)[0]
        assert one["said"] == "".join(writes[i] for i in ids)
        np.testing.assert_allclose(np.sum(one["look"], axis=1), 1, atol=1e-5)


def test_a_date_is_typed_and_read(theatre):  # noqa: F811
    with theatre("dates") as page:
        page.get_by_label("A date").fill("3 mars 1998")
        page.wait_for_selector('.minidl-play[data-answer="1998-03-03"]')
        page.locator(".letter").first.focus()
        assert "looks at" in page.locator(".window-told").inner_text()
        page.get_by_label("A date").fill("3 März 1998 ☃")
        assert "☃" in page.locator(".hint").first.inner_text()
        page.get_by_label("A date").fill("")
        assert page.locator(".said").inner_text() == "Type a date."


@pytest.mark.parametrize("momentum", [0.0, 0.56, 0.9])
@pytest.mark.parametrize("rate", [0.002, 0.03, 0.06])
def test_the_ball_in_the_browser_walks_where_minidls_goes(compute, momentum, rate):  # noqa: F811
    body = """return { path: demo.walk(...given), factor: demo.factor(...given), start: demo.START,
        curvature: demo.CURVATURE };"""
    found = compute("momentum", body, [momentum, rate])
    assert found["start"] == list(optimizers.START)
    assert found["curvature"] == optimizers.CURVATURE.tolist()
    path = walk(
        SGD(rate, momentum), lambda w: np.array(found["curvature"]) * w, found["start"], 400
    )
    np.testing.assert_allclose(found["path"], path[:61], rtol=1e-9, atol=1e-12)
    growth = np.abs(path[400]).max() ** (1 / 400)  # of the slower direction, in the long run
    assert abs(growth - found["factor"]) < 0.02


def test_sliders_move_the_ball(theatre):  # noqa: F811
    with theatre("momentum") as page:
        demo = page.locator(".minidl-play")
        assert float(demo.get_attribute("data-far")) < 0.01
        page.get_by_label("Momentum").focus()
        page.keyboard.press("Home")  # none: gradient descent
        assert 0.1 < float(demo.get_attribute("data-far")) < 1
        page.get_by_label("Rate").focus()
        page.keyboard.press("End")
        assert "flies off" in page.locator(".said").inner_text()
        page.emulate_media(reduced_motion="no-preference")
        page.get_by_role("button", name="Roll").click()
        assert int(demo.get_attribute("data-shown")) < 30  # it begins anew
        page.wait_for_function("document.querySelector('.minidl-play').dataset.shown === '60'")
