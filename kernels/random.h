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

/* Blocks of four units that are worked on in step with each other, where there are registers for them: what one block
 * waits for is too long for the processor to fill with the instructions behind it. */
#if NBYTES >= 32
#define TOGETHER 2
#else
#define TOGETHER 1
#endif
#define EACH_BLOCK _Pragma("GCC unroll 2") for (int b = 0; b < blocks; b++)

/* --- Philox ----------------------------------------------------------------
 * State words are kept in the form that suits the multiplier of the machine.
 * x86 multiplies the even 32-bit lanes into 64-bit lanes and ignores the odd
 * ones, so even and odd trials live in two vectors whose odd lanes are never
 * read. Elsewhere the products of low and high halves are interleaved again.
 *   w_split  to that form; w_join  back from it
 *   w_high, w_low  halves of a product in that form; w_join_high  joined */

#define PHILOX_M0 0xd2511f53u
#define PHILOX_M1 0xcd9e8d57u
#define PHILOX_W0 0x9e3779b9u
#define PHILOX_W1 0xbb67ae85u

#if defined(__x86_64__)

typedef struct { nuint even, odd; } nword;
typedef nword nproduct;
typedef u64 npair __attribute__((vector_size(NBYTES)));

#if NBYTES == 64
INLINE nuint n_product(nuint a, nuint b) { return (nuint)_mm512_mul_epu32((__m512i)a, (__m512i)b); }
INLINE nuint n_xor(nuint a, nuint b, nuint c) {
  return (nuint)_mm512_ternarylogic_epi32((__m512i)a, (__m512i)b, (__m512i)c, 0x96);
}
INLINE nuint n_upper(nuint a) { return (nuint)_mm512_movehdup_ps((__m512)a); }
INLINE nuint w_join(nword a) { return (nuint)_mm512_mask_moveldup_ps((__m512)a.even, 0xaaaa, (__m512)a.odd); }
INLINE nuint w_join_high(nproduct a) { return (nuint)_mm512_mask_movehdup_ps((__m512)a.odd, 0x5555, (__m512)a.even); }
#else
INLINE nuint n_xor(nuint a, nuint b, nuint c) { return a ^ b ^ c; }
INLINE nuint n_upper(nuint a) { return (nuint)((npair)a >> 32); }
#if NBYTES == 32
INLINE nuint n_product(nuint a, nuint b) { return (nuint)_mm256_mul_epu32((__m256i)a, (__m256i)b); }
INLINE nuint n_alternate(nuint even, nuint odd) { return (nuint)_mm256_blend_epi32((__m256i)even, (__m256i)odd, 0xaa); }
#else
INLINE nuint n_product(nuint a, nuint b) { return (nuint)_mm_mul_epu32((__m128i)a, (__m128i)b); }
INLINE nuint n_alternate(nuint even, nuint odd) {
  const npair low = (npair){0} + 0xffffffffu;
  return (nuint)(((npair)even & low) | ((npair)odd & ~low));
}
#endif
INLINE nuint w_join(nword a) { return n_alternate(a.even, (nuint)((npair)a.odd << 32)); }
INLINE nuint w_join_high(nproduct a) { return n_alternate(n_upper(a.even), a.odd); }
#endif
INLINE nword w_split(nuint a) { return (nword){a, n_upper(a)}; }
INLINE nproduct w_multiply(nword a, u32 m) {
  return (nproduct){n_product(a.even, n_word(m)), n_product(a.odd, n_word(m))};
}
INLINE nword w_high(nproduct a) { return (nword){n_upper(a.even), n_upper(a.odd)}; }
INLINE nword w_low(nproduct a) { return a; }
INLINE nword w_xor(nword a, nword b, nuint c) { return (nword){n_xor(a.even, b.even, c), n_xor(a.odd, b.odd, c)}; }

#else

