//! Chosen columns of a CSV file, row by row.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use csv::{ByteRecord, Position, ReaderBuilder};

use super::DatasetError;

/// What a cell without a value holds, in any case of letters.
const MISSING: [&str; 9] = ["", "na", "n/a", "nan", "null", "none", ".", "?", "-"];

/// Separators that a header is tried with, in this order.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    pub rows: u64,
    /// Rows that lack a value in a chosen column: left out.
    pub missing: u64,
}

/// Calls `each` with the line and the values of `names` for every complete row of `path`, in the file's order.
///
/// The separator is the one of comma, semicolon and tab whose header has the names. Quotes, Windows line ends and a byte
/// order mark are understood; blank lines are skipped.
///
/// # Errors
/// A file that cannot be read, is no UTF-8, has no header, or not these columns; a row of another length; a value that
/// is no finite number; what `each` returns.
pub(super) fn read(
    path: &Path,
    names: &[String],
    mut each: impl FnMut(u64, &[f64]) -> Result<(), DatasetError>,
) -> Result<Counted, DatasetError> {
    let file = path.display().to_string();
    let failed =
        |error: std::io::Error| DatasetError::new(format!("{file}: {error}"), "FILE is a table that can be read");
    let mut input = BufReader::with_capacity(1 << 20, File::open(path).map_err(failed)?);
    let header = header_bytes(&mut input).map_err(failed)?;
    let header_text = std::str::from_utf8(&header).map_err(|_| {
        DatasetError::new(format!("{file}:1: the header is no UTF-8 text"), "save the table as CSV in UTF-8")
    })?;
    let (separator, columns) = find_columns(&file, header_text, names)?;
    // The reader takes a Windows line end at its first byte, and still counts that line when the next row begins.
    let behind = u64::from(header.ends_with(b"\r\n"));
    let line_of = |at: Option<&Position>| at.map_or(0, Position::line) + behind;

    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .buffer_capacity(1 << 20)
        .from_reader(Cursor::new(&header).chain(input));
    let mut record = ByteRecord::new();
    let mut values = vec![0.0; names.len()];
    let mut counted = Counted { rows: 0, missing: 0 };
    while reader.read_byte_record(&mut record).map_err(|error| malformed(&file, &error, line_of))? {
        let line = line_of(record.position());
        counted.rows += 1;
        let mut complete = true;
        for ((value, &column), name) in values.iter_mut().zip(&columns).zip(names) {
            match number(record.get(column).unwrap_or_default()) {
                Cell::Number(number) => *value = number,
                Cell::Missing => complete = false,
                Cell::Other(text) => return Err(no_number(&file, line, name, &text)),
            }
        }
        if complete {
            each(line, &values)?;
        } else {
            counted.missing += 1;
        }
    }
    Ok(counted)
}

/// The first line of the file, or more where a quoted name holds a line end.
fn header_bytes(input: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut header = Vec::new();
    loop {
        let more = input.read_until(b'\n', &mut header)?;
        let quotes = header.iter().filter(|byte| **byte == b'"').count();
        if more == 0 || quotes.is_multiple_of(2) {
            return Ok(header);
        }
    }
}

fn find_columns(file: &str, header: &str, names: &[String]) -> Result<(u8, Vec<usize>), DatasetError> {
    let fields = |separator: u8| -> Vec<String> {
        let mut reader = ReaderBuilder::new().delimiter(separator).has_headers(false).from_reader(header.as_bytes());
        let first = reader.records().next();
        let first = first.and_then(Result::ok);
        first.map(|record| record.iter().map(|name| name.trim().to_owned()).collect()).unwrap_or_default()
    };
    let headers = SEPARATORS.map(|separator| (separator, fields(separator)));
    let holds_all = |fields: &[String]| names.iter().all(|name| fields.contains(name));
    // Without a header that fits, the one with the most fields tells best what is there.
    let fitting = headers.iter().find(|(_, fields)| holds_all(fields));
    let widest = headers.iter().rev().max_by_key(|(_, fields)| fields.len());
    let Some((separator, fields)) = fitting.or(widest).filter(|(_, fields)| !fields.is_empty()) else {
        return Err(DatasetError::new(format!("{file}: the file is empty"), "the first line names the columns"));
    };
    if fields.iter().all(|field| matches!(number(field.as_bytes()), Cell::Number(_) | Cell::Missing)) {
        return Err(DatasetError::new(
            format!("{file}:1: the first line holds numbers, no names of columns"),
            "add a first line that names the columns; a name is no number",
        ));
    }
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        let mut at = fields.iter().enumerate().filter(|(_, field)| *field == name).map(|(at, _)| at);
        let Some(column) = at.next() else {
            let known: Vec<&str> = fields.iter().take(20).map(String::as_str).collect();
            let more = if fields.len() > known.len() { ", .." } else { "" };
            return Err(DatasetError::new(
                format!("{file}:1: there is no column `{name}`"),
                format!("its columns: {}{more}", known.join(", ")),
            ));
        };
        if at.next().is_some() {
            return Err(DatasetError::new(
                format!("{file}:1: two columns are named `{name}`"),
                "give every column that is asked for a name of its own",
            ));
        }
        columns.push(column);
    }
    Ok((*separator, columns))
}

enum Cell {
    Number(f64),
    Missing,
    Other(String),
}

fn number(cell: &[u8]) -> Cell {
    let Ok(text) = std::str::from_utf8(cell) else {
        return Cell::Other(String::from_utf8_lossy(cell).into_owned());
    };
    let text = text.trim();
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Cell::Number(number),
        _ if MISSING.iter().any(|missing| text.eq_ignore_ascii_case(missing)) => Cell::Missing,
        _ => Cell::Other(text.to_owned()),
    }
}

fn no_number(file: &str, line: u64, name: &str, text: &str) -> DatasetError {
    let shown: String = text.chars().take(40).collect();
    let hint = if text.contains(',') && text.replacen(',', ".", 1).parse::<f64>().is_ok() {
        "write numbers with a decimal point"
    } else {
        "a value is a finite number; a missing one is empty or NA"
    };
    DatasetError::new(format!("{file}:{line}: column `{name}`: `{shown}` is no finite number"), hint)
}

fn malformed(file: &str, error: &csv::Error, line_of: impl Fn(Option<&Position>) -> u64) -> DatasetError {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = line_of(pos.as_ref());
            DatasetError::new(
                format!("{file}:{line}: this row has {len} fields, the header has {expected_len}"),
                "every row has as many fields as the header; quote fields that hold a separator",
            )
        }
        _ => DatasetError::new(format!("{file}: {error}"), "FILE is a table that can be read"),
    }
}
