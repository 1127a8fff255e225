"""The same function with many arguments: what no list of mistakes can foresee.

Other mistakes than those of a question are the same for every function: an answer that is kept
from one call to the next, that is right unless N = D, up to 20, or as long as no two numbers are
equal. `everywhere` tries these circumstances, each with numbers of its own, against a right
function.
"""

import numpy as np

from minidl_course.grading import checks
from minidl_course.grading.channel import Wrong
from minidl_course.grading.codec import Special

EARLIER = "It is the result of an earlier call, which had other numbers."
ADDED = "What earlier calls gave has been added: begin anew in each call."
KEPT = "The same call was right before. What is kept from call to call?"
MANY = 101
EXPONENT = 300  # exp(300)^2 is a number in float64
KINDS = ("gaps", "closed", "refilled", "float32")  # the numbers stay as they are
GIVEN = dict.fromkeys(KINDS, np.ndarray) | {"alone": np.ndarray | float}  # if not drawn


def everywhere(
    names,
    function,
    right,
    arguments,
    sizes,
    *,
    without="",
    also="",
    equal=3,
    seed=0,
    tolerance=1e-9,
):
    """Check a function under all circumstances in which its result is defined.

    Called again after another call; with all sizes equal; with a single sample; with numbers that
    are large, huge, enormous, tiny, far below 0, equal or 0, one sample or one argument alone
    large; with arrays that have gaps in memory, that must not be written, that held other numbers
    before; in float32; with a hundred samples; with all other sizes 1; after a call in which only
    one argument was another one.

    Args:
        names: of the results, with spaces: "dx dW db".
        function: the student's.
        right: a right function of the same arguments; never the student's.
        arguments: dict from the name of each argument to its axes, "N D" or "3 4H"; such an
            array is drawn and varied. With a + behind, "N D +", its numbers are not negative;
            with a ~ they are never equal or 0; with a ^ they are exponents, from -300 to 300. Or
            a function(rng, sizes), for what only some numbers are allowed, or the argument itself.
        sizes: dict from the letter of each axis to its length, all different; the first one is
            that of the samples.
        without: circumstances that the function need not stand, with spaces, such as "large huge
            enormous".
        also: "empty" where a batch without a sample is defined, too.
        equal: the length of all axes in the circumstance of that name.
        seed: of the numbers.
        tolerance: what rounding may leave of numbers near 1, in float64.
    """
    left, known = {*without.split(), "empty"} - {*also.split()}, []
    left |= {"below"} if "enormous" in left else set()
    cases = *_circumstances(sizes, equal, 1 if "large" in left else 10), *_alone(arguments, sizes)
    cases += () if "large" in left else (*_lone(arguments, sizes),)
    for number, (case, text, lengths, change) in enumerate(cases):
        if case in left:
            continue
        first = case in ("again", "alone")  # the numbers of the first call
        given = _draw(arguments, lengths, case, change, seed + (0 if first else number))
        with np.errstate(all="ignore"):
            expected = right(*map(_plain, given))
        several = len(names.split()) > 1
        expected = [np.asarray(a, np.float64) for a in (expected if several else (expected,))]
        try:
            got = checks.unpack(names, function(*given))
            for k, name in enumerate(names.split()):
                mistakes = _from_earlier_calls(expected[k], [arrays[k] for arrays in known])
                if case == "again" and _numeric(got[k]):
                    mistakes[KEPT] = got[k]
                _compare(name, got[k], expected[k], mistakes, given, tolerance)
        except Wrong as wrong:
            raise Wrong(f"{text}{wrong}") from None
        if case in ("first", "others"):
            known.append(expected)


def _from_earlier_calls(expected, known):
    before = [array for array in known if array.shape == expected.shape]
    added = [expected + sum(before[-count:]) for count in range(1, len(before) + 1)]
    return {EARLIER: tuple(before), ADDED: tuple(added)}


def _circumstances(sizes, equal, size_of_many):
    """Yield (name, what a message says, sizes, the change of each array and its place)."""
    alike, samples = dict.fromkeys(sizes, equal), next(iter(sizes), "N")
    yield "first", "", sizes, lambda a, k: a
    yield "others", "In another call: ", sizes, lambda a, k: a
    yield "again", "In another call, with the numbers of the first one: ", sizes, lambda a, k: a
    if len(sizes) > 1:
        yield "equal", f"For {' = '.join(sizes)} = {equal}: ", alike, lambda a, k: a
    yield "single", f"For {samples} = 1: ", sizes | {samples: 1}, lambda a, k: a
    yield "empty", f"For {samples} = 0: ", sizes | {samples: 0}, lambda a, k: a
    for case, size in (("large", 30), ("huge", 1000), ("enormous", 1e30), ("tiny", 1e-20)):
        yield case, f"For numbers near {size:g}: ", sizes, lambda a, k, size=size: size * a
    text = "Where all numbers are far below 0: "
    yield "below", text, sizes, lambda a, k: -1e31 * np.abs(a)
    yield "ties", "Where numbers are 0, -0.0 or equal: ", sizes, _ties
    yield "one", "Where one sample has numbers near 1000: ", sizes, _one
    text = "For arrays with gaps in memory, such as x[:, ::2]: "
    yield "gaps", text, sizes, lambda a, k: Special(a, "gaps")
    yield "closed", "For arrays that are read-only: ", sizes, lambda a, k: Special(a, "closed")
    for _ in range(2):
        text = "For arrays that were arguments before and now hold other numbers: "
        yield "refilled", text, sizes, lambda a, k: Special(a, f"refilled {k}")
    yield "float32", "In float32: ", sizes, _to_single
    text = f"For {samples} = {MANY}: "  # in batches of a power of two some are left over
    yield "many", text, sizes | {samples: MANY}, lambda a, k: size_of_many * a
    narrow = dict.fromkeys([*sizes][1:], 1)
    if narrow:
        yield "narrow", f"For {' = '.join(narrow)} = 1: ", sizes | narrow, lambda a, k: a


