//! The device that a model lives on.

use candle_core::Device;

use super::error::EngineError;

/// A device as the user names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DeviceName {
    /// The fastest that this build and this machine have.
    Auto,
    Cpu,
    Metal,
    Cuda,
}

/// Opens a device. `Auto` takes CUDA or Metal where both the build and the machine have it, else the CPU.
///
/// # Errors
/// The named device is not in this build, or not in this machine.
pub fn device(name: DeviceName) -> Result<Device, EngineError> {
    match name {
        DeviceName::Cpu => Ok(Device::Cpu),
        DeviceName::Metal => open("metal", cfg!(feature = "metal"), Device::new_metal),
        DeviceName::Cuda => open("cuda", cfg!(feature = "cuda"), Device::new_cuda),
        DeviceName::Auto => Ok(device(DeviceName::Cuda).or_else(|_| device(DeviceName::Metal)).unwrap_or(Device::Cpu)),
    }
}

fn open(name: &str, built: bool, new: impl Fn(usize) -> candle_core::Result<Device>) -> Result<Device, EngineError> {
    if !built {
        return Err(EngineError::Request {
            message: format!("this build has no {name} support"),
            hint: format!("build with `--features {name}`, or use `--device cpu`"),
        });
    }
    new(0).map_err(|error| EngineError::Request {
        message: format!("no {name} device: {error}"),
        hint: "use `--device cpu`".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_is_the_cpu() {
        assert!(device(DeviceName::Cpu).unwrap().is_cpu());
    }

    #[test]
    #[cfg(not(feature = "cuda"))]
    fn a_device_that_is_not_built_in_is_a_request_with_a_hint() {
        let error = device(DeviceName::Cuda).unwrap_err();
        assert!(error.is_input() && error.hint().is_some_and(|hint| hint.contains("--features cuda")));
    }
}
