/* Checks kernels/product.h against plain loops in double.
 *
 * argv: where buffers lie (exact | before | after) and what is checked (sizes | random | cuts), and every how many
 * shapes of it. Buffers have exactly the size that the interface asks for; with `before` they end where memory that
 * must not be touched begins, with `after` they begin where it ends. Numbers are small integers, so that sums are exact
 * in any order, but for `cuts`. Whatever must not reach a result is NaN. Prints the count of checks and of wrong ones. */
#define _GNU_SOURCE
#include "product.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SLOTS 8
#define SLOT_BYTES (1L << 23)

static char *slots[SLOTS];
static void *taken[SLOTS];
static int used;
static int place; /* 'e', 'b' or 'a' */
static int checks, wrong;

static void *take(long reals) {
  const long bytes = reals * (long)sizeof(real);
  if (bytes > SLOT_BYTES || used == SLOTS) abort();
  if (place == 'e') {
    /* one byte at least, so that the address is one */
    if (posix_memalign(&taken[used], 64, (size_t)(bytes ? bytes : 1))) abort();
    return taken[used++];
  }
  char *slot = slots[used++];
  return place == 'b' ? slot + SLOT_BYTES - bytes : slot;
}

static void release(void) {
  for (int i = 0; place == 'e' && i < used; i++) free(taken[i]);
  used = 0;
}

static u32 state = 1;
static int below(int n) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return (int)(state % (u32)n);
}
static int whole; /* integers or any numbers */
static real number(void) { return whole ? (real)(below(15) - 7) : (real)(below(1 << 20) - (1 << 19)) / (real)(1 << 19); }

static void verdict(int right, const char *what, int rows, int columns, int vectors, int entries, int accumulate) {
  checks++;
  if (right) return;
  if (wrong++ < 10)
    printf("%s wrong: rows %d columns %d vectors %d entries %d accumulate %d\n", what, rows, columns, vectors, entries,
           accumulate);
}

static int lane_used(int vectors, int panel, int lane) { return panel * VPP + lane / VL < vectors; }
static int panels_of(int vectors) { return (vectors + VPP - 1) / VPP; }

/* NaN where no vector is in use, and between panels. */
static void fill(real *a, long total, int rows, long panel, int vectors, long step, int entries) {
  for (long i = 0; i < total; i++) a[i] = (real)__builtin_nan("");
  for (int t = 0; t < entries; t++)
    for (int q = 0; q < panels_of(vectors); q++)
      for (int r = 0; r < rows; r++)
        for (int l = 0; l < PANEL; l++)
          if (lane_used(vectors, q, l)) a[t * step + q * panel + r * PANEL + l] = number();
}

static void check_product(int rows, int columns, int vectors, int accumulate, int absent) {
  const int panels = panels_of(vectors);
  const int gap = below(3) ? 0 : PANEL * below(4), transposed = below(2);
  const long x_panel = columns * PANEL + gap, y_panel = rows * PANEL + gap;
  real *w = take((long)rows * columns), *packed = take(packed_size(rows, columns));
  real *x = take((panels - 1) * x_panel + columns * PANEL), *y = take((panels - 1) * y_panel + rows * PANEL);
  for (int i = 0; i < rows * columns; i++) w[i] = number();
  fill(x, (panels - 1) * x_panel + columns * PANEL, columns, x_panel, vectors, 0, 1);
  fill(y, (panels - 1) * y_panel + rows * PANEL, rows, y_panel, accumulate ? vectors : 0, 0, 1);
  real *before = malloc((size_t)((panels - 1) * y_panel + rows * PANEL) * sizeof(real));
  memcpy(before, y, (size_t)((panels - 1) * y_panel + rows * PANEL) * sizeof(real));
  const real *end = pack(packed, w, rows, columns, transposed ? 1 : columns, transposed ? rows : 1);
  verdict(end == packed + packed_size(rows, columns) && packed_size(rows, columns) <= (rows + 15) * columns, "pack", rows,
          columns, 0, 0, 0);
  product(y, y_panel, absent ? 0 : packed, rows, columns, x, x_panel, vectors, accumulate);
  int right = 1;
  for (int q = 0; q < panels; q++)
    for (int r = 0; r < rows; r++)
      for (int l = 0; l < PANEL; l++) {
        if (!lane_used(vectors, q, l)) continue;
        double sum = accumulate ? before[q * y_panel + r * PANEL + l] : 0;
        for (int c = 0; c < columns && !absent; c++)
          sum += (double)w[transposed ? c * rows + r : r * columns + c] * x[q * x_panel + c * PANEL + l];
        right &= y[q * y_panel + r * PANEL + l] == sum;
      }
  verdict(right, absent ? "product without a matrix" : "product", rows, columns, vectors, 0, accumulate);
  free(before);
  release();
}

