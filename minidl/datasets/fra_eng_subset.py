"""5,000 pairs of short sentences in English and French, for machines that cannot download more.

They are the first lines of one version of the file that `fra_eng` reads, 2,597 different English
sentences of at most five words. Results on them are published under this name. The file
travels with the development machines of this project and is not for download.
"""

from minidl.datasets import fra_eng
from minidl.datasets.files import DataFile, DataNotFoundError, fetch

FILE = DataFile(
    folder="fra-eng-subset",
    name="fra.txt",
    size=562_864,
    sha256="d952b56a181da5270b7bb4ded3f3bbe61e67a9b1de0e0fbc1d46438c71fb55a7",
    mirrors=(),
    offline="dates.load_data()",
)


def load_data(source="fra", test_fraction=0.1, seed=0):
    """Return the pairs as `(x_train, y_train), (x_test, y_test)`, in the form of `fra_eng`.

    x_train (4500,), x_test (500,), arrays of str; the arguments are those of `fra_eng.load_data`.

    Raises `DataNotFoundError` if the file is not on this machine, `CorruptDataError` if the one in
    `$MINIDL_DATA/fra-eng-subset` is damaged, and `ValueError` as `fra_eng.load_data`.
    """
    try:
        contents = fetch(FILE)
    except DataNotFoundError:
        raise DataNotFoundError(
            "the 5,000 pairs of sentences are not on this machine, and they cannot be downloaded: "
            "they are a stand-in for machines without a network.\n"
            f"Any one of these helps:\n{fra_eng.WHERE}\n"
            "     fra_eng.load_data(pairs=5000) then gives what they were taken from;\n"
            "  2. dates.load_data() is a translation that needs no file;\n"
            f"  3. if you have the file, set MINIDL_DATA to a folder that holds\n"
            f"     {FILE.folder}/{FILE.name}."
        ) from None
    return fra_eng.split(fra_eng.read(contents, FILE.name), None, source, test_fraction, seed)
