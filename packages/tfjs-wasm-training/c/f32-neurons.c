#include "surrogate.h"

// Neurons over all time steps, described by data. A step, without what a neuron lacks:
//
//   V ← λ·V + I(t) + share·θ
//   s⁺ = Σ over n ≤ Γ of [V − n·θ ≥ 0]         with `above` also V ≠ θ
//   V ← V − θ·s⁺ (soft reset), or V·(1 − s⁺₁) (hard)
//   signed:        s⁻ = [−(V + θ⁻) ≥ 0] of V before the reset, θ⁻ = below·θ; V ← V + θ⁻·s⁻, or V·(1 − s⁻)
//   compensating:  N ← N + s⁺; y = V + ε·θ; z = N − ½; s⁻ = [y < 0]·[z ≥ 0]; V ← V + θ·s⁻; N ← N − s⁻
//   s = s⁺ − s⁻
enum negative { NEVER, SIGNED, COMPENSATING };

struct neuron {
  int hard, above, leaky, negative, most;
  // The shift's share of θ (0: none), θ⁻/θ, and ε.
  float share, below, tolerance;
  // Whether a spike is worth 1, not θ.
  int one;
};

// Sizes, and where parameters and their gradients stand: `rows` × `inner` neurons an image. A parameter has one value, `inner` (one a channel), or one
// a neuron.
struct layout {
  int steps, current_steps, batch, rows, inner;
  int theta_count, start_count, leak_count, slope_count;
  struct neuron neuron;
  int surrogate;
};

INLINE f32x4 take(const float *p, int left) { return left < 4 ? load_part4(p, left) : load4(p); }
INLINE void put(float *p, f32x4 x, int left) {
  if (left < 4) store_part4(p, x, left);
  else store4(p, x);
}

// A step's decisions.
struct decisions {
  // V before the reset, s⁺₁, s⁺, the count after s⁺, V after the reset of s⁺, and s⁻.
  f32x4 charged, first, positive, count, rest, negative;
};

INLINE f32x4 one_where(v128_t mask) { return wasm_v128_and(wasm_f32x4_const_splat(1.0f), mask); }

INLINE f32x4 charge(struct neuron of, f32x4 potential, f32x4 current, f32x4 theta, f32x4 leak) {
  const f32x4 kept = add4(of.leaky ? mul4(leak, potential) : potential, current);
  return of.share == 0.0f ? kept : add4(kept, mul4(theta, wasm_f32x4_splat(of.share)));
}

INLINE struct decisions decide(struct neuron of, f32x4 charged, f32x4 theta, f32x4 count) {
  const f32x4 zero = zero4(), one = wasm_f32x4_const_splat(1.0f);
  struct decisions by;
  by.charged = charged;
  const f32x4 x = sub4(charged, theta);
  by.first = one_where(of.above ? wasm_f32x4_gt(x, zero) : wasm_f32x4_ge(x, zero));
  by.positive = by.first;
  for (int n = 2; n <= of.most; n++) {
    const f32x4 further = sub4(charged, mul4(theta, wasm_f32x4_splat((float)n)));
    by.positive = add4(by.positive, one_where(wasm_f32x4_ge(further, zero)));
  }
  by.rest = of.hard ? mul4(charged, sub4(one, by.first)) : sub4(charged, mul4(theta, by.positive));
  by.count = add4(count, by.positive);
  by.negative = zero;
  if (of.negative == SIGNED) {
    const f32x4 below = mul4(theta, wasm_f32x4_splat(of.below));
    by.negative = one_where(wasm_f32x4_le(add4(charged, below), zero));
  } else if (of.negative == COMPENSATING) {
    const f32x4 y = add4(by.rest, mul4(theta, wasm_f32x4_splat(of.tolerance)));
    const f32x4 z = sub4(by.count, wasm_f32x4_const_splat(0.5f));
    by.negative = one_where(wasm_v128_and(wasm_f32x4_lt(y, zero), wasm_f32x4_ge(z, zero)));
  }
  return by;
}

