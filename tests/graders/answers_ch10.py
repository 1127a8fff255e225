"""Long answers to the exercise of chapter 10."""

NINE_TIMES = """
reader = Program('''
extern "C" __global__ void nearest(int* found, const T* moved, const T* others, int N,
                                   Long n) {
    Long i = thread_index();
    if (i >= n) return;
    T least = 1e9;
    for (int k = 0; k < N; k++) {
        T sum = 0;
        for (int j = 0; j < 64; j++)
            sum += pow(others[64 * i + j] - moved[64 * k + j], 2);
        if (sum < least) least = sum, found[i] = k;
    }
}
''')

def read(images, labels, others):
    wide, found = np.pad(images, ((0, 0), (1, 1), (1, 1))), np.empty(len(others), "i4")
    moved = np.concatenate([wide[:, k // 3 :, k % 3 :][:, :8, :8] for k in range(9)])
    reader.for_each("nearest", found.size, found, moved, others, len(moved))
    return np.tile(labels, 9)[found]
"""
