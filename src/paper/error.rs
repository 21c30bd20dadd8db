//! One error for everything that can be wrong in a paper file: what, where, and what to do about it.

use std::ops::Range;

use miette::{Diagnostic, NamedSource, SourceSpan};

/// A mistake in a paper file, located. Shown by miette with the file, the line and the hint.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct PaperError {
    message: String,
    #[source_code]
    source_code: NamedSource<String>,
    #[label("here")]
    span: SourceSpan,
    #[help]
    hint: String,
}

impl PaperError {
    /// The byte range that the error is about.
    pub fn span(&self) -> Range<usize> {
        self.span.offset()..self.span.offset() + self.span.len()
    }

    /// The line of its first byte, from 1.
    pub fn line(&self) -> usize {
        let text = self.source_code.inner();
        1 + text.bytes().take(self.span.offset()).filter(|&byte| byte == b'\n').count()
    }

    /// What to do about it.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

/// The file being read; makes its errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub name: &'a str,
    pub text: &'a str,
}

impl Source<'_> {
    pub fn error(self, span: Range<usize>, message: impl Into<String>, hint: impl Into<String>) -> Box<PaperError> {
        // Spans come from the parser; held inside the text all the same, so that showing one cannot fail.
        let start = span.start.min(self.text.len());
        let end = span.end.clamp(start, self.text.len());
        Box::new(PaperError {
            message: message.into(),
            source_code: NamedSource::new(self.name, self.text.to_owned()).with_language("TOML"),
            span: (start, end - start).into(),
            hint: hint.into(),
        })
    }
}

/// The known name nearest to `name`, close enough to be what was meant.
pub(super) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= reach(candidate.len().max(name.len())))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean .." where a known name is near, else the list of all.
pub(super) fn suggest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(name, known.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None if known.is_empty() => "there is none to refer to here".to_owned(),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// How many edits a name of this length may be off: one in four letters, and none where a letter is most of it.
const fn reach(length: usize) -> usize {
    match length {
        0..3 => 0,
        3..8 => 1,
        _ => length / 4,
    }
}

/// Edits (insert, delete, replace, swap two neighbours) that turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // Rows i-2, i-1 and i of the usual table.
    let mut rows = [vec![0; b.len() + 1], vec![0; b.len() + 1], (0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        rows.rotate_left(1);
        let [before, above, row] = &mut rows;
        row[0] = i;
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
    }
    rows[2][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_only_when_near() {
        assert_eq!(distance("kitten", "sitting"), 3); // the textbook example
        assert_eq!(distance("titel", "title"), 1);
        assert_eq!(nearest("titel", ["title", "status"]), Some("title"));
        // Names of the format that resemble each other must not be taken for misspellings.
        assert_eq!((nearest("within_at", ["within"]), nearest("row_at", ["rows"])), (None, None));
        assert_eq!(nearest("colour", ["title", "status"]), None);
        assert_eq!(nearest("x", ["y"]), None);
        assert_eq!(suggest("q", ["a", "b"]), "known here: a, b");
    }

    #[test]
    fn an_error_knows_its_line() {
        let source = Source { name: "p.toml", text: "a\nbc\nd" };
        let error = source.error(2..4, "wrong", "right it");
        assert_eq!((error.line(), error.span(), error.hint()), (2, 2..4, "right it"));
        assert_eq!(source.error(90..99, "wrong", "").span(), 6..6);
    }
}