// V after a step.
INLINE f32x4 after(struct neuron of, struct decisions by, f32x4 theta) {
  if (of.negative == NEVER) return by.rest;
  if (of.negative == COMPENSATING) return add4(by.rest, mul4(theta, by.negative));
  if (of.hard) return mul4(by.rest, sub4(wasm_f32x4_const_splat(1.0f), by.negative));
  return add4(by.rest, mul4(mul4(theta, wasm_f32x4_splat(of.below)), by.negative));
}

// Neurons beside each other that are run through all steps at once: their values of all steps stay in the first-level cache.
enum { BLOCK = 64 };

// A block's parameters spread out, its state, and sums over the steps on the way back.
struct block {
  float theta[BLOCK], leak[BLOCK], slope[BLOCK], potential[BLOCK], count[BLOCK];
  float by_potential[BLOCK], by_count[BLOCK], by_current[BLOCK], by_theta[BLOCK], by_leak[BLOCK], by_slope[BLOCK];
};

// Parameters of neurons `first` to `first + n − 1` of an image; behind them what is harmless.
INLINE void spread(const float *p, int count, int inner, int first, int n, float *to) {
  if (count == 1) {
    const f32x4 x = splat4(p);
    for (int i = 0; i < n; i += 4) store4(to + i, x);
  } else if (count == inner && inner % 4 == 0) {
    int j = first % inner;
    for (int i = 0; i < n; i += 4) {
      store4(to + i, load4(p + j));
      j += 4;
      if (j == inner) j = 0;
    }
  } else {
    const int wrap = count == inner ? inner : 0x7fffffff;
    int j = first % wrap, i = 0;
    for (; i < n; i++) {
      to[i] = p[j];
      if (++j == wrap) j = 0;
    }
    for (; i % 4 != 0; i++) to[i] = 1.0f;
  }
}

// Charges a block by one step's current and fires. Writes what is asked for: V before the step, V charged, the number of spikes so far, the value,
// and the excess of all decisions, `all` apart.
INLINE void step_forward(struct neuron of, struct block *b, const float *current, int n, float *before, float *charges,
                         float *counts, float *value, float *excess, int all) {
  for (int i = 0; i < n; i += 4) {
    const int left = min_int(n - i, 4);
    const f32x4 theta = load4(b->theta + i), potential = load4(b->potential + i);
    const f32x4 count = of.negative == COMPENSATING ? load4(b->count + i) : zero4();
    const f32x4 charged = charge(of, potential, take(current + i, left), theta, of.leaky ? load4(b->leak + i) : zero4());
    const struct decisions by = decide(of, charged, theta, count);
    if (before != 0 && of.leaky) store4(before + i, potential);
    if (charges != 0) store4(charges + i, charged);
    if (counts != 0 && of.negative == COMPENSATING) store4(counts + i, count);
    if (value != 0) {
      const f32x4 spikes = sub4(by.positive, by.negative);
      // V − V is 0, but NaN where V is: what is broken is not to pass for silence.
      put(value + i, add4(of.one ? spikes : mul4(theta, spikes), sub4(charged, charged)), left);
    }
    if (excess != 0) {
      float *to = excess + i;
      for (int k = 1; k <= of.most; k++, to += all) {
        put(to, sub4(charged, k == 1 ? theta : mul4(theta, wasm_f32x4_splat((float)k))), left);
      }
      if (of.negative == SIGNED) {
        put(to, wasm_f32x4_neg(add4(charged, mul4(theta, wasm_f32x4_splat(of.below)))), left);
      } else if (of.negative == COMPENSATING) {
        put(to, add4(by.rest, mul4(theta, wasm_f32x4_splat(of.tolerance))), left);
        put(to + all, sub4(by.count, wasm_f32x4_const_splat(0.5f)), left);
      }
    }
    store4(b->potential + i, after(of, by, theta));
    if (of.negative == COMPENSATING) store4(b->count + i, sub4(by.count, by.negative));
  }
}

