//! Member names, checked and brought into one form.

use super::Hostility;

/// Longest name that is accepted, bytes.
const MAX_BYTES: usize = 4096;

/// What a member's name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// Parts of the path from the archive's root, without empty ones and `.`; none for the root itself.
    Parts(Vec<String>),
    /// Not UTF-8: the member is left out.
    NotUtf8,
    /// Below a folder that git keeps for itself: the member is left out.
    GitFolder,
}

/// Checks a member's name, as the archive has it. Backslashes separate too, since they do so on some machines.
pub(crate) fn check(name: &[u8], depth: usize) -> Result<Name, Hostility> {
    if name.contains(&0) {
        return Err(Hostility::Nul);
    }
    // Hostile parts are ASCII, so they are seen in what is not UTF-8 too.
    let text = String::from_utf8_lossy(name).replace('\\', "/");
    let drive = text.as_bytes().get(1) == Some(&b':') && text.as_bytes()[0].is_ascii_alphabetic();
    if text.starts_with('/') || drive {
        return Err(Hostility::Absolute);
    }
    let parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.contains(&"..") {
        return Err(Hostility::Traversal);
    }
    if parts.len() > depth || text.len() > MAX_BYTES {
        return Err(Hostility::TooDeep);
    }
    if std::str::from_utf8(name).is_err() {
        return Ok(Name::NotUtf8);
    }
    if parts.iter().any(|part| is_git(part)) {
        return Ok(Name::GitFolder);
    }
    Ok(Name::Parts(parts.into_iter().map(str::to_owned).collect()))
}

/// Whether some file system takes `part` for `.git`: whatever the case, with trailing dots, spaces or a stream's name,
/// as a short name, or with characters in it that are ignored.
fn is_git(part: &str) -> bool {
    let ignored = |c: &char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let visible: String = part.chars().filter(|c| !ignored(c)).collect::<String>().to_lowercase();
    let name = visible.split(':').next().unwrap_or_default().trim_end_matches([' ', '.']);
    matches!(name, ".git" | "git~1")
}

/// Checks that a link stays in the archive: `target` is relative to `folder`, the parts of the link's own folder.
pub(crate) fn check_link(folder: &[String], target: &[u8]) -> Result<(), Hostility> {
    let text = String::from_utf8_lossy(target).replace('\\', "/");
    let out = || Hostility::LinkOut { target: text.clone() };
    if text.starts_with('/') || text.as_bytes().get(1) == Some(&b':') {
        return Err(out());
    }
    let mut depth = folder.len();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => depth = depth.checked_sub(1).ok_or_else(out)?,
            _ => depth += 1,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(name: &str) -> Result<Name, Hostility> {
        check(name.as_bytes(), 64)
    }

    #[test]
    fn ordinary_names_lose_their_dots() {
        let wanted = Name::Parts(vec!["pkg-1.0".into(), "a.py".into()]);
        assert_eq!(parts("./pkg-1.0//a.py"), Ok(wanted));
        assert_eq!(parts("./"), Ok(Name::Parts(vec![])));
    }

    #[test]
    fn traversal_is_seen_in_every_form() {
        for name in ["../x", "a/../../x", "a/..", "..", "a\\..\\..\\x"] {
            assert_eq!(parts(name), Err(Hostility::Traversal), "{name}");
        }
        assert_eq!(check(b"\xff/../x", 64), Err(Hostility::Traversal));
        assert!(parts("a..b/c...py").is_ok());
    }

    #[test]
    fn absolute_paths_are_seen_in_every_form() {
        for name in ["/etc/passwd", "C:\\x", "c:x", "\\\\host\\x"] {
            assert_eq!(parts(name), Err(Hostility::Absolute), "{name}");
        }
    }

    #[test]
    fn folders_of_git_are_left_out_however_they_are_written() {
        for name in
            [".git/config", "a/.GIT/hooks/x", ".git ./x", "git~1/x", ".g\u{200c}it/x", ".git::$INDEX/x"]
        {
            assert_eq!(parts(name), Ok(Name::GitFolder), "{name}");
        }
        for name in [".gitignore", ".github/x.md", "git/x.py"] {
            assert!(matches!(parts(name), Ok(Name::Parts(_))), "{name}");
        }
    }

    #[test]
    fn names_that_are_too_deep_or_too_long_are_refused() {
        assert_eq!(parts(&"a/".repeat(65)), Err(Hostility::TooDeep));
        assert_eq!(parts(&"a".repeat(5000)), Err(Hostility::TooDeep));
        assert_eq!(check(b"a\0b", 64), Err(Hostility::Nul));
        assert_eq!(check(b"caf\xe9.py", 64), Ok(Name::NotUtf8));
    }

    #[test]
    fn links_may_point_into_the_archive_only() {
        let folder = ["pkg-1.0".to_owned(), "docs".to_owned()];
        assert_eq!(check_link(&folder, b"../README.md"), Ok(()));
        assert_eq!(check_link(&folder, b"../../x"), Ok(()));
        for target in ["../../../x", "/etc/passwd", "a/../../../../x", "C:\\x"] {
            assert!(check_link(&folder, target.as_bytes()).is_err(), "{target}");
        }
    }
}
