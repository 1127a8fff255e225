// Just enough of CUDA for a C++ compiler: the blocks of a grid run one after the other, and so do
// the threads of a block. Where a kernel has a __syncthreads(), each thread has a stack of its own:
// there it stops, and the next one runs until all of them are there.
#pragma once
#include <math.h>
#include <ucontext.h>

#include <vector>  // <algorithm> and <functional> would double the seconds of each compilation

#define __global__ __attribute__((visibility("hidden")))  // else libc has a `step`, which wins
#define __device__
#define __host__
#define __restrict__ __restrict
#define __forceinline__ inline
#define __shared__ static  // blocks do not run at the same time
#define __constant__ static
#define __launch_bounds__(...)

template <class T>
static inline const T& max(const T& a, const T& b) { return a < b ? b : a; }
template <class T>
static inline const T& min(const T& a, const T& b) { return b < a ? b : a; }

struct Three {
    unsigned x, y, z;
};
static Three threadIdx, blockIdx, blockDim, gridDim;

template <class F>
static inline F rsqrt(F x) { return 1 / sqrt(x); }
static inline float rsqrtf(float x) { return rsqrt(x); }
template <class F>
static inline F __ldg(const F* address) { return *address; }

namespace on_cpu {

static const size_t STACK = 64 * 1024;  // bytes a thread
static ucontext_t scheduler;
static std::vector<ucontext_t> threads;
static std::vector<char> stacks, ended;
static void (*kernel)(const void*);
static const void* arguments;  // of the kernel
static unsigned current;

static void thread_main() {
    kernel(arguments);
    ended[current] = 1;  // then the scheduler goes on: uc_link
}

static inline Three place(unsigned t) {
    return {t % blockDim.x, t / blockDim.x % blockDim.y, t / (blockDim.x * blockDim.y)};
}

// Return 0, or 1 if a thread ended while others wait for it.
static int block_with_barriers(bool reversed) {
    unsigned n = blockDim.x * blockDim.y * blockDim.z, at_the_end = 0;
    threads.resize(n);
    stacks.resize(n * STACK);
    ended.assign(n, 0);
    for (unsigned t = 0; t < n; t++) {
        getcontext(&threads[t]);
        threads[t].uc_stack.ss_sp = &stacks[t * STACK];
        threads[t].uc_stack.ss_size = STACK;
        threads[t].uc_link = &scheduler;
        makecontext(&threads[t], thread_main, 0);
    }
    while (at_the_end == 0) {
        for (unsigned k = 0; k < n; k++) {
            current = reversed ? n - 1 - k : k;
            threadIdx = place(current);
            swapcontext(&scheduler, &threads[current]);
        }
        for (char end : ended) at_the_end += end;
    }
    return at_the_end < n;
}

static int block_without(bool reversed) {
    unsigned n = blockDim.x * blockDim.y * blockDim.z;
    for (unsigned k = 0; k < n; k++) {
        threadIdx = place(reversed ? n - 1 - k : k);
        kernel(arguments);
    }
    return 0;
}

// sizes: of the grid in x, y, z, then of a block. body: calls the kernel.
template <class F>
static int launch(const unsigned* sizes, bool barriers, bool reversed, const F& body) {
    gridDim = {sizes[0], sizes[1], sizes[2]};
    blockDim = {sizes[3], sizes[4], sizes[5]};
    kernel = [](const void* f) { (*static_cast<const F*>(f))(); };
    arguments = &body;
    unsigned n = gridDim.x * gridDim.y * gridDim.z;
    for (unsigned k = 0; k < n; k++) {
        unsigned b = reversed ? n - 1 - k : k;
        blockIdx = {b % gridDim.x, b / gridDim.x % gridDim.y, b / (gridDim.x * gridDim.y)};
        if ((barriers ? block_with_barriers : block_without)(reversed)) return 1;
    }
    return 0;
}

}  // namespace on_cpu

static inline void __syncthreads() {
    swapcontext(&on_cpu::threads[on_cpu::current], &on_cpu::scheduler);
}
