/* Counter-based noise on vectors of trials.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011) addressed as
 *   key     = seed (low word, high word)
 *   counter = (site << 24) + (unit >> 2), step, trial, stream
 *   word of a unit = output word (unit & 3),
 * so one block gives four consecutive units; lanes are trials. Laws and the
 * order of every float32 operation are those of src/core/random, and nothing
 * may be fused (-ffp-contract=off): the numbers are the same bits everywhere. */
#pragma once
#include "coefficients.h"
#include "vector.h"

#if defined(__wasm__)
#include <wasm_simd128.h>
#elif defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

enum { LAW_GAUSSIAN, LAW_UNIFORM, LAW_UNIFORM_DECREMENT, LAW_BERNOULLI, LAW_RADEMACHER };

/* Vectors of 32-bit lanes for the trials of one panel; eight trials (float64) fill 32 bytes at most. */
#if defined(REAL64) && VBYTES == 64
#define NBYTES 32
#else
#define NBYTES VBYTES
#endif
#define NL (NBYTES / 4)
typedef float nfloat __attribute__((vector_size(NBYTES)));
typedef u32 nuint __attribute__((vector_size(NBYTES)));
typedef i32 nint __attribute__((vector_size(NBYTES)));

INLINE nuint n_word(u32 x) { return x - (nuint){0}; }
INLINE nfloat n_float(float x) { return x - (nfloat){0}; }

/* --- Philox ----------------------------------------------------------------
 * State words are kept in the form that suits the multiplier of the machine.
 * x86 multiplies the even 32-bit lanes into 64-bit lanes and ignores the odd
 * ones, so even and odd trials live in two vectors whose odd lanes are never
 * read. Elsewhere the products of low and high halves are interleaved again. */

#define PHILOX_M0 0xd2511f53u
#define PHILOX_M1 0xcd9e8d57u
#define PHILOX_W0 0x9e3779b9u
#define PHILOX_W1 0xbb67ae85u

#if defined(__x86_64__)

typedef struct { nuint even, odd; } nword;
typedef u64 npair __attribute__((vector_size(NBYTES)));

INLINE nuint n_product(nuint a, nuint b) {
#if NBYTES == 64
  return (nuint)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif NBYTES == 32
  return (nuint)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#else
  return (nuint)_mm_mul_epu32((__m128i)a, (__m128i)b);
#endif
}
INLINE nuint n_upper(nuint a) { return (nuint)((npair)a >> 32); }
INLINE nword w_load(nuint a) { return (nword){a, n_upper(a)}; }
INLINE nword w_same(u32 a) { return (nword){n_word(a), n_word(a)}; }
INLINE nuint w_join(nword a) {
  const npair low = (npair){0} + 0xffffffffu;
  return (nuint)(((npair)a.even & low) | ((npair)a.odd << 32));
}
INLINE void w_multiply(nword a, u32 m, nword *high, nword *low) {
  low->even = n_product(a.even, n_word(m));
  low->odd = n_product(a.odd, n_word(m));
  high->even = n_upper(low->even);
  high->odd = n_upper(low->odd);
}
INLINE nword w_xor(nword a, nword b, nuint c) { return (nword){a.even ^ b.even ^ c, a.odd ^ b.odd ^ c}; }

#else

typedef nuint nword;
INLINE nword w_load(nuint a) { return a; }
INLINE nword w_same(u32 a) { return n_word(a); }
INLINE nuint w_join(nword a) { return a; }
INLINE void w_multiply(nword a, u32 m, nword *high, nword *low) {
#if defined(__wasm__)
  /* As assembler, because LLVM turns the intrinsic with a known multiplier into a full 64-bit product, which x86 lacks
   * and V8 replaces by eight instructions. */
  v128_t x = (v128_t)a, y = wasm_u32x4_splat(m), p, q;
  __asm__("local.get %1\nlocal.get %2\ni64x2.extmul_low_i32x4_u\nlocal.set %0" : "=r"(p) : "r"(x), "r"(y));
  __asm__("local.get %1\nlocal.get %2\ni64x2.extmul_high_i32x4_u\nlocal.set %0" : "=r"(q) : "r"(x), "r"(y));
  *low = (nword)wasm_i32x4_shuffle(p, q, 0, 2, 4, 6);
  *high = (nword)wasm_i32x4_shuffle(p, q, 1, 3, 5, 7);
#elif defined(__aarch64__) && NBYTES == 16
  uint32x4_t y = vdupq_n_u32(m);
  uint32x4_t p = (uint32x4_t)vmull_u32(vget_low_u32((uint32x4_t)a), vget_low_u32(y));
  uint32x4_t q = (uint32x4_t)vmull_high_u32((uint32x4_t)a, y);
  *low = (nword)vuzp1q_u32(p, q);
  *high = (nword)vuzp2q_u32(p, q);
#else
  for (int i = 0; i < NL; i++) {
    u64 p = (u64)a[i] * m;
    (*low)[i] = (u32)p;
    (*high)[i] = (u32)(p >> 32);
  }
#endif
}
INLINE nword w_xor(nword a, nword b, nuint c) { return a ^ b ^ c; }

