//! The `ctlora` binary: a thin shell around the library.

fn main() -> std::process::ExitCode {
    ctlora::cli::run()
}
