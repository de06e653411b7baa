/* Elementary functions on vectors of reals (float32, or float64 with REAL64).
 *
 * Nothing is fused and nothing comes from a C library, so results are the same
 * bits on every back end. NaN goes through. Largest errors in units in the last
 * place (ulp), found over every fifth float32 and 40 000 to 60 000 float64
 * numbers; test/conformance/elementary.test.ts holds them down:
 *
 *            float32  float64
 *   v_exp      1.0      1.0    0 below 2^-125.5 and 2^-1021.5
 *   v_expm1    1.5      1.9
 *   v_log      0.9      1.2    subnormal arguments too
 *   v_log1p01  1.0      1.2    arguments in [0, 1]
 *   v_tanh     2.0      1.9
 *   v_sigmoid  2.0      2.0    0 where exp is
 *   v_softplus 1.7      2.0    0 where exp is
 *   v_erf      1.9      1.5
 *   v_pow      1.2      1.1    0 where exp is
 *   v_sin      1.4      1.3    |x| <= 100; absolute error 1.5 * 2^-24 and 1.5 * 2^-53 up to 1e5;
 *   v_cos      1.4      1.3    NaN from 2^17 on
 *   v_sqrt, v_floor, v_sign    exact (v_sqrt rounded)
 */
#pragma once
#include "coefficients.h"
#include "vector.h"

#if defined(__wasm__)
#include <wasm_simd128.h>
#elif defined(__x86_64__)
#include <immintrin.h>
#endif

#ifdef REAL64
#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#define ROUND_BITS 0x4338000000000000LL     /* 1.5 * 2^52: adding it rounds to an integer */
#define COUNT_BITS 0x4330000000000000LL     /* 2^52: its mantissa is an unsigned integer */
#define SQRT_HALF_BITS 0x3fe6a09e667f3bcdLL
#define SMALLEST_NORMAL 0x1p-1022
#define LOG2_E 1.4426950408889634
#define LN2_HIGH 0.6931471803691238         /* 32 bits: products with exponents are exact */
#define LN2_LOW 1.9082149292705877e-10
#define EXP_ZERO -708.0498                  /* e^x = 2^-1021.5 */
#define EXP_LOWEST -708.396                 /* e^x = 2^-1022 */
#define EXP_HIGHEST 710.0
#define EXPM1_LOWEST -38.0
#define TANH_HIGHEST 19.5
#define ERF_HIGHEST 6.0
#define SPLIT 134217729.0                   /* 2^27 + 1 */
#define POW_HIGHEST 0x1p70
#define TWO_OVER_PI 0.6366197723675814
#define HALF_PI_PARTS 1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21
#define TURN_LIMIT 0x1p17
#define TWO_THIRDS_LOW 3.700743415417188e-17 /* 2/3 minus its float64 */
#define COEFFICIENTS(name) F64_##name
#else
#define MANTISSA_BITS 23
#define EXPONENT_BIAS 127
#define ROUND_BITS 0x4b400000
#define COUNT_BITS 0x4b000000
#define SQRT_HALF_BITS 0x3f3504f3
#define SMALLEST_NORMAL 0x1p-126f
#define LOG2_E 1.44269504f
#define LN2_HIGH 0.693145751953125f         /* 16 bits */
#define LN2_LOW 1.42860677e-06f
#define EXP_ZERO -86.98997f
#define EXP_LOWEST -87.3365f
#define EXP_HIGHEST 89.0f
#define EXPM1_LOWEST -18.0f
#define TANH_HIGHEST 9.5f
#define ERF_HIGHEST 4.0f
#define SPLIT 4097.0f                       /* 2^12 + 1 */
#define POW_HIGHEST 0x1p40f
#define TWO_OVER_PI 0.636619747f
#define HALF_PI_PARTS 1.5703125f, 4.825592041015625e-4f, 1.2665987014770508e-6f, 9.92093629e-10f
#define TURN_LIMIT 0x1p17f
#define TWO_THIRDS_LOW -1.98682152e-8f      /* 2/3 minus its float32 */
#define COEFFICIENTS(name) F32_##name
#endif

/* c[0] + x (c[1] + x (...)) */
#define V_POLYNOMIAL(x, name) v_polynomial(x, (const real[]){COEFFICIENTS(name)}, \
                                           sizeof((const real[]){COEFFICIENTS(name)}) / sizeof(real))
INLINE vreal v_polynomial(vreal x, const real *c, int count) {
  vreal y = v_set(c[count - 1]);
#pragma GCC unroll 32
  for (int i = count - 2; i >= 0; i--) y = y * x + c[i];
  return y;
}