static void check_outer(int rows, int columns, int vectors, int entries, int accumulate) {
  const int panels = panels_of(vectors), gap = below(3) ? 0 : PANEL * below(4);
  /* entries of a panel behind each other, or panels of an entry */
  const int by_panel = below(2);
  const long g_unit = rows * PANEL + gap, x_unit = columns * PANEL + gap;
  const long g_step = by_panel ? g_unit : g_unit * panels, g_panel = by_panel ? g_unit * entries : g_unit;
  const long x_step = by_panel ? x_unit : x_unit * panels, x_panel = by_panel ? x_unit * entries : x_unit;
  const long count = (long)entries * panels;
  real *dw = take((long)rows * columns);
  real *g = take((count - 1) * g_unit + rows * PANEL), *x = take((count - 1) * x_unit + columns * PANEL);
  real *work = take(count * PANEL * ((columns + 31) / 32 * 32));
  fill(g, (count - 1) * g_unit + rows * PANEL, rows, g_panel, vectors, g_step, entries);
  fill(x, (count - 1) * x_unit + columns * PANEL, columns, x_panel, vectors, x_step, entries);
  real *before = malloc((size_t)(rows * columns + 1) * sizeof(real));
  for (int i = 0; i < rows * columns; i++) before[i] = dw[i] = accumulate ? number() : (real)__builtin_nan("");
  outer(dw, rows, columns, g, g_panel, g_step, x, x_panel, x_step, entries, vectors, work, accumulate);
  int right = 1;
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++) {
      double sum = accumulate ? before[r * columns + c] : 0;
      for (int t = 0; t < entries; t++)
        for (int j = 0; j < vectors; j++) {
          const real *gj = g + t * g_step + j / VPP * g_panel + r * PANEL + j % VPP * VL;
          const real *xj = x + t * x_step + j / VPP * x_panel + c * PANEL + j % VPP * VL;
          for (int l = 0; l < VL; l++) sum += (double)gj[l] * xj[l];
        }
      right &= dw[r * columns + c] == sum;
    }
  verdict(right, "outer", rows, columns, vectors, entries, accumulate);
  free(before);
  release();
}

static void check_trials(int rows, int columns, int vectors) {
  vectors = (vectors - 1) % VPP + 1;
  const int transposed = below(2), trials = 1 + below(vectors * VL);
  real *m = take((long)rows * columns * PANEL), *x = take((long)columns * PANEL), *y = take((long)rows * PANEL);
  real *sums = take(rows);
  fill(m, (long)rows * columns * PANEL, rows * columns, 0, vectors, 0, 1);
  fill(x, (long)columns * PANEL, columns, 0, vectors, 0, 1);
  trial_product(y, m, rows, columns, x, vectors, transposed);
  int right = 1;
  for (int r = 0; r < rows; r++)
    for (int l = 0; l < vectors * VL; l++) {
      double sum = 0;
      for (int c = 0; c < columns; c++)
        sum += (double)m[(transposed ? c * rows + r : r * columns + c) * PANEL + l] * x[c * PANEL + l];
      right &= y[r * PANEL + l] == sum;
    }
  verdict(right, "trial_product", rows, columns, vectors, 0, 0);
  for (int r = 0; r < rows; r++) sums[r] = (real)r;
  reduce_rows(sums, y, rows, trials);
  right = 1;
  for (int r = 0; r < rows; r++) {
    double sum = r;
    for (int l = 0; l < trials; l++) sum += y[r * PANEL + l];
    right &= sums[r] == sum;
  }
  verdict(right, "reduce_rows", rows, 0, vectors, 0, 0);
  release();
}

