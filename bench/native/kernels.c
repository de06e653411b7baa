/* Speed of the kernels on one core, one `name value` a line; bench/kernels.mjs prints them as a table.
 *
 * Each figure is the best of many short runs, so that what else the machine does is left out. */
#include "product.h"
#include "random.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Seconds of one run of `call`, best of `count`. */
#define BEST(count, call) \
  ({ \
    double best = 1e9; \
    for (int run = 0; run < (count); run++) { \
      const double start = now(); \
      call; \
      const double took = now() - start; \
      best = took < best ? took : best; \
    } \
    best; \
  })

static volatile u64 sink;

/* Cycles a second, from multiplications that wait for each other: three cycles each on x86-64 since 2008, and on Arm. */
static void multiplications(int count) {
  u64 x = 3;
  for (int i = 0; i < count; i++) {
    x *= x;
    __asm__ volatile("" : "+r"(x));
  }
  sink = x;
}

/* More chains than any processor has multiply-add units times their latency. */
#define CHAINS (MR * MV)
static __attribute__((noinline)) void multiply_adds(int count) {
  vreal sum[CHAINS], a = v_set((real)0.999), b = v_set((real)1e-3);
  UNROLL for (int i = 0; i < CHAINS; i++) sum[i] = v_set((real)i);
  for (int n = 0; n < count; n++) {
    UNROLL for (int i = 0; i < CHAINS; i++) sum[i] = v_madd(sum[i], a, b);
  }
  real total = 0;
  UNROLL for (int i = 0; i < CHAINS; i++) total += sum[i][0];
  sink = (u64)total;
}

#if defined(__x86_64__)
#define VECTOR(v) "x"(v)
#else
#define VECTOR(v) "w"(v)
#endif
static __attribute__((noinline)) void read_all(const vreal *from, long vectors) {
  vint a = {0}, b = {0}, c = {0}, d = {0};
  for (long i = 0; i < vectors; i += 4) {
    a |= (vint)from[i];
    b |= (vint)from[i + 1];
    c |= (vint)from[i + 2];
    d |= (vint)from[i + 3];
    __asm__ volatile("" : "+" VECTOR(a), "+" VECTOR(b), "+" VECTOR(c), "+" VECTOR(d));
  }
  a |= b | c | d;
  sink = (u64)a[0];
}

static real *reals(long count) {
  real *at = aligned_alloc(64, (size_t)((count * (long)sizeof(real) + 63) / 64 * 64));
  if (!at) exit(1);
  for (long i = 0; i < count; i++) at[i] = (real)(i % 17 - 8) / 16;
  return at;
}

static void products(int n, int panels) {
  const long unit = (long)n * PANEL;
  real *w = reals((long)n * n), *packed = reals(packed_size(n, n)), *x = reals(unit * panels), *y = reals(unit * panels);
  pack(packed, w, n, n, n, 1);
  const double flops = 2.0 * n * n * panels * PANEL;
  const int repeats = (int)(2e7 / flops) + 1;
  const double seconds = BEST(200, for (int i = 0; i < repeats; i++) {
    for (int r = 0; r < n; r += 48)
      product(y + r * PANEL, unit, packed + (long)r * n, n - r < 48 ? n - r : 48, n, x, unit, panels * VPP, 0);
  });
  printf("product-%d-%d %.3f\n", n, panels, flops * repeats / seconds * 1e-9);
  free(w), free(packed), free(x), free(y);
}

static void outers(int n, int panels) {
  const int entries = 32;
  const long unit = (long)n * PANEL, panel = unit * entries;
  real *dw = reals((long)n * n), *g = reals(panel * panels), *x = reals(panel * panels);
  real *work = reals((long)entries * panels * PANEL * ((n + 31) / 32 * 32));
  const double flops = 2.0 * n * n * panels * PANEL * entries;
  const int repeats = (int)(2e7 / flops) + 1;
  const double seconds = BEST(n > 256 ? 40 : 200, for (int i = 0; i < repeats; i++)
    outer(dw, n, n, g, panel, unit, x, panel, unit, entries, panels * VPP, work, 0));
  printf("outer-%d-%d %.3f\n", n, panels, flops * repeats / seconds * 1e-9);
  free(dw), free(g), free(x), free(work);
}

int main(void) {
  const int count = 100000;
  const double hertz = 3.0 * count / BEST(50, multiplications(count));
  printf("gigahertz %.3f\n", hertz * 1e-9);
  printf("peak %.3f\n", 2.0 * CHAINS * VL * 20000 / BEST(200, multiply_adds(20000)) * 1e-9);

  static const int sizes[][2] = {{20, 4}, {64, 4}, {128, 8}, {256, 8}, {512, 8}, {1024, 8}};
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    products(sizes[i][0], sizes[i][1]);
    outers(sizes[i][0], 1);
    outers(sizes[i][0], 2);
  }

  static _Alignas(64) real rows[16 * PANEL];
  static _Alignas(64) u32 trials[PANEL];
  const double seconds = BEST(200, for (u32 i = 0; i < 1000; i++) {
    noise_rows(rows, LAW_GAUSSIAN, 1, trials, 1, 4 * i, 4, 2, 3, 4, 5, VPP);
    sink = (u64)rows[0];
  });
  printf("normals %.3f\n", seconds * hertz / (16000.0 * PANEL));

  static const long kibibytes[] = {32, 1024, 16384, 1048576};
  for (int i = 0; i < 4; i++) {
    const long bytes = kibibytes[i] * 1024;
    real *from = reals(bytes / (long)sizeof(real));
    const int repeats = (int)(4194304 / bytes) + 1;
    const double took = BEST(i < 3 ? 50 : 3, for (int k = 0; k < repeats; k++)
      read_all((const vreal *)from, bytes / VBYTES));
    printf("read-%ld %.3f\n", kibibytes[i], (double)bytes * repeats / took * 1e-9);
    free(from);
  }
  return 0;
}