typedef nuint nword;
typedef struct { nuint high, low; } nproduct;
INLINE nword w_split(nuint a) { return a; }
INLINE nuint w_join(nword a) { return a; }
INLINE nproduct w_multiply(nword a, u32 m) {
  nproduct product;
#if defined(__wasm__)
  /* As assembler, because LLVM turns the intrinsic with a known multiplier into a full 64-bit product, which x86 lacks
   * and V8 replaces by eight instructions. */
  v128_t x = (v128_t)a, y = wasm_u32x4_splat(m), p, q;
  __asm__("local.get %1\nlocal.get %2\ni64x2.extmul_low_i32x4_u\nlocal.set %0" : "=r"(p) : "r"(x), "r"(y));
  __asm__("local.get %1\nlocal.get %2\ni64x2.extmul_high_i32x4_u\nlocal.set %0" : "=r"(q) : "r"(x), "r"(y));
  product.low = (nuint)wasm_i32x4_shuffle(p, q, 0, 2, 4, 6);
  product.high = (nuint)wasm_i32x4_shuffle(p, q, 1, 3, 5, 7);
#elif defined(__aarch64__) && NBYTES == 16
  uint32x4_t y = vdupq_n_u32(m);
  uint32x4_t p = (uint32x4_t)vmull_u32(vget_low_u32((uint32x4_t)a), vget_low_u32(y));
  uint32x4_t q = (uint32x4_t)vmull_high_u32((uint32x4_t)a, y);
  product.low = (nuint)vuzp1q_u32(p, q);
  product.high = (nuint)vuzp2q_u32(p, q);
#else
  for (int i = 0; i < NL; i++) {
    u64 p = (u64)a[i] * m;
    product.low[i] = (u32)p;
    product.high[i] = (u32)(p >> 32);
  }
#endif
  return product;
}
INLINE nword w_high(nproduct a) { return a.high; }
INLINE nword w_low(nproduct a) { return a.low; }
INLINE nuint w_join_high(nproduct a) { return a.high; }
INLINE nuint n_xor(nuint a, nuint b, nuint c) { return a ^ b ^ c; }
INLINE nword w_xor(nword a, nword b, nuint c) { return n_xor(a, b, c); }

#endif

INLINE u32 n_high(u32 a, u32 b) { return (u32)(((u64)a * b) >> 32); }

/* State words of NL trials before the unit comes in: only the trial differs between lanes, so half of the first two
 * rounds is scalar, and the other half is the same for all units. */
typedef struct { nuint x0, x2, x3; } nstart;

INLINE nstart philox_start(nuint trials, u32 c1, u32 k0) {
  const nproduct first = w_multiply(w_split(trials), PHILOX_M1);
  const nproduct second = w_multiply(w_split(w_join_high(first) ^ (c1 ^ k0)), PHILOX_M0);
  return (nstart){w_join(w_low(first)), w_join_high(second), w_join(w_low(second))};
}

