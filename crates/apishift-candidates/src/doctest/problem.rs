//! A problem.

use super::probe::Call;

/// A function to be written, with the program around it and the tests for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoctestProblem {
    /// Project, path, function, and a hash of all that makes the problem.
    pub task_id: String,
    /// The project that it comes from.
    pub project: String,
    /// Path of the file in the project.
    pub path: String,
    /// Name of the function.
    pub function: String,
    /// What is given: imports, what the function needs of its package, its signature and its docstring. Ends with a line break.
    pub stub: String,
    /// The real body, without the docstring.
    pub body: String,
    /// Whether the docstring still has its examples, which are the tests.
    pub shows_examples: bool,
    /// Examples in order, each as at a prompt. Those that show nothing prepare the next ones.
    pub tests: Vec<String>,
    /// How many of the examples show a value that the function has to do with.
    pub checks: usize,
    /// How many of the tests are no examples, but what the solution shows for other arguments.
    pub probed: usize,
    /// Bodies of other functions of the file with as many parameters, by the names of this one's parameters.
    pub(super) others: Vec<String>,
    /// Calls of the function with what they show: arguments and value, both literals.
    pub(super) shown: Vec<(String, String)>,
    /// Expressions that call the function.
    pub(super) calls: Vec<Call>,
}

impl DoctestProblem {
    /// The solution.
    pub fn program(&self) -> String {
        self.with_body(&self.body)
    }

    /// The program with another body.
    pub(super) fn with_body(&self, body: &str) -> String {
        format!("{}{}\n", self.stub, body.trim_end())
    }
}
