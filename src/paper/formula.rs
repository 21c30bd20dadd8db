//! An expression with all its names resolved: steps over numbered operands, each step after those that it uses. An
//! operand that occurs twice is one operand, so that its rounding is not counted twice.

use std::collections::BTreeMap;

use super::interval::Interval;
use super::operation::Operation;
use super::slope::Slope;

/// The steps of an expression; the last one is its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    steps: Vec<Step>,
}

/// One operation and the earlier steps that it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub operation: Operation,
    pub of: Vec<usize>,
}

/// Collects steps; the same operation on the same steps is made once.
#[derive(Debug, Default)]
pub struct Steps {
    steps: Vec<Step>,
    known: BTreeMap<String, usize>,
}

impl Steps {
    /// The step that does `operation` with the results of the steps `of`.
    pub fn push(&mut self, operation: Operation, of: Vec<usize>) -> usize {
        let (next, key) = (self.steps.len(), format!("{operation:?} {of:?}"));
        let at = *self.known.entry(key).or_insert(next);
        if at == next {
            self.steps.push(Step { operation, of });
        }
        at
    }

    /// The formula whose result is the step `result`; steps that it does not need are left out.
    pub fn finish(self, result: usize) -> Formula {
        let mut needed = vec![false; self.steps.len()];
        if let Some(last) = needed.get_mut(result) {
            *last = true;
        }
        for (at, step) in self.steps.iter().enumerate().rev() {
            if needed[at] {
                step.of.iter().for_each(|&used| needed[used] = true);
            }
        }
        let mut places = Vec::new();
        let mut steps = Vec::new();
        for (step, needed) in self.steps.into_iter().zip(needed) {
            places.push(steps.len());
            if needed {
                let of = step.of.iter().map(|&used| places[used]).collect();
                steps.push(Step { of, ..step });
            }
        }
        Formula { steps }
    }
}

impl Formula {
    /// Its steps, the result last.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The result's own operation.
    pub(super) fn last(&self) -> Option<&Step> {
        self.steps.last()
    }

    /// For every step, whether it depends on a printed number.
    pub fn with_operands(&self) -> Vec<bool> {
        let mut with: Vec<bool> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let own = matches!(step.operation, Operation::Operand(_));
            with.push(own || step.of.iter().any(|&used| with.get(used).copied().unwrap_or(false)));
        }
        with
    }

    /// The same formula with the step `at` replaced by what `make` builds from the steps that it used.
    pub fn rewritten(&self, at: usize, make: impl Fn(&mut Steps, &[usize]) -> usize) -> Self {
        self.mapped(
            |steps, index, step, of| {
                if index == at { make(steps, &of) } else { steps.push(step.operation, of) }
            },
        )
    }

    /// The same formula over other operands: `number` gives each one's new index.
    pub fn renumbered(&self, number: impl Fn(usize) -> usize) -> Self {
        self.mapped(|steps, _, step, of| match step.operation {
            Operation::Operand(operand) => steps.push(Operation::Operand(number(operand)), of),
            operation => steps.push(operation, of),
        })
    }

    fn mapped(&self, make: impl Fn(&mut Steps, usize, &Step, Vec<usize>) -> usize) -> Self {
        let mut steps = Steps::default();
        let mut places: Vec<usize> = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            let of = step.of.iter().filter_map(|&used| places.get(used).copied()).collect();
            let place = make(&mut steps, index, step, of);
            places.push(place);
        }
        steps.finish(places.last().copied().unwrap_or(0))
    }

    /// The value of every step while operand i stays in `operands[i]`; `None` where one has no finite value.
    pub(super) fn values(&self, operands: &[Interval]) -> Option<Vec<Interval>> {
        let mut values: Vec<Interval> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            values.push(match step.operation {
                Operation::Operand(operand) => *operands.get(operand)?,
                operation => {
                    let of: Option<Vec<Interval>> = step.of.iter().map(|&used| values.get(used).copied()).collect();
                    operation.value(&of?)?
                }
            });
        }
        Some(values)
    }

    /// The result's value: an outer bound, wider than need be where an operand occurs in several steps.
    pub fn value(&self, operands: &[Interval]) -> Option<Interval> {
        self.values(operands)?.last().copied()
    }

    /// Bounds of the result's slope in each of `count` operands, given the steps' values: the chain rule, backwards.
    pub(super) fn slopes(&self, values: &[Interval], count: usize) -> Vec<Slope> {
        let mut of_step = vec![Slope::NONE; self.steps.len()];
        let mut of_operand = vec![Slope::NONE; count];
        if let Some(last) = of_step.last_mut() {
            *last = Slope::ONE;
        }
        for (at, step) in self.steps.iter().enumerate().rev() {
            let outer = of_step[at];
            if let Operation::Operand(operand) = step.operation {
                if let Some(slope) = of_operand.get_mut(operand) {
                    *slope = slope.plus(outer);
                }
                continue;
            }
            let arguments: Vec<Interval> = step.of.iter().filter_map(|&used| values.get(used).copied()).collect();
            let inner = values.get(at).map(|value| step.operation.slopes(&arguments, *value)).unwrap_or_default();
            for (&used, inner) in step.of.iter().zip(inner) {
                of_step[used] = of_step[used].plus(outer.times(inner));
            }
        }
        of_operand
    }

    /// The formula in writing, with `operands` for the printed numbers: `0.131 / 0.068 - 1`. Long lists are cut.
    pub fn written(&self, operands: &[&str]) -> String {
        let mut texts: Vec<(u8, String)> = Vec::new();
        for step in &self.steps {
            let text = written(step, &texts, operands);
            texts.push(text);
        }
        texts.pop().map(|(_, text)| text).unwrap_or_default()
    }
}

