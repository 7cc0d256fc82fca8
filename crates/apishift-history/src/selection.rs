//! Which versions are taken.

use std::collections::BTreeMap;

use apishift_types::{Skipped, Version};

use crate::{HistoryError, Pick, ProjectSource};

/// Takes the wanted versions of `all`. Pre-releases, development releases and local versions are never wanted; they
/// are counted. Versions that were not asked for are not counted: leaving them out is what was asked for.
pub(crate) fn select<T>(
    all: BTreeMap<Version, T>,
    source: &ProjectSource,
    skipped: &mut Skipped,
) -> Result<BTreeMap<Version, T>, HistoryError> {
    let mut usable = BTreeMap::new();
    for (version, value) in all {
        if version.any_prerelease() {
            skipped.add("release-pre");
        } else if version.is_local() {
            skipped.add("release-local");
        } else {
            usable.insert(version, value);
        }
    }
    let available = summary(usable.keys());
    let mut last_of_group: BTreeMap<Vec<u64>, (Version, T)> = BTreeMap::new();
    for (version, value) in usable {
        if source.versions.as_ref().is_none_or(|wanted| wanted.contains(&version)) {
            // Versions come in ascending order, so that the last one of a group stays.
            last_of_group.insert(group(&version, source.pick), (version, value));
        }
    }
    let mut picked: BTreeMap<Version, T> = last_of_group.into_values().collect();
    if let Some(limit) = source.limit {
        while picked.len() > limit {
            picked.pop_first();
        }
    }
    if picked.is_empty() {
        let wanted = match (&source.versions, source.limit) {
            (_, Some(0)) => "a limit of 0 releases".to_owned(),
            (Some(wanted), _) => format!("`{wanted}`"),
            (None, _) => "a final version".to_owned(),
        };
        return Err(HistoryError::NoRelease { project: source.normalized_name(), wanted, available });
    }
    Ok(picked)
}

/// Versions of one group replace each other. Trailing zeros do not tell versions apart, as in PEP 440.
fn group(version: &Version, pick: Pick) -> Vec<u64> {
    let part = |at: usize| version.release().get(at).copied().unwrap_or(0);
    match pick {
        Pick::Major => vec![version.epoch(), part(0)],
        Pick::Minor => vec![version.epoch(), part(0), part(1)],
        Pick::All => {
            let mut all = vec![version.epoch()];
            all.extend(version.release().iter());
            while all.len() > 1 && all.last() == Some(&0) {
                all.pop();
            }
            // One more than the post number: a release without one comes before its first post release.
            all.extend([u64::MAX, version.post().map_or(0, |post| post.saturating_add(1))]);
            all
        }
    }
}

/// The newest versions, for an error message.
fn summary<'a>(versions: impl DoubleEndedIterator<Item = &'a Version> + ExactSizeIterator) -> String {
    const SHOWN: usize = 20;
    let count = versions.len();
    let newest: Vec<String> = versions.rev().take(SHOWN).map(ToString::to_string).collect();
    match count {
        0 => "none".to_owned(),
        _ if count > SHOWN => format!("{}, and {} older ones", newest.join(", "), count - SHOWN),
        _ => newest.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use apishift_types::{Role, VersionSpecifiers};

    use super::*;

    fn picked(versions: &[&str], change: impl Fn(&mut ProjectSource)) -> Result<Vec<String>, HistoryError> {
        let all = versions.iter().map(|v| (Version::from_str(v).unwrap(), ())).collect();
        let mut source = ProjectSource::pypi("demo", Role::Library);
        change(&mut source);
        let selected = select(all, &source, &mut Skipped::default())?;
        Ok(selected.keys().map(ToString::to_string).collect())
    }

    #[test]
    fn the_last_patch_of_each_minor_is_taken() {
        let versions = ["1.0", "1.0.1", "1.1.0", "1.1.2", "1.1.10", "2.0.0rc1", "2.0"];
        assert_eq!(picked(&versions, |_| {}).unwrap(), ["1.0.1", "1.1.10", "2.0"]);
    }

    #[test]
    fn a_post_release_is_the_last_of_its_minor() {
        assert_eq!(picked(&["0.22.1", "0.22.2", "0.22.2.post1"], |_| {}).unwrap(), ["0.22.2.post1"]);
    }

    #[test]
    fn calendar_versions_are_grouped_by_month() {
        let versions = ["2023.1.0", "2023.1.1", "2023.10.0", "2024.1.0"];
        assert_eq!(picked(&versions, |_| {}).unwrap(), ["2023.1.1", "2023.10.0", "2024.1.0"]);
    }

    #[test]
    fn all_and_major_pick_as_they_say() {
        let versions = ["1.0", "1.0.post1", "1.0.1", "1.10", "2.0"];
        assert_eq!(picked(&versions, |s| s.pick = Pick::All).unwrap(), versions);
        assert_eq!(picked(&versions, |s| s.pick = Pick::Major).unwrap(), ["1.10", "2.0"]);
    }

    #[test]
    fn the_limit_keeps_the_newest_after_the_pick() {
        let versions = ["1.0", "1.1", "1.2.0", "1.2.1"];
        assert_eq!(picked(&versions, |s| s.limit = Some(2)).unwrap(), ["1.1", "1.2.1"]);
    }

    #[test]
    fn an_epoch_comes_after_all_versions_without_one() {
        assert_eq!(picked(&["2024.1", "1!1.0"], |s| s.limit = Some(1)).unwrap(), ["1!1.0"]);
    }

    #[test]
    fn nothing_that_matches_is_an_error_that_names_what_there_is() {
        let wanted = VersionSpecifiers::from_str(">=3").unwrap();
        let error = picked(&["1.0", "2.0"], |s| s.versions = Some(wanted.clone())).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("`>=3`") && message.contains("2.0, 1.0"), "{message}");
        assert_eq!(error.exit_code(), apishift_types::exit::USAGE);
    }

    #[test]
    fn left_out_versions_are_counted_by_reason() {
        let all = ["1.0", "1.1b1", "1.2.dev3", "1.3+local"];
        let all = all.iter().map(|v| (Version::from_str(v).unwrap(), ())).collect();
        let mut skipped = Skipped::default();
        select(all, &ProjectSource::pypi("demo", Role::Library), &mut skipped).unwrap();
        assert_eq!(skipped.iter().collect::<Vec<_>>(), [("release-local", 1), ("release-pre", 2)]);
    }
}
