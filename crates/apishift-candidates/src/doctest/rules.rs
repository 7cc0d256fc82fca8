//! Which functions give problems.

/// Bounds of what is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Lines of a function without its docstring, at most.
    pub function_lines: usize,
    /// Lines of what is left of its docstring, at most.
    pub docstring_lines: usize,
    /// Words that its docstring has outside of its examples, at least, where these may be left out.
    pub prose_words: usize,
    /// Lines of a program without the docstring, at most.
    pub program_lines: usize,
    /// Lines of a class that it needs, at most.
    pub class_lines: usize,
    /// Examples that show a value of the function, at least.
    pub checks: usize,
    /// Tests, at least, once the solution was asked for more.
    pub tests: usize,
    /// Of the wrong candidates of a problem, one in so many may be one that raises, rounded up, and more where there are no
    /// others. Of real failures on `HumanEval`, one in four is (26 % of 4,525 of CodeGen-16B, counted).
    pub crashing: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            function_lines: 60,
            docstring_lines: 40,
            prose_words: 8,
            program_lines: 200,
            class_lines: 60,
            checks: 1,
            tests: 2,
            crashing: 3,
        }
    }
}
