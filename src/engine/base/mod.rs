//! The crystallized base: a GPT whose token embedding is read off corpus statistics and whose blocks are random, without
//! any training (the papers' own kind of base).

mod cooccurrence;

use std::collections::BTreeMap;

use faer::{Mat, Scale};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

use self::cooccurrence::{OVERSAMPLING, leading_directions};
use super::{Corpus, EngineError, HostHead, HostMatrix, HostModel, HostNorm, ModelConfig, Recipe};
use crate::linalg::{LinalgError, haar_frame, multiply};
use crate::question::{MatrixId, MatrixKind};
use crate::seed::stream;

/// Builds the base of `config` from the train part of `corpus`.
///
/// - `tok_emb` = s [f | beta X] R `[V, d]`: f the log-frequency direction, X the corpus's co-occurrence directions, R Haar.
/// - qkv: three Haar `[d, d]` stacked, times `block_scale sqrt(d)`: every singular value is `block_scale sqrt(3d)`.
/// - proj, up, down: normal(0, block_scale^2). Norms are the identity, biases and positions zero, the head is tied.
///
/// # Errors
/// [`EngineError::Request`] where the corpus has another vocabulary than the model, or fewer different words than d + 24.
pub fn crystallize(
    corpus: &Corpus,
    config: &ModelConfig,
    recipe: &Recipe,
    seed: u64,
) -> Result<HostModel, EngineError> {
    let mut matrices = BTreeMap::new();
    let mut biases = BTreeMap::new();
    for id in MatrixId::all(config.layers) {
        let label = format!("base/{id}");
        let (out, input) = config.shape(id.kind());
        let matrix = match id.kind() {
            MatrixKind::TokEmb => token_embedding(corpus, config, recipe, seed)?,
            MatrixKind::Qkv => host(&stacked_rotations(config.width, recipe.block_scale, &mut stream(seed, &label))?),
            MatrixKind::Proj | MatrixKind::Up | MatrixKind::Down => {
                normal(out, input, recipe.block_scale, &mut stream(seed, &label))
            }
        };
        matrices.insert(id, matrix);
        if id != MatrixId::TokEmb {
            biases.insert(id, vec![0.0; out]);
        }
    }
    let width = config.width;
    let identity = || HostNorm { weight: vec![1.0; width], bias: vec![0.0; width] };
    Ok(HostModel {
        config: *config,
        matrices,
        biases,
        positions: HostMatrix { rows: config.positions, cols: width, data: vec![0.0; config.positions * width] },
        norms: (0..config.layers).map(|_| (identity(), identity())).collect(),
        final_norm: identity(),
        head: HostHead::Tied,
    })
}

/// E = s [f | beta X] R, `[V, d]`.
///
/// f = log(1 + count) at unit RMS over the vocabulary: without it the logits carry no word frequencies, and no scale s
/// brings the tied loss below ln V. X `[V, d-1]`: left singular vectors 2..d of log(1 + C + C^T), columns centred, then
/// each row of length 1; the first singular vector is left out because it is the frequency direction again.
fn token_embedding(
    corpus: &Corpus,
    config: &ModelConfig,
    recipe: &Recipe,
    seed: u64,
) -> Result<HostMatrix, EngineError> {
    let ModelConfig { vocab, width, .. } = *config;
    let request = |message: String, hint: &str| EngineError::Request { message, hint: hint.to_owned() };
    if corpus.vocab() != vocab {
        return Err(request(
            format!("the corpus has a vocabulary of {}, the model one of {vocab}", corpus.vocab()),
            "read the corpus with the model's vocabulary",
        ));
    }
    let counts = corpus.unigrams();
    let different = counts.iter().filter(|&&count| count > 0).count();
    if different < width + OVERSAMPLING {
        return Err(request(
            format!("{different} different words do not span a base of width {width}"),
            "give a text with at least 24 more different words than the model is wide",
        ));
    }
    let frequency: Vec<f64> = counts.iter().map(|&count| f64::from(count).ln_1p()).collect();
    let rms = (frequency.iter().map(|x| x * x).sum::<f64>() / vocab as f64).sqrt();

    let directions = leading_directions(corpus, width, &mut stream(seed, "base/wte/sketch"))?;
    let mut x = directions.subcols(1, width - 1).to_owned();
    for column in x.col_iter_mut() {
        let mean = column.as_ref().iter().sum::<f64>() / vocab as f64;
        column.iter_mut().for_each(|entry| *entry -= mean);
    }
    for row in x.row_iter_mut() {
        let length = row.as_ref().norm_l2();
        if length > 0.0 {
            row.iter_mut().for_each(|entry| *entry /= length);
        }
    }
    let features =
        Mat::from_fn(vocab, width, |w, i| if i == 0 { frequency[w] / rms } else { recipe.beta * x[(w, i - 1)] });
    let rotation = haar_frame(width, width, &mut stream(seed, "base/wte/rotation"))?;
    Ok(host(&(multiply(features.as_ref(), rotation.as_ref()) * Scale(recipe.embedding_scale))))
}

/// Three Haar rotations of R^d, stacked and scaled, `[3d, d]`.
fn stacked_rotations(width: usize, block_scale: f64, rng: &mut impl Rng) -> Result<Mat<f64>, LinalgError> {
    let mut stack = Mat::zeros(3 * width, width);
    let scale = block_scale * (width as f64).sqrt();
    for part in 0..3 {
        let rotation = haar_frame(width, width, rng)?;
        stack.subrows_mut(part * width, width).copy_from(rotation * Scale(scale));
    }
    Ok(stack)
}

