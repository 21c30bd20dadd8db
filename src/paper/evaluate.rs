//! Evaluates expressions on intervals: each printed number stands for everything that is printed so.

use std::ops::Range;

use super::error::suggest;
use super::expression::{Expression, ExpressionError, Node, Operator, Reference};
use super::interval::Interval;
use super::pearson::pearson;
use super::{Derived, Paper, Row, Stated, Table};

type Result<T> = std::result::Result<T, ExpressionError>;

/// What an expression may refer to: the tables and numbers above it, its own row, and the papers that its own continues
/// or cites.
#[derive(Clone, Copy)]
pub(super) struct Scope<'p> {
    pub tables: &'p [Table],
    pub stated: &'p [Stated],
    pub derived: &'p [Derived],
    pub others: &'p [&'p Paper],
    /// Columns to the left in the same row, and the row's own key where it is a number.
    pub row: &'p [(String, Interval)],
}

/// A result, and whether all of it is covered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outcome {
    pub interval: Interval,
    /// True where `interval` is only a part of what the printed numbers allow (a correlation's reach is searched).
    pub partial: bool,
}

#[derive(Debug, Clone)]
enum Value {
    One(Interval),
    Many(Vec<Interval>),
}

/// Evaluates to one number.
///
/// # Errors
/// Unknown names, a column where a number is needed, no finite result; with the place inside the expression.
pub(super) fn evaluate(expression: &Expression, scope: Scope<'_>) -> Result<Outcome> {
    let mut evaluator = Evaluator { scope, partial: false };
    let interval = evaluator.one(expression)?;
    Ok(Outcome { interval, partial: evaluator.partial })
}

/// The numbers of a column or of a single cell, in row order.
pub(super) fn numbers(expression: &Expression, scope: Scope<'_>) -> Result<Vec<Interval>> {
    match (Evaluator { scope, partial: false }).value(expression)? {
        Value::One(one) => Ok(vec![one]),
        Value::Many(many) => Ok(many),
    }
}

struct Evaluator<'p> {
    scope: Scope<'p>,
    partial: bool,
}

impl Evaluator<'_> {
    fn value(&mut self, expression: &Expression) -> Result<Value> {
        let at = &expression.at;
        match &expression.node {
            Node::Number(number) => finite(literal(*number), at).map(Value::One),
            Node::Reference(reference) => self.reference(reference, at),
            Node::Negative(inner) => Ok(match self.value(inner)? {
                Value::One(one) => Value::One(one.negated()),
                Value::Many(many) => Value::Many(many.into_iter().map(Interval::negated).collect()),
            }),
            Node::Binary(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                elementwise(left, right, at, |a, b| match operator {
                    Operator::Add => a.plus(b),
                    Operator::Subtract => a.minus(b),
                    Operator::Multiply => a.times(b),
                    Operator::Divide => a.over(b),
                    Operator::Power => a.pow(b),
                })
            }
            Node::Call(name, arguments) => self.call(name, arguments, at).map(Value::One),
        }
    }

    fn one(&mut self, expression: &Expression) -> Result<Interval> {
        match self.value(expression)? {
            Value::One(one) => Ok(one),
            Value::Many(many) => Err(ExpressionError::new(
                &expression.at,
                format!("this is a column of {} numbers where one is needed", many.len()),
                "pick a cell, as in b[k=32].loss, or use mean, min, max or pearson",
            )),
        }
    }

    fn call(&mut self, name: &str, arguments: &[Expression], at: &Range<usize>) -> Result<Interval> {
        match (name, arguments) {
            ("sqrt", [x]) => finite(self.one(x)?.sqrt(), at),
            ("abs", [x]) => finite(self.one(x)?.abs(), at),
            ("ln", [x]) => finite(self.one(x)?.ln(), at),
            ("exp", [x]) => finite(self.one(x)?.exp(), at),
            ("round", [x]) => finite(self.one(x)?.round(), at),
            ("sum", _) => finite(sum(&self.all(arguments)?), at),
            ("mean", _) => finite(mean(&self.all(arguments)?), at),
            ("median", _) => finite(median(&self.all(arguments)?), at),
            ("sd", _) => {
                let all = self.all(arguments)?;
                if all.len() < 2 {
                    return Err(ExpressionError::new(at, "the standard deviation of one number", "give two or more"));
                }
                finite(standard_deviation(&all), at)
            }
            ("min", _) => finite(self.all(arguments)?.into_iter().reduce(Interval::min), at),
            ("max", _) => finite(self.all(arguments)?.into_iter().reduce(Interval::max), at),
            ("pearson", [x, y]) => {
                let (x, y) = (self.all(std::slice::from_ref(x))?, self.all(std::slice::from_ref(y))?);
                if x.len() != y.len() || x.len() < 3 {
                    let message = format!("a correlation of {} with {} numbers", x.len(), y.len());
                    return Err(ExpressionError::new(at, message, "give two columns of equal length, 3 rows or more"));
                }
                self.partial = true;
                finite(pearson(&x, &y), at)
            }
            ("sqrt" | "abs" | "ln" | "exp" | "round" | "pearson", _) => {
                let wanted = if name == "pearson" { "two columns" } else { "one number" };
                Err(ExpressionError::new(
                    at,
                    format!("{name} with {} arguments", arguments.len()),
                    format!("give it {wanted}"),
                ))
            }
            _ => Err(ExpressionError::new(at, format!("there is no function `{name}`"), suggest(name, FUNCTIONS))),
        }
    }

    fn all(&mut self, arguments: &[Expression]) -> Result<Vec<Interval>> {
        let mut all = Vec::new();
        for argument in arguments {
            match self.value(argument)? {
                Value::One(one) => all.push(one),
                Value::Many(many) => all.extend(many),
            }
        }
        Ok(all)
    }

    fn reference(&self, reference: &Reference, at: &Range<usize>) -> Result<Value> {
        let Some(paper) = &reference.paper else { return referred(self.scope, reference, at) };
        let found = self.scope.others.iter().find(|other| other.id == *paper);
        let other = found.ok_or_else(|| {
            let known: Vec<&str> = self.scope.others.iter().map(|other| other.id.as_str()).collect();
            let hint = format!("name it in builds_on or cites, and give its file; {}", suggest(paper, known));
            ExpressionError::new(at, format!("the paper `{paper}` is not at hand here"), hint)
        })?;
        let there =
            Scope { tables: &other.tables, stated: &other.stated, derived: &other.derived, others: &[], row: &[] };
        referred(there, reference, at)
    }
}

