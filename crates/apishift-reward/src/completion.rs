//! The parts of a completion: reasoning, answer, code.

use memchr::memmem;

/// Tags of `ReCode`'s prompt (2506.20495, appendix; `notebooks/decisions/0008-rewards.md`).
const THINK: (&str, &str) = ("<think>", "</think>");
const ANSWER: (&str, &str) = ("<answer>", "</answer>");

const FENCE: &str = "```";

/// Words after the opening fence of Python code.
const PYTHON: [&str; 4] = ["", "python", "py", "python3"];

/// Whether a completion is `reasoning</think> <answer>...</answer>` and nothing else, no think tag in the reasoning; white
/// space between and after. `prefilled`: the prompt ended with `<think>`, or the completion has to start with it; `None`:
/// either.
pub(crate) fn is_well_formed(completion: &str, prefilled: Option<bool>) -> bool {
    let reasoning = match (prefilled, completion.strip_prefix(THINK.0)) {
        (Some(true), _) | (None, None) => completion,
        (Some(false) | None, Some(reasoning)) => reasoning,
        (Some(false), None) => return false,
    };
    let Some(end) = memmem::find(reasoning.as_bytes(), THINK.1.as_bytes()) else { return false };
    let (thought, rest) = (&reasoning[..end], &reasoning[end + THINK.1.len()..]);
    let is_closed = || {
        let answer = trim_start(rest).strip_prefix(ANSWER.0)?;
        trim_end(answer).strip_suffix(ANSWER.1)
    };
    !thought.contains(THINK.0) && is_closed().is_some()
}

/// White space of Python's `str.strip` and of `\s` in its patterns: Unicode's, and four separators of ASCII.
pub(crate) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

fn trim_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// As Python's `str.strip`.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// What is in the last complete `<answer>`.
pub(crate) fn answer(completion: &str) -> Option<&str> {
    let end = memmem::rfind(completion.as_bytes(), ANSWER.1.as_bytes())?;
    let start = memmem::rfind(&completion.as_bytes()[..end], ANSWER.0.as_bytes())?;
    Some(&completion[start + ANSWER.0.len()..end])
}

/// The last block of Python code between fences. Fences may stand anywhere in a line; one that starts a line closes before one
/// that does not, so that fences in docstrings do not.
pub(crate) fn last_block(text: &str) -> Option<&str> {
    blocks(text).last()
}

/// The first such block.
pub(crate) fn first_block(text: &str) -> Option<&str> {
    blocks(text).next()
}

fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let mut at = 0;
    // Once there is no more fence at the start of a line, there will be none.
    let mut may_start_line = true;
    std::iter::from_fn(move || {
        loop {
            at = find(text, at, FENCE)? + FENCE.len();
            // More backticks belong to the fence.
            at += text[at..].bytes().take_while(|byte| *byte == b'`').count();
            let end = at + memchr::memchr2(b'\n', b'`', &text.as_bytes()[at..])?;
            // What closes in its own line is no block.
            if text.as_bytes()[end] == b'`' {
                at = end + text[end..].bytes().take_while(|byte| *byte == b'`').count();
                continue;
            }
            let is_python = PYTHON.contains(&text[at..end].trim().to_ascii_lowercase().as_str());
            let at_line_start = if may_start_line { fence_at_line_start(text, end) } else { None };
            may_start_line &= at_line_start.is_some();
            let anywhere = || find(text, end + 1, FENCE).map(|at| (at, at + FENCE.len()));
            let (close, after) = at_line_start.or_else(anywhere)?;
            at = after;
            if is_python {
                return Some(&text[(end + 1).min(close)..close]);
            }
        }
    })
}

/// The first block as the released code finds them: it opens with a fence and `python` before a line end, and closes with a fence
/// after one.
pub(crate) fn first_strict_block(text: &str) -> Option<&str> {
    strict_blocks(text).next()
}

/// The last such block.
pub(crate) fn last_strict_block(text: &str) -> Option<&str> {
    strict_blocks(text).last()
}