/// Independent normal entries, drawn row by row.
fn normal(rows: usize, cols: usize, deviation: f64, rng: &mut impl Rng) -> HostMatrix {
    let mut draw = || {
        let entry: f64 = StandardNormal.sample(rng);
        (entry * deviation) as f32
    };
    HostMatrix { rows, cols, data: (0..rows * cols).map(|_| draw()).collect() }
}

/// Row-major f32, the form that models are stored in.
fn host(matrix: &Mat<f64>) -> HostMatrix {
    let (rows, cols) = matrix.shape();
    let data = (0..rows).flat_map(|row| (0..cols).map(move |col| matrix[(row, col)] as f32)).collect();
    HostMatrix { rows, cols, data }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::CorpusConfig;
    use crate::linalg::singular_values;

    const CONFIG: ModelConfig =
        ModelConfig { vocab: 300, width: 16, layers: 2, heads: 2, positions: 8, norm_eps: 1e-5 };
    const RECIPE: Recipe = Recipe { embedding_scale: 0.12, beta: 2.0, block_scale: 0.006 };

    fn corpus(vocab: usize) -> Corpus {
        let config = CorpusConfig { vocab, tokens: 20_000, classes: 10, topics: 4, collocations: 40 };
        Corpus::synthetic(&config, 1).unwrap()
    }

    fn dense(matrix: &HostMatrix) -> Mat<f64> {
        Mat::from_fn(matrix.rows, matrix.cols, |row, col| f64::from(matrix.data[row * matrix.cols + col]))
    }

    #[test]
    fn a_base_is_fixed_by_corpus_and_seed() {
        let corpus = corpus(300);
        let base = crystallize(&corpus, &CONFIG, &RECIPE, 1).unwrap();
        assert_eq!(base, crystallize(&corpus, &CONFIG, &RECIPE, 1).unwrap());
        assert_ne!(base.matrices, crystallize(&corpus, &CONFIG, &RECIPE, 2).unwrap().matrices);
    }

    #[test]
    fn every_matrix_has_its_shape() {
        let base = crystallize(&corpus(300), &CONFIG, &RECIPE, 1).unwrap();
        assert_eq!(base.matrices.keys().copied().collect::<Vec<_>>(), MatrixId::all(2));
        for (id, matrix) in &base.matrices {
            assert_eq!((matrix.rows, matrix.cols), CONFIG.shape(id.kind()), "{id}");
            assert_eq!(matrix.data.len(), matrix.rows * matrix.cols, "{id}");
        }
        assert_eq!(base.biases.len(), 8);
        assert!(base.biases.iter().all(|(id, bias)| bias.len() == CONFIG.shape(id.kind()).0));
    }

    #[test]
    fn the_embedding_has_the_size_of_its_parts() {
        let corpus = corpus(300);
        let base = crystallize(&corpus, &CONFIG, &RECIPE, 1).unwrap();
        let embedding = dense(&base.matrices[&MatrixId::TokEmb]);
        // R keeps norms: |E|_F^2 = s^2 V (1 + beta^2), and a word's row s^2 (f^2 + beta^2). Entries are rounded to f32.
        let expected = 0.12 * (300.0_f64 * 5.0).sqrt();
        approx::assert_relative_eq!(embedding.norm_l2(), expected, max_relative = 1e-6);
        let counts = corpus.unigrams();
        let rms = (counts.iter().map(|&c| f64::from(c).ln_1p().powi(2)).sum::<f64>() / 300.0).sqrt();
        for word in [0, 10, 200] {
            let f = f64::from(counts[word]).ln_1p() / rms;
            let expected = 0.12 * (f * f + 4.0).sqrt();
            approx::assert_relative_eq!(embedding.row(word).norm_l2(), expected, max_relative = 1e-6);
        }
    }

    #[test]
    fn qkv_has_equal_singular_values_and_the_other_blocks_their_scale() {
        let base = crystallize(&corpus(300), &CONFIG, &RECIPE, 1).unwrap();
        let block = |kind| dense(&base.matrices[&MatrixId::Block { layer: 1, kind }]);
        for value in singular_values(block(MatrixKind::Qkv).as_ref()).unwrap() {
            approx::assert_relative_eq!(value, 0.006 * 48.0_f64.sqrt(), max_relative = 1e-6);
        }
        for kind in [MatrixKind::Proj, MatrixKind::Up, MatrixKind::Down] {
            let matrix = block(kind);
            let entries = (matrix.nrows() * matrix.ncols()) as f64;
            let rms = matrix.norm_l2() / entries.sqrt();
            // The RMS of n normal entries has a relative standard deviation of 1/sqrt(2n): six of them.
            assert!((rms / 0.006 - 1.0).abs() < 6.0 / (2.0 * entries).sqrt(), "{kind}: {rms}");
        }
    }

    #[test]
    fn a_corpus_that_does_not_fit_the_model_is_an_error() {
        for (vocab, config) in [(200, CONFIG), (300, ModelConfig { width: 290, ..CONFIG })] {
            let error = crystallize(&corpus(vocab), &config, &RECIPE, 1).unwrap_err();
            assert!(matches!(error, EngineError::Request { .. }), "{error}");
        }
    }
}
