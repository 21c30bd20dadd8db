//! Resolves the names of expressions: what is left are operations on printed numbers, each of which stands for everything
//! that is printed so.

use std::ops::Range;

use super::error::suggest;
use super::expression::{Expression, ExpressionError, Node, Operator, Reference};
use super::operation::Operation;
use super::relation::{Place, Relation};
use super::term::Term;
use super::{Derived, Paper, Printed, Row, Stated, Table};

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
    pub row: &'p [(String, Term)],
    /// The other paper whose numbers these are; `None` for the paper at hand.
    pub of: Option<&'p str>,
}

#[derive(Debug, Clone)]
enum Value {
    One(Term),
    Many(Vec<Term>),
}

/// Resolves to one number: the printed numbers behind it, and how it follows from them.
///
/// # Errors
/// Unknown names, a column where a number is needed, no finite result; with the place inside the expression.
pub(super) fn relation(expression: &Expression, scope: Scope<'_>) -> Result<Relation> {
    Ok(Evaluator { scope }.one(expression)?.relation())
}

/// The numbers of a column or of a single cell, in row order.
pub(super) fn numbers(expression: &Expression, scope: Scope<'_>) -> Result<Vec<Term>> {
    match (Evaluator { scope }).value(expression)? {
        Value::One(one) => Ok(vec![one]),
        Value::Many(many) => Ok(many),
    }
}

struct Evaluator<'p> {
    scope: Scope<'p>,
}

impl Evaluator<'_> {
    fn value(&self, expression: &Expression) -> Result<Value> {
        let at = &expression.at;
        match &expression.node {
            Node::Number(number) => finite(Term::number(*number), at).map(Value::One),
            Node::Reference(reference) => self.reference(reference, at),
            Node::Negative(inner) => Ok(match self.value(inner)? {
                Value::One(one) => Value::One(made(Operation::Negative, vec![one], at)?),
                Value::Many(many) => Value::Many(
                    many.into_iter().map(|one| made(Operation::Negative, vec![one], at)).collect::<Result<_>>()?,
                ),
            }),
            Node::Binary(operator, left, right) => {
                let operation = match operator {
                    Operator::Add => Operation::Add,
                    Operator::Subtract => Operation::Subtract,
                    Operator::Multiply => Operation::Multiply,
                    Operator::Divide => Operation::Divide,
                    Operator::Power => Operation::Power,
                };
                elementwise(self.value(left)?, self.value(right)?, at, operation)
            }
            Node::Call(name, arguments) => self.call(name, arguments, at).map(Value::One),
        }
    }

    fn one(&self, expression: &Expression) -> Result<Term> {
        match self.value(expression)? {
            Value::One(one) => Ok(one),
            Value::Many(many) => Err(ExpressionError::new(
                &expression.at,
                format!("this is a column of {} numbers where one is needed", many.len()),
                "pick a cell, as in b[k=32].loss, or use mean, min, max or pearson",
            )),
        }
    }

    fn call(&self, name: &str, arguments: &[Expression], at: &Range<usize>) -> Result<Term> {
        let wrong = |message: String, hint: &str| Err(ExpressionError::new(at, message, hint));
        let Some((_, takes, operation)) = FUNCTIONS_AND_OPERATIONS.iter().find(|(known, ..)| *known == name) else {
            return wrong(format!("there is no function `{name}`"), &suggest(name, FUNCTIONS));
        };
        let terms = match (takes, arguments) {
            (Takes::One, [x]) => vec![self.one(x)?],
            (Takes::Any, _) => self.all(arguments)?,
            (Takes::Two, [x, y]) => {
                let (mut x, y) = (self.all(std::slice::from_ref(x))?, self.all(std::slice::from_ref(y))?);
                if x.len() != y.len() || x.len() < 3 {
                    let message = format!("a correlation of {} with {} numbers", x.len(), y.len());
                    return wrong(message, "give two columns of equal length, 3 rows or more");
                }
                if constant(&x) || constant(&y) {
                    return wrong("the correlation of a column that is constant".to_owned(), "it has no value");
                }
                x.extend(y);
                x
            }
            (takes, _) => {
                let wanted = if matches!(takes, Takes::Two) { "two columns" } else { "one number" };
                return wrong(format!("{name} with {} arguments", arguments.len()), &format!("give it {wanted}"));
            }
        };
        if *operation == Operation::Sd && terms.len() < 2 {
            return wrong("the standard deviation of one number".to_owned(), "give two or more");
        }
        made(*operation, terms, at)
    }

    fn all(&self, arguments: &[Expression]) -> Result<Vec<Term>> {
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
        let there = Scope {
            tables: &other.tables,
            stated: &other.stated,
            derived: &other.derived,
            others: &[],
            row: &[],
            of: Some(&other.id),
        };
        referred(there, reference, at)
    }
}

