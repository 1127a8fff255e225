"""Answers to the thaw and to the experiment of chapter 15; `test_ch15.py` has the others."""

from catalogue import Right, Wrong

_ASLEEP = "np.where(t >= S * above, rate, 0.0)"
_V = "v = np.where(awake, 0.9 * v + np.where(awake, dw, 0), 0).astype(v.dtype)"

THAW = [
    Wrong(
        "the top first",
        "layer 0 lies at the bottom",
        swap=(_ASLEEP, f"{_ASLEEP}[::-1]"),
    ),
    Wrong("a step too late", "a step too late", swap=("t >= S * above", "t > S * above")),
    Wrong(
        "S steps too early", "S steps too early", swap=("S * above, rate", "S * (above - 1), rate")
    ),
    Wrong(
        "S steps too late", "S steps too late", swap=("S * above, rate", "S * (above + 1), rate")
    ),
    Wrong("nothing sleeps", "too early", swap=(_ASLEEP, "rate")),
    Wrong("from the bottom", "wake up from the bottom", swap=("S * above", "S * np.arange(L)")),
    Wrong(
        "one at a time",
        "those that were awake before stay so",
        swap=("t >= S * above", "np.minimum(t // S, L - 1) == above"),
    ),
    Wrong("depth does not count", "the rate of the top one", swap=(" / 2.6**above", "")),
    Wrong("larger below", "should have smaller ones", swap=("/ 2.6**above", "* 2.6**above")),
    Wrong(
        "2.6 each", "not the top less 2.6 each", swap=("2.6**above", "np.maximum(2.6 * above, 1)")
    ),
    Wrong("2.5", "is wrong", swap=("2.6**above", "2.5**above")),
    Wrong("no time", "does not change with time", swap=("high * (1 + 31 * p) / 32", "high")),
    Wrong("down to 0", "the lowest rate is", swap=("high * (1 + 31 * p) / 32", "high * p")),
    Wrong("32 for 31", "is wrong", swap=("31 * p", "32 * p")),
    Wrong("T below 10", "is wrong", swap=("max(T // 10, 1)", "T // 10")),
    Wrong("c rounded", "is wrong", swap=("max(T // 10, 1)", "max(round(T / 10), 1)")),
    Wrong("c a fraction", "is wrong", swap=("max(T // 10, 1)", "max(T / 10, 1)")),
    Wrong("falls from 0", "is wrong", swap=("(T - t) / (T - c)", "(T - t) / T")),
    Wrong(
        "no momentum",
        "w is wrong. It is a step without momentum",
        swap=("w - rate * v)", "w - rate * np.where(awake, dw, 0))"),
    ),
    Wrong("climbs", "It climbs", swap=("(w - rate * v)", "(w + rate * v)")),
    Wrong(
        "the old v",
        "The old v moves it",
        swap=((_V, f"old = v\n    {_V}"), ("w - rate * v)", "w - rate * old)")),
    ),
    Wrong(
        "v kept", "has to become 0, and is kept", swap=("dw, 0), 0).astype", "dw, 0), v).astype")
    ),
    Wrong(
        "v goes on shrinking",
        "goes on shrinking",
        swap=(_V, "v = (0.9 * v + np.where(awake, dw, 0)).astype(v.dtype)"),
    ),
    Wrong(
        "a mean of gradients",
        "counts whole",
        swap=("0.9 * v + np.where", "0.9 * v + 0.1 * np.where"),
    ),
    Wrong(
        "the rate in v",
        "is wrong",
        swap=(("0.9 * v + np.where", "0.9 * v + rate * np.where"), ("w - rate * v", "w - v")),
    ),
    Wrong("0 times nan", "has a nan, too", swap=(_V, "v = (0.9 * v + dw) * awake")),
    Wrong(
        "infinite gradients",
        "has a inf, too",
        swap=(_V, "v = np.where(np.isnan(dw), 0, 0.9 * v + dw) * np.where(awake, 1.0, 1e-320)"),
    ),
    Wrong("nearly 0 is asleep", "v for rates near 1e-200", swap=("rate != 0", "rate > 1e-12")),
    Wrong(
        "changes v",
        "changes its argument 2",
        swap=("    awake = rate != 0", "    v *= 1.0\n    v += 0.1\n    awake = rate != 0"),
    ),
    Right(
        "layer by layer",
        """
        def rates(t, T, L, S, high):
            found, c = [], max(int(0.1 * T + 1e-9), 1)
            share = min(t / c, (T - t) / (T - c))
            for l in range(L):
                below = L - 1 - l
                now = high / 32 + high * 31 / 32 * share
                found.append(now / np.prod([2.6] * below) if t // S >= below else 0)
            return np.array(found, float)


        def step(w, v, dw, layer, rate):
            w, v = w.copy(), v.copy()
            for l in range(len(rate)):
                k = layer == l
                if rate[l] == 0:
                    v[k] = 0
                    continue
                v[k] = 0.9 * v[k] + dw[k]
                w[k] -= rate[l] * v[k]
            return w, v
        """,
    ),
    Right(
        "by places",
        """
        def rates(t, T, L, S, high):
            c = max(T // 10, 1)
            rate = np.zeros(L)
            top = high * np.interp(t, [0, c, T], [1 / 32, 1, 1 / 32])
            for k in range(min(t // S + 1, L)):
                rate[-1 - k] = top
                top /= 2.6
            return rate


        def step(w, v, dw, layer, rate):
            k = np.flatnonzero(rate[layer])
            new, moved = np.array(w), np.zeros_like(v)
            moved[k] = 0.9 * v[k] + dw[k]
            new[k] -= (rate[layer[k]] * moved[k]).astype(w.dtype)
            return new, moved
        """,
    ),
]

