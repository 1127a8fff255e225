"""Two towers: a user and a film each become a vector, and their dot product a rating."""

import keras
import numpy as np
from keras.layers import Add, Dense, Dot, Embedding, Flatten, Input
from keras.regularizers import l2

n_users, n_movies, n_latent = 60, 40, 6
rng = np.random.default_rng(0)
tastes, films = rng.normal(size=(n_users, 3)), rng.normal(size=(n_movies, 3))
pairs = rng.permutation([(user, movie) for user in range(n_users) for movie in range(n_movies)])
user, movie = pairs.T
bonus = rng.normal(size=n_movies)
rating = (tastes[user] * films[movie]).sum(axis=1) + bonus[movie]
rating = (rating + 0.1 * rng.normal(size=len(rating))).astype("float32")
train, test = slice(0, 1920), slice(1920, None)


def tower(size, name):
    row = Input(shape=(1,), name=name)
    vector = Embedding(size, n_latent, embeddings_regularizer=l2(1e-5), name=f"{name}_vector")(row)
    bias = Embedding(size, 1, embeddings_initializer="zeros", name=f"{name}_bias")(row)
    return keras.Model(row, [Flatten()(vector), Flatten()(bias)], name=f"{name}_tower")


user_input = Input(shape=(1,), name="user")
movie_input = Input(shape=(1,), name="movie")
user_vector, user_bias = tower(n_users, "user")(user_input)
movie_tower = tower(n_movies, "movie")
movie_vector, movie_bias = movie_tower(movie_input)
match = Dot(axes=1, name="match")([user_vector, movie_vector])
score = Add()([match, user_bias, movie_bias])
outputs = Dense(1, name="rating")(score)
model = keras.Model([user_input, movie_input], outputs)
model.compile(loss="mean_squared_error", optimizer=keras.optimizers.Adam(0.02))

losses = []
for _ in range(16):
    for rows in np.split(rng.permutation(1920), 30):
        batch = {"user": user[rows, None], "movie": movie[rows, None]}
        loss = model.train_on_batch(batch, rating[rows])
    losses.append(float(loss))
test_batch = {"user": user[test, None], "movie": movie[test, None]}
error = model.evaluate(test_batch, rating[test], verbose=0)
error_of_mean = float(np.var(rating[test]))

vectors, biases = movie_tower.predict(np.arange(n_movies)[:, None], verbose=0)
likeness = float(np.corrcoef(biases[:, 0], bonus)[0, 1])
names = [layer.name for layer in model.layers if layer.name.endswith("tower")]
predictions = model.predict(test_batch, verbose=0)