// x of all decisions, BLOCK apart, from V charged and the number of spikes before.
INLINE void decisions_of(struct neuron of, const struct block *b, const float *charges, const float *counts, int n,
                         float *x) {
  for (int i = 0; i < n; i += 4) {
    const f32x4 theta = load4(b->theta + i), charged = load4(charges + i);
    float *to = x + i;
    for (int k = 1; k <= of.most; k++, to += BLOCK) {
      store4(to, sub4(charged, k == 1 ? theta : mul4(theta, wasm_f32x4_splat((float)k))));
    }
    if (of.negative == SIGNED) {
      store4(to, wasm_f32x4_neg(add4(charged, mul4(theta, wasm_f32x4_splat(of.below)))));
    } else if (of.negative == COMPENSATING) {
      const struct decisions by = decide(of, charged, theta, load4(counts + i));
      store4(to, add4(by.rest, mul4(theta, wasm_f32x4_splat(of.tolerance))));
      store4(to + BLOCK, sub4(by.count, wasm_f32x4_const_splat(0.5f)));
    }
  }
}

// One step back. `x` and `through` (σ′ of x) are those of all decisions, BLOCK apart. Adds to `dcurrent`'s sum where that is 0.
INLINE void step_backward(struct neuron of, struct block *b, const float *dy, const float *before, const float *charges,
                          const float *counts, const float *x, const float *derivative, int n, float *dcurrent) {
  const f32x4 zero = zero4(), one = wasm_f32x4_const_splat(1.0f);
  const f32x4 share = wasm_f32x4_splat(of.share), below = wasm_f32x4_splat(of.below);
  const f32x4 tolerance = wasm_f32x4_splat(of.tolerance);
  for (int i = 0; i < n; i += 4) {
    const int left = min_int(n - i, 4);
    const f32x4 theta = load4(b->theta + i), charged = load4(charges + i), given = take(dy + i, left);
    const f32x4 count = of.negative == COMPENSATING ? load4(counts + i) : zero;
    const struct decisions by = decide(of, charged, theta, count);
    const f32x4 by_potential = load4(b->by_potential + i), by_spikes = of.one ? given : mul4(theta, given);
    f32x4 by_count = of.negative == COMPENSATING ? load4(b->by_count + i) : zero;
    f32x4 by_theta = load4(b->by_theta + i), by_slope = load4(b->by_slope + i);
    if (!of.one) by_theta = add4(by_theta, mul4(given, sub4(by.positive, by.negative)));
    f32x4 by_rest = by_potential, by_charged = zero, by_first, by_further;
    // ∂loss/∂x of a decision is that of its spike times σ′(x); times x it adds to the slope's.
#define X_OF(which) load4(x + (which) * BLOCK + i)
#define THROUGH(by_spike, which) mul4(by_spike, load4(derivative + (which) * BLOCK + i))
    if (of.negative == SIGNED) {
      const f32x4 under = mul4(theta, below);
      const f32x4 by_after = of.hard ? wasm_f32x4_neg(mul4(by_potential, by.rest)) : mul4(by_potential, under);
      const f32x4 through = THROUGH(sub4(by_after, by_spikes), of.most);
      if (of.hard) by_rest = mul4(by_potential, sub4(one, by.negative));
      else by_theta = add4(by_theta, mul4(below, mul4(by_potential, by.negative)));
      by_theta = sub4(by_theta, mul4(below, through));
      by_charged = sub4(by_charged, through);
      by_slope = add4(by_slope, mul4(through, X_OF(of.most)));
    } else if (of.negative == COMPENSATING) {
      const f32x4 y = X_OF(of.most), z = X_OF(of.most + 1);
      const f32x4 by_negative = sub4(sub4(mul4(theta, by_potential), by_spikes), by_count);
      const f32x4 back = THROUGH(wasm_v128_and(by_negative, wasm_f32x4_ge(z, zero)), of.most);
      const f32x4 gate = THROUGH(wasm_v128_and(by_negative, wasm_f32x4_lt(y, zero)), of.most + 1);
      by_theta = add4(by_theta, sub4(mul4(by_potential, by.negative), mul4(tolerance, back)));
      by_rest = sub4(by_rest, back);
      by_count = add4(by_count, gate);
      by_slope = add4(by_slope, sub4(mul4(gate, z), mul4(back, y)));
      store4(b->by_count + i, by_count);
    }
    if (of.hard) {
      by_charged = add4(by_charged, mul4(by_rest, sub4(one, by.first)));
      by_further = by_spikes;
      by_first = sub4(by_further, mul4(by_rest, charged));
    } else {
      by_charged = add4(by_charged, by_rest);
      by_theta = sub4(by_theta, mul4(by_rest, by.positive));
      by_further = by_first = add4(sub4(by_spikes, mul4(theta, by_rest)), by_count);
    }
    const f32x4 excess = X_OF(0);
    if (of.above) by_first = wasm_v128_and(by_first, wasm_f32x4_ne(excess, zero));
    const f32x4 through = THROUGH(by_first, 0);
    by_charged = add4(by_charged, through);
    by_theta = sub4(by_theta, through);
    by_slope = add4(by_slope, mul4(through, excess));
    for (int m = 2; m <= of.most; m++) {
      const f32x4 by_x = THROUGH(by_further, m - 1);
      by_charged = add4(by_charged, by_x);
      by_theta = sub4(by_theta, mul4(wasm_f32x4_splat((float)m), by_x));
      by_slope = add4(by_slope, mul4(by_x, X_OF(m - 1)));
    }
#undef X_OF
#undef THROUGH
    if (of.share != 0.0f) by_theta = add4(by_theta, mul4(share, by_charged));
    if (of.leaky) store4(b->by_leak + i, add4(load4(b->by_leak + i), mul4(by_charged, load4(before + i))));
    if (dcurrent != 0) put(dcurrent + i, by_charged, left);
    else store4(b->by_current + i, add4(load4(b->by_current + i), by_charged));
    store4(b->by_theta + i, by_theta);
    store4(b->by_slope + i, by_slope);
    store4(b->by_potential + i, of.leaky ? mul4(load4(b->leak + i), by_charged) : by_charged);
  }
}

