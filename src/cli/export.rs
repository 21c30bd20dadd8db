//! `ctlora export`: what another program needs to check one of our runs.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::failure::Failure;
use super::inputs::{self, Machine};
use crate::engine::{ExportRun, check_target, export};
use crate::lab::{
    AlphaRun, Clocks, Dimensions, Needs, Parameters, Progress, Run, ScaleName, Start, Store, World, base, check_run,
};
use crate::question::{Adapter, Base, Batch, Dropout, Frame, Head, MOST_STEPS, Optimizer};

#[derive(Debug, Args)]
pub struct Export {
    #[arg(long, default_value = "paper")]
    scale: ScaleName,
    /// The folder to write: a new one, an empty one or an earlier export.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Dimensions per matrix, as trained (not halved at ci).
    #[arg(long, default_value_t = 8, value_parser = positive)]
    k: usize,
    #[arg(long, default_value_t = 40, value_parser = positive)]
    steps: usize,
    #[arg(long, default_value = "diag")]
    adapter: Adapter,
    /// svd, bottom, haar, haar-2, .., gradient, rotated-gradient, mixture-0.50
    #[arg(long, default_value = "svd")]
    frame: Frame,
    #[arg(long, default_value = "fixed")]
    batch: Batch,
    #[arg(long, default_value = "tied")]
    head: Head,
    #[arg(long, default_value = "crystallized", conflicts_with = "model")]
    base: Base,
    /// Adam's learning rate.
    #[arg(long, default_value_t = 5e-3, value_parser = rate)]
    lr: f64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Steps whose alpha and gradient are written, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "1", value_parser = positive)]
    probe: Vec<usize>,
    #[command(flatten)]
    machine: Machine,
}

fn positive(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&n| n > 0).ok_or_else(|| "a whole number from 1 on".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|&lr: &f64| lr.is_finite() && lr > 0.0).ok_or_else(|| "a number above 0".to_owned())
}

impl Export {
    pub fn run(self) -> Result<ExitCode, Failure> {
        if let Some(late) = self.probe.iter().find(|&&step| step > self.steps) {
            let message = format!("--probe {late} lies beyond the run's {} steps", self.steps);
            return Err(Failure::input(message, "probe a step from 1 to --steps"));
        }
        if self.steps > MOST_STEPS {
            return Err(Failure::input(format!("--steps {} is more than {MOST_STEPS}", self.steps), "a shorter run"));
        }
        let surroundings = self.machine.surroundings(self.scale)?;
        let clocks = Arc::new(Clocks::default());
        let (run, alpha) = self.described();
        check_run(&run, surroundings.config())?;
        check_target(&self.out)?;
        inputs::writable(&self.out)?;
        let made = base(&surroundings, run.base, self.seed, &Store::open(false)?, &clocks, &Progress::hidden())?;
        let host = made.1.clone();
        let of_gradient = !matches!(alpha.frame, Frame::Svd | Frame::Bottom | Frame::Haar(_));
        let needs = Needs {
            weights: matches!(alpha.frame, Frame::Svd | Frame::Bottom),
            starts: [run.start].into(),
            first_gradients: if of_gradient { [run.start].into() } else { BTreeSet::new() },
            ks: Vec::new(),
        };
        let (device, threads) = (surroundings.device.clone(), surroundings.threads);
        let world = World::new(&surroundings, made, self.seed, &needs, clocks)?;
        let frames = world.frames(run.start, &alpha)?;
        let rows = if run.batch == Batch::Fixed { 1 } else { self.steps };
        let batches =
            (1..=rows).map(|step| world.batch(run.batch, run.start.sequences, step)).collect::<Result<Vec<_>, _>>()?;
        let mut probe = self.probe.clone();
        probe.sort_unstable();
        probe.dedup();
        let described = ExportRun {
            adapter: alpha.adapter,
            k: self.k,
            optimizer: run.optimizer,
            frame: alpha.frame,
            batch: run.batch,
            head: run.start.head,
            seed: self.seed,
            steps: self.steps,
            probe,
        };
        export(&self.out, &host, &frames, &described, &batches, &world.held_out()?, &device, threads)?;
        eprintln!("wrote {}", self.out.display());
        Ok(ExitCode::SUCCESS)
    }

    /// The run, and the adapter in it.
    fn described(&self) -> (Run, AlphaRun) {
        let alpha = AlphaRun {
            adapter: self.adapter,
            frame: self.frame,
            dimensions: Dimensions::Constant(self.k),
            dropout: Dropout::None,
        };
        let run = Run {
            base: if self.machine.model.is_some() { Base::Checkpoint } else { self.base },
            start: Start::usual(self.head),
            batch: self.batch,
            optimizer: Optimizer::adam(self.lr),
            parameters: Parameters::Alpha(alpha.clone()),
        };
        (run, alpha)
    }
}
