//! A progress bar on a terminal, nothing in a pipe.

use indicatif::{ProgressBar, ProgressStyle};

/// Shows how far a plan has come, on standard error.
#[derive(Debug, Clone)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar over `steps` training steps; it draws itself only where a person watches.
    pub fn new(steps: usize) -> Self {
        let bar = ProgressBar::new(steps as u64);
        if let Ok(style) =
            ProgressStyle::with_template("{elapsed_precise} {bar:32} {pos}/{len} steps, {eta} left  {msg}")
        {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    pub fn say(&self, message: String) {
        self.0.set_message(message);
    }

    pub fn step(&self) {
        self.0.inc(1);
    }

    pub fn skip(&self, steps: usize) {
        self.0.inc(steps as u64);
    }

    pub fn base_step(&self, step: usize, steps: usize) {
        self.0.set_message(format!("training the second base, step {step} of about {steps}"));
    }

    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}