/// What a reference picks within one paper.
fn referred(scope: Scope<'_>, reference: &Reference, at: &Range<usize>) -> Result<Value> {
    let name = &reference.name;
    if let Some(table) = scope.tables.iter().find(|table| table.id == *name) {
        return cells(scope.of, table, reference, at);
    }
    if !reference.selectors.is_empty() || reference.column.is_some() {
        let known = scope.tables.iter().map(|table| table.id.as_str());
        return Err(ExpressionError::new(at, format!("there is no table `{name}` above"), suggest(name, known)));
    }
    if let Some((_, value)) = scope.row.iter().find(|(column, _)| column == name) {
        return Ok(Value::One(value.clone()));
    }
    let derived = scope.derived.iter().map(|derived| (derived.id.as_str(), &derived.printed));
    let stated = scope.stated.iter().map(|stated| (stated.id.as_str(), &stated.printed));
    if let Some((id, printed)) = derived.clone().find(|(id, _)| id == name) {
        return Ok(Value::One(Term::printed(Place::derived(scope.of, id), printed)));
    }
    if let Some((id, printed)) = stated.clone().find(|(id, _)| id == name) {
        return Ok(Value::One(Term::printed(Place::stated(scope.of, id), printed)));
    }
    let known = scope.row.iter().map(|(column, _)| column.as_str());
    let known = known.chain(derived.chain(stated).map(|(id, _)| id));
    let hint = if name.contains('-') {
        format!("{}; a minus needs spaces around it", suggest(name, known))
    } else {
        suggest(name, known)
    };
    Err(ExpressionError::new(at, format!("nothing above is called `{name}`"), hint))
}

/// What a function wants: one number, two columns, or any numbers and columns.
#[derive(Debug, Clone, Copy)]
enum Takes {
    One,
    Two,
    Any,
}

const FUNCTIONS_AND_OPERATIONS: [(&str, Takes, Operation); 12] = [
    ("sqrt", Takes::One, Operation::Sqrt),
    ("abs", Takes::One, Operation::Abs),
    ("ln", Takes::One, Operation::Ln),
    ("exp", Takes::One, Operation::Exp),
    ("round", Takes::One, Operation::Round),
    ("sum", Takes::Any, Operation::Sum),
    ("mean", Takes::Any, Operation::Mean),
    ("median", Takes::Any, Operation::Median),
    ("sd", Takes::Any, Operation::Sd),
    ("min", Takes::Any, Operation::Min),
    ("max", Takes::Any, Operation::Max),
    ("pearson", Takes::Two, Operation::Pearson),
];

/// The names of all functions.
pub(super) const FUNCTIONS: [&str; 12] =
    ["sqrt", "abs", "ln", "exp", "round", "sum", "mean", "median", "sd", "min", "max", "pearson"];

/// True where all numbers are printed alike.
fn constant(terms: &[Term]) -> bool {
    terms.windows(2).all(|pair| pair[0].value() == pair[1].value())
}