/* The same bits however a group is cut, wherever a trial lies in it, and however the arrays lie in memory. */
static void check_cuts(int rows, int columns, int panels, int entries) {
  const int vectors = panels * VPP;
  const long x_panel = columns * PANEL, y_panel = rows * PANEL;
  real *w = take((long)rows * columns), *packed = take(packed_size(rows, columns));
  real *x = take(panels * x_panel * entries), *y = take(panels * y_panel * entries), *z = take(panels * y_panel);
  for (int i = 0; i < rows * columns; i++) w[i] = number();
  fill(x, panels * x_panel * entries, columns, x_panel, vectors, x_panel * panels, entries);
  fill(y, panels * y_panel * entries, rows, y_panel, vectors, y_panel * panels, entries);
  for (long i = 0; i < panels * y_panel; i++) z[i] = y[i];
  pack(packed, w, rows, columns, columns, 1);
  product(y, y_panel, packed, rows, columns, x, x_panel, vectors, 1);
  real *one = take(rows * PANEL);
  int right = 1;
  for (int q = 0; q < panels; q++)
    for (int count = 1; count <= VPP; count++) {
      /* one panel, a part of its vectors, in blocks of rows */
      memcpy(one, z + q * y_panel, (size_t)rows * PANEL * sizeof(real));
      for (int r = 0; r < rows; r += 48)
        product(one + r * PANEL, 0, packed + (long)r * columns, rows - r < 48 ? rows - r : 48, columns, x + q * x_panel, 0,
                count, 1);
      for (int r = 0; r < rows; r++)
        right &= !memcmp(one + r * PANEL, y + q * y_panel + r * PANEL, (size_t)(count * VL) * sizeof(real));
    }
  verdict(right, "bits of product", rows, columns, vectors, 0, 1);

  real *dw = take((long)rows * columns + 1);
  real *work = malloc(sizeof(real) * (size_t)(entries * panels * PANEL) * (size_t)((columns + 31) / 32 * 32) + 64);
  real *aligned = (real *)(((unsigned long)work + 63) / 64 * 64);
  outer(w, rows, columns, y, y_panel, y_panel * panels, x, x_panel, x_panel * panels, entries, vectors, aligned, 0);
  outer(dw + 1, rows, columns, y, y_panel, y_panel * panels, x, x_panel, x_panel * panels, entries, vectors, aligned, 0);
  verdict(!memcmp(w, dw + 1, (size_t)(rows * columns) * sizeof(real)), "bits of outer", rows, columns, vectors, entries, 0);
  free(work);
  release();
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  place = arguments[1][0];
  const int every = atoi(arguments[3]);
  for (int i = 0; place != 'e' && i < SLOTS; i++) {
    const long page = 65536;
    char *all = mmap(0, SLOT_BYTES + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED || mprotect(all + page, SLOT_BYTES, PROT_READ | PROT_WRITE)) return 2;
    slots[i] = all + page;
  }
  whole = arguments[2][0] != 'c';
  if (arguments[2][0] == 's') {
    int shape = 0;
    for (int rows = 1; rows <= 67; rows++)
      for (int columns = 1; columns <= 67; columns++, shape++) {
        if (shape % every) continue;
        const int vectors = 1 + below(5 * VPP);
        check_product(rows, columns, vectors, below(2), below(8) == 0);
        check_outer(rows, columns, vectors, 1 + below(3), below(2));
        if (shape % 7 == 0) check_trials(rows, columns, vectors);
      }
    const int large[][2] = {{121, 33}, {250, 40}, {131, 131}, {48, 300}, {300, 1}, {1, 300}};
    for (unsigned i = 0; i < sizeof large / sizeof *large; i++)
      for (int accumulate = 0; accumulate < 2; accumulate++) {
        check_product(large[i][0], large[i][1], 2 * VPP, accumulate, 0);
        check_outer(large[i][0], large[i][1], VPP + 1, 9, accumulate);
      }
  } else if (arguments[2][0] == 'r') {
    for (int shape = 0; shape < 100000; shape += every) {
      const int rows = 1 + below(below(8) ? 8 : 50), columns = 1 + below(below(8) ? 8 : 50), vectors = 1 + below(3 * VPP);
      if (shape % 2) check_product(rows, columns, vectors, below(2), below(16) == 0);
      else check_outer(rows, columns, vectors, 1 + below(3), below(2));
    }
  } else {
    for (int shape = 0; shape < 500; shape += every)
      check_cuts(1 + below(below(4) ? 30 : 130), 1 + below(70), 1 + below(5), 1 + below(3));
  }
  printf("%d checks, %d wrong\n", checks, wrong);
  return wrong != 0;
}
