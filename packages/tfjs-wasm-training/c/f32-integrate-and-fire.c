#include "neurons-over-time.h"

// Integrate-and-fire with soft reset, no leak: V ← V + I(t); x = V − θ; s = [x ≥ 0]; V ← V − θ·s.

// value = θ·s and excess = x, both [T·N, size]. The current is [T·N, size], or [N, size] where `current_steps` is 1.
KERNEL(f32_integrate_and_fire_4)(const float *current, const float *theta, const float *start, float *value,
                                 float *excess, int steps, int current_steps, int batch, int size, int theta_count,
                                 int start_count) {
  const f32x4 zero = zero4();
  for (int n = 0; n < batch; n++) {
    for (int j = 0; j < size; j += 4) {
      const int left = min_int(size - j, 4);
      const f32x4 threshold = parameter(theta, j, theta_count, left);
      f32x4 potential = parameter(start, j, start_count, left);
      for (int t = 0; t < steps; t++) {
        const int now = ((current_steps == 1 ? 0 : t) * batch + n) * size + j;
        const int at = (t * batch + n) * size + j;
        const f32x4 charged = add4(potential, take(current + now, left));
        const f32x4 x = sub4(charged, threshold);
        const f32x4 fired = wasm_v128_and(threshold, wasm_f32x4_ge(x, zero));
        // x − x is 0, but NaN where x is: what is broken is not to pass for silence.
        put(value + at, add4(fired, sub4(x, x)), left);
        put(excess + at, x, left);
        potential = sub4(charged, fired);
      }
    }
  }
}

// Backwards through all steps. `dy` is ∂loss/∂value, `derivative` σ′(x), both [T·N, size]. Results: ∂/∂current, of the
// current's shape; and, summed over the batch, for each neuron ∂/∂V(0), ∂/∂θ and Σ ∂loss/∂s·σ′(x)·x, from which the slope's
// gradient is had. `dcurrent` may be `derivative` where the current changes over time.
KERNEL(f32_integrate_and_fire_gradient_4)(const float *dy, const float *excess, const float *derivative,
                                          const float *theta, float *dcurrent, float *dstart, float *dtheta,
                                          float *dslope, int steps, int current_steps, int batch, int size,
                                          int theta_count) {
  const f32x4 zero = zero4(), one = wasm_f32x4_const_splat(1.0f);
  const gradients into = {dcurrent, dstart, dtheta, dslope, current_steps, size};
  begin_gradients(into);
  for (int n = 0; n < batch; n++) {
    for (int j = 0; j < size; j += 4) {
      const int left = min_int(size - j, 4);
      const f32x4 threshold = parameter(theta, j, theta_count, left);
      derivatives by = zero_derivatives();
      for (int t = steps - 1; t >= 0; t--) {
        const int at = (t * batch + n) * size + j;
        const f32x4 x = take(excess + at, left), given = take(dy + at, left);
        const f32x4 spike = wasm_v128_and(one, wasm_f32x4_ge(x, zero));
        const f32x4 beyond = sub4(given, by.potential);
        const f32x4 through = mul4(mul4(threshold, beyond), take(derivative + at, left));
        by.theta = add4(by.theta, sub4(mul4(beyond, spike), through));
        by.slope = add4(by.slope, mul4(through, x));
        by.potential = add4(by.potential, through);
        by = through_current(by, into, at, left);
      }
      end_gradients(by, into, n, j, left);
    }
  }
}
