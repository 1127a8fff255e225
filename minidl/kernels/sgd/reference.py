"""SGD with momentum in NumPy. The contract and the symbols are in this folder's __init__."""


def update(w, g, v, learning_rate, momentum, nesterov):
    """Change w and v in place by one step."""
    if momentum == 0:
        w -= learning_rate * g
        return
    v *= momentum
    v -= learning_rate * g
    w += momentum * v - learning_rate * g if nesterov else v
