//! Expressions while their names are resolved: each term knows its value and the printed numbers behind it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Printed;
use super::formula::Steps;
use super::interval::Interval;
use super::operation::Operation;
use super::relation::{Operand, Place, Relation};

/// A number that an expression speaks of. Clones share what they are made of.
#[derive(Debug, Clone)]
pub(super) struct Term(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    origin: Origin,
    value: Interval,
}

#[derive(Debug)]
enum Origin {
    Printed(Operand),
    Made(Operation, Vec<Term>),
}

impl Term {
    /// A printed number.
    pub fn printed(place: Place, printed: &Printed) -> Self {
        let origin = Origin::Printed(Operand { place, printed: printed.clone() });
        Self(Rc::new(Inner { origin, value: printed.rounding() }))
    }

    /// What `operation` makes of `terms`; `None` where it has no finite value.
    pub fn made(operation: Operation, terms: Vec<Self>) -> Option<Self> {
        let values: Vec<Interval> = terms.iter().map(Self::value).collect();
        let value = operation.value(&values)?;
        Some(Self(Rc::new(Inner { origin: Origin::Made(operation, terms), value })))
    }

    /// A number of the expression itself.
    pub fn number(number: f64) -> Option<Self> {
        Self::made(Operation::Number(number), Vec::new())
    }

    /// What the printed numbers allow: an outer bound, not always a sharp one.
    pub fn value(&self) -> Interval {
        self.0.value
    }

    /// The printed numbers behind it, and how it follows from them.
    pub fn relation(&self) -> Relation {
        let mut resolver = Resolver::default();
        let result = resolver.step(self);
        Relation { operands: resolver.operands, formula: resolver.steps.finish(result) }
    }
}

#[derive(Default)]
struct Resolver {
    steps: Steps,
    operands: Vec<Operand>,
    /// The steps of shared terms, by their address.
    known: BTreeMap<usize, usize>,
}

impl Resolver {
    fn step(&mut self, term: &Term) -> usize {
        let address = Rc::as_ptr(&term.0).addr();
        if let Some(step) = self.known.get(&address) {
            return *step;
        }
        let step = match &term.0.origin {
            Origin::Printed(operand) => {
                let known = self.operands.iter().position(|other| other.place == operand.place);
                let index = known.unwrap_or_else(|| {
                    self.operands.push(operand.clone());
                    self.operands.len() - 1
                });
                self.steps.push(Operation::Operand(index), Vec::new())
            }
            Origin::Made(operation, terms) => {
                let of = terms.iter().map(|term| self.step(term)).collect();
                self.steps.push(*operation, of)
            }
        };
        self.known.insert(address, step);
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(id: &str, text: &str) -> Term {
        Term::printed(Place::derived(None, id), &Printed::parse(text).unwrap())
    }

    #[test]
    fn a_place_that_occurs_twice_is_one_operand() {
        let sum = Term::made(Operation::Sum, vec![term("a", "0.1"), term("b", "0.1"), term("a", "0.1")]).unwrap();
        let relation = sum.relation();
        let places: Vec<_> = relation.operands.iter().map(|operand| operand.place.to_string()).collect();
        assert_eq!(places, ["derived a", "derived b"]);
        assert_eq!(relation.written(), "sum(0.1, 0.1, 0.1)");
    }

    #[test]
    fn what_has_no_value_is_no_term() {
        assert!(Term::made(Operation::Divide, vec![term("a", "1"), term("b", "0.0")]).is_none());
        assert!(Term::number(f64::NAN).is_none());
    }
}