fn strict_blocks(text: &str) -> impl Iterator<Item = &str> {
    const OPEN: &str = "```python\n";
    const CLOSE: &str = "\n```";
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = find(text, at, OPEN)? + OPEN.len();
        let end = find(text, start, CLOSE)?;
        at = end + CLOSE.len();
        Some(&text[start..end])
    })
}

/// The first fence that has only white space before it in its line, and whose line starts at `from` or later: where the line
/// before it ends, and where the fence does.
fn fence_at_line_start(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        let fence = find(text, at, FENCE)?;
        let before = text[from..fence].trim_end_matches([' ', '\t']);
        if let Some(line) = before.strip_suffix('\n') {
            return Some((from + line.len().max(1), fence + FENCE.len()));
        }
        at = fence + FENCE.len();
    }
}

fn find(text: &str, from: usize, what: &str) -> Option<usize> {
    memmem::find(&text.as_bytes()[from..], what.as_bytes()).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_reasoning_then_an_answer_and_nothing_else() {
        let ok = |text| is_well_formed(text, Some(true));
        assert!(ok("why</think><answer>x</answer>"));
        assert!(ok("why < how</think>\n \u{a0}<answer></answer>\n\x1c"));
        assert!(ok("</think><answer>a</answer>b</answer>"));
        assert!(!ok("why</think><answer>x</answer>."));
        assert!(!ok("why</think>so<answer>x</answer>"));
        assert!(!ok("why</think><answer>x"));
        assert!(!ok("<think>why</think><answer>x</answer>"), "the tag is there twice");
        assert!(!ok("why</think>how</think><answer>x</answer>"));
        assert!(!ok("why</think><answer></answer"));
        assert!(!ok(""));
        assert!(is_well_formed("<think>why</think><answer>x</answer>", Some(false)));
        assert!(!is_well_formed("why</think><answer>x</answer>", Some(false)));
        assert!(is_well_formed("<think>why</think><answer>x</answer>", None));
        assert!(is_well_formed("why</think><answer>x</answer>", None));
        assert!(!is_well_formed("<think><think>why</think><answer>x</answer>", None));
    }

    #[test]
    fn the_last_complete_answer_counts() {
        assert_eq!(answer("<answer>a</answer> or <answer>b</answer>"), Some("b"));
        assert_eq!(answer("<answer>a</answer> or <answer>b"), Some("a"));
        assert_eq!(answer("<answer>a"), None);
        assert_eq!(answer("</answer><answer>"), None);
    }

    #[test]
    fn blocks_are_found_however_they_are_fenced() {
        assert_eq!(last_block("```python\nx\n```"), Some("x"));
        assert_eq!(last_block("Here: ```python\nx\n```"), Some("x"), "text before the fence");
        assert_eq!(last_block("```python\nx```"), Some("x"), "no line end before the fence");
        assert_eq!(last_block("```Python\r\nx\r\n```\r\n"), Some("x\r"));
        assert_eq!(last_block("```\nx\n```"), Some("x"));
        assert_eq!(last_block("```text\nx\n```"), None, "another language");
        assert_eq!(last_block("```python\na\n```\n```python\nb\n```"), Some("b"));
        assert_eq!(last_block("```python\na\n```\n```text\nb\n```"), Some("a"));
        assert_eq!(last_block("```python\na\n```\n```python\nb"), Some("a"), "the second is not closed");
        assert_eq!(last_block("```python\n```"), Some(""));
        assert_eq!(last_block("```python\nx"), None);
        assert_eq!(last_block("x"), None);
        assert_eq!(last_block("```python\nx = '```'\ny\n```"), Some("x = '```'\ny"), "a fence in the code");
        assert_eq!(last_block("````python\nx\n````"), Some("x"));
        assert_eq!(
            last_block("use ```f``` so:\n```python\nx\n```"),
            Some("x"),
            "a span in a line is no block"
        );
    }

    #[test]
    fn many_fences_take_no_longer_than_their_number() {
        for unit in ["```python\n", "```", "``` ", "\n```x", "`", "```\nx```", "``` \t"] {
            let _block = last_block(&unit.repeat(1_000_000 / unit.len()));
        }
    }
}
