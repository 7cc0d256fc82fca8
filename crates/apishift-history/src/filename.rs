//! Names of archives on a package index: which project, version and kind of archive they stand for.

use std::str::FromStr;

use apishift_types::{SourceKind, Version, normalized_name};

/// How an archive is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Packing {
    /// tar, gzip.
    TarGz,
    /// zip; wheels are zips.
    Zip,
    /// tar, bzip2.
    TarBz2,
}

/// What a file name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArchiveName {
    pub(crate) version: Version,
    pub(crate) kind: SourceKind,
    pub(crate) packing: Packing,
    /// Wheels: the platform tag, such as `any`.
    pub(crate) platform: String,
}

/// Why a file name says nothing of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadName {
    /// An installer, an egg, a signature: a kind of file that is not read.
    OtherKind,
    /// The name has no version of this project.
    NoVersion,
}

/// Reads the file name of a source distribution or a wheel of `project` (normalised).
pub(crate) fn parse(filename: &str, project: &str) -> Result<ArchiveName, BadName> {
    if let Some(stem) = filename.strip_suffix(".whl") {
        return wheel(stem, project).ok_or(BadName::NoVersion);
    }
    let endings = [
        (".tar.gz", Packing::TarGz),
        (".tgz", Packing::TarGz),
        (".zip", Packing::Zip),
        (".tar.bz2", Packing::TarBz2),
        (".tbz2", Packing::TarBz2),
    ];
    let (stem, packing) = endings
        .iter()
        .find_map(|(ending, packing)| Some((filename.strip_suffix(ending)?, *packing)))
        .ok_or(BadName::OtherKind)?;
    let version = sdist_version(stem, project).ok_or(BadName::NoVersion)?;
    Ok(ArchiveName { version, kind: SourceKind::Sdist, packing, platform: String::new() })
}

/// `name-version(-build)-python-abi-platform`.
fn wheel(stem: &str, project: &str) -> Option<ArchiveName> {
    let parts: Vec<&str> = stem.split('-').collect();
    if !matches!(parts.len(), 5 | 6) || normalized_name(parts[0]) != project {
        return None;
    }
    let version = Version::from_str(parts[1]).ok()?;
    let platform = parts[parts.len() - 1].to_owned();
    Some(ArchiveName { version, kind: SourceKind::Wheel, packing: Packing::Zip, platform })
}

/// `name-version`, where both may hold dashes: the border is where the left part is the project's name.
fn sdist_version(stem: &str, project: &str) -> Option<Version> {
    let borders = stem.match_indices(['-', '_', '.']).map(|(at, _)| at);
    borders
        .filter(|at| normalized_name(&stem[..*at]) == project)
        .find_map(|at| Version::from_str(&stem[at + 1..].replace('_', "-")).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(filename: &str, project: &str) -> Option<String> {
        parse(filename, project).ok().map(|name| name.version.to_string())
    }

    #[test]
    fn source_distributions_tell_their_version() {
        assert_eq!(version("networkx-2.4.tar.gz", "networkx").as_deref(), Some("2.4"));
        assert_eq!(
            version("scikit-learn-0.22.2.post1.tar.gz", "scikit-learn").as_deref(),
            Some("0.22.2.post1")
        );
        assert_eq!(version("scikit_learn-1.5.0.tar.gz", "scikit-learn").as_deref(), Some("1.5.0"));
        assert_eq!(version("ruamel.yaml-0.17.4.tar.bz2", "ruamel-yaml").as_deref(), Some("0.17.4"));
        assert_eq!(version("SQLAlchemy-2.0.0b1.zip", "sqlalchemy").as_deref(), Some("2.0.0b1"));
        assert_eq!(version("pytz-2004b-1.tar.gz", "pytz").as_deref(), Some("2004b1"));
        assert_eq!(version("demo-1.0-2.tar.gz", "demo").as_deref(), Some("1.0.post2"));
    }

    #[test]
    fn the_name_of_another_project_is_refused() {
        assert_eq!(parse("attrs-extra-1.0.tar.gz", "attrs"), Err(BadName::NoVersion));
        assert_eq!(parse("attrs_strict-1.0-py3-none-any.whl", "attrs"), Err(BadName::NoVersion));
    }

    #[test]
    fn a_project_whose_name_ends_in_a_number_keeps_it() {
        assert_eq!(version("pkg-2-1.0.tar.gz", "pkg-2").as_deref(), Some("1.0"));
        assert_eq!(version("jinja2-3.1.tar.gz", "jinja2").as_deref(), Some("3.1"));
    }

    #[test]
    fn wheels_tell_version_and_platform() {
        let name = parse("numpy-1.26.4-1-cp312-cp312-manylinux_2_17_x86_64.whl", "numpy").unwrap();
        assert_eq!(
            (name.version.to_string().as_str(), name.platform.as_str()),
            ("1.26.4", "manylinux_2_17_x86_64")
        );
        assert_eq!(name.kind, SourceKind::Wheel);
    }

    #[test]
    fn other_kinds_of_files_are_told_apart_from_bad_names() {
        assert_eq!(parse("demo-1.0.exe", "demo"), Err(BadName::OtherKind));
        assert_eq!(parse("demo-1.0-py2.7.egg", "demo"), Err(BadName::OtherKind));
        assert_eq!(parse("demo-latest.tar.gz", "demo"), Err(BadName::NoVersion));
    }
}