_BEGIN = """
def adapt(weights, images, labels, new):
    base = network(1)
"""
_END = """
    base.compile(Adam(CosineDecay(RATE, 60)), "sparse_categorical_crossentropy")
    base.fit(images, labels, 25, 15, verbose=0)
    return base.predict(new, verbose=0).argmax(axis=1)
"""
_START = "    base.set_weights(weights[:-2] + base.get_weights()[-2:])"

EXPERIMENT = [
    Wrong(
        "a guess",
        "the goal is 61.0 %",
        swap=("return (M @ W + Y.mean(axis=0))", "return (0 * (M @ W))"),
    ),
    Wrong("from nothing", "the goal is 61.0 %", _BEGIN + _END.replace("RATE", "1e-3")),
    Wrong(
        "a rate that destroys", "the goal is 61.0 %", _BEGIN + _START + _END.replace("RATE", "0.1")
    ),
    Wrong(
        "an untrained base",
        "the goal is 61.0 %",
        swap=("    base.set_weights(weights)\n", ""),
    ),
    Wrong(
        "the old classes",
        "the goal is 61.0 %",
        """
        def adapt(weights, images, labels, new):
            base = network()
            base.set_weights(weights)
            return base.predict(new, verbose=0).argmax(axis=1)
        """,
    ),
    Wrong(
        "what tells 0 to 4 apart",
        "the goal is 61.0 %",
        swap=("for layer in base.layers[:2]]", "for layer in base.layers[2:] * 2]"),
    ),
    Wrong(
        "pixels",
        "the goal is 61.0 %",
        swap=(
            "known, others = features.predict(images, verbose=0), features.predict(new, verbose=0)",
            "known, others = [images], [new]",
        ),
    ),
    Wrong(
        "labels by heart",
        "the goal is 61.0 %",
        swap=("np.eye(5)[labels]", "np.eye(5)[np.arange(len(labels)) // 20]"),
    ),
    Wrong("probabilities", "must have the shape", swap=(".argmax(axis=1)", "")),
    Right("a stronger ridge", swap=("0.1 * np.eye", "0.3 * np.eye")),
    Right(
        "a new last layer first, then all of it by small steps",
        """
        def adapt(weights, images, labels, new):
            base = network(1)
            base.set_weights(weights[:-2] + base.get_weights()[-2:])
            for awake, rate, epochs in ((False, 1e-2, 40), (True, 5e-4, 20)):
                for layer in base.layers[:-1]:
                    layer.trainable = awake
                rate = CosineDecay(rate, 4 * epochs)
                base.compile(Adam(rate), "sparse_categorical_crossentropy")
                base.fit(images, labels, 25, epochs, verbose=0)
            return base.predict(new, verbose=0).argmax(axis=1)
        """,
    ),
]
