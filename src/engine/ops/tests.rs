//! Each fused operation against its composed twin, forward and backward.
//!
//! Both compute in f32 in different orders: they may differ by a few roundings of the largest intermediate value. The
//! tolerance is 64 units in the last place of the largest entry of each result, plus the same of 1 where results are
//! sums of terms that cancel; a wrong formula is off by far more.

use candle_core::{Device, Result, Tensor, Var};
use proptest::prelude::*;
use rand::Rng;

use super::{Adapted, Ops, Weight};
use crate::question::Adapter;
use crate::seed::stream;

const FUSED: fn(usize) -> Ops = |threads| Ops::new(&Device::Cpu, threads);

fn composed() -> Ops {
    Ops { fused: false, ..FUSED(1) }
}

fn uniform(shape: &[usize], seed: u64, label: &str) -> Tensor {
    let mut rng = stream(seed, label);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| rng.random_range(-1.0..1.0)).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// The result of `operation`, and the gradients of a random projection of it by `variables`.
fn run(ops: Ops, variables: &[&Var], operation: &dyn Fn(Ops) -> Result<Tensor>) -> Vec<Vec<f32>> {
    let result = operation(ops).unwrap();
    let direction = uniform(result.dims(), 0, "direction");
    let store = (&result * direction).unwrap().sum_all().unwrap().backward().unwrap();
    let gradients = variables.iter().map(|variable| values(store.get(variable).expect("a gradient")));
    std::iter::once(values(&result)).chain(gradients).collect()
}

/// Asserts that both forms agree, and that the fused one has the same bits on one thread and on two.
fn assert_twins(variables: &[&Var], operation: &dyn Fn(Ops) -> Result<Tensor>) {
    let fused = run(FUSED(1), variables, operation);
    assert_eq!(fused, run(FUSED(2), variables, operation), "one thread and two");
    for (which, (a, b)) in fused.iter().zip(run(composed(), variables, operation)).enumerate() {
        let largest = b.iter().fold(1.0f32, |m, x| m.max(x.abs()));
        let apart = a.iter().zip(&b).fold(0.0f32, |m, (a, b)| m.max((a - b).abs()));
        assert!(a.len() == b.len() && apart <= 64.0 * f32::EPSILON * largest, "part {which}: {apart:e} of {largest:e}");
    }
}

/// A random adapted weight; its alpha is `alpha`.
fn adapted((out, inner, k): (usize, usize, usize), adapter: Adapter, seed: u64) -> (Weight, Var) {
    let shape: &[usize] = if adapter == Adapter::Diag { &[k] } else { &[k, k] };
    let alpha = Var::from_tensor(&uniform(shape, seed, "alpha")).unwrap();
    let stacked = uniform(&[out, inner + k], seed, "stacked");
    let v = uniform(&[inner, k], seed, "v");
    (Weight::Adapted(Adapted { stacked, v, alpha: alpha.as_tensor().clone(), adapter }), alpha)
}

