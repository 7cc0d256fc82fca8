//! The licence of a release, as its own files say.

use std::collections::{BTreeMap, BTreeSet};

use spdx::{Expression, identifiers::LICENSES};

/// Largest text that is looked at, bytes: the GPL has 35,000.
pub(crate) const MAX_TEXT: usize = 256 << 10;

/// Whether a file may tell the licence: metadata or a licence text at the root, or in a wheel's own metadata. Those of
/// bundled packages lie deeper.
pub(crate) fn is_candidate(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    match (folder, name) {
        ("", "PKG-INFO") => true,
        ("", name) => is_text(name),
        (folder, name) if may_hold_candidates(folder) => name == "METADATA" || is_text(name),
        _ => false,
    }
}

/// Whether a folder is a wheel's metadata, or the licences in it.
pub(crate) fn may_hold_candidates(folder: &str) -> bool {
    let (info, inner) = folder.split_once('/').unwrap_or((folder, ""));
    info.ends_with(".dist-info") && matches!(inner, "" | "licenses")
}

/// Whether a file has the name of a licence text, as `LICENSE.md` and `LICENSE-MIT` have, and `license_check.py` has not.
fn is_text(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let start = ["LICENSE", "LICENCE", "COPYING"].iter().any(|start| name.starts_with(start));
    start && ![".PY", ".PYI", ".TOML", ".CFG"].iter().any(|ending| name.ends_with(ending))
}

