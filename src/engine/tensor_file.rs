//! Files written whole or not at all, and safetensors files among them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use safetensors::{Dtype, SafeTensorError, View};
use tempfile::NamedTempFile;

use super::error::EngineError;
use super::host::HostMatrix;

/// A tensor on its way to a file; turned into bytes only when it is written.
pub(super) struct Stored<'a> {
    shape: Vec<usize>,
    values: Values<'a>,
}

enum Values<'a> {
    F32(Cow<'a, [f32]>),
    /// A `[rows, cols]` matrix that the file holds as `[cols, rows]`.
    Transposed(&'a HostMatrix),
    I64(Vec<i64>),
}

impl<'a> Stored<'a> {
    pub fn f32(shape: &[usize], values: impl Into<Cow<'a, [f32]>>) -> Self {
        Self { shape: shape.to_vec(), values: Values::F32(values.into()) }
    }

    pub fn i64(shape: &[usize], values: Vec<i64>) -> Self {
        Self { shape: shape.to_vec(), values: Values::I64(values) }
    }

    pub fn matrix(matrix: &'a HostMatrix) -> Self {
        Self::f32(&[matrix.rows, matrix.cols], matrix.data.as_slice())
    }

    pub fn transposed(matrix: &'a HostMatrix) -> Self {
        Self { shape: vec![matrix.cols, matrix.rows], values: Values::Transposed(matrix) }
    }
}

impl View for Stored<'_> {
    fn dtype(&self) -> Dtype {
        match self.values {
            Values::F32(_) | Values::Transposed(_) => Dtype::F32,
            Values::I64(_) => Dtype::I64,
        }
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let bytes = match &self.values {
            Values::F32(values) => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Values::Transposed(matrix) => (0..matrix.cols)
                .flat_map(|j| (0..matrix.rows).map(move |i| matrix.data[i * matrix.cols + j]))
                .flat_map(f32::to_le_bytes)
                .collect(),
            Values::I64(values) => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        };
        Cow::Owned(bytes)
    }

    fn data_len(&self) -> usize {
        self.shape.iter().product::<usize>() * if matches!(self.values, Values::I64(_)) { 8 } else { 4 }
    }
}

/// Writes `tensors` to `path`, through a temporary file beside it.
///
/// # Errors
/// [`EngineError::Write`]; `path` is then as it was.
pub(super) fn write_tensors(path: &Path, tensors: Vec<(String, Stored<'_>)>) -> Result<(), EngineError> {
    // transformers refuses a file that does not say which library's layout it has.
    let about = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    replace(path, |file| {
        safetensors::serialize_to_file(tensors, Some(about), file.path()).map_err(|error| match error {
            SafeTensorError::IoError(error) => error,
            other => std::io::Error::other(other),
        })
    })
}

/// Writes `text` to `path`, through a temporary file beside it.
///
/// # Errors
/// [`EngineError::Write`]; `path` is then as it was.
pub(super) fn write_text(path: &Path, text: &str) -> Result<(), EngineError> {
    replace(path, |file| file.as_file_mut().write_all(text.as_bytes()))
}

fn replace(path: &Path, write: impl FnOnce(&mut NamedTempFile) -> std::io::Result<()>) -> Result<(), EngineError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Created here rather than by tempfile, whose files only their owner may read.
    let temporary = tempfile::Builder::new().make_in(folder, |path| File::create_new(path));
    let written = temporary.and_then(|mut file| {
        write(&mut file)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    });
    written.map_err(|source| EngineError::Write { path: path.to_owned(), source })
}
