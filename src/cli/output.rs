//! Standard output, the same for every command.

use std::io::{ErrorKind, IsTerminal, Write};

use clap::ValueEnum;

use super::failure::Failure;
use crate::report::Setting;

/// When to write in colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless the environment says NO_COLOR.
    Auto,
    Always,
    Never,
}

impl Colour {
    /// How text on standard output is set.
    pub fn setting(self) -> Setting {
        let is_terminal = std::io::stdout().is_terminal();
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = match self {
            Self::Auto => is_terminal && !refused && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
            Self::Always => true,
            Self::Never => false,
        };
        match comfy_table::Table::new().width() {
            Some(width) if is_terminal => Setting { width, breaks_lines: true, colour },
            _ => Setting { colour, ..Setting::PLAIN },
        }
    }

    /// Holds error messages to the same; left to themselves, they look at the terminal and at NO_COLOR.
    pub fn rule_errors(self) {
        let colour = match self {
            Self::Auto => return,
            Self::Always => true,
            Self::Never => false,
        };
        // It fails only where a hook was set before, and nobody else sets one.
        let _ = miette::set_hook(Box::new(move |_| Box::new(miette::MietteHandlerOpts::new().color(colour).build())));
    }
}

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
