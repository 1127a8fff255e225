"""Fashion-MNIST: 70,000 small grey photographs of clothes, in the exact form of MNIST.

Made by Zalando from the pictures of its shop: Xiao, Rasul and Vollgraf, "Fashion-MNIST: a novel
image dataset for benchmarking machine learning algorithms", arXiv:1708.07747, 2017. The licence is
MIT. A network that reads MNIST reads it unchanged, and finds it much harder: a shirt is not far
from a coat.
"""

from minidl.datasets.mnist import load_idx

CLASS_NAMES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
MIRRORS = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)

# name: bytes and SHA-256 of the unpacked contents, in the order in which `load_data` returns them.
FILES = {
    "train-images-idx3-ubyte.gz": (
        47_040_016,
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    ),
    "train-labels-idx1-ubyte.gz": (
        60_008,
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    ),
    "t10k-images-idx3-ubyte.gz": (
        7_840_016,
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    ),
    "t10k-labels-idx1-ubyte.gz": (
        10_008,
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
}


def load_data():
    """Return Fashion-MNIST as `(x_train, y_train), (x_test, y_test)`.

    x_train (60000, 28, 28), x_test (10000, 28, 28), pixels from 0 (background) to 255; y_train
    (60000,), y_test (10000,), classes 0..9 in the order of `CLASS_NAMES`; all uint8, as in Keras.
    The first call downloads 31 MB, unless the files are in `$MINIDL_DATA/fashion_mnist` or in the
    cache.

    Raises `DataNotFoundError` with its remedies if the files are out of reach, and
    `CorruptDataError` if a file in `$MINIDL_DATA/fashion_mnist` is damaged.
    """
    offline = "mnist.load_sample(), digits instead of clothes"
    return load_idx("fashion_mnist", FILES, MIRRORS, offline)