// Variants for the two usual neurons, so that what they lack costs them nothing. Each loop is a function of its own, so that V8 keeps its values in
// registers.
INLINE int is_plain(const struct neuron *of) {
  return !of->hard && !of->above && !of->leaky && of->most == 1 && of->share == 0.0f && !of->one;
}
INLINE struct neuron plain(int negative, float tolerance) {
  return (struct neuron){0, 0, 0, negative, 1, 0.0f, 0.0f, tolerance, 0};
}
#define VARIANTS(name, declared, given)                                                                              \
  static __attribute__((noinline)) void name##_plain(declared) { name(plain(NEVER, 0.0f), given); }                  \
  static __attribute__((noinline)) void name##_compensating(const struct neuron *of, declared) {                     \
    name(plain(COMPENSATING, of->tolerance), given);                                                                 \
  }                                                                                                                  \
  static __attribute__((noinline)) void name##_other(const struct neuron *of, declared) { name(*of, given); }        \
  static void any_##name(const struct neuron *of, declared) {                                                        \
    if (is_plain(of) && of->negative == NEVER) name##_plain(given);                                                  \
    else if (is_plain(of) && of->negative == COMPENSATING) name##_compensating(of, given);                           \
    else name##_other(of, given);                                                                                    \
  }
#define LIST(...) __VA_ARGS__
VARIANTS(step_forward,
         LIST(struct block *b, const float *current, int n, float *before, float *charges, float *counts, float *value,
              float *excess, int all),
         LIST(b, current, n, before, charges, counts, value, excess, all))
VARIANTS(decisions_of, LIST(const struct block *b, const float *charges, const float *counts, int n, float *x),
         LIST(b, charges, counts, n, x))
VARIANTS(step_backward,
         LIST(struct block *b, const float *dy, const float *before, const float *charges, const float *counts,
              const float *x, const float *derivative, int n, float *dcurrent),
         LIST(b, dy, before, charges, counts, x, derivative, n, dcurrent))
