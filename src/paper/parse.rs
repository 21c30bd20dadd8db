//! Reads the text of an expression: sums of products of powers of terms, by recursive descent.

use super::expression::{Expression, ExpressionError, Node, Operator, Reference, Selector, in_name};

type Result<T> = std::result::Result<T, ExpressionError>;

/// Parentheses, signs and calls inside each other; beyond this nobody can read it.
const MAX_DEPTH: usize = 32;

/// Sums and products of more terms than this are a column's; each term nests one level deeper.
const MAX_OPERATORS: usize = 500;

/// Reads an expression.
///
/// # Errors
/// The first place where the text is none.
pub(super) fn parse(text: &str) -> Result<Expression> {
    let mut parser = Parser { text, position: 0, depth: 0, operators: 0 };
    let expression = parser.sum()?;
    match parser.peek() {
        None => Ok(expression),
        Some(_) => Err(parser.unexpected("an operator or the end")),
    }
}

struct Parser<'t> {
    text: &'t str,
    position: usize,
    depth: usize,
    operators: usize,
}

impl Parser<'_> {
    /// The next character that is not a blank.
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.position..];
        self.position += rest.len() - rest.trim_start().len();
        self.text[self.position..].chars().next()
    }

    fn accept(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.position += wanted.len_utf8();
        }
        found
    }

    fn expect(&mut self, wanted: char) -> Result<()> {
        if self.accept(wanted) { Ok(()) } else { Err(self.unexpected(&format!("`{wanted}`"))) }
    }

    fn unexpected(&mut self, wanted: &str) -> ExpressionError {
        let found = self.peek();
        let at = self.position..self.position + found.map_or(0, char::len_utf8);
        let message =
            found.map_or("the expression ends too early".to_owned(), |c| format!("`{c}` is not expected here"));
        ExpressionError::new(
            &at,
            message,
            format!("write {wanted} here; a cell is written a[k=64, step=1] or b[k=32].loss"),
        )
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &str {
        let rest = &self.text[self.position..];
        let length = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.position += length;
        &rest[..length]
    }

    fn left_to_right(
        &mut self,
        operators: [(char, Operator); 2],
        next: fn(&mut Self) -> Result<Expression>,
    ) -> Result<Expression> {
        let mut left = next(self)?;
        while let Some((_, operator)) = operators.into_iter().find(|(sign, _)| self.accept(*sign)) {
            let right = next(self)?;
            let at = left.at.start..right.at.end;
            self.operators += 1;
            if self.operators > MAX_OPERATORS {
                let hint = "use sum or mean of a column, or derive a part of it by itself";
                return Err(ExpressionError::new(&at, "the expression is too long", hint));
            }
            left = Expression { at, node: Node::Binary(operator, Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Expression> {
        self.left_to_right([('+', Operator::Add), ('-', Operator::Subtract)], Self::product)
    }

    fn product(&mut self) -> Result<Expression> {
        self.left_to_right([('*', Operator::Multiply), ('/', Operator::Divide)], Self::signed)
    }

    /// A minus binds less than a power: `-2 ^ 2` is -4.
    fn signed(&mut self) -> Result<Expression> {
        self.peek();
        let start = self.position;
        if !self.accept('-') {
            return self.power();
        }
        let inner = self.deeper(Self::signed)?;
        Ok(Expression { at: start..inner.at.end, node: Node::Negative(Box::new(inner)) })
    }

    fn power(&mut self) -> Result<Expression> {
        let base = self.atom()?;
        if !self.accept('^') {
            return Ok(base);
        }
        let exponent = self.deeper(Self::signed)?;
        let at = base.at.start..exponent.at.end;
        Ok(Expression { at, node: Node::Binary(Operator::Power, Box::new(base), Box::new(exponent)) })
    }

    fn deeper<T>(&mut self, inner: fn(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == MAX_DEPTH {
            let at = self.position..self.text.len();
            return Err(ExpressionError::new(
                &at,
                "the expression is nested too deep",
                "derive a part of it by itself",
            ));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn atom(&mut self) -> Result<Expression> {
        let next = self.peek();
        let start = self.position;
        let node = match next {
            Some('(') => {
                self.position += 1;
                let inner = self.deeper(Self::sum)?;
                self.expect(')')?;
                return Ok(inner);
            }
            Some(c) if c.is_ascii_digit() => self.number()?,
            Some(c) if c.is_ascii_alphabetic() => self.named()?,
            _ => return Err(self.unexpected("a number, a name or `(`")),
        };
        Ok(Expression { at: start..self.position, node })
    }

    fn number(&mut self) -> Result<Node> {
        let start = self.position;
        let digits = self.take_while(|c| c.is_ascii_digit() || c == '.');
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Node::Number(number)),
            _ => {
                let at = start..self.position;
                Err(ExpressionError::new(&at, "this is no number", "write digits with at most one point"))
            }
        }
    }

    fn name(&mut self) -> Result<String> {
        if !self.peek().is_some_and(|c| c.is_ascii_alphabetic()) {
            return Err(self.unexpected("a name"));
        }
        let name = self.take_while(in_name).to_owned();
        // A hyphen at the end belongs to what follows: `a- b`.
        let kept = name.trim_end_matches('-').len();
        self.position -= name.len() - kept;
        Ok(name[..kept].to_owned())
    }

    /// A call or a reference.
    fn named(&mut self) -> Result<Node> {
        let mut name = self.name()?;
        let mut paper = None;
        if self.text[self.position..].starts_with(':') {
            self.position += 1;
            paper = Some(std::mem::replace(&mut name, self.name()?));
        } else if self.accept('(') {
            let mut arguments = vec![self.deeper(Self::sum)?];
            while self.accept(',') {
                arguments.push(self.deeper(Self::sum)?);
            }
            self.expect(')')?;
            return Ok(Node::Call(name, arguments));
        }
        let mut selectors = Vec::new();
        if self.accept('[') {
            selectors.push(self.selector()?);
            while self.accept(',') {
                selectors.push(self.selector()?);
            }
            self.expect(']')?;
        }
        let column = if self.accept('.') { Some(self.name()?) } else { None };
        Ok(Node::Reference(Reference { paper, name, selectors, column }))
    }

    fn selector(&mut self) -> Result<Selector> {
        self.peek();
        let start = self.position;
        let axis = self.name()?;
        self.expect('=')?;
        self.peek();
        let value = self.take_while(|c| c != ',' && c != ']').trim_end().to_owned();
        if value.is_empty() {
            return Err(self.unexpected("a value"));
        }
        Ok(Selector { axis, value, at: start..self.position })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_cells_columns_and_derived_numbers() {
        let reference = |text: &str| match parse(text).unwrap().node {
            Node::Reference(reference) => reference,
            other => panic!("{other:?}"),
        };
        let cell = reference("a[k=64, step = 1]");
        assert_eq!(cell.name, "a");
        let selected: Vec<_> = cell.selectors.iter().map(|s| (s.axis.as_str(), s.value.as_str())).collect();
        assert_eq!(selected, [("k", "64"), ("step", "1")]);
        assert_eq!(reference("b[k=32].final-loss").column.as_deref(), Some("final-loss"));
        assert_eq!(reference("gain-64-over-32").name, "gain-64-over-32");
        let elsewhere = reference("p84:b[k=32].loss");
        assert_eq!((elsewhere.paper.as_deref(), elsewhere.name.as_str()), (Some("p84"), "b"));
    }

    #[test]
    fn mistakes_are_located() {
        for (text, at) in [
            ("1 +", 3..3),
            ("(1", 2..2),
            ("a[k]", 3..4),
            ("a[k=]", 4..5),
            ("1.2.3", 0..5),
            ("1 ? 2", 2..3),
            ("a.", 2..2),
            ("p84:", 4..4),
            ("p84:2", 4..5),
            ("sqrt()", 5..6),
            ("\u{2212}1", 0..3),
            ("", 0..0),
        ] {
            assert_eq!(parse(text).unwrap_err().at, at, "{text}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&"-".repeat(100_000)).is_err());
        assert!(parse(&"2^".repeat(100_000)).is_err());
        assert!(parse(&format!("1{}", " + 1".repeat(100_000))).is_err());
        assert!(parse(&format!("1{}", " + 1".repeat(400))).is_ok());
    }
}
