"""Recurrent layers: one step of computing, repeated along a sequence, with a state in between.

    state_t = f(x_t, state_{t-1})        the same weights at every t

`base` has what surrounds the loop over time: shapes, dropout, masks, the state that comes in and
goes out. `cells` has the three f: SimpleRNN, LSTM and GRU. The loops themselves are kernels.

A state can be handed from one layer to another, and its gradient comes back the same way:

    y, h, c = encoder(x)                                  return_state=True
    y = decoder(x, initial_state=[h, c])

    dx, dh, dc = decoder.backward(dy, cache)              what forward was given
    dx = encoder.backward((None, dh, dc), cache)          what forward returned; None is zero
"""

from minidl.layers.recurrent.bidirectional import Bidirectional
from minidl.layers.recurrent.cells import GRU, LSTM, SimpleRNN

__all__ = ["GRU", "LSTM", "Bidirectional", "SimpleRNN"]
