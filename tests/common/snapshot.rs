//! Snapshots that compare floats with a stated tolerance, and everything else exactly.

use insta::internals::SnapshotContents;
use insta::{Comparator, Settings, Snapshot};
use serde::Serialize;
use serde_json::Value;

/// Holds `value` against `snapshots/NAME.snap`.
pub fn assert_as_kept(name: &str, value: &impl Serialize, tolerance: Tolerance) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_comparator(Box::new(WithTolerance(tolerance)));
    let text = serde_json::to_string_pretty(value).expect("the value has a JSON form");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// How far two numbers may lie apart: a share of the larger, and what counts as rounding of zero.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    pub share: f64,
    pub floor: f64,
}

/// For means over seeds. Adam turns rounding in a gradient that crosses zero into a step of its own size: replays of one
/// run on other instruction sets were seen 2e-4 nats apart after 40 steps, on spreads over seeds of a few hundredths; 1 %
/// of a value leaves room for that and shows every change of the recipe. The smallest measured number of a table is some
/// 1e-3.
pub const MEANS: Tolerance = Tolerance { share: 0.01, floor: 1e-6 };

/// For single seeds under flips: no other seed averages rounding out, and four times the rate or the steps carry it
/// further.
pub const SINGLE_SEED: Tolerance = Tolerance { share: 0.05, floor: 1e-3 };

/// Compares the numbers of two JSON texts with a tolerance, and everything else exactly.
#[derive(Clone)]
struct WithTolerance(Tolerance);

impl Comparator for WithTolerance {
    fn matches(&self, reference: &Snapshot, test: &Snapshot) -> bool {
        let json = |snapshot: &Snapshot| match snapshot.contents() {
            SnapshotContents::Text(text) => serde_json::from_str::<Value>(&text.to_string()).ok(),
            SnapshotContents::Binary(_) => None,
        };
        match (json(reference), json(test)) {
            (Some(reference), Some(test)) => close(&reference, &test, self.0),
            _ => false,
        }
    }

    fn dyn_clone(&self) -> Box<dyn Comparator> {
        Box::new(self.clone())
    }
}

/// Equal, but for what the tolerance allows two numbers.
pub fn close(a: &Value, b: &Value, tolerance: Tolerance) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() && b.is_f64() => {
            let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
            (a - b).abs() <= tolerance.share * a.abs().max(b.abs()) + tolerance.floor
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b, tolerance))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| close(a, b, tolerance)))
        }
        (a, b) => a == b,
    }
}