def _alone(arguments, sizes):
    """The same for calls in which a single argument is another one: an array is turned round.

    So its sum is the same: whoever knows a call again by some of its arguments, or by their sums,
    is found out, and so is whoever has put a number of a test into the code.
    """
    for place, name in enumerate(arguments):
        text = f"In another call, where only {name} has other numbers: "
        yield "alone", text, sizes, lambda a, k, place=place: _turned(a) if k == place else a


def _lone(arguments, sizes):
    """One argument is large and all others small: together they would leave nothing to see."""
    drawn = [k for k, value in enumerate(arguments.values()) if isinstance(value, str)]
    for place in drawn if len(drawn) > 1 else ():
        text = f"Where {[*arguments][place]} is near 1e5 and all others near 1e-5: "
        yield "lone", text, sizes, lambda a, k, place=place: a * (1e5 if k == place else 1e-5)


def _turned(a):
    return a.ravel()[::-1].reshape(a.shape) if isinstance(a, np.ndarray) else 0.75 * a


def _draw(arguments, sizes, case, change, seed):
    rng, given = checks.rng(seed), []
    for place, value in enumerate(arguments.values()):
        kind = ""
        if isinstance(value, str):
            axes = value.rstrip("+~^ ").split()
            a = rng.normal(size=[_length(axis, sizes) for axis in axes])
            kind, value = value, a
        elif callable(value) and not isinstance(value, np.ufunc):
            value = value(rng, sizes)
        if kind:
            value = _change(kind, value, case, change, place)
        elif isinstance(value, GIVEN.get(case, ())):
            value = change(value, place)
        given.append(value)
    return given


def _change(kind, a, case, change, place):
    """The change of a drawn array, and what the mark behind its axes leaves of it."""
    a = np.abs(a) if "+" in kind else a
    if (case == "ties" and "~" in kind) or (case in ("tiny", "below", "lone") and "^" in kind):
        return a
    a = change(a, place)
    if case == "below" and "+" in kind:
        a = -a
    return a.clip(-EXPONENT, EXPONENT) if "^" in kind and case not in KINDS else a


def _length(axis, sizes):
    """The length of an axis that is called D, or 4H, or 3."""
    letter = axis.lstrip("0123456789")
    return int(axis.removesuffix(letter) or 1) * sizes.get(letter, 1)


def _plain(value):
    if not isinstance(value, np.ndarray):
        return value
    return np.array(value, np.float64 if value.dtype.kind == "f" else value.dtype)


def _to_single(a, place):
    return a.astype("float32") if a.dtype.kind == "f" else a


def _ties(a, place):
    a = np.round(a)
    a.flat[:1] = -0.0
    a.flat[-2:] = 1
    return a


def _one(a, place):
    if place == 0 and a.ndim:
        a[0] *= 1000
        a.flat[0] = 1000
    return a


def _numeric(value):
    return isinstance(value, np.ndarray | np.generic | int | float)


def _compare(name, got, expected, mistakes, given, tolerance):
    """Compare in the size of the right numbers, and by the type of the arguments."""
    types = {a.dtype for a in given if isinstance(a, np.ndarray) and a.dtype.kind == "f"}
    single = np.dtype("float32") in types
    if not single and getattr(got, "dtype", None) in (np.float16, np.float32):
        raise Wrong(f"{name} is {got.dtype} although every input was float64.")
    largest, scale = float(np.abs(expected).max(initial=0)), 1.0
    if _numeric(got) and not (largest == 0 or 1e-6 < largest < 1e9):
        name, got, expected = f"{name} divided by {largest:.0e}", got / largest, expected / largest
    elif largest > 0:  # large sums leave larger roundings; small numbers count in their own size
        scale = max(1e-3, min(largest, 1), 1e-4 * largest)
    tolerance = (1e-3 if single else tolerance) * scale
    checks.equal(name, got, expected, mistakes=mistakes, tolerance=tolerance)