fn made(operation: Operation, terms: Vec<Term>, at: &Range<usize>) -> Result<Term> {
    finite(Term::made(operation, terms), at)
}

fn finite(result: Option<Term>, at: &Range<usize>) -> Result<Term> {
    let hint = "a divisor or a variance that may be 0, or a root or logarithm of a negative number, has no value";
    result.ok_or_else(|| ExpressionError::new(at, "this has no finite value", hint))
}

fn elementwise(left: Value, right: Value, at: &Range<usize>, operation: Operation) -> Result<Value> {
    let pairs = match (left, right) {
        (Value::One(a), Value::One(b)) => return made(operation, vec![a, b], at).map(Value::One),
        (Value::One(a), Value::Many(b)) => b.into_iter().map(|b| (a.clone(), b)).collect::<Vec<_>>(),
        (Value::Many(a), Value::One(b)) => a.into_iter().map(|a| (a, b.clone())).collect(),
        (Value::Many(a), Value::Many(b)) if a.len() == b.len() => a.into_iter().zip(b).collect(),
        (Value::Many(a), Value::Many(b)) => {
            let message = format!("columns of {} and {} numbers do not pair", a.len(), b.len());
            return Err(ExpressionError::new(at, message, "use columns with the same number of rows"));
        }
    };
    pairs.into_iter().map(|(a, b)| made(operation, vec![a, b], at)).collect::<Result<_>>().map(Value::Many)
}

/// The cells of a table that a reference picks: rows by the table's row axis, columns by name or by their condition.
fn cells(paper: Option<&str>, table: &Table, reference: &Reference, at: &Range<usize>) -> Result<Value> {
    let mut rows: Vec<(usize, &Row)> = table.rows.iter().enumerate().collect();
    let mut columns: Vec<usize> = (0..table.columns.len()).collect();
    if let Some(axis) = reference.column.as_ref().filter(|name| **name == table.row_axis) {
        return keys(paper, table, axis, reference, at);
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
            rows.retain(|(_, row)| row.label == selector.value);
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
    let cell = |(at, row): (usize, &Row), column: usize| {
        let place = Place::cell(paper, &table.id, (at, &row.label), (column, &table.columns[column].name));
        Term::printed(place, &row.cells[column].printed)
    };
    match (rows.as_slice(), columns.as_slice()) {
        ([row], [column]) => Ok(Value::One(cell(*row, *column))),
        (rows, [column]) => Ok(Value::Many(rows.iter().map(|&row| cell(row, *column)).collect())),
        ([row], columns) => Ok(Value::Many(columns.iter().map(|&column| cell(*row, column)).collect())),
        _ => Err(ExpressionError::new(
            at,
            format!("this picks several rows and several columns of table `{}`", table.id),
            "name a row, as in a[k=64], or a column, as in b.loss or a[step=1]",
        )),
    }
}

/// The keys of a table's rows as numbers: `a.k`.
fn keys(paper: Option<&str>, table: &Table, axis: &str, reference: &Reference, at: &Range<usize>) -> Result<Value> {
    let chosen = |row: &Row| {
        let mut own = reference.selectors.iter().filter(|selector| selector.axis == axis);
        own.all(|selector| selector.value == row.label)
    };
    let mut keys = Vec::new();
    for (index, row) in table.rows.iter().enumerate().filter(|(_, row)| chosen(row)) {
        let printed = Printed::parse(&row.label).map_err(|error| {
            let hint = "only tables whose rows are told apart by numbers have a column of them";
            ExpressionError::new(at, format!("the rows of table `{}`: {error}", table.id), hint)
        })?;
        keys.push(Term::printed(Place::key(paper, &table.id, (index, &row.label)), &printed));
    }
    match keys.as_slice() {
        [] => {
            Err(ExpressionError::new(at, format!("table `{}` has no such row", table.id), "pick a row that is there"))
        }
        [one] => Ok(Value::One(one.clone())),
        _ => Ok(Value::Many(keys)),
    }
}