#endif

INLINE u32 n_high(u32 a, u32 b) { return (u32)(((u64)a * b) >> 32); }

/* Words of four units for NL trials. */
INLINE void philox(nuint out[4], u32 c0, u32 c1, nuint trials, u32 c3, u32 k0, u32 k1) {
  /* Only the trial differs between lanes, so half of the first two rounds is scalar. */
  nword high, low, high2, low2;
  w_multiply(w_load(trials), PHILOX_M1, &high, &low);
  nword x0 = w_xor(high, w_same(c1 ^ k0), n_word(0)), x1 = low;
  u32 s2 = n_high(PHILOX_M0, c0) ^ c3 ^ k1, s3 = PHILOX_M0 * c0;
  k0 += PHILOX_W0;
  k1 += PHILOX_W1;
  w_multiply(x0, PHILOX_M0, &high, &low);
  x0 = w_xor(x1, w_same(n_high(PHILOX_M1, s2) ^ k0), n_word(0));
  x1 = w_same(PHILOX_M1 * s2);
  nword x2 = w_xor(high, w_same(s3 ^ k1), n_word(0)), x3 = low;
  nuint key0 = n_word(k0), key1 = n_word(k1);
  for (int round = 2; round < 10; round++) {
    key0 += PHILOX_W0;
    key1 += PHILOX_W1;
    w_multiply(x0, PHILOX_M0, &high, &low);
    w_multiply(x2, PHILOX_M1, &high2, &low2);
    x0 = w_xor(high2, x1, key0);
    x2 = w_xor(high, x3, key1);
    x1 = low2;
    x3 = low;
  }
  out[0] = w_join(x0);
  out[1] = w_join(x1);
  out[2] = w_join(x2);
  out[3] = w_join(x3);
}

/* --- Laws ------------------------------------------------------------------ */

/* Horner's rule on three coefficients, lowest power first. */
#define N_POLYNOMIAL(x, ...) n_polynomial(x, (const float[3]){__VA_ARGS__})
INLINE nfloat n_polynomial(nfloat x, const float c[3]) { return c[0] + x * (c[1] + x * c[2]); }

INLINE nfloat n_to_float(nint a) { return __builtin_convertvector(a, nfloat); }

INLINE nfloat n_sqrt(nfloat a) {
#if defined(__wasm__)
  return (nfloat)wasm_f32x4_sqrt((v128_t)a);
#elif defined(__x86_64__) && NBYTES == 64
  return (nfloat)_mm512_sqrt_ps((__m512)a);
#elif defined(__x86_64__) && NBYTES == 32
  return (nfloat)_mm256_sqrt_ps((__m256)a);
#elif defined(__x86_64__)
  return (nfloat)_mm_sqrt_ps((__m128)a);
#else
  for (int i = 0; i < NL; i++) a[i] = __builtin_sqrtf(a[i]);
  return a;
#endif
}