#undef LIST
#undef VARIANTS

INLINE void begin_block(const struct layout *s, struct block *b, const float *theta, const float *start,
                        const float *leak, int first, int n) {
  spread(theta, s->theta_count, s->inner, first, n, b->theta);
  spread(start, s->start_count, s->inner, first, n, b->potential);
  if (s->neuron.leaky) spread(leak, s->leak_count, s->inner, first, n, b->leak);
  for (int i = 0; i < n; i += 4) store4(b->count + i, zero4());
}

// value = θ·s (or s), [T·N, size], and excess: of every decision of a step its x, one [T·N, size] behind the other; either may be 0. The current is
// [T·N, size], or [N, size] where `current_steps` is 1. scratch: a block.
KERNEL(f32_neurons_4)(const struct layout *s, const float *current, const float *theta, const float *start,
                      const float *leak, float *value, float *excess, float *scratch) {
  struct block *b = (struct block *)scratch;
  const int size = s->rows * s->inner;
  for (int n = 0; n < s->batch; n++) {
    for (int first = 0; first < size; first += BLOCK) {
      const int count = min_int(BLOCK, size - first);
      begin_block(s, b, theta, start, leak, first, count);
      for (int t = 0; t < s->steps; t++) {
        const int at = (t * s->batch + n) * size + first;
        any_step_forward(&s->neuron, b, current + (s->current_steps == 1 ? n * size + first : at), count, 0, 0, 0,
                         value == 0 ? 0 : value + at, excess == 0 ? 0 : excess + at, s->steps * s->batch * size);
      }
    }
  }
}

// A parameter's gradient: summed in float32 within an image, over images in float64; or, with one value a neuron, straight in the result.
struct sink {
  float *image;
  double *total;
  int count, values;
};

INLINE struct sink make_sink(float *result, int count, const struct layout *s, int which, float *images, double *totals) {
  const int room = s->inner + 4;
  const int direct = count == s->rows * s->inner && count != 1;
  const struct sink to = {direct ? result : images + which * room, direct ? 0 : totals + which * room, count,
                          count == 1 ? 4 : count};
  for (int k = 0; k < to.values; k++) to.image[k] = 0.0f;
  if (!direct)
    for (int k = 0; k < to.values; k++) to.total[k] = 0.0;
  return to;
}
INLINE void add_to_sink(struct sink to, int inner, int first, int n, const float *x) {
  if (to.count == 1) {
    f32x4 sum = load4(to.image);
    int i = 0;
    for (; i + 4 <= n; i += 4) sum = add4(sum, load4(x + i));
    if (i < n) sum = add4(sum, load_part4(x + i, n - i));
    store4(to.image, sum);
  } else if (to.count == inner && inner % 4 == 0) {
    int j = first % inner;
    for (int i = 0; i < n; i += 4) {
      store4(to.image + j, add4(load4(to.image + j), load4(x + i)));
      j += 4;
      if (j == inner) j = 0;
    }
  } else {
    const int wrap = to.count == inner ? inner : 0x7fffffff;
    int j = first % wrap;
    for (int i = 0; i < n; i++) {
      to.image[j] += x[i];
      if (++j == wrap) j = 0;
    }
  }
}
INLINE void end_image(struct sink to) {
  if (to.total == 0) return;
  for (int k = 0; k < to.values; k++) {
    to.total[k] += to.image[k];
    to.image[k] = 0.0f;
  }
}
INLINE void end_sink(struct sink to, float *result) {
  if (to.total == 0) return;
  if (to.count == 1) result[0] = (float)((to.total[0] + to.total[1]) + (to.total[2] + to.total[3]));
  else
    for (int k = 0; k < to.values; k++) result[k] = (float)to.total[k];
}

