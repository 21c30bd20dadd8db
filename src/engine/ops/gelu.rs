//! GELU in its tanh form (Hendrycks & Gimpel 2016), as GPT-2 has it: x/2 (1 + tanh u), u = sqrt(2/pi) (x + 0.044715 x^3),
//! written as x sigmoid(2u), which is the same and loses no digits where tanh is near -1.

use faer::Par;

use super::elementary::{sigmoid, vectorised};
use super::product::each_row;

/// 2 sqrt(2/pi)
const TWICE_ROOT: f32 = 1.595_769_2;
const CUBIC: f32 = 0.044_715;
/// Values given to a thread at a time.
const CHUNK: usize = 4096;

/// GELU of each value.
pub(super) fn gelu(x: &[f32], par: Par) -> Vec<f32> {
    let mut y = x.to_vec();
    each_row(par, &mut y, CHUNK, |_, y| {
        vectorised(|| y.iter_mut().for_each(|y| *y *= sigmoid(TWICE_ROOT * (*y + CUBIC * *y * *y * *y))));
    });
    y
}

/// Turns the gradient of GELU's result into that of `x`, in place. With s = sigmoid(2u) the derivative is
/// s + x s (1 - s) 2u'.
pub(super) fn gelu_backward(x: &[f32], gradient: &mut [f32], par: Par) {
    each_row(par, gradient, CHUNK, |chunk, gradient| {
        let x = &x[chunk * CHUNK..][..gradient.len()];
        vectorised(|| {
            for (g, &x) in gradient.iter_mut().zip(x) {
                let s = sigmoid(TWICE_ROOT * (x + CUBIC * x * x * x));
                let slope = TWICE_ROOT * (1.0 + 3.0 * CUBIC * x * x);
                *g *= s + x * s * (1.0 - s) * slope;
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gelu_agrees_with_pytorch() {
        // torch.nn.functional.gelu(torch.tensor([-4., -1., -.1, 0., .1, 1., 4.]).double(), approximate="tanh")
        let expected = [-7.02461e-5, -0.158_808, -0.046_017_1, 0.0, 0.053_982_9, 0.841_192, 3.999_93];
        for (y, expected) in gelu(&[-4.0, -1.0, -0.1, 0.0, 0.1, 1.0, 4.0], Par::Seq).iter().zip(expected) {
            // The reference is printed to six digits.
            assert!((y - expected).abs() <= 2e-6 * f32::max(1.0, expected.abs()), "{y} {expected}");
        }
    }
}
