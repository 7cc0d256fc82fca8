//! Tables as other Arrow libraries take them: by the `PyCapsule` interface, without a copy.

use std::{io, path::PathBuf, sync::Arc};

use apishift_store::{StoreError, read_batches};
use arrow::{
    array::{RecordBatch, RecordBatchIterator},
    datatypes::SchemaRef,
    error::ArrowError,
    ffi::FFI_ArrowSchema,
    ffi_stream::FFI_ArrowArrayStream,
};
use pyo3::{
    exceptions::{PyFileNotFoundError, PyOSError, PyValueError},
    prelude::*,
    types::PyCapsule,
};

/// The rows of some Parquet files of the same columns, in memory.
#[pyclass(frozen, module = "apishift._apishift")]
pub(crate) struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

fn failed(error: StoreError) -> PyErr {
    let told = |error: &dyn std::error::Error| {
        error.source().map(|cause| format!("{error}: {cause}")).unwrap_or_else(|| error.to_string())
    };
    let text = told(&error);
    match error {
        StoreError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            PyFileNotFoundError::new_err(text)
        }
        StoreError::Io { .. } => PyOSError::new_err(text),
        _ => PyValueError::new_err(text),
    }
}

#[pymethods]
impl Table {
    /// Reads files, in their order.
    #[new]
    fn new(py: Python<'_>, files: Vec<PathBuf>) -> PyResult<Self> {
        let mut table: Option<Self> = None;
        for file in &files {
            let (schema, batches) = py.detach(|| read_batches(file)).map_err(failed)?;
            match &mut table {
                None => table = Some(Self { schema, batches }),
                Some(table) if table.schema == schema => table.batches.extend(batches),
                Some(_) => {
                    let (file, first) = (file.display(), files[0].display());
                    return Err(PyValueError::new_err(format!("{file} has other columns than {first}")));
                }
            }
        }
        table.ok_or_else(|| PyValueError::new_err("there is no file to read"))
    }

    /// How many rows there are.
    #[getter]
    fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Names of the columns, in order.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// The columns, for other Arrow libraries.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.schema.as_ref());
        let schema = schema.map_err(|error| PyValueError::new_err(error.to_string()))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// The rows, for other Arrow libraries. They get these very buffers; what they ask the columns to be is not looked at, as the
    /// interface allows.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let batches = self.batches.clone().into_iter().map(Ok::<_, ArrowError>);
        let batches = RecordBatchIterator::new(batches, Arc::clone(&self.schema));
        let stream = FFI_ArrowArrayStream::new(Box::new(batches));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }
}