/// What a reference picks within one paper.
fn referred(scope: Scope<'_>, reference: &Reference, at: &Range<usize>) -> Result<Value> {
    let name = &reference.name;
    if let Some(table) = scope.tables.iter().find(|table| table.id == *name) {
        return cells(table, reference, at);
    }
    if !reference.selectors.is_empty() || reference.column.is_some() {
        let known = scope.tables.iter().map(|table| table.id.as_str());
        return Err(ExpressionError::new(at, format!("there is no table `{name}` above"), suggest(name, known)));
    }
    if let Some((_, value)) = scope.row.iter().find(|(column, _)| column == name) {
        return Ok(Value::One(*value));
    }
    let numbers = scope.derived.iter().map(|derived| (derived.id.as_str(), &derived.printed));
    let mut numbers = numbers.chain(scope.stated.iter().map(|stated| (stated.id.as_str(), &stated.printed)));
    if let Some((_, printed)) = numbers.clone().find(|(id, _)| id == name) {
        return Ok(Value::One(printed.rounding()));
    }
    let known = scope.row.iter().map(|(column, _)| column.as_str()).chain(numbers.by_ref().map(|(id, _)| id));
    let hint = if name.contains('-') {
        format!("{}; a minus needs spaces around it", suggest(name, known))
    } else {
        suggest(name, known)
    };
    Err(ExpressionError::new(at, format!("nothing above is called `{name}`"), hint))
}

pub(super) const FUNCTIONS: [&str; 12] =
    ["sqrt", "abs", "ln", "exp", "round", "sum", "mean", "median", "sd", "min", "max", "pearson"];

fn sum(all: &[Interval]) -> Option<Interval> {
    all.iter().copied().map(Some).reduce(|sum, next| sum?.plus(next?)).flatten()
}

fn mean(all: &[Interval]) -> Option<Interval> {
    sum(all)?.over(Interval::point(all.len() as f64)?)
}

/// The median rises with every operand: its ends are the medians of the ends.
fn median(all: &[Interval]) -> Option<Interval> {
    let middle = |mut ends: Vec<f64>| -> Option<Interval> {
        ends.sort_by(f64::total_cmp);
        let (lower, upper) = (*ends.get((ends.len().max(1) - 1) / 2)?, *ends.get(ends.len() / 2)?);
        mean(&[Interval::point(lower)?, Interval::point(upper)?])
    };
    let low = middle(all.iter().map(|side| side.low()).collect())?;
    let high = middle(all.iter().map(|side| side.high()).collect())?;
    Interval::new(low.low(), high.high())
}

/// n - 1 in the denominator. An enclosure: each deviation is taken by itself.
fn standard_deviation(all: &[Interval]) -> Option<Interval> {
    let middle = mean(all)?;
    let two = Interval::point(2.0)?;
    let squares: Option<Vec<Interval>> = all.iter().map(|x| x.minus(middle)?.pow(two)).collect();
    sum(&squares?)?.over(Interval::point(all.len() as f64 - 1.0)?)?.sqrt()
}

/// A number in an expression is exact in decimal; a fraction is not in binary.
fn literal(number: f64) -> Option<Interval> {
    if number == number.trunc() { Interval::point(number) } else { Interval::new(number.next_down(), number.next_up()) }
}

fn finite(result: Option<Interval>, at: &Range<usize>) -> Result<Interval> {
    let hint = "a divisor or a variance that may be 0, or a root or logarithm of a negative number, has no value";
    result.ok_or_else(|| ExpressionError::new(at, "this has no finite value", hint))
}

