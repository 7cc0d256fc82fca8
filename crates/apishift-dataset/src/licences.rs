//! Which licences the code in a row may have.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use spdx::{Expression, LicenseItem, ParseMode};
use thiserror::Error;

use crate::reason::Reason;

/// Licences that ask for no more than a notice (or for nothing), by SPDX id.
const PERMISSIVE: [&str; 24] = [
    "0BSD",
    "Apache-2.0",
    "BlueOak-1.0.0",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSD-3-Clause-Clear",
    "BSL-1.0",
    "CC0-1.0",
    "CNRI-Python",
    "HPND",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "NCSA",
    "PostgreSQL",
    "PSF-2.0",
    "Python-2.0",
    "Python-2.0.1",
    "Unlicense",
    "WTFPL",
    "X11",
    "Zlib",
];

/// A name that is not an SPDX licence id.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("find `{0}` among the SPDX licence ids")]
pub struct UnknownLicence(pub String);

/// The licences that rows may have: SPDX ids.
///
/// ```
/// use apishift_dataset::Licences;
/// let permissive = Licences::default();
/// assert!(permissive.permit("MIT OR GPL-3.0-only"));
/// assert!(!permissive.permit("MIT AND GPL-3.0-only"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Licences(BTreeSet<String>);

impl Default for Licences {
    /// The permissive ones: those that ask for a notice at most.
    fn default() -> Self {
        Self(PERMISSIVE.iter().map(|id| (*id).to_owned()).collect())
    }
}

impl Licences {
    /// The licences of these SPDX ids.
    pub fn new(ids: impl IntoIterator<Item = impl Into<String>>) -> Result<Self, UnknownLicence> {
        let mut known = BTreeSet::new();
        for id in ids {
            let id = id.into();
            known.insert(spdx::license_id(&id).ok_or(UnknownLicence(id))?.name.to_owned());
        }
        Ok(Self(known))
    }

    /// The ids, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether one may take code under `expression` by these licences alone: every side of an `AND`, one of an `OR`.
    pub fn permit(&self, expression: &str) -> bool {
        Expression::parse_mode(expression, MODE).is_ok_and(|parsed| self.allow(&parsed))
    }

    /// Why a row with this licence is left out; `None` where it may stay.
    pub fn refuse(&self, expression: Option<&str>) -> Option<Reason> {
        let Some(expression) = expression.map(str::trim).filter(|text| !text.is_empty()) else {
            return Some(Reason::LicenceUnknown);
        };
        match Expression::parse_mode(expression, MODE) {
            Err(_) => Some(Reason::LicenceUnknown),
            Ok(parsed) if self.allow(&parsed) => None,
            Ok(_) => Some(Reason::LicenceNotPermitted),
        }
    }

    fn allow(&self, expression: &Expression) -> bool {
        // An exception (`WITH ...`) only adds rights, so the licence before it decides.
        expression.evaluate(|required| match required.license {
            LicenseItem::Spdx { id, .. } => self.0.contains(id.name),
            LicenseItem::Other(_) => false,
        })
    }
}

/// Deprecated ids and `GPL-2.0+` stand in older metadata; imprecise names are not guessed at.
const MODE: ParseMode = ParseMode {
    allow_slash_as_or_operator: false,
    allow_imprecise_license_names: false,
    allow_postfix_plus_on_gpl: true,
    allow_deprecated: true,
    allow_unknown: false,
};

impl TryFrom<Vec<String>> for Licences {
    type Error = UnknownLicence;

    fn try_from(ids: Vec<String>) -> Result<Self, UnknownLicence> {
        Self::new(ids)
    }
}

impl From<Licences> for Vec<String> {
    fn from(licences: Licences) -> Self {
        licences.0.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_spdx_says() {
        let permissive = Licences::default();
        let cases: [(Option<&str>, Option<Reason>); 14] = [
            (Some("MIT"), None),
            // Either licence may be chosen.
            (Some("GPL-3.0-only OR MIT"), None),
            // Both hold at once.
            (Some("BSD-3-Clause AND LGPL-3.0-only"), Some(Reason::LicenceNotPermitted)),
            (Some("BSD-3-Clause AND (LGPL-3.0-only OR ISC)"), None),
            // The exception widens a permitted licence and does not save a refused one.
            (Some("Apache-2.0 WITH LLVM-exception"), None),
            (Some("GPL-2.0-only WITH Classpath-exception-2.0"), Some(Reason::LicenceNotPermitted)),
            (Some("MPL-2.0"), Some(Reason::LicenceNotPermitted)),
            // Older metadata writes ids that SPDX has since renamed.
            (Some("GPL-2.0+"), Some(Reason::LicenceNotPermitted)),
            (Some("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0"), None),
            // A licence of the project's own is unknown until a person has read it.
            (Some("LicenseRef-Custom"), Some(Reason::LicenceNotPermitted)),
            (Some("BSD"), Some(Reason::LicenceUnknown)),
            (Some("MIT AND"), Some(Reason::LicenceUnknown)),
            (Some("  "), Some(Reason::LicenceUnknown)),
            (None, Some(Reason::LicenceUnknown)),
        ];
        for (expression, expected) in cases {
            assert_eq!(permissive.refuse(expression), expected, "{expression:?}");
        }
    }

    #[test]
    fn every_default_is_an_spdx_id() {
        assert_eq!(Licences::new(PERMISSIVE), Ok(Licences::default()));
    }

    #[test]
    fn a_misspelt_id_is_refused_by_name() {
        assert_eq!(Licences::new(["MIT", "Apache2"]), Err(UnknownLicence("Apache2".to_owned())));
    }
}