/* Words of the four units of blocks c0, c0 + 1, ..., at most TOGETHER. */
INLINE void philox(int blocks, nuint out[][4], nstart start, u32 c0, u32 c3, u32 k0, u32 k1) {
  nword x0[TOGETHER], x1[TOGETHER], x2[TOGETHER], x3[TOGETHER];
  const nuint key2 = n_word(k1 + 2 * PHILOX_W1);
  EACH_BLOCK {
    /* Rounds 0 to 2. */
    const u32 s0 = c0 + (u32)b, s2 = n_high(PHILOX_M0, s0) ^ c3 ^ k1;
    const nuint y0 = start.x0 ^ (n_high(PHILOX_M1, s2) ^ (k0 + PHILOX_W0));
    const nuint y2 = start.x2 ^ (PHILOX_M0 * s0 ^ (k1 + PHILOX_W1));
    const nproduct p = w_multiply(w_split(y0), PHILOX_M0), q = w_multiply(w_split(y2), PHILOX_M1);
    x0[b] = w_split(w_join_high(q) ^ (PHILOX_M1 * s2 ^ (k0 + 2 * PHILOX_W0)));
    x1[b] = w_low(q);
    x2[b] = w_split(n_xor(w_join_high(p), start.x3, key2));
    x3[b] = w_low(p);
  }
  nuint key0 = n_word(k0 + 2 * PHILOX_W0), key1 = key2;
  /* In one piece also where gcc is asked for -O2: up to a tenth of the time. */
  _Pragma("GCC unroll 6") for (int round = 3; round < 9; round++) {
    key0 += PHILOX_W0;
    key1 += PHILOX_W1;
    EACH_BLOCK {
      const nproduct p = w_multiply(x0[b], PHILOX_M0), q = w_multiply(x2[b], PHILOX_M1);
      x0[b] = w_xor(w_high(q), x1[b], key0);
      x1[b] = w_low(q);
      x2[b] = w_xor(w_high(p), x3[b], key1);
      x3[b] = w_low(p);
    }
  }
  key0 += PHILOX_W0;
  key1 += PHILOX_W1;
  EACH_BLOCK {
    const nproduct p = w_multiply(x0[b], PHILOX_M0), q = w_multiply(x2[b], PHILOX_M1);
    out[b][0] = n_xor(w_join_high(q), w_join(x1[b]), key0);
    out[b][1] = w_join(w_low(q));
    out[b][2] = n_xor(w_join_high(p), w_join(x3[b]), key1);
    out[b][3] = w_join(w_low(p));
  }
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

/* What AVX-512 does in fewer instructions, and every other machine in the plain way:
 *   n_unit      2^UNIT v, v = (float32(word >> 1) + 1/2) 2^-31
 *   n_exponent  exponent of the float32 with these bits, as a float32
 *   n_twice     2 a - b, where 2 a is exact, so that it may be fused
 *   n_negative  -(a + b)
 *   n_exchange  a and b change places where bit 30 of the word is set */
#if defined(__x86_64__) && NBYTES == 64
#define UNIT 32
INLINE nfloat n_unit(nuint word) { return (nfloat)_mm512_cvtepu32_ps((__m512i)(word & ~1u)) + 1.0f; }
INLINE nfloat n_exponent(nint bits) { return (nfloat)_mm512_getexp_ps((__m512)bits); }
INLINE nfloat n_twice(nfloat a, nfloat b) { return (nfloat)_mm512_fmsub_ps((__m512)a, _mm512_set1_ps(2), (__m512)b); }
INLINE nfloat n_negative(nfloat a, nfloat b) { return (nfloat)_mm512_fnmsub_ps((__m512)a, _mm512_set1_ps(1), (__m512)b); }
INLINE void n_exchange(nfloat *a, nfloat *b, nuint word) {
  const __mmask16 where = _mm512_test_epi32_mask((__m512i)word, _mm512_set1_epi32(0x40000000));
  const __m512 first = (__m512)*a, second = (__m512)*b;
  *a = (nfloat)_mm512_mask_blend_ps(where, first, second);
  *b = (nfloat)_mm512_mask_blend_ps(where, second, first);
}
#else
#define UNIT 31
INLINE nfloat n_unit(nuint word) { return n_to_float((nint)(word >> 1)) + 0.5f; }
INLINE nfloat n_exponent(nint bits) { return n_to_float((bits >> 23) - 127); }
INLINE nfloat n_twice(nfloat a, nfloat b) { return a * 2.0f - b; }
INLINE nfloat n_negative(nfloat a, nfloat b) { return -(a + b); }
INLINE void n_exchange(nfloat *a, nfloat *b, nuint word) {
  const nuint exchange = ((nuint)*a ^ (nuint)*b) & (nuint)((nint)(word << 1) >> 31);
  *a = (nfloat)((nuint)*a ^ exchange);
  *b = (nfloat)((nuint)*b ^ exchange);
}
#endif

/* Two normals from two words: boxMuller of src/core/random/normal.ts, where every operation has the same rounding. Powers
 * of two are drawn out of sums and products: what follows `f2` is twice what stands there, which is exact. */
INLINE void n_box_muller(nuint w0, nuint w1, nfloat *first, nfloat *second) {
  const i32 sqrt_half = 0x3f3504f3;
  const nint ix = (nint)n_unit(w0) - (sqrt_half - ((127 - UNIT) << 23));
  const nfloat m = (nfloat)((ix & 0x7fffff) + sqrt_half);
  const nfloat f = m - 1.0f;
  const nfloat s = f / (m + 1.0f);
  const nfloat z = s * s;
  const nfloat f2 = f * f;
  const float log[] = {F32_LOG};
  const nfloat tail = z * N_POLYNOMIAL(z, 2 * log[0], 2 * log[1], 2 * log[2]);
  const nfloat fraction = n_twice(f, f2 - s * (f2 + tail));
  const nfloat r = n_sqrt(n_negative(fraction, n_exponent(ix) * (2 * 0.6931471824645996f)));

  const nfloat x = n_to_float((nint)(w1 << 2)) * (0.7853981852531433f * 0x1p-31f);
  const nfloat y = x * x;
  const nfloat sine = x + x * (y * N_POLYNOMIAL(y, F32_SIN));
  const nfloat cosine = 1.0f + y * (y * N_POLYNOMIAL(y, F32_COS) - 0.5f);

  *first = r * (nfloat)((nuint)cosine ^ (w1 & 0x80000000u));
  *second = r * sine;
  n_exchange(first, second, w1);
}

/* Values of four units for NL trials under a law. */
INLINE void noise_block(nfloat out[4], int law, float intensity, const nuint word[4]) {
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

/* The rows of blocks c0, c0 + 1, ..., at most TOGETHER, for NL trials. */
INLINE void noise_blocks(int blocks, real *out, int law, float intensity, nstart start, u32 c0, u32 stream, u32 key0,
                         u32 key1) {
  nuint word[TOGETHER][4];
  nfloat value[TOGETHER][4];
  philox(blocks, word, start, c0, stream, key0, key1);
  EACH_BLOCK noise_block(value[b], law, intensity, word[b]);
  EACH_BLOCK {
    for (int k = 0; k < 4; k++) {
#ifdef REAL64
      typedef real nreal __attribute__((vector_size(2 * NBYTES)));
      *(nreal *)(out + (4 * b + k) * PANEL) = __builtin_convertvector(value[b][k], nreal);
#else
      *(nfloat *)(out + (4 * b + k) * PANEL) = value[b][k];
#endif
    }
  }
}

/* Noise of units 4 block .. 4 (block + blocks) - 1 for the trials of a panel.
 *
 * out      4 blocks rows of PANEL reals, 64-byte aligned
 * law      LAW_*; intensity: factor of the draw, or drop probability in [0, 1)
 * trials   PANEL trial numbers, 64-byte aligned
 * vectors  how many vectors of VL trials are wanted, 1..VPP; what lies behind
 *          them in a row may be overwritten too */
static __attribute__((noinline, unused)) void noise_rows(real *out, int law, float intensity, const u32 *trials,
                                                         u32 site, u32 block, int blocks, u32 step, u32 stream,
                                                         u32 key0, u32 key1, int vectors) {
  for (int first = 0; first < vectors * VL; first += NL) {
    const nstart start = philox_start(*(const nuint *)(trials + first), step, key0);
    const u32 c0 = (site << 24) + block;
    int done = 0;
#ifdef __clang__
#pragma clang loop unroll(disable)
#endif
    for (; done + TOGETHER <= blocks; done += TOGETHER)
      noise_blocks(TOGETHER, out + 4 * done * PANEL + first, law, intensity, start, c0 + (u32)done, stream, key0, key1);
#if TOGETHER > 1
    if (done < blocks)
      noise_blocks(1, out + 4 * done * PANEL + first, law, intensity, start, c0 + (u32)done, stream, key0, key1);
#endif
  }
}
