//! The expressions that say how a printed number follows from others: `a[k=64, step=1] / a[k=32, step=1] - 1`.
//!
//! Numbers, `+ - * / ^`, parentheses, functions, and references: `b[k=32].loss` is a cell, `b.loss` a column,
//! `a[step=1]` a column told apart by its condition, `gain` a derived number, `svd` a column of the same row, and
//! `p84:b[k=32].loss` the same of another paper. A name may hold hyphens, so a minus between names needs spaces.

use std::ops::Range;

/// A parsed expression with the byte range of its text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expression {
    pub at: Range<usize>,
    pub node: Node,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Number(f64),
    Reference(Reference),
    Negative(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    Call(String, Vec<Expression>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

/// A paper, a name, the conditions in its brackets and the column behind its dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// The other paper that is referred to, if one is.
    pub paper: Option<String>,
    pub name: String,
    pub selectors: Vec<Selector>,
    pub column: Option<String>,
}

/// `k=64`, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    pub axis: String,
    pub value: String,
    pub at: Range<usize>,
}

impl Expression {
    /// Every reference in it, from left to right.
    pub fn references(&self) -> Vec<&Reference> {
        match &self.node {
            Node::Number(_) => Vec::new(),
            Node::Reference(reference) => vec![reference],
            Node::Negative(inner) => inner.references(),
            Node::Binary(_, left, right) => [left.references(), right.references()].concat(),
            Node::Call(_, arguments) => arguments.iter().flat_map(Self::references).collect(),
        }
    }
}

/// What is wrong with an expression, at which bytes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExpressionError {
    pub at: Range<usize>,
    pub message: String,
    pub hint: String,
}

impl ExpressionError {
    pub fn new(at: &Range<usize>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { at: at.clone(), message: message.into(), hint: hint.into() }
    }
}

/// True for the start of a name, and for what may follow inside one.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(in_name) && !text.ends_with('-')
}

pub(super) fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}