fn elementwise(
    left: Value,
    right: Value,
    at: &Range<usize>,
    operation: impl Fn(Interval, Interval) -> Option<Interval>,
) -> Result<Value> {
    let pairs = match (left, right) {
        (Value::One(a), Value::One(b)) => return finite(operation(a, b), at).map(Value::One),
        (Value::One(a), Value::Many(b)) => b.into_iter().map(|b| (a, b)).collect::<Vec<_>>(),
        (Value::Many(a), Value::One(b)) => a.into_iter().map(|a| (a, b)).collect(),
        (Value::Many(a), Value::Many(b)) if a.len() == b.len() => a.into_iter().zip(b).collect(),
        (Value::Many(a), Value::Many(b)) => {
            let message = format!("columns of {} and {} numbers do not pair", a.len(), b.len());
            return Err(ExpressionError::new(at, message, "use columns with the same number of rows"));
        }
    };
    pairs.into_iter().map(|(a, b)| finite(operation(a, b), at)).collect::<Result<_>>().map(Value::Many)
}

/// The cells of a table that a reference picks: rows by the table's row axis, columns by name or by their condition.
fn cells(table: &Table, reference: &Reference, at: &Range<usize>) -> Result<Value> {
    let mut rows: Vec<&Row> = table.rows.iter().collect();
    let mut columns: Vec<usize> = (0..table.columns.len()).collect();
    if let Some(name) = reference.column.as_ref().filter(|name| **name == table.row_axis) {
        return keys(table, name, reference, at);
    }
    if let Some(name) = &reference.column {
        columns.retain(|&index| table.columns[index].name == *name);
        if columns.is_empty() {
            let known = table.columns.iter().map(|column| column.name.as_str());
            let message = format!("table `{}` has no column `{name}`", table.id);
            return Err(ExpressionError::new(at, message, suggest(name, known)));
        }
    }
    for selector in &reference.selectors {
        let missing = |what: &str, known: Vec<&str>| {
            let message = format!("table `{}` has no {what} {} = {}", table.id, selector.axis, selector.value);
            ExpressionError::new(&selector.at, message, suggest(&selector.value, known))
        };
        if selector.axis == table.row_axis {
            rows.retain(|row| row.label == selector.value);
            if rows.is_empty() {
                return Err(missing("row", table.rows.iter().map(|row| row.label.as_str()).collect()));
            }
            continue;
        }
        let on_axis = |index: &usize| table.columns[*index].axis.as_ref().filter(|(axis, _)| *axis == selector.axis);
        if !columns.iter().any(|index| on_axis(index).is_some()) {
            let axes = table.columns.iter().filter_map(|column| column.axis.as_ref()).map(|(axis, _)| axis.as_str());
            let mut known: Vec<&str> = std::iter::once(table.row_axis.as_str()).chain(axes).collect();
            known.dedup();
            let message = format!("nothing in table `{}` is told apart by `{}`", table.id, selector.axis);
            return Err(ExpressionError::new(&selector.at, message, suggest(&selector.axis, known)));
        }
        let known: Vec<&str> = columns.iter().filter_map(on_axis).map(|(_, value)| value.as_str()).collect();
        columns.retain(|index| on_axis(index).is_some_and(|(_, value)| *value == selector.value));
        if columns.is_empty() {
            return Err(missing("column", known));
        }
    }
    let cell = |row: &Row, column: usize| row.cells[column].printed.rounding();
    match (rows.as_slice(), columns.as_slice()) {
        ([row], [column]) => Ok(Value::One(cell(row, *column))),
        (rows, [column]) => Ok(Value::Many(rows.iter().map(|row| cell(row, *column)).collect())),
        ([row], columns) => Ok(Value::Many(columns.iter().map(|&column| cell(row, column)).collect())),
        _ => Err(ExpressionError::new(
            at,
            format!("this picks several rows and several columns of table `{}`", table.id),
            "name a row, as in a[k=64], or a column, as in b.loss or a[step=1]",
        )),
    }
}

/// The keys of a table's rows as numbers: `a.k`.
fn keys(table: &Table, name: &str, reference: &Reference, at: &Range<usize>) -> Result<Value> {
    let chosen = |row: &&Row| {
        let fits = |selector: &super::expression::Selector| selector.axis != *name || selector.value == row.label;
        reference.selectors.iter().all(fits)
    };
    let keys = table.rows.iter().filter(chosen).map(|row| super::Printed::parse(&row.label).map(|key| key.rounding()));
    let keys: Vec<Interval> = keys.collect::<std::result::Result<_, _>>().map_err(|error| {
        let hint = "only tables whose rows are told apart by numbers have a column of them";
        ExpressionError::new(at, format!("the rows of table `{}`: {error}", table.id), hint)
    })?;
    match keys.as_slice() {
        [] => {
            Err(ExpressionError::new(at, format!("table `{}` has no such row", table.id), "pick a row that is there"))
        }
        [one] => Ok(Value::One(*one)),
        _ => Ok(Value::Many(keys)),
    }
}
