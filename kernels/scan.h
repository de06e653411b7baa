/* What emitted scans are wrapped in. */
#pragma once
#include "product.h"

/* Processors take some ten times as long for subnormal numbers, below 1.2e-38 in float32, and states that die out and
 * gradients that vanish end there. Scans in float32 take them for 0 where the processor can be told to; the mode is that
 * of the thread, so it is put back. WebAssembly has no such mode. */
#if defined(REAL64) || !(defined(__x86_64__) || defined(__aarch64__))
INLINE u64 flush_subnormals(void) { return 0; }
INLINE void restore_subnormals(u64 mode) { (void)mode; }
#elif defined(__x86_64__)
#include <xmmintrin.h>
INLINE u64 flush_subnormals(void) {
  const u32 mode = _mm_getcsr();
  _mm_setcsr(mode | 0x8040); /* results and arguments */
  return mode;
}
INLINE void restore_subnormals(u64 mode) { _mm_setcsr((u32)mode); }
#else
INLINE u64 flush_subnormals(void) {
  u64 mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  __asm__ volatile("msr fpcr, %0" : : "r"(mode | 1u << 24));
  return mode;
}
INLINE void restore_subnormals(u64 mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
#endif

/* The panels of a group: p, its trials and the vectors of it that are in use. */
#define EACH_PANEL                                                                                       \
  for (int p = 0; p < panels; p++)                                                                       \
    for (int vectors = VPP > 1 && p == panels - 1 ? last_vectors : VPP, once = 1; once; once = 0)        \
      for (const u32 *trials = group_trials + (long)p * PANEL; once; once = 0)

/* The shards of a group: p is the first panel, vectors are those of all its panels. */
#define EACH_SHARD                                                                                       \
  for (int p = 0; p < panels; p += shard_panels)                                                         \
    for (int vectors = p + shard_panels >= panels ? group_vectors - p * VPP : shard_panels * VPP, once = 1; once; once = 0)

INLINE void copy_rows(real *to, const real *from, int rows) {
  __builtin_memcpy(to, from, (unsigned long)rows * PANEL * sizeof(real));
}

/* Rows of a part of the matrix, a whole number of blocks; a matrix that is absent is left out. */
static void pack_part(real *to, const real *w, int rows, int columns, int row_stride, int column_stride, int part,
                      int parts) {
  const int blocks = (rows + 47) / 48;
  const int from = blocks * part / parts * 48, end = blocks * (part + 1) / parts * 48;
  const int until = end < rows ? end : rows;
  if (w && from < until)
    pack(to + (long)from * columns, w + (long)from * row_stride, until - from, columns, row_stride, column_stride);
}

/* The total of the gradients of all shards, in their order. */
JOB(reduce_shards) {
  (void)s;
  const int count = n[0], stride = n[1], shards = n[2], part = n[3], parts = n[4];
  real *to = (real *)b[0];
  const real *from = (const real *)b[1];
  const int end = (int)((long)count * (part + 1) / parts);
  for (int i = (int)((long)count * part / parts); i < end; i++) {
    real total = from[i];
    for (int k = 1; k < shards; k++) total += from[(long)k * stride + i];
    to[i] = total;
  }
}