INLINE vint v_bits(ireal x) { return x - (vint){0}; }
INLINE vreal v_number(ireal x) { return (vreal)v_bits(x); }
#define V_SIGN_BIT ((vint)((vuint){0} + ((ureal)1 << (sizeof(real) * 8 - 1))))
#define V_NAN v_set(__builtin_nanf(""))
#define V_INFINITY v_set(__builtin_inff())
INLINE vreal v_copysign(vreal magnitude, vreal sign) {
  return (vreal)(((vint)magnitude & ~V_SIGN_BIT) | ((vint)sign & V_SIGN_BIT));
}

/* -1, 0 or 1; zeros keep their sign. */
INLINE vreal v_sign(vreal x) {
  return v_select(x > (vreal){0}, v_set(1), v_select(x < (vreal){0}, v_set(-1), x));
}

INLINE vreal v_sqrt(vreal x) {
#if defined(__wasm__) && defined(REAL64)
  return (vreal)wasm_f64x2_sqrt((v128_t)x);
#elif defined(__wasm__)
  return (vreal)wasm_f32x4_sqrt((v128_t)x);
#elif defined(__x86_64__) && defined(REAL64) && VBYTES == 64
  return (vreal)_mm512_sqrt_pd((__m512d)x);
#elif defined(__x86_64__) && defined(REAL64) && VBYTES == 32
  return (vreal)_mm256_sqrt_pd((__m256d)x);
#elif defined(__x86_64__) && defined(REAL64)
  return (vreal)_mm_sqrt_pd((__m128d)x);
#elif defined(__x86_64__) && VBYTES == 64
  return (vreal)_mm512_sqrt_ps((__m512)x);
#elif defined(__x86_64__) && VBYTES == 32
  return (vreal)_mm256_sqrt_ps((__m256)x);
#elif defined(__x86_64__)
  return (vreal)_mm_sqrt_ps((__m128)x);
#elif defined(REAL64)
  for (int i = 0; i < VL; i++) x[i] = __builtin_sqrt(x[i]);
  return x;
#else
  for (int i = 0; i < VL; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}

/* Largest integer that is not above x. */
INLINE vreal v_floor(vreal x) {
  /* Beyond 2^MANTISSA_BITS every number is an integer. */
  vreal limit = v_number(COUNT_BITS);
  vreal rounded = (v_abs(x) + limit) - limit;
  rounded = v_copysign(rounded, x);
  rounded -= v_select(rounded > x, v_set(1), (vreal){0});
  /* The copy of the sign keeps floor(-0) = -0. */
  return v_select(v_abs(x) < limit, v_copysign(rounded, x), x);
}

/* exp(x + low) = half * 2 * (1 + result), for |low| far below |x|. */
INLINE vreal v_exp_fraction(vreal x, vreal low, vreal *half) {
  vreal shifted = x * (real)LOG2_E + v_number(ROUND_BITS);
  vreal n = shifted - v_number(ROUND_BITS);
  vreal r = (x - n * (real)LN2_HIGH) - n * (real)LN2_LOW + low;
  /* The lowest mantissa bits of `shifted` are n; 2^(n - 1) is a normal number up to overflow, and 0 for n at the low
   * end, which spares the slow arithmetic of subnormal numbers. */
  *half = (vreal)(((vuint)shifted + (ureal)(EXPONENT_BIAS - 1)) << MANTISSA_BITS);
  return r + r * r * V_POLYNOMIAL(r, EXP);
}

/* e^(x + low) */
INLINE vreal v_exp_sum(vreal x, vreal low) {
  vreal half, inside = v_min(v_max(x, v_set((real)EXP_LOWEST)), v_set((real)EXP_HIGHEST));
  vreal p = v_exp_fraction(inside, v_select(inside == x, low, (vreal){0}), &half);
  /* Doubled before it is scaled down, so that nothing subnormal comes up on the way. */
  return (p + (real)1) * (real)2 * half;
}

/* e^x */
INLINE vreal v_exp(vreal x) { return v_exp_sum(x, (vreal){0}); }

/* e^x - 1 for x in [EXPM1_LOWEST, EXP_HIGHEST] */
INLINE vreal v_expm1_inside(vreal x) {
  vreal half;
  vreal p = v_exp_fraction(x, (vreal){0}, &half);
  return (p * half + (half - (real)0.5)) * (real)2;
}

/* e^x - 1, accurate near 0 too */
INLINE vreal v_expm1(vreal x) {
  return v_expm1_inside(v_min(v_max(x, v_set((real)EXPM1_LOWEST)), v_set((real)EXP_HIGHEST)));
}

/* ln(1 + f), sqrt(1/2) - 1 <= f <= 1/2, with s = f / (2 + f): f - f^2/2 + s (f^2/2 + z p(z)) */
INLINE vreal v_log_fraction(vreal f) {
  vreal s = f / (f + (real)2);
  vreal z = s * s;
  vreal half = f * (real)0.5 * f;
  return f - (half - s * (half + z * V_POLYNOMIAL(z, LOG)));
}

/* x = 2^exponent (1 + f) for finite positive x, with 1 + f in [sqrt(1/2), sqrt(2)) */
INLINE vreal v_split_exponent(vreal x, vreal *exponent) {
  vint tiny = x < v_set((real)SMALLEST_NORMAL);
  vreal scale = v_select(tiny, v_set((real)((ureal)1 << (MANTISSA_BITS + 1))), v_set(1));
  vint bits = (vint)(x * scale) + (((ireal)EXPONENT_BIAS << MANTISSA_BITS) - SQRT_HALF_BITS);
  vreal biased = (vreal)((vint)((vuint)bits >> MANTISSA_BITS) | v_bits(COUNT_BITS)) - v_number(COUNT_BITS);
  *exponent = biased - v_select(tiny, v_set(EXPONENT_BIAS + MANTISSA_BITS + 1), v_set(EXPONENT_BIAS));
  return (vreal)((bits & (((ireal)1 << MANTISSA_BITS) - 1)) + SQRT_HALF_BITS) - (real)1;
}

/* ln x: -infinity at 0, NaN below */
INLINE vreal v_log(vreal x) {
  vreal exponent;
  vreal f = v_split_exponent(x, &exponent);
  vreal y = v_log_fraction(f) + exponent * (real)LN2_LOW + exponent * (real)LN2_HIGH;
  y = v_select(x < V_INFINITY, y, x);
  return v_select(x <= (vreal){0}, v_select(x < (vreal){0}, V_NAN, -V_INFINITY), y);
}

/* ln(1 + t) for t in [0, 1] */
INLINE vreal v_log1p01(vreal t) {
  vint large = t > v_set((real)0.5);
  vreal y = v_log_fraction(v_select(large, (t - (real)1) * (real)0.5, t));
  return y + (vreal)((vint)v_set((real)0.6931471805599453) & large);
}

/* hyperbolic tangent, as m / (m + 2) with m = e^2|x| - 1 */
INLINE vreal v_tanh(vreal x) {
  vreal m = v_expm1_inside(v_min(v_abs(x), v_set((real)TANH_HIGHEST)) * (real)2);
  vreal d = m + (real)2;
  vreal t = m / d;
  /* takes back the rounding error of d; 1 / d = (1 - t) / 2. Of a large m the error is another, and does not matter. */
  vreal lost = v_select(m < v_number(COUNT_BITS), m - (d - (real)2), (vreal){0});
  return v_copysign(t - t * (((real)1 - t) * (lost * (real)0.5)), x);
}

/* 1 / (1 + e^-x) */
INLINE vreal v_sigmoid(vreal x) {
  vreal half;
  vreal y = v_min(v_max(-x, v_set((real)EXP_LOWEST)), v_set((real)-EXP_LOWEST));
  vreal p = v_exp_fraction(y, (vreal){0}, &half);
  vreal r = (real)0.5 / ((half * p + (real)0.5) + half);
  return v_select(x < v_set((real)EXP_ZERO), (vreal){0}, r);
}

/* ln(1 + e^x) */
INLINE vreal v_softplus(vreal x) { return v_max(x, (vreal){0}) + v_log1p01(v_exp(-v_abs(x))); }

/* error function: 1 - e^-L(|x|) with L a polynomial */
INLINE vreal v_erf(vreal x) {
  vreal a = v_min(v_abs(x), v_set((real)ERF_HIGHEST));
  return v_copysign(v_expm1_inside(-(a + a * V_POLYNOMIAL(a, ERF))), x);
}

/* a * b = result + low, exactly (Dekker 1971) */
INLINE vreal v_product(vreal a, vreal b, vreal *low) {
  vreal p = a * b;
  vreal ta = a * (real)SPLIT, tb = b * (real)SPLIT;
  vreal ah = ta - (ta - a), bh = tb - (tb - b);
  vreal al = a - ah, bl = b - bh;
  *low = al * bl - (((p - ah * bh) - al * bh) - ah * bl);
  return p;
}

/* x^y as the C function pow has it: for x < 0 defined at integer y only, 1 for y = 0 and for x = 1 whatever the other */
INLINE vreal v_pow(vreal x, vreal y) {
  vreal a = v_abs(x);
  /* ln a = high + low, to about 8 more bits than one number holds */
  vreal exponent;
  vreal f = v_split_exponent(a, &exponent);
  vreal d = f + (real)2, dl = f - (d - (real)2);
  vreal s = f / d, pl;
  vreal p = v_product(s, d, &pl);
  vreal sl = (((f - p) - pl) - s * dl) / d;
  /* ln(1 + f) = 2 s + s z c, c = 2/3 + z p(z): the second term too is kept in two numbers */
  vreal zl, z = v_product(s, s, &zl);
  vreal rest = z * V_POLYNOMIAL(z, LOG_REST);
  vreal two_thirds = v_set((real)(2.0 / 3.0));
  vreal c = rest + two_thirds, cl = (rest - (c - two_thirds)) + (real)TWO_THIRDS_LOW;
  vreal ql, q = v_product(z, c, &ql);
  ql += zl * c + z * cl + s * sl * (real)2 * c;
  vreal ul, u = v_product(s, q, &ul);
  ul += s * ql + sl * q;
  vreal twice = s * (real)2, front = twice + u, back = u - (front - twice);
  vreal whole_part = exponent * (real)LN2_HIGH, high = whole_part + front;
  /* the second summand is the smaller one, or the first is 0: the rounding errors are exact */
  vreal low = (front - (high - whole_part)) + (exponent * (real)LN2_LOW + (back + (sl * (real)2 + ul)));
  vreal sum = high + low;
  low -= sum - high;
  /* |y ln a| overflows or underflows at the limit already, unless ln a = 0 */
  vreal b = v_min(v_max(y, v_set((real)-POW_HIGHEST)), v_set((real)POW_HIGHEST));
  vreal tl, t = v_product(b, sum, &tl);
  vreal r = v_exp_sum(t, tl + b * low);

  vint up = y > (vreal){0};
  r = v_select(a == (vreal){0}, v_select(up, (vreal){0}, V_INFINITY), r);
  r = v_select(a == V_INFINITY, v_select(up, V_INFINITY, (vreal){0}), r);
  r = v_select((vint)(a != a) | (vint)(y != y), V_NAN, r);
  vint whole = v_floor(y) == y;
  vreal halved = y * (real)0.5;
  vint odd = whole & (v_floor(halved) != halved);
  r = (vreal)((vint)r ^ ((vint)x & V_SIGN_BIT & odd));
  r = v_select((x < (vreal){0}) & ~whole & (a < V_INFINITY), V_NAN, r);
  return v_select((y == (vreal){0}) | (x == v_set(1)), v_set(1), r);
}

/* sine of x plus `quarters` quarter turns; NaN from TURN_LIMIT on */
INLINE vreal v_sine(vreal x, ireal quarters) {
  vreal shifted = x * (real)TWO_OVER_PI + v_number(ROUND_BITS);
  vreal n = shifted - v_number(ROUND_BITS);
  /* The products but the last are exact, and r + low is x - n pi/2 to about twice the digits. */
  const real parts[] = {HALF_PI_PARTS};
  const int last = (int)(sizeof parts / sizeof *parts) - 1;
  vreal a = x;
#pragma GCC unroll 4
  for (int i = 0; i < last - 1; i++) a -= n * parts[i];
  vreal b = n * parts[last - 1];
  vreal near = a - b, rest = ((a - near) - b) - n * parts[last];
  vreal r = near + rest, low = rest - (r - near);
  vreal z = r * r;
  vreal sine = r + (low + r * (z * V_POLYNOMIAL(z, SIN)));
  vreal cosine = (real)1 + (z * (z * V_POLYNOMIAL(z, COS) - (real)0.5) - r * low);
  vint quadrant = (vint)shifted + quarters;
  vreal y = v_select((quadrant & 1) == 0, sine, cosine);
  y = (vreal)((vint)y ^ ((quadrant & 2) << (sizeof(real) * 8 - 2)));
  return v_select(v_abs(x) < v_set((real)TURN_LIMIT), y, V_NAN);
}

INLINE vreal v_sin(vreal x) { return v_sine(x, 0); }
INLINE vreal v_cos(vreal x) { return v_sine(x, 1); }
