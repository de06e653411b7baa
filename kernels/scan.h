/* What emitted scans are wrapped in. */
#pragma once
#include "vector.h"

#ifdef __wasm__
#define SCAN(name) __attribute__((export_name(#name))) void name(void **b, const i32 *n, const double *s)
#else
#define SCAN(name) __attribute__((visibility("default"))) void name(void **b, const i32 *n, const double *s)
#endif

INLINE void copy_rows(real *to, const real *from, int rows) {
  __builtin_memcpy(to, from, (unsigned long)rows * PANEL * sizeof(real));
}