/* Two normals from two words: boxMuller of src/core/random/normal.ts, operation by operation. */
INLINE void n_box_muller(nuint w0, nuint w1, nfloat *first, nfloat *second) {
  nint ix = (nint)(n_to_float((nint)(w0 >> 1)) + 0.5f) - 0x3f3504f3;
  nfloat f = (nfloat)((ix & 0x7fffff) + 0x3f3504f3) - 1.0f;
  nfloat exponent = n_to_float((ix >> 23) - 31);
  nfloat s = f / (f + 2.0f);
  nfloat z = s * s;
  nfloat tail = z * N_POLYNOMIAL(z, F32_LOG);
  nfloat half = f * 0.5f * f;
  nfloat ln = exponent * 0.6931471824645996f + (f - (half - s * (half + tail)));
  nfloat r = n_sqrt(ln * -2.0f);

  nfloat x = n_to_float((nint)(w1 << 2)) * (0.7853981852531433f * 0x1p-31f);
  nfloat y = x * x;
  nfloat sine = x + x * (y * N_POLYNOMIAL(y, F32_SIN));
  nfloat cosine = 1.0f + y * (y * N_POLYNOMIAL(y, F32_COS) - 0.5f);

  nuint a = (nuint)(r * (nfloat)((nuint)cosine ^ (w1 & 0x80000000u)));
  nuint b = (nuint)(r * sine);
  nuint exchange = (a ^ b) & (nuint)((nint)(w1 << 1) >> 31);
  *first = (nfloat)(a ^ exchange);
  *second = (nfloat)(b ^ exchange);
}

/* Values of four units for NL trials under a law. */
INLINE void noise_block(nfloat out[4], int law, float intensity, nuint trials, u32 c0, u32 step, u32 stream,
                        u32 key0, u32 key1) {
  nuint word[4];
  philox(word, c0, step, trials, stream, key0, key1);
  switch (law) {
  case LAW_GAUSSIAN:
    n_box_muller(word[0], word[1], &out[0], &out[1]);
    n_box_muller(word[2], word[3], &out[2], &out[3]);
    for (int k = 0; k < 4; k++) out[k] *= intensity;
    break;
  case LAW_UNIFORM:
    for (int k = 0; k < 4; k++)
      out[k] = (n_to_float((nint)word[k] >> 8) + 0.5f) * 0x1p-24f * 3.4641016151377544f * intensity;
    break;
  case LAW_UNIFORM_DECREMENT:
    for (int k = 0; k < 4; k++) out[k] = (n_to_float((nint)(word[k] >> 9)) + 0.5f) * -0x1p-23f * intensity;
    break;
  case LAW_BERNOULLI: {
    /* Below 2^32 for every float32 probability below 1, and exact. */
    u32 threshold = (u32)(u64)((double)intensity * 4294967296.0);
    nuint kept = (nuint)n_float(intensity / (1.0f - intensity));
    for (int k = 0; k < 4; k++) {
      nuint dropped = (nuint)(word[k] < n_word(threshold));
      out[k] = (nfloat)((dropped & (nuint)n_float(-1.0f)) | (~dropped & kept));
    }
    break;
  }
  case LAW_RADEMACHER:
  default:
    for (int k = 0; k < 4; k++)
      out[k] = (nfloat)((nuint)n_float(intensity) ^ (word[k] & 0x80000000u));
    break;
  }
}

/* Noise of units 4 block .. 4 block + 3 for the trials of a panel.
 *
 * out      4 rows of PANEL reals, 64-byte aligned
 * law      LAW_*; intensity: factor of the draw, or drop probability in [0, 1)
 * trials   PANEL trial numbers, 64-byte aligned
 * vectors  how many vectors of VL trials are wanted, 1..VPP; what lies behind
 *          them in a row may be overwritten too */
static __attribute__((noinline, unused)) void noise_rows(real *out, int law, float intensity, const u32 *trials,
                                                         u32 site, u32 block, u32 step, u32 stream, u32 key0, u32 key1,
                                                         int vectors) {
#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
  for (int first = 0; first < vectors * VL; first += NL) {
    nfloat value[4];
    noise_block(value, law, intensity, *(const nuint *)(trials + first), (site << 24) + block, step, stream, key0,
                key1);
    for (int k = 0; k < 4; k++) {
#ifdef REAL64
      typedef real nreal __attribute__((vector_size(2 * NBYTES)));
      *(nreal *)(out + k * PANEL + first) = __builtin_convertvector(value[k], nreal);
#else
      *(nfloat *)(out + k * PANEL + first) = value[k];
#endif
    }
  }
}
