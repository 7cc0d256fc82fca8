//! The extension module `apishift._apishift`: what the Python package does not do in Python.
//!
//! What comes in: texts, and Parquet files. What goes out: numbers, texts and Arrow columns. The interpreter's lock is released
//! while rewards are computed and files are read.

#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands lists over")]

mod table;

use std::{borrow::Cow, num::NonZeroUsize, thread};

use apishift_reward::{Component, GroundTruth, Item, Reward, RewardSpec};
use apishift_syntax::grammar::{Code, STACK};
use pyo3::{
    exceptions::{PyRuntimeError, PyValueError},
    prelude::*,
    types::{PyDict, PyString},
};

/// Half of a surrogate pair alone, which a `str` may hold and UTF-8 may not, becomes NUL: neither is in a program that parses.
fn text<'a>(value: &'a Bound<'_, PyString>) -> PyResult<Cow<'a, str>> {
    if let Ok(text) = value.to_str() {
        return Ok(Cow::Borrowed(text));
    }
    let bytes = value.call_method1("encode", ("utf-16-le", "surrogatepass"))?;
    let bytes: Vec<u8> = bytes.extract()?;
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    Ok(Cow::Owned(char::decode_utf16(units).map(|unit| unit.unwrap_or('\0')).collect()))
}

/// Runs what reads code, on a stack that is large enough for it.
fn on_a_stack<T: Send>(work: impl FnOnce() -> T + Send) -> PyResult<T> {
    let failed = |what: &str| PyRuntimeError::new_err(format!("{what} the thread that reads code"));
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        thread
            .map_err(|error| failed(&format!("{error}: start")))?
            .join()
            .map_err(|_panic| failed("a panic ended"))
    })
}

/// Rule rewards, as a specification says.
#[pyclass(frozen, module = "apishift._apishift")]
struct Rewards {
    spec: RewardSpec,
}

#[pymethods]
impl Rewards {
    /// `spec`: `default`, `recode`, or the text of a file of rewards or of a pipeline, as TOML or JSON.
    #[new]
    fn new(spec: &str) -> PyResult<Self> {
        let spec = match RewardSpec::preset(spec) {
            Some(spec) => spec,
            None => {
                let named = spec.lines().next().unwrap_or_default();
                let wrong =
                    |error: String| PyValueError::new_err(format!("read the rewards `{named}`: {error}"));
                if spec.starts_with('{') {
                    serde_json::from_str(spec).map_err(|error| wrong(error.to_string()))?
                } else {
                    RewardSpec::from_toml(spec).map_err(|error| wrong(error.to_string()))?
                }
            }
        };
        Ok(Self { spec })
    }

    /// The specification, as JSON.
    #[getter]
    fn spec(&self) -> PyResult<String> {
        serde_json::to_string(&self.spec).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// The least and the most that a score can be.
    #[getter]
    fn bounds(&self) -> (f64, f64) {
        self.spec.bounds()
    }

    /// Names of the components, in the order in which they are reported.
    #[getter]
    fn components(&self) -> Vec<&'static str> {
        self.spec.components().map(Component::as_str).collect()
    }

    /// A dictionary for each completion: `score`, and each component.
    fn score<'py>(
        &self,
        py: Python<'py>,
        completions: Vec<Bound<'py, PyString>>,
        ground_truths: Vec<Bound<'py, PyString>>,
        threads: Option<NonZeroUsize>,
    ) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let rewards = self.rewards(py, &completions, &ground_truths, threads)?;
        let dictionary = |reward: Reward| {
            let dictionary = PyDict::new(py);
            dictionary.set_item("score", reward.total)?;
            for (component, value) in reward.components {
                dictionary.set_item(component.as_str(), value)?;
            }
            Ok(dictionary)
        };
        rewards.into_iter().map(dictionary).collect()
    }

    /// The total of each completion.
    fn totals(
        &self,
        py: Python<'_>,
        completions: Vec<Bound<'_, PyString>>,
        ground_truths: Vec<Bound<'_, PyString>>,
        threads: Option<NonZeroUsize>,
    ) -> PyResult<Vec<f64>> {
        let rewards = self.rewards(py, &completions, &ground_truths, threads)?;
        Ok(rewards.into_iter().map(|reward| reward.total).collect())
    }

    /// The code of a completion; `None` where there is none.
    fn code_of(&self, completion: &Bound<'_, PyString>) -> PyResult<Option<String>> {
        Ok(self.spec.code_of(&text(completion)?).map(ToOwned::to_owned))
    }
}

impl Rewards {
    fn rewards(
        &self,
        py: Python<'_>,
        completions: &[Bound<'_, PyString>],
        ground_truths: &[Bound<'_, PyString>],
        threads: Option<NonZeroUsize>,
    ) -> PyResult<Vec<Reward>> {
        if completions.len() != ground_truths.len() {
            let counts = (completions.len(), ground_truths.len());
            return Err(PyValueError::new_err(format!(
                "{} completions, but {} ground truths",
                counts.0, counts.1
            )));
        }
        let completions: Vec<Cow<'_, str>> = completions.iter().map(text).collect::<PyResult<_>>()?;
        let truths: Vec<GroundTruth> = ground_truths
            .iter()
            .map(|truth| Ok(GroundTruth::read(&text(truth)?)))
            .collect::<PyResult<_>>()?;
        let items: Vec<Item<'_>> = completions
            .iter()
            .zip(&truths)
            .map(|(completion, truth)| Item { completion, target: truth.target() })
            .collect();
        let threads = threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        let rewards = py.detach(|| self.spec.rewards(&items, threads));
        rewards.map_err(|error| PyRuntimeError::new_err(format!("start threads that give rewards: {error}")))
    }
}

/// Whether a text parses as the Python of this version.
#[pyfunction]
fn parses(py: Python<'_>, code: &Bound<'_, PyString>, python: (u8, u8)) -> PyResult<bool> {
    let code = text(code)?;
    py.detach(|| on_a_stack(|| Code::read(&code, python).is_valid()))
}

/// Whether two codes are the same but for layout, comments, quotes and the order of imports.
#[pyfunction]
fn same_tree(
    py: Python<'_>,
    one: &Bound<'_, PyString>,
    other: &Bound<'_, PyString>,
    python: (u8, u8),
) -> PyResult<bool> {
    let (one, other) = (text(one)?, text(other)?);
    py.detach(|| on_a_stack(|| Code::read(&one, python).has_form_of(&Code::read(&other, python))))
}

/// The code without comments, blank lines and white space at line ends.
#[pyfunction]
fn normalised(py: Python<'_>, code: &Bound<'_, PyString>, python: (u8, u8)) -> PyResult<String> {
    let code = text(code)?;
    py.detach(|| on_a_stack(|| apishift_reward::normalised(&code, python)))
}

/// 1 - edit distance / longer length.
#[pyfunction]
fn edit_similarity(py: Python<'_>, one: &Bound<'_, PyString>, other: &Bound<'_, PyString>) -> PyResult<f64> {
    let (one, other) = (text(one)?, text(other)?);
    Ok(py.detach(|| apishift_reward::edit_similarity(&one, &other)))
}

/// The extension module.
#[pymodule]
fn _apishift(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<Rewards>()?;
    module.add_class::<table::Table>()?;
    module.add_function(wrap_pyfunction!(parses, module)?)?;
    module.add_function(wrap_pyfunction!(same_tree, module)?)?;
    module.add_function(wrap_pyfunction!(normalised, module)?)?;
    module.add_function(wrap_pyfunction!(edit_similarity, module)?)
}
