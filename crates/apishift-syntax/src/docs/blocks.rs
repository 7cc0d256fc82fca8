//! Code blocks of documentation.

use std::path::Path;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// How a block is marked as code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// `>>>` prompts.
    Doctest,
    /// A `code-block` directive, or an indented block after `::`.
    Literal,
    /// A Markdown fence.
    Fence,
}

/// Python code of a document. Whether it parses is for the reader to find out: many blocks are cut short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeBlock {
    /// How it is marked.
    pub kind: BlockKind,
    /// The code, dedented, without prompts and outputs; ends with a line break.
    pub code: String,
    /// Its first line in the document, from 1.
    pub line: u32,
}

/// Code blocks of a documentation file, by its ending: `.md` is Markdown, all else reStructuredText.
///
/// ```
/// use apishift_syntax::docs::document_blocks;
/// let blocks = document_blocks("a.rst", "Like so::\n\n    x = 1\n\nor\n\n>>> y = 2\n>>> y\n2\n");
/// assert_eq!(blocks[0].code, "x = 1\n");
/// assert_eq!((blocks[1].code.as_str(), blocks[1].line), ("y = 2\ny\n", 7));
/// ```
pub fn document_blocks(path: &str, text: &str) -> Vec<CodeBlock> {
    if Path::new(path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("md")) {
        markdown(text)
    } else {
        rst(text)
    }
}

/// Doctests of a text, one block for each run of prompts that only their outputs interrupt.
pub fn doctests(text: &str) -> Vec<CodeBlock> {
    let mut blocks: Vec<CodeBlock> = Vec::new();
    let mut open = false;
    for (n, line) in text.lines().enumerate() {
        let stripped = line.trim_start();
        let prompt = ["... ", ">>> "]
            .iter()
            .find_map(|p| stripped.strip_prefix(p))
            .or_else(|| matches!(stripped, ">>>" | "...").then_some(""));
        match prompt {
            Some(_) if stripped.starts_with("...") && !open => {}
            Some(code) => {
                if !open {
                    blocks.push(CodeBlock {
                        kind: BlockKind::Doctest,
                        code: String::new(),
                        line: line_number(n),
                    });
                    open = true;
                }
                if let Some(block) = blocks.last_mut() {
                    block.code.push_str(code.trim_end());
                    block.code.push('\n');
                }
            }
            // An output ends at an empty line; so does the run.
            None if stripped.is_empty() => open = false,
            None => {}
        }
    }
    blocks
}

fn line_number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Directives whose body is Python unless they say otherwise.
const CODE_DIRECTIVES: [&str; 5] = ["code-block::", "code::", "sourcecode::", "ipython::", "testcode::"];

fn rst(text: &str) -> Vec<CodeBlock> {
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks = doctests(text);
    let mut n = 0;
    while n < lines.len() {
        let trimmed = lines[n].trim();
        let directive = trimmed
            .strip_prefix(".. ")
            .and_then(|rest| CODE_DIRECTIVES.iter().find_map(|d| rest.strip_prefix(d)));
        let is_python = match directive {
            Some(language) => matches!(language.trim(), "" | "python" | "python3" | "py" | "default"),
            None => trimmed.ends_with("::") && !trimmed.starts_with(".."),
        };
        let (body, end) = body_below(&lines, n);
        let shows_prompts = body
            .iter()
            .any(|(_, line)| line.trim_start().starts_with(">>>") || line.trim_start().starts_with("In ["));
        if is_python && !body.is_empty() && !shows_prompts {
            let code = dedented(&body);
            blocks.push(CodeBlock { kind: BlockKind::Literal, code, line: line_number(body[0].0) });
        }
        n = if is_python || directive.is_some() { end.max(n + 1) } else { n + 1 };
    }
    blocks.sort_by_key(|block| block.line);
    blocks
}

/// Lines below `start` that are indented deeper than it, without the options of a directive; and the line after them.
fn body_below<'a>(lines: &[&'a str], start: usize) -> (Vec<(usize, &'a str)>, usize) {
    let outer = indent_of(lines[start]);
    let mut body: Vec<(usize, &str)> = Vec::new();
    let mut end = start + 1;
    for (n, line) in lines.iter().enumerate().skip(start + 1) {
        if !line.trim().is_empty() && indent_of(line) <= outer {
            break;
        }
        end = n + 1;
        let is_option = body.iter().all(|(_, line)| line.trim().is_empty()) && line.trim().starts_with(':');
        if !is_option {
            body.push((n, line));
        }
    }
    while body.last().is_some_and(|(_, line)| line.trim().is_empty()) {
        body.pop();
    }
    let first = body.iter().position(|(_, line)| !line.trim().is_empty()).unwrap_or(0);
    (body.split_off(first), end)
}

fn dedented(body: &[(usize, &str)]) -> String {
    let indent = body
        .iter()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(_, line)| indent_of(line))
        .min()
        .unwrap_or(0);
    body.iter().fold(String::new(), |mut code, (_, line)| {
        code.push_str(line.get(indent..).unwrap_or_default().trim_end());
        code.push('\n');
        code
    })
}

fn markdown(text: &str) -> Vec<CodeBlock> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, usize)> = None;
    for (event, range) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                let language = language.split([' ', '{', ',', ':']).next().unwrap_or_default().to_lowercase();
                let is_python =
                    matches!(language.as_str(), "python" | "py" | "python3" | "pycon" | "{code-block}" | "");
                open = (is_python && !language.is_empty()).then(|| (String::new(), range.start));
            }
            Event::Text(part) => {
                if let Some((code, _)) = &mut open {
                    code.push_str(&part);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((code, start)) = open.take() {
                    let line = text[..start].matches('\n').count() + 1;
                    if code.contains(">>> ") {
                        blocks.extend(
                            doctests(&code)
                                .into_iter()
                                .map(|block| CodeBlock { line: block.line + line_number(line) - 1, ..block }),
                        );
                    } else {
                        blocks.push(CodeBlock { kind: BlockKind::Fence, code, line: line_number(line) });
                    }
                }
            }
            _ => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(path: &str, text: &str) -> Vec<String> {
        document_blocks(path, text).into_iter().map(|block| block.code).collect()
    }

    #[test]
    fn directives_and_literal_blocks_of_rst() {
        let text = "Title\n=====\n\n.. code-block:: python\n   :linenos:\n\n   a = 1\n\n   b = 2\n\n.. code-block:: console\n\n   $ run\n\nThen::\n\n    c = 3\nend\n.. note::\n\n   text\n";
        assert_eq!(codes("a.rst", text), ["a = 1\n\nb = 2\n", "c = 3\n"]);
    }

    #[test]
    fn fences_of_markdown() {
        let text = "A\n\n```python\nx = 1\n```\n\n```sh\nls\n```\n\n```py\n>>> y = 2\n2\n```\n";
        assert_eq!(codes("a.md", text), ["x = 1\n", "y = 2\n"]);
        assert_eq!(document_blocks("a.md", text)[0].line, 4);
    }

    #[test]
    fn doctests_drop_outputs_and_keep_continuations() {
        let text = "    >>> for i in x:\n    ...     print(i)\n    1\n    >>> z\n    Traceback\n\n    prose\n    ... not code\n";
        let blocks = doctests(text);
        assert_eq!(blocks.len(), 1);
        assert_eq!(blocks[0].code, "for i in x:\n    print(i)\nz\n");
    }
}
