/*
 * Peak of one core: multiply-adds on registers that touch no memory. Prints GFLOP/s, the best of nine runs.
 *
 * Enough independent sums to hide the latency of a multiply-add, few enough to stay in registers.
 */
#include <stdio.h>
#include <time.h>

#if defined(__AVX512F__)
enum { BYTES = 64, SUMS = 24 };
#elif defined(__AVX__)
enum { BYTES = 32, SUMS = 12 };
#elif defined(__aarch64__)
enum { BYTES = 16, SUMS = 24 };
#else
enum { BYTES = 16, SUMS = 12 };
#endif

typedef float vector __attribute__((vector_size(BYTES)));

static vector sums[SUMS];

static __attribute__((noinline)) void run(long repeats, float factor, float term) {
  vector a[SUMS], b = (vector){0} + factor, c = (vector){0} + term;
  for (int i = 0; i < SUMS; i++) a[i] = sums[i];
  for (long r = 0; r < repeats; r++) {
#pragma GCC unroll 24
    for (int i = 0; i < SUMS; i++) a[i] = a[i] * b + c;
  }
  for (int i = 0; i < SUMS; i++) sums[i] = a[i];
}

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int count, char **words) {
  (void)words;
  long repeats = 2000000;
  double least = 1e9;
  /* numbers that the compiler cannot know, and that stay finite */
  for (int i = 0; i < 9; i++) {
    double start = seconds();
    run(repeats, 1 - 1e-6f * (float)count, 1e-9f);
    double length = seconds() - start;
    if (length < least) least = length;
  }
  double total = 0;
  for (int i = 0; i < SUMS; i++) total += sums[i][0];
  if (total < 0) return 1;
  printf("%.3f\n", 2.0 * SUMS * (BYTES / sizeof(float)) * (double)repeats / least / 1e9);
  return 0;
}
