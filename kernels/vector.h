/* Vector types. One panel holds the same unit of PANEL trials: 64 bytes, so 16
 * trials in float32 and 8 in float64. A panel row is worked on in vectors of
 * VBYTES bytes (16 in WebAssembly, 16/32/64 natively). GNU vector extensions
 * only: gcc, clang and the WebAssembly target all take them.
 *
 * Floating-point contraction must be off (-ffp-contract=off): random numbers
 * are the same bits on every back end. */
#pragma once

typedef unsigned int u32;
typedef int i32;
typedef unsigned long long u64;
typedef long long i64;

#ifndef VBYTES
#define VBYTES 16
#endif

#ifdef REAL64
typedef double real;
typedef u64 ureal;
typedef i64 ireal;
#else
typedef float real;
typedef u32 ureal;
typedef i32 ireal;
#endif

#ifdef REAL64
#define PANEL 8             /* trials in a panel */
#define VL (VBYTES / 8)     /* trials in a vector */
#else
#define PANEL 16
#define VL (VBYTES / 4)
#endif
#define VPP (64 / VBYTES)   /* vectors in a panel row */

typedef real vreal __attribute__((vector_size(VBYTES)));
typedef ireal vint __attribute__((vector_size(VBYTES)));
typedef ureal vuint __attribute__((vector_size(VBYTES)));

/* float32 lanes of the random numbers, whatever REAL is */
typedef float vf32 __attribute__((vector_size(VBYTES)));
typedef u32 vu32 __attribute__((vector_size(VBYTES)));
typedef i32 vi32 __attribute__((vector_size(VBYTES)));
#define VL32 ((int)(VBYTES / 4))

#define INLINE static inline __attribute__((always_inline))

/* A function that is called from outside: addresses, integers, settings. */
#ifdef __wasm__
#define JOB(name) __attribute__((export_name(#name))) void name(void **b, const i32 *n, const double *s)
#else
#define JOB(name) __attribute__((visibility("default"))) void name(void **b, const i32 *n, const double *s)
#endif

INLINE vreal v_set(real x) { return x - (vreal){0}; }
INLINE vreal v_select(vint mask, vreal a, vreal b) {
  return (vreal)(((vint)a & mask) | ((vint)b & ~mask));
}
INLINE vreal v_abs(vreal x) { return (vreal)((vuint)x & (((vuint){0} - 1) >> 1)); }
/* A NaN in either argument comes through: a divergence must not be hidden. */
INLINE vreal v_max(vreal a, vreal b) { return v_select((a < b) | (b != b), b, a); }
INLINE vreal v_min(vreal a, vreal b) { return v_select((b < a) | (b != b), b, a); }
INLINE vreal v_relu(vreal x) { return v_select(x < (vreal){0}, (vreal){0}, x); }
INLINE vreal v_step(vreal x) { return v_select(x > (vreal){0}, v_set((real)1), (vreal){0}); }
INLINE vreal v_where(vreal c, vreal a, vreal b) { return v_select(c > (vreal){0}, a, b); }
