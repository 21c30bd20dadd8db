//! Every quantity can be confirmed and refuted: measured under two conditions that must differ, the claim that names their
//! true order is confirmed, and the one that names the other is refuted.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use ctlora::judge::{Flips, Inquiry, Selection, Verdict};
use ctlora::lab::ScaleName;
use ctlora::paper;
use ctlora::question::{Base, Quantity};

/// Two conditions, the one with the lower value first, and what else must hold. Why it is lower stands beside it.
const fn lower_and_higher(quantity: Quantity) -> (&'static str, [&'static str; 2], &'static str) {
    match quantity {
        // Training on one batch.
        Quantity::Loss => ("step", ["20", "1"], ""),
        Quantity::LossFall => ("step", ["1", "20"], ""),
        // The same fall for more parameters: at equal steps the fall grows more slowly than K.
        Quantity::LossGainPerParameter => ("k", ["64", "2"], "at = { step = 20 }\n"),
        // A frame of the gradient's own directions covers more of it than a random one.
        Quantity::CoreCoverage => ("frame", ["'haar'", "'gradient'"], ""),
        // Turning V inside its span takes the diagonal away and leaves the core.
        Quantity::DiagonalCoverage => ("frame", ["'rotated-gradient'", "'gradient'"], ""),
        // Energy is more concentrated than amplitude.
        Quantity::GradientEffectiveRank => ("spectrum", ["'sigma-squared'", "'sigma'"], ""),
        // The same, seen through the gradient's own frames: through those of W it is what the null gives.
        Quantity::ConstrainedEffectiveRank => {
            ("spectrum", ["'sigma-squared'", "'sigma'"], "at = { frame = 'gradient' }\n")
        }
        Quantity::WeightEffectiveRank => ("spectrum", ["'sigma-squared'", "'sigma'"], ""),
        // |g| has a smaller deviation than g, whose mean is near zero: the same mean |g| over less.
        Quantity::Snr => ("noise", ["'signed'", "'magnitude'"], "at = { step = 10 }\n"),
        Quantity::GradientMean => ("frame", ["'haar'", "'gradient'"], ""),
        Quantity::GradientVariance => ("noise", ["'magnitude'", "'signed'"], "at = { step = 10 }\n"),
        // One batch at every step: its gradient turns slowly.
        Quantity::GradientCosine => ("batch", ["'fresh'", "'fixed'"], "at = { step = 10 }\n"),
        Quantity::MonotoneShare => ("batch", ["'fresh'", "'fixed'"], "at = { step = 20 }\n"),
        Quantity::DirectionDiversity => ("batch", ["'fixed'", "'fresh'"], "at = { step = 10 }\n"),
    }
}

fn text() -> String {
    let mut text = "id = \"q\"\ntitle = \"Quantities\"\nstatus = \"draft\"\n[setup]\nk = 16\nstep = 1\n".to_owned();
    for quantity in Quantity::ALL {
        let (field, [lower, higher], at) = lower_and_higher(quantity);
        for (id, direction, verdict) in [("true", "rising", "confirmed"), ("false", "falling", "refuted")] {
            text += &format!(
                "[[claim]]\nid = \"{quantity}-{id}\"\nsays = \"an order\"\nkind = \"monotone\"\ny = \"{quantity}\"\n\
                 along = {{ {field} = [{lower}, {higher}] }}\n{at}rule = {{ direction = \"{direction}\" }}\n\
                 verdict = \"{verdict}\"\nbecause = \"see the test\"\n"
            );
        }
    }
    text
}

#[test]
fn every_quantity_confirms_one_claim_and_refutes_another() {
    let paper = paper::load("q.toml", &text()).expect("the paper loads");
    let inquiry = Inquiry {
        scale: ScaleName::Ci,
        bases: vec![Base::Crystallized],
        seeds: (1..=6).collect(),
        claims: Selection::whole(false),
        flips: Flips::Recorded,
        own_text: false,
    };
    let result = common::verified(&paper, &inquiry).expect("the paper is verified");
    assert_eq!(result.claims.len(), 2 * Quantity::ALL.len());
    for claim in result.claims {
        let wanted = if claim.id.ends_with("-true") { Verdict::Confirmed } else { Verdict::Refuted };
        let ruling = &claim.by_base["crystallized"];
        assert_eq!(claim.verdict, wanted, "{}: {}", claim.id, ruling.evidence);
    }
}
