//! Standard output, the same for every command.

use std::io::{ErrorKind, Write};

use super::failure::Failure;

/// Writes `text`, whole.
///
/// # Errors
/// Standard output takes no more (exit code 3); a reader that closed the pipe has seen what it wanted.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::run(format!("the report could not be written: {error}"), "standard output takes no more"))
        }
        _ => Ok(()),
    }
}