/// How tightly a step binds: sums, products, powers, and what needs no parentheses.
const SUM: u8 = 1;
const PRODUCT: u8 = 2;
const POWER: u8 = 3;
const ATOM: u8 = 4;

/// Beyond this a reader no longer calculates by hand.
const LONGEST: usize = 400;

fn written(step: &Step, texts: &[(u8, String)], operands: &[&str]) -> (u8, String) {
    let at_least = |tightness: u8, used: usize| match texts.get(used) {
        Some((own, text)) if *own < tightness => format!("({text})"),
        Some((_, text)) => text.clone(),
        None => String::new(),
    };
    let of = |index: usize, tightness: u8| step.of.get(index).map_or(String::new(), |&used| at_least(tightness, used));
    let pair = |tightness: u8, sign: &str| {
        (tightness, format!("{} {sign} {}", of(0, tightness), of(1, tightness + u8::from(sign != "+" && sign != "*"))))
    };
    let list = |used: &[usize]| {
        let list = used.iter().map(|&used| at_least(0, used)).collect::<Vec<_>>().join(", ");
        let cut = list.char_indices().nth(LONGEST).map(|(cut, _)| cut);
        cut.map_or_else(|| list.clone(), |cut| format!("{} ..", &list[..cut]))
    };
    let call = |name: &str| (ATOM, format!("{name}({})", list(&step.of)));
    match step.operation {
        Operation::Number(number) => (ATOM, number.to_string()),
        // A negative number needs parentheses inside a product, an approximate one anywhere.
        Operation::Operand(operand) => match operands.get(operand) {
            Some(text) if text.starts_with(|c: char| c.is_ascii_digit()) => (ATOM, (*text).to_owned()),
            Some(text) => (SUM, (*text).to_owned()),
            None => (ATOM, String::new()),
        },
        Operation::Negative => (SUM, format!("-{}", of(0, PRODUCT))),
        Operation::Add => pair(SUM, "+"),
        Operation::Subtract => pair(SUM, "-"),
        Operation::Multiply => pair(PRODUCT, "*"),
        Operation::Divide => pair(PRODUCT, "/"),
        Operation::Power => (POWER, format!("{} ^ {}", of(0, ATOM), of(1, POWER))),
        Operation::Sqrt => call("sqrt"),
        Operation::Abs => call("abs"),
        Operation::Ln => call("ln"),
        Operation::Exp => call("exp"),
        Operation::Round => call("round"),
        Operation::Sum => call("sum"),
        Operation::Mean => call("mean"),
        Operation::Median => call("median"),
        Operation::Sd => call("sd"),
        Operation::Min => call("min"),
        Operation::Max => call("max"),
        Operation::Pearson => {
            let (x, y) = step.of.split_at(step.of.len() / 2);
            (ATOM, format!("pearson([{}], [{}])", list(x), list(y)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (a - b) / a, or with the steps that `extra` adds.
    fn share() -> Formula {
        let mut steps = Steps::default();
        let (a, b) = (steps.push(Operation::Operand(0), vec![]), steps.push(Operation::Operand(1), vec![]));
        let difference = steps.push(Operation::Subtract, vec![a, b]);
        let again = steps.push(Operation::Operand(0), vec![]);
        let unused = steps.push(Operation::Ln, vec![b]);
        assert_eq!((again, unused), (a, 3));
        let result = steps.push(Operation::Divide, vec![difference, again]);
        steps.finish(result)
    }

    #[test]
    fn steps_are_made_once_and_only_where_needed() {
        assert_eq!(share().steps().len(), 4);
        assert_eq!(share().written(&["0.5", "\u{2212}0.25"]), "(0.5 - (\u{2212}0.25)) / 0.5");
    }

    #[test]
    fn the_chain_rule_adds_up_over_both_uses() {
        let operands = [Interval::point(4.0).unwrap(), Interval::point(2.0).unwrap()];
        let formula = share();
        let values = formula.values(&operands).unwrap();
        assert!(values.last().is_some_and(|value| value.contains(0.5)));
        // d/da (1 - b/a) = b / a^2 = 1/8, d/db = -1/a = -1/4: fractions of powers of two, off by outward steps only.
        let slopes = formula.slopes(&values, 2);
        assert!((slopes[0].low - 0.125).abs() < 1e-15 && (slopes[1].high + 0.25).abs() < 1e-15, "{slopes:?}");
    }

    #[test]
    fn a_step_is_rewritten() {
        let swapped = share().rewritten(3, |steps, of| steps.push(Operation::Divide, vec![of[1], of[0]]));
        assert_eq!(swapped.written(&["a", "b"]), "(a) / (a - (b))");
        assert_eq!(share().renumbered(|operand| 1 - operand).written(&["1", "2"]), "(2 - 1) / 2");
    }
}