// Backwards through all steps, which are run again instead of having been kept. `dy` is ∂loss/∂value; `given` is σ′ of the excess where the
// surrogate is GIVEN. Results: ∂loss/∂current, of the current's shape, and those of θ, V(0), λ and the slope k, of theirs, summed over the batch: σ
// depends on k·x alone, so that ∂σ/∂k is σ′(x)·x/k. scratch: four sums of each parameter, a block, its history, and its decisions.
KERNEL(f32_neurons_gradient_4)(const struct layout *s, const float *dy, const float *current, const float *given,
                               const float *theta, const float *start, const float *leak, const float *slope,
                               float *dcurrent, float *dtheta, float *dstart, float *dleak, float *dslope,
                               float *scratch) {
  const struct neuron *of = &s->neuron;
  const int inner = s->inner, size = s->rows * inner, steps = s->steps, all = steps * s->batch * size;
  const int room = inner + 4, constant = s->current_steps == 1, places = of->most + of->negative;
  double *totals = (double *)scratch;
  float *images = (float *)(totals + 4 * room);
  struct block *b = (struct block *)(images + 4 * room);
  float *before = (float *)(b + 1), *charges = before + steps * BLOCK, *counts = charges + steps * BLOCK;
  float *x = counts + steps * BLOCK, *derivative = x + places * BLOCK;
  const struct sink by_theta = make_sink(dtheta, s->theta_count, s, 0, images, totals);
  const struct sink by_start = make_sink(dstart, s->start_count, s, 1, images, totals);
  const struct sink by_leak = make_sink(dleak, of->leaky ? s->leak_count : 1, s, 2, images, totals);
  const struct sink by_slope = make_sink(dslope, s->slope_count, s, 3, images, totals);
  for (int n = 0; n < s->batch; n++) {
    for (int first = 0; first < size; first += BLOCK) {
      const int count = min_int(BLOCK, size - first), padded = (count + 3) & ~3;
      begin_block(s, b, theta, start, leak, first, count);
      spread(slope, s->slope_count, inner, first, count, b->slope);
      for (int t = 0; t < steps; t++) {
        any_step_forward(of, b, current + ((constant ? 0 : t) * s->batch + n) * size + first, count,
                         before + t * BLOCK, charges + t * BLOCK, counts + t * BLOCK, 0, 0, 0);
      }
      for (float *to = b->by_potential; to < b->by_slope + BLOCK; to += 4) store4(to, zero4());
      for (int t = steps - 1; t >= 0; t--) {
        const int at = (t * s->batch + n) * size + first;
        any_decisions_of(of, b, charges + t * BLOCK, counts + t * BLOCK, count, x);
        for (int k = 0; k < places; k++) {
          if (s->surrogate == GIVEN) {
            for (int i = 0; i < count; i += 4) {
              store4(derivative + k * BLOCK + i, take(given + k * all + at + i, min_int(count - i, 4)));
            }
          } else {
            derivatives(s->surrogate, x + k * BLOCK, b->slope, padded, derivative + k * BLOCK);
          }
        }
        any_step_backward(of, b, dy + at, before + t * BLOCK, charges + t * BLOCK, counts + t * BLOCK, x, derivative,
                          count, constant ? 0 : dcurrent + at);
      }
      if (constant) {
        for (int i = 0; i < count; i += 4) {
          put(dcurrent + n * size + first + i, load4(b->by_current + i), min_int(count - i, 4));
        }
      }
      for (int i = 0; i < count; i += 4) {
        store4(b->by_slope + i, wasm_f32x4_div(load4(b->by_slope + i), load4(b->slope + i)));
      }
      add_to_sink(by_theta, inner, first, count, b->by_theta);
      add_to_sink(by_start, inner, first, count, b->by_potential);
      if (of->leaky) add_to_sink(by_leak, inner, first, count, b->by_leak);
      add_to_sink(by_slope, inner, first, count, b->by_slope);
    }
    end_image(by_theta);
    end_image(by_start);
    end_image(by_leak);
    end_image(by_slope);
  }
  end_sink(by_theta, dtheta);
  end_sink(by_start, dstart);
  end_sink(by_leak, dleak);
  end_sink(by_slope, dslope);
}