fn variable(shape: &[usize], seed: u64) -> Var {
    Var::from_tensor(&uniform(shape, seed, "x")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn adapted_linear(tokens in 1..20usize, out in 1..40usize, inner in 1..40usize, k in 1..9usize, core: bool, seed: u64) {
        let adapter = if core { Adapter::Core } else { Adapter::Diag };
        let x = variable(&[tokens, inner], seed);
        let (weight, alpha) = adapted((out, inner, k), adapter, seed);
        assert_twins(&[&x, &alpha], &|ops| ops.linear(x.as_tensor(), &weight, None));
    }

    #[test]
    fn plain_linear_with_bias(tokens in 1..20usize, out in 1..40usize, inner in 1..40usize, seed: u64) {
        let (x, w) = (variable(&[tokens, inner], seed), Var::from_tensor(&uniform(&[out, inner], seed, "w")).unwrap());
        let (weight, bias) = (Weight::Plain(w.as_tensor().clone()), uniform(&[out], seed, "b"));
        assert_twins(&[&x, &w], &|ops| ops.linear(x.as_tensor(), &weight, Some(&bias)));
    }

    #[test]
    fn layer_norm(tokens in 1..20usize, width in 2..70usize, seed: u64) {
        let x = variable(&[tokens, width], seed);
        let (weight, bias) = (uniform(&[width], seed, "w"), uniform(&[width], seed, "b"));
        // eps 0.1 keeps 1 / sd below 3.2 for rows that are nearly constant, where f32 cannot tell their variance.
        assert_twins(&[&x], &|ops| ops.layer_norm(x.as_tensor(), &weight, &bias, 0.1));
    }

    #[test]
    fn gelu(tokens in 1..20usize, width in 1..70usize, seed: u64) {
        let x = Var::from_tensor(&(uniform(&[tokens, width], seed, "x") * 6.0).unwrap()).unwrap();
        assert_twins(&[&x], &|ops| ops.gelu(x.as_tensor()));
    }

    #[test]
    fn attention(tokens in 1..20usize, heads in 1..4usize, size in 1..9usize, seed: u64) {
        let qkv = variable(&[tokens, 3 * heads * size], seed);
        assert_twins(&[&qkv], &|ops| ops.attention(qkv.as_tensor(), heads));
    }

    #[test]
    fn head_loss(tokens in 1..20usize, vocab in 2..60usize, inner in 1..20usize, k in 1..5usize, tied: bool, seed: u64) {
        let x = variable(&[tokens, inner], seed);
        let mut rng = stream(seed, "targets");
        let targets: Vec<u32> = (0..tokens).map(|_| rng.random_range(0..vocab as u32)).collect();
        let (weight, alpha) = adapted((vocab, inner, k), Adapter::Diag, seed);
        let frozen = Weight::Plain(uniform(&[vocab, inner], seed, "head"));
        let (weight, variables) = if tied { (&weight, vec![&x, &alpha]) } else { (&frozen, vec![&x]) };
        assert_twins(&variables, &|ops| ops.head_loss(x.as_tensor(), weight, &targets));
    }
}

#[test]
fn adapted_rows_are_the_rows_of_the_merged_weight() {
    for adapter in [Adapter::Diag, Adapter::Core] {
        let (weight, alpha) = adapted((7, 5, 3), adapter, 1);
        let Weight::Adapted(parts) = &weight else { panic!("adapted by construction") };
        assert_twins(&[&alpha], &|ops| ops.adapted_rows(&parts.stacked, parts));
        // x = I reads W'^T off the linear map.
        let identity = Tensor::eye(5, candle_core::DType::F32, &Device::Cpu).unwrap();
        let map = values(&FUSED(1).linear(&identity, &weight, None).unwrap().t().unwrap());
        let rows = values(&FUSED(1).adapted_rows(&parts.stacked, parts).unwrap());
        // Entries are sums of at most ten products of numbers below 1.
        assert!(map.iter().zip(&rows).all(|(a, b)| (a - b).abs() <= 10.0 * f32::EPSILON));
    }
}

#[test]
fn attention_sees_no_future_token() {
    let qkv = uniform(&[6, 12], 1, "x");
    let ops = FUSED(1);
    let before = values(&ops.attention(&qkv, 2).unwrap());
    let changed = Tensor::cat(&[qkv.narrow(0, 0, 4).unwrap(), uniform(&[2, 12], 2, "x")], 0).unwrap();
    let after = values(&ops.attention(&changed, 2).unwrap());
    assert_eq!(before[..16], after[..16]);
    assert_ne!(before[16..], after[16..]);
}

#[test]
fn gelu_agrees_with_pytorch() {
    // torch.nn.functional.gelu(torch.tensor([-4., -1., -.1, 0., .1, 1., 4.]).double(), approximate="tanh")
    let x = Tensor::new(&[-4.0f32, -1.0, -0.1, 0.0, 0.1, 1.0, 4.0], &Device::Cpu).unwrap();
    let expected = [-7.02461e-5, -0.158_808, -0.046_017_1, 0.0, 0.053_982_9, 0.841_192, 3.999_93];
    for (y, expected) in values(&FUSED(1).gelu(&x).unwrap()).iter().zip(expected) {
        // The reference is printed to six digits.
        assert!((y - expected).abs() <= 2e-6 * f32::max(1.0, expected.abs()), "{y} {expected}");
    }
}