/// Whether the name of a licence text says nothing but that: then it is the licence of the whole. `LICENSE.python` and
/// `LICENSE-MIT` say more: the licence of a part, or one to choose.
fn is_plain(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_uppercase();
    let stem = [".TXT", ".MD", ".RST"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
    matches!(stem, "LICENSE" | "LICENCE" | "COPYING")
}

/// SPDX expression of the licence that `files` (path and text of candidates) tell; `None` where that is unclear.
///
/// Asked in this order: the metadata's licence expression; its free field where that is an expression, a well-known
/// name or a known text; its classifiers; the licence's text. Classifiers that name several licences do not say how
/// these go together, and a text of one of them would not either, so that the answer is then unclear.
pub(crate) fn detect(files: &BTreeMap<String, String>) -> Option<String> {
    let is_metadata = |path: &str| path.ends_with("METADATA") || path.ends_with("PKG-INFO");
    let metadata = files.iter().find(|(path, _)| is_metadata(path));
    let metadata = metadata.map(|(_, text)| Metadata::parse(text)).unwrap_or_default();
    let expression = metadata.expression.as_deref().and_then(from_expression);
    let field = metadata.field.as_deref();
    let told = expression.or_else(|| field.and_then(from_expression)).or_else(|| field.and_then(from_name));
    if let Some(told) = told.or_else(|| field.and_then(from_text)) {
        return Some(told);
    }
    match from_classifiers(&metadata.classifiers) {
        Classified::As(spdx) => Some(spdx.to_owned()),
        Classified::Several => None,
        Classified::Unclear => {
            let texts: Vec<_> = files.iter().filter(|(path, _)| !is_metadata(path)).collect();
            let plain: Vec<_> = texts.iter().filter(|(path, _)| is_plain(path)).copied().collect();
            // Several texts are several licences, unless all say the same.
            let of_interest = if plain.is_empty() { texts } else { plain };
            let found: BTreeSet<_> = of_interest.into_iter().map(|(_, text)| from_text(text)).collect();
            if found.len() == 1 { found.into_iter().next().flatten() } else { None }
        }
    }
}

/// The three places where a package's metadata names its licence.
#[derive(Debug, Default)]
struct Metadata {
    expression: Option<String>,
    field: Option<String>,
    classifiers: Vec<String>,
}

impl Metadata {
    /// Reads the headers; a line that starts with a blank continues the one before.
    fn parse(text: &str) -> Self {
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in text.lines().take_while(|line| !line.is_empty()) {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = headers.last_mut() {
                    value.push('\n');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        let first = |wanted: &str| {
            let found = headers
                .iter()
                .find(|(name, value)| name == wanted && !value.is_empty() && value != "UNKNOWN");
            found.map(|(_, value)| value.clone())
        };
        let classifiers =
            headers.iter().filter(|(name, value)| name == "classifier" && value.starts_with("License ::"));
        Self {
            expression: first("license-expression"),
            field: first("license"),
            classifiers: classifiers.map(|(_, value)| value.clone()).collect(),
        }
    }
}

/// The SPDX expression that `text` is, if it is one; identifiers may be in any case.
fn from_expression(text: &str) -> Option<String> {
    let words = text.split_whitespace().map(|word| {
        let name = word.trim_matches(['(', ')']);
        let known = LICENSES.iter().find(|license| license.name.eq_ignore_ascii_case(name));
        known.map_or_else(|| word.to_owned(), |license| word.replace(name, license.name))
    });
    let text = words.collect::<Vec<_>>().join(" ");
    Expression::parse(&text).ok().map(|_| text)
}

/// The licence that the free field names in a common way that is not SPDX's. Names without a version, such as "BSD" or
/// "Apache", are not exact enough.
fn from_name(name: &str) -> Option<String> {
    const NAMES: [(&str, &str); 33] = [
        ("mit license", "MIT"),
        ("the mit license", "MIT"),
        ("the mit license (mit)", "MIT"),
        ("expat", "MIT"),
        ("new bsd", "BSD-3-Clause"),
        ("new bsd license", "BSD-3-Clause"),
        ("modified bsd", "BSD-3-Clause"),
        ("modified bsd license", "BSD-3-Clause"),
        ("bsd 3-clause", "BSD-3-Clause"),
        ("bsd-3", "BSD-3-Clause"),
        ("bsd3", "BSD-3-Clause"),
        ("3-clause bsd", "BSD-3-Clause"),
        ("3-clause bsd license", "BSD-3-Clause"),
        ("bsd 3-clause license", "BSD-3-Clause"),
        ("bsd (3-clause)", "BSD-3-Clause"),
        ("bsd 3 clause", "BSD-3-Clause"),
        ("simplified bsd", "BSD-2-Clause"),
        ("bsd 2-clause", "BSD-2-Clause"),
        ("2-clause bsd", "BSD-2-Clause"),
        ("apache 2.0", "Apache-2.0"),
        ("apache 2", "Apache-2.0"),
        ("apache-2", "Apache-2.0"),
        ("apache license 2.0", "Apache-2.0"),
        ("apache license, version 2.0", "Apache-2.0"),
        ("apache license version 2.0", "Apache-2.0"),
        ("apache software license 2.0", "Apache-2.0"),
        ("isc license", "ISC"),
        ("psf", "PSF-2.0"),
        ("python software foundation license", "PSF-2.0"),
        ("mpl 2.0", "MPL-2.0"),
        ("mozilla public license 2.0", "MPL-2.0"),
        ("gplv3", "GPL-3.0-only"),
        ("lgplv3", "LGPL-3.0-only"),
    ];
    let plain = name.trim().trim_end_matches('.').to_lowercase();
    NAMES.iter().find(|(known, _)| *known == plain).map(|(_, spdx)| (*spdx).to_owned())
}

/// What classifiers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Classified {
    /// This licence.
    As(&'static str),
    /// More than one licence.
    Several,
    /// Nothing, or a licence that has several forms.
    Unclear,
}

fn from_classifiers(classifiers: &[String]) -> Classified {
    const NAMES: [(&str, &str); 15] = [
        ("MIT License", "MIT"),
        ("MIT No Attribution License (MIT-0)", "MIT-0"),
        ("Apache Software License", "Apache-2.0"),
        ("ISC License (ISCL)", "ISC"),
        ("Python Software Foundation License", "PSF-2.0"),
        ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
        ("The Unlicense (Unlicense)", "Unlicense"),
        ("GNU General Public License v2 (GPLv2)", "GPL-2.0-only"),
        ("GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later"),
        ("GNU General Public License v3 (GPLv3)", "GPL-3.0-only"),
        ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
        ("GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only"),
        ("GNU Lesser General Public License v3 or later (LGPLv3+)", "LGPL-3.0-or-later"),
        ("GNU Affero General Public License v3", "AGPL-3.0-only"),
        ("GNU Affero General Public License v3 or later (AGPLv3+)", "AGPL-3.0-or-later"),
    ];
    // "License :: OSI Approved" alone says nothing; it often comes beside the name.
    let named: BTreeSet<_> = classifiers
        .iter()
        .filter_map(|text| text.strip_prefix("License :: ")?.rsplit("::").next())
        .map(str::trim)
        .filter(|name| *name != "OSI Approved")
        .collect();
    let mut named = named.into_iter();
    match (named.next(), named.next()) {
        (Some(_), Some(_)) => Classified::Several,
        (Some(one), None) => {
            let known = NAMES.iter().find(|(name, _)| *name == one);
            known.map_or(Classified::Unclear, |(_, spdx)| Classified::As(spdx))
        }
        _ => Classified::Unclear,
    }
}

/// The licence whose text this is, by sentences that it alone has.
fn from_text(text: &str) -> Option<String> {
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let has = |sentence: &str| words.contains(sentence);
    // What comes first is the licence of the whole; what follows are those of bundled parts, which are not asked.
    let head: String = words.chars().take(1200).collect();
    let starts = |title: &str| head.contains(title);
    // A list of files with their licences, as Debian keeps them: the first entry is for all that no other one names.
    if let Some(rest) = words.strip_prefix("files: * ") {
        let (_, name) = rest.split_once(" license: ")?;
        return from_expression(name.split(' ').next()?);
    }
    let found = if starts("gnu affero general public license") {
        "AGPL-3.0-only"
    } else if starts("gnu lesser general public license") && starts("version 3") {
        "LGPL-3.0-only"
    } else if starts("gnu lesser general public license") && starts("version 2.1") {
        "LGPL-2.1-only"
    } else if starts("gnu general public license") && starts("version 3") {
        "GPL-3.0-only"
    } else if starts("gnu general public license") && starts("version 2") {
        "GPL-2.0-only"
    } else if starts("gnu ") && starts("general public license") {
        return None;
    } else if starts("mozilla public license") && starts("2.0") {
        "MPL-2.0"
    } else if starts("apache license") && starts("version 2.0") {
        "Apache-2.0"
    } else if has("python software foundation license version 2") {
        "PSF-2.0"
    } else if starts(
        "permission to use, copy, modify, and/or distribute this software for any purpose with or without fee",
    ) || starts(
        "permission to use, copy, modify, and distribute this software for any purpose with or without fee",
    ) {
        "ISC"
    } else if starts(
        "permission is hereby granted, free of charge, to any person obtaining a copy of this software",
    ) {
        "MIT"
    } else if starts("redistribution and use in source and binary forms") {
        return bsd(&words);
    } else {
        return None;
    };
    Some(found.to_owned())
}

/// Two, three or four clauses.
fn bsd(words: &str) -> Option<String> {
    // Only the first licence of the file, up to the end of its disclaimer.
    let start = words.find("redistribution and use in source and binary forms")?;
    let own = &words[start..];
    let own = own.find("possibility of such damage").map_or(own, |end| &own[..end]);
    let four = own.contains("all advertising materials mentioning");
    let three = own.contains("endorse or promote products");
    let two = own.contains("redistributions in binary form must reproduce");
    let spdx = match (four, three, two) {
        (true, _, _) => "BSD-4-Clause",
        (_, true, true) => "BSD-3-Clause",
        (_, false, true) => "BSD-2-Clause",
        _ => return None,
    };
    Some(spdx.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> Option<String> {
        detect(&files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    fn metadata(lines: &str) -> Option<String> {
        of(&[(
            "PKG-INFO",
            &format!("Metadata-Version: 2.1\nName: demo\n{lines}\n\nLicense: in the description\n"),
        )])
    }

    #[test]
    fn the_expression_comes_first() {
        let lines = "License: BSD\nLicense-Expression: MIT OR Apache-2.0\nClassifier: License :: OSI Approved :: BSD License";
        assert_eq!(metadata(lines).as_deref(), Some("MIT OR Apache-2.0"));
    }

    #[test]
    fn well_known_names_are_understood() {
        for (name, spdx) in [("MIT", "MIT"), ("new BSD", "BSD-3-Clause"), ("bsd-3-clause", "BSD-3-Clause")] {
            assert_eq!(metadata(&format!("License: {name}")).as_deref(), Some(spdx));
        }
        assert_eq!(metadata("License: MIT OR Apache-2.0").as_deref(), Some("MIT OR Apache-2.0"));
        assert_eq!(metadata("License: mit-cmu").as_deref(), Some("MIT-CMU"));
        assert_eq!(metadata("License: BSD"), None);
        assert_eq!(metadata("License: see file"), None);
        assert_eq!(metadata("License: UNKNOWN"), None);
    }

    #[test]
    fn one_exact_classifier_is_enough_and_several_are_unclear() {
        let classifier = |name: &str| format!("Classifier: License :: OSI Approved :: {name}");
        assert_eq!(metadata(&classifier("Apache Software License")).as_deref(), Some("Apache-2.0"));
        assert_eq!(metadata(&classifier("BSD License")), None);
        let two = format!("{}\n{}", classifier("MIT License"), classifier("Apache Software License"));
        assert_eq!(metadata(&two), None);
        let apache = "Apache License\nVersion 2.0, January 2004";
        assert_eq!(of(&[("PKG-INFO", &two), ("LICENSE", apache)]), None);
    }

    #[test]
    fn the_text_decides_what_bsd_means() {
        let start = "Copyright (c) 2020 A. Body\nRedistribution and use in source and binary forms, with or without\n\
                     modification, are permitted: 1. ... 2. Redistributions in binary form must reproduce the above";
        let three = "3. Neither the name may be used to endorse or promote products derived";
        let end = "EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.";
        let text = format!("{start}\n{end}");
        assert_eq!(of(&[("LICENSE", &text)]).as_deref(), Some("BSD-2-Clause"));
        let text = format!("{start}\n{three}\n{end}");
        assert_eq!(of(&[("LICENSE.txt", &text)]).as_deref(), Some("BSD-3-Clause"));
        let bundled = format!("{start}\n{end}\n----\n{three}");
        assert_eq!(of(&[("LICENSE", &bundled)]).as_deref(), Some("BSD-2-Clause"));
    }

    #[test]
    fn several_texts_are_unclear_unless_they_agree() {
        let mit =
            "Permission is hereby granted, free of charge, to any person obtaining a copy of this software";
        let apache = "Apache License\nVersion 2.0, January 2004";
        assert_eq!(of(&[("LICENSE.MIT", mit), ("LICENSE.APACHE", apache)]), None);
        let other = format!("MIT License\n\n{mit}");
        assert_eq!(of(&[("LICENSE", mit), ("LICENSE.txt", &other)]).as_deref(), Some("MIT"));
    }

    #[test]
    fn the_plain_text_counts_before_those_of_parts() {
        let mit =
            "Permission is hereby granted, free of charge, to any person obtaining a copy of this software";
        let python = "Python Software Foundation License Version 2";
        assert_eq!(of(&[("LICENSE", mit), ("LICENSE.python", python)]).as_deref(), Some("MIT"));
        let either = "This software is available under the terms of either of two licenses";
        let apache = "Apache License\nVersion 2.0, January 2004";
        assert_eq!(of(&[("LICENSE", either), ("LICENSE.APACHE", apache), ("LICENSE.MIT", mit)]), None);
    }

    #[test]
    fn a_list_of_files_with_licences_is_read_for_the_whole() {
        let list = "Files: *\nCopyright: 2009 the team\nLicense: BSD-3-Clause\n\nFiles: a.py\nLicense: MIT\n";
        assert_eq!(of(&[("LICENSE.txt", list)]).as_deref(), Some("BSD-3-Clause"));
    }

    #[test]
    fn copyleft_is_told_apart_by_version() {
        let gpl = "GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007";
        let lgpl = "GNU LESSER GENERAL PUBLIC LICENSE\nVersion 2.1, February 1999";
        assert_eq!(of(&[("COPYING", gpl)]).as_deref(), Some("GPL-3.0-only"));
        assert_eq!(of(&[("COPYING.LESSER", lgpl)]).as_deref(), Some("LGPL-2.1-only"));
        assert_eq!(of(&[("LICENSE", "all rights reserved")]), None);
    }

    #[test]
    fn only_the_release_own_files_are_asked() {
        for path in
            ["LICENSE", "PKG-INFO", "demo-1.0.dist-info/METADATA", "demo-1.0.dist-info/licenses/LICENSE"]
        {
            assert!(is_candidate(path), "{path}");
        }
        for path in [
            "pkg/LICENSE",
            "pkg/_vendor/other-1.0.dist-info/METADATA",
            "docs/COPYING.md",
            "license_check/x.py",
        ] {
            assert!(!is_candidate(path), "{path}");
        }
    }
}
