//! The engine's invariants: weight tying, the adapter, full training, files in and out.

mod adapter;
mod checkpoint;
mod export;
mod fixture;
mod full_training;
mod threads;
mod tying;
