//! Names of git tags: which version of a project they stand for.

use std::str::FromStr;

use apishift_types::{Version, normalized_name};

/// The version that a tag stands for: `v1.2`, `1.2.3`, `networkx-2.4`, `rel_1_4_0`, `release-1.2`, `pkg/v1.0` of `pkg`.
///
/// What stands before the version may be the project's name, or one of the usual words, or both; anything else belongs
/// to another project of the same repository.
pub(crate) fn version(tag: &str, project: &str) -> Option<Version> {
    let starts = tag.char_indices().filter(|(_, character)| character.is_ascii_digit()).map(|(at, _)| at);
    starts
        .filter(|at| is_prefix(&tag[..*at], project))
        .find_map(|at| Version::from_str(&tag[at..].replace('_', ".")).ok())
}

/// Whether `text` may stand before a version of `project`.
fn is_prefix(text: &str, project: &str) -> bool {
    const WORDS: [&str; 7] = ["", "v", "ver", "version", "r", "rel", "release"];
    let normal = normalized_name(&text.replace('/', "-"));
    let words = normal.trim_matches('-');
    let rest = words.strip_prefix(project).unwrap_or(words).trim_start_matches('-');
    WORDS.contains(&rest) || rest.split('-').all(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tag: &str) -> Option<String> {
        version(tag, "networkx").map(|version| version.to_string())
    }

    #[test]
    fn the_usual_forms_are_understood() {
        for (tag, wanted) in [
            ("v1.2", "1.2"),
            ("1.2.3", "1.2.3"),
            ("networkx-2.4", "2.4"),
            ("rel_1_4_0", "1.4.0"),
            ("rel_1_4_0b1", "1.4.0b1"),
            ("release-1.2", "1.2"),
            ("release/v1.2", "1.2"),
            ("networkx/v3.0", "3.0"),
            ("V2.0", "2.0"),
            ("2024.01.0", "2024.1.0"),
            ("v1.0.post1", "1.0.post1"),
        ] {
            assert_eq!(of(tag).as_deref(), Some(wanted), "{tag}");
        }
    }

    #[test]
    fn other_tags_are_not_versions() {
        for tag in ["latest", "docs-2020", "other/v1.0", "other-1.0", "v1.x", "backup-v1.0"] {
            assert_eq!(of(tag), None, "{tag}");
        }
    }

    #[test]
    fn a_digit_in_the_name_is_not_the_version() {
        assert_eq!(version("jinja2-3.1", "jinja2").map(|v| v.to_string()).as_deref(), Some("3.1"));
    }
}
