"""Words written backwards, letter by letter: LSTM states go from encoder to decoder."""

import numpy as np
from keras.layers import LSTM, Dense, Input
from keras.models import Model

letters, length, latent_dim = "abcdef", 3, 48
START, STOP = len(letters), len(letters) + 1
num_tokens = len(letters) + 2
rng = np.random.default_rng(0)
words = np.array([[i, j, k] for i in range(6) for j in range(6) for k in range(6)])
words = rng.permutation(words)
one_hot = np.eye(num_tokens, dtype="float32")
backwards = words[:, ::-1]
starts, stops = np.full((len(words), 1), START), np.full((len(words), 1), STOP)
encoder_input_data = one_hot[words]
decoder_input_data = one_hot[np.hstack([starts, backwards])]  # one step late
decoder_target_data = one_hot[np.hstack([backwards, stops])]

encoder_inputs = Input(shape=(None, num_tokens))
encoder = LSTM(latent_dim, return_state=True)
encoder_outputs, state_h, state_c = encoder(encoder_inputs)
encoder_states = [state_h, state_c]

decoder_inputs = Input(shape=(None, num_tokens))
decoder_lstm = LSTM(latent_dim, return_sequences=True, return_state=True)
decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
decoder_dense = Dense(num_tokens, activation="softmax")
decoder_outputs = decoder_dense(decoder_outputs)

model = Model([encoder_inputs, decoder_inputs], decoder_outputs)
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.optimizer.learning_rate = 0.01
data = [encoder_input_data, decoder_input_data]
history = model.fit(data, decoder_target_data, batch_size=16, epochs=20, verbose=0)

# for use: the encoder alone, and one step of the decoder, with its states going in and out
encoder_model = Model(encoder_inputs, encoder_states)
state_inputs = [Input(shape=(latent_dim,)), Input(shape=(latent_dim,))]
step_outputs, h, c = decoder_lstm(decoder_inputs, initial_state=state_inputs)
decoder_model = Model([decoder_inputs, *state_inputs], [decoder_dense(step_outputs), h, c])


def decode_sequence(input_seq):
    states = encoder_model.predict(input_seq, verbose=0)
    token, decoded = START, []
    while token != STOP and len(decoded) <= length:
        target_seq = one_hot[[[token]]]
        output_tokens, *states = decoder_model.predict([target_seq, *states], verbose=0)
        token = int(np.argmax(output_tokens[0, -1, :]))
        decoded.append(token)
    return decoded


wanted = [[*row, STOP] for row in backwards[:20].tolist()]
right = sum(decode_sequence(encoder_input_data[i : i + 1]) == wanted[i] for i in range(20))
print(f"{right} of 20 words written backwards")
