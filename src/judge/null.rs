//! Is a confirmed claim more than what the instrument gives on structureless input?
//!
//! The null is the plug-in one of science.md: the same measure, the same averaging, on the same gradients, through Haar
//! frames. Only equivalence with it counts, never a failure to differ.

use crate::claim::{Outcome, Rule};
use crate::question::{Average, Base, Frame, Lens, MatrixKind, Question};
use crate::stats::SampleMean;

/// What the null says of a claim's statistic.
#[derive(Debug, Clone, PartialEq)]
pub struct NullRuling {
    /// The statistic's mean under the null, where the claim has a scalar one.
    pub statistic: Option<f64>,
    /// True where the null predicts the claim.
    pub predicts: bool,
    /// The arithmetic in words.
    pub words: String,
}

/// Share of the null's draws that must confirm a claim without a scalar statistic.
const PREDICTED_SHARE: f64 = 0.975;

/// `values[seed][i]` is the measured value of question i, `null[seed][draw][i]` the same through Haar frames. `None`
/// where some question has no null.
pub fn against_null(rule: &Rule, values: &[Vec<f64>], null: &[Vec<Vec<f64>>]) -> Option<NullRuling> {
    let draws = null.iter().map(Vec::len).min().filter(|&draws| draws > 0)?;
    let of_seed = |draws: &Vec<Vec<f64>>| {
        let thetas: Option<Vec<f64>> = draws.iter().map(|draw| rule.statistic(draw)).collect();
        thetas.map(|thetas| thetas.iter().sum::<f64>() / thetas.len() as f64)
    };
    let expected: Option<Vec<f64>> = null.iter().map(of_seed).collect();
    let measured: Option<Vec<f64>> = values.iter().map(|values| rule.statistic(values)).collect();
    let (Some(expected), Some(measured)) = (expected, measured) else {
        return Some(by_draws(rule, null, draws));
    };
    let excess: Vec<f64> = measured.iter().zip(&expected).map(|(theta, null)| theta - null).collect();
    let mean_null = expected.iter().sum::<f64>() / expected.len() as f64;
    // Equivalence at 5 % is the 90 % interval inside the band.
    let interval = SampleMean::of(&excess).and_then(|sample| sample.interval(0.90)).ok()?;
    let band = rule.negligible();
    let predicts = interval.low > -band && interval.high < band;
    let relation = if predicts { "no more than" } else { "beyond" };
    let words = format!(
        "{relation} the null: measured minus null [{:+.3}, {:+.3}] against a band of {band:.3}",
        interval.low, interval.high
    );
    Some(NullRuling { statistic: Some(mean_null), predicts, words })
}

/// A claim without a scalar statistic is predicted where the null's own draws confirm it.
fn by_draws(rule: &Rule, null: &[Vec<Vec<f64>>], draws: usize) -> NullRuling {
    let confirms = |draw: usize| {
        let seeds: Vec<Vec<f64>> = null.iter().map(|of_seed| of_seed[draw].clone()).collect();
        rule.decide(&seeds).is_ok_and(|ruling| ruling.outcome == Outcome::Confirmed)
    };
    let confirmed = (0..draws).filter(|&draw| confirms(draw)).count();
    let predicts = confirmed as f64 >= PREDICTED_SHARE * draws as f64;
    let words = format!("Haar frames on the same gradients confirm it in {confirmed} of {draws} draws");
    NullRuling { statistic: None, predicts, words }
}

/// True where the claim compares with the null itself: then the null is one side of it, not a judge over it.
pub fn is_about_the_null(questions: &[Question]) -> bool {
    questions.iter().any(|question| question.condition.lens == Lens::Haar)
}

/// True where the base makes W's own frames Haar-distributed, whatever CT-LoRA does: the crystallized base's blocks
/// (science.md, "Default base"). Averages over all matrices count as blocks: 32 of 33 are.
pub fn frames_are_haar_by_construction(question: &Question) -> bool {
    let condition = &question.condition;
    condition.base == Base::Crystallized
        && matches!(condition.frame, Frame::Svd | Frame::Bottom)
        && condition.over != Average::Kind(MatrixKind::TokEmb)
        && question.quantity.is_seen_through_frames()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::Direction;

    fn linear() -> Rule {
        Rule::PowerLaw { x: vec![1.0, 2.0, 4.0], exponent: 1.0, within: 0.1 }
    }

    fn power(exponent: f64, wobble: f64) -> Vec<f64> {
        [1.0_f64, 2.0, 4.0].map(|x| x.powf(exponent + wobble)).to_vec()
    }

    #[test]
    fn an_exponent_that_the_null_has_too_is_predicted() {
        let null: Vec<Vec<Vec<f64>>> = (0..3).map(|_| (0..20).map(|_| power(1.0, 0.0)).collect()).collect();
        let same: Vec<_> = [-0.001, 0.0, 0.001].map(|w| power(1.0, w)).to_vec();
        let other: Vec<_> = [-0.001, 0.0, 0.001].map(|w| power(1.08, w)).to_vec();
        assert!(against_null(&linear(), &same, &null).unwrap().predicts);
        assert!(!against_null(&linear(), &other, &null).unwrap().predicts);
    }

    #[test]
    fn an_order_that_every_draw_shows_is_predicted_and_one_that_none_shows_is_not() {
        let rule = Rule::Monotone { labels: vec!["a".into(), "b".into()], direction: Direction::Rising, by: 0.0 };
        let draws =
            |y: [f64; 2]| (0..3).map(|s| (0..20).map(|_| vec![y[0], y[1] + 0.01 * f64::from(s)]).collect()).collect();
        let rising: Vec<Vec<Vec<f64>>> = draws([1.0, 2.0]);
        let falling: Vec<Vec<Vec<f64>>> = draws([2.0, 1.0]);
        let values = vec![vec![1.0, 2.0], vec![1.0, 2.1], vec![1.0, 2.2]];
        assert!(against_null(&rule, &values, &rising).unwrap().predicts);
        assert!(!against_null(&rule, &values, &falling).unwrap().predicts);
        assert!(against_null(&rule, &values, &[vec![], vec![], vec![]]).is_none());
    }
}
