"""The language model in the browser: minidl's tokens, logits, looks and draws, and clicks."""

import json

import numpy as np
import pytest
from stage import compute, needs_chromium, theatre  # noqa: F401  (fixtures)

from minidl_course import bpe, generation
from minidl_course.language_model import NAME, gpt, loaded
from minidl_course.play import checking, language_model, weights

pytestmark = [*needs_chromium, pytest.mark.usefixtures("nothing_is_compiled")]

TEXT = "ROMEO:\nWhat light through yonder window breaks? It is the east, and Juliet is the sun."
ODD = [
    *("", " ", "   ", "\n\n\n", " \n a", "a  b", "the king", "To be, or not to be", "1603 12a b3"),
    *("Grüße, naïve façade", "straße 42\u00a0km", "☃🙂 e\u0301", "\ufeffBOM", "tab\tcr\r\nff\f\v"),
    *("\u2028\u3000wide\x1c", "KING RICHARD III:\nMy lord's-\n", "?!... --", "thethethe aaaaaaa"),
]
READ = """const { Reader } = await import("/gpt.js"), [own, texts] = given, read = own ?? file;
    const reader = new Reader(nn.unpack(read, demo.SHAPES), read.extra);"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A model of another shape with large weights, its tokens, and its file."""
    merges = bpe.learn(TEXT * 3, 280)
    model = gpt(256 + len(merges), 24, 3, 6, 3)
    rng = np.random.default_rng(0)
    for tensor in model.tensors().values():
        tensor.assign(tensor.numpy() + 0.4 * rng.standard_normal(tensor.shape))
    folder = tmp_path_factory.mktemp("weights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "FOLDER", folder)
        language_model.write(weights.rounded(model), merges, "told", {}, window=16)
        assert loaded()[0].count_params() == model.count_params()
        return model, bpe.BytePairs(merges), weights.load(NAME)


@pytest.fixture(params=["tiny", "shipped"])
def one(request):
    """A model, its tokens, and its file, if it is not the one that the page has."""
    return request.getfixturevalue("tiny") if request.param == "tiny" else (*loaded(), None)


def logits(model, ids):
    """What minidl says behind each of these tokens: (T, V)."""
    return model.forward(np.array([ids], "float32"))[0][0]


def looks(model, ids):
    """How the last token looks at all, (blocks, H, T), from the blocks' own parts."""
    found, x = [], model.get_layer("embed").forward(np.array([ids], "float32"))[0]
    for layer in model.layers:
        if layer.name.startswith("block"):
            a = layer.self_attention
            z, _ = a.norm.forward(x)
            how = {"use_causal_mask": True, "return_attention_scores": True}
            found.append(a.layer.forward(z, **how)[0][1][0, :, -1])
            x, _ = layer.forward(x)
    return np.array(found)


def test_texts_become_the_tokens_of_byte_pairs(compute):  # noqa: F811
    body = """const { BytePairs } = await import("/byte_pairs.js");
        const pairs = new BytePairs(file.extra.merges);
        return given.map((text) => {
            const ids = pairs.encode(text);
            return [ids, pairs.decode(ids), ids.map((id) => pairs.decode([id])),
                ids.map((id) => pairs.shown(id))];
        });"""
    _, tokens = loaded()
    seen = set()
    for text, (ids, back, each, shown) in zip(ODD, compute(NAME, body, ODD), strict=True):
        assert ids == tokens.encode(text).tolist(), text
        assert back == text
        assert each == [tokens.decode([i]) for i in ids]
        assert not set("".join(shown)) & set(" \n\t\r\ufffd")
        seen |= set("".join(shown))
    assert set("␣↵‹›") <= seen


def test_the_network_is_minidls_with_what_it_keeps_and_without(compute, one):  # noqa: F811
    model, tokens, own = one
    ids = tokens.encode((TEXT + "\n") * 3).tolist()[: 16 if own else 128]
    body = """
        const all = texts.map((_, t) => [...reader.read(texts.slice(0, t + 1))]);
        const { blocks, heads } = read.extra;
        const looks = Array.from({ length: blocks }, (_, b) =>
            Array.from({ length: heads }, (_, h) => [...reader.look(b, h)]));
        const anew = [1, 2, 7, texts.length].map((T) =>
            [...new Reader(reader.w, read.extra).read(texts.slice(0, T))]);
        return { all, looks, anew };"""
    found, expected = compute(NAME, READ + body, [own, ids]), logits(model, ids)
    assert np.ptp(expected) > 5
    np.testing.assert_allclose(found["all"], expected, atol=1e-4)
    np.testing.assert_allclose(found["anew"], expected[[0, 1, 6, -1]], atol=1e-4)
    np.testing.assert_allclose(found["looks"], looks(model, ids), atol=1e-5)


def test_where_the_window_is_full_its_second_half_is_read_anew(compute, tiny):  # noqa: F811
    model, tokens, own = tiny
    ids = tokens.encode(TEXT).tolist()
    body = READ + "return texts.map((_, t) => [...reader.read(texts.slice(0, t + 1))]);"
    found = compute(NAME, body, [own, ids])
    assert len(ids) > 40
    for T in (16, 17, 24, 25, 32, 33, 40):
        begin = {16: 0, 17: 8, 24: 8, 25: 16, 32: 16, 33: 24, 40: 24}[T]
        np.testing.assert_allclose(found[T - 1], logits(model, ids[begin:T])[-1], atol=1e-4)


def test_what_is_typed_in_the_middle_is_read(compute, tiny):  # noqa: F811
    """After any other text a text means what it means alone."""
    model, tokens, own = tiny
    texts = ["the sun", "the moon", "the", "the", "ROMEO:", "the sun"]
    texts = [tokens.encode(text).tolist() for text in texts]
    body = READ + "return texts.map((ids) => [...reader.read(ids)]);"
    found = compute(NAME, body, [own, texts])
    for ids, z in zip(texts, found, strict=True):
        np.testing.assert_allclose(z, logits(model, ids)[-1], atol=1e-4)


def test_tokens_are_drawn_as_minidl_draws(compute):  # noqa: F811
    rng = np.random.default_rng(1)
    z = (3 * rng.standard_normal(50)).astype("float32")
    z[[4, 7, 9]] = z.max() + 1  # equals
    settings = [(t, k, p) for t in (0, 0.3, 1, 2) for k in (1, 2, 10, 50) for p in (0.2, 0.75, 1)]
    us = rng.random(20).tolist()
    body = """const { probabilities, drawn } = await import("/sampling.js");
        const [z, settings, us] = given;
        return settings.map(([t, k, share]) => {
            const p = probabilities(Float32Array.from(z), t, k, share);
            return [[...p], us.map((u) => drawn(p, u))];
        });"""
    found = compute(NAME, body, [z.tolist(), settings, us])
    for how, (p, ids) in zip(settings, found, strict=True):
        expected = generation.probabilities(z, *how)
        np.testing.assert_allclose(p, expected, atol=1e-12, err_msg=str(how))
        assert ids == np.searchsorted(expected.cumsum(), us, side="right").tolist()


def test_a_text_is_written_by_clicks(theatre):  # noqa: F811
    _, tokens = loaded()
    with theatre(NAME) as page:
        demo, text = page.locator(".minidl-play"), page.get_by_role("region", name="The text")
        press = lambda name: page.get_by_role("button", name=name, exact=True).click()  # noqa: E731
        read = lambda: int(demo.get_attribute("data-tokens"))  # noqa: E731
        field = page.get_by_label("A beginning")
        field.fill("JULIET:\nO Rom")
        n = len(tokens.encode("JULIET:\nO Rom"))
        assert read() == n and text.inner_text() == "JULIET:\nO Rom"
        page.get_by_label("Temperature").focus()
        page.keyboard.press("Home")  # 0: always the likeliest
        assert "No other token" in demo.inner_text()
        likeliest = page.locator(".tokens button").first.inner_text()
        press("One token")
        assert read() == n + 1 and page.locator(".shades span").last.inner_text() == likeliest
        page.keyboard.press("Tab")
        page.locator(".tokens button").nth(2).focus()
        third = page.locator(".tokens button").nth(2).inner_text()
        page.keyboard.press("Enter")  # the reader's own choice
        assert read() == n + 2 and page.locator(".shades span").last.inner_text() == third
        assert page.evaluate("document.activeElement.closest('.bars') !== null")
        press("Write")
        page.wait_for_function(f"document.querySelector('.minidl-play').dataset.tokens > {n + 8}")
        press("Stop")
        stopped = read()
        assert f"{stopped - n} tokens are written." in demo.inner_text()
        page.wait_for_timeout(200)
        assert read() == stopped
        press("Begin anew")
        assert read() == n
        field.fill("")
        assert page.get_by_role("button", name="Write", exact=True).is_disabled()
        assert "Type a beginning." in demo.inner_text()


def test_it_stops_by_itself_and_goes_on_where_the_window_is_full(theatre):  # noqa: F811
    with theatre(NAME) as page:
        begun = int(page.locator(".minidl-play").get_attribute("data-tokens"))
        page.get_by_role("button", name="Write", exact=True).click()
        page.get_by_text("200 tokens are written.").wait_for(timeout=120_000)
        assert int(page.locator(".minidl-play").get_attribute("data-tokens")) == begun + 200
        assert page.locator(".shades span").count() == 20


def test_every_head_can_be_looked_at(theatre):  # noqa: F811
    model, tokens = loaded()
    with theatre(NAME) as page:
        page.get_by_label("A beginning").fill("My lord, my lord")
        shares = looks(model, tokens.encode("My lord, my lord").tolist())
        page.get_by_label("Block", exact=True).select_option("2")
        page.get_by_label("Head", exact=True).select_option("3")
        most = f"{100 * shares[1, 2].max():.0f}\u00a0%"
        told = page.locator(".minidl-play .window-told")
        assert "this head looks at" in told.inner_text() and most in told.inner_text()
        page.locator("canvas.grid").click(position={"x": 100, "y": 5})  # the first row
        assert page.get_by_label("Block", exact=True).input_value() == "0"
        assert f"{100 * shares[0, 0].max():.0f}\u00a0%" in told.inner_text()
        assert "head 1 of block 1" in page.locator("canvas.grid").get_attribute("aria-label")


def test_a_file_says_how_large_its_network_is(tiny, tmp_path, monkeypatch):
    model, _, own = tiny
    (tmp_path / f"{NAME}.json").write_text(json.dumps(own), encoding="utf-8")
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    faults = [fault for fault in checking._weights() if NAME in fault]
    assert len(faults) == 1 and "does not say what was measured ('measured')" in faults[0]
    own["extra"]["hidden"] += 1
    (tmp_path / f"{NAME}.json").write_text(json.dumps(own), encoding="utf-8")
    own["extra"]["hidden"] -= 1
    faults = [fault for fault in checking._weights() if NAME in fault]
    assert any("block3/feedforward/layer/narrow/W is" in fault for fault in faults)
    with pytest.raises(ValueError, match="merges make 257 tokens, not 280"):
        language_model.write(model, [(1, 2)], "told", {})
