//! Values of a pipeline file that are more than their TOML type.

use std::borrow::Cow;

use apishift_dataset::Licences;
use apishift_types::VersionSpecifiers;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// A distribution name as package indexes allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectName(pub String);

/// Letters and digits, with `.`, `_` and `-` between them.
const NAME_PATTERN: &str = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$";

impl<'de> Deserialize<'de> for ProjectName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let inner = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        if name.chars().all(inner) && edge(name.chars().next()) && edge(name.chars().last()) {
            return Ok(Self(name));
        }
        Err(D::Error::custom("not a project name: letters and digits, with `.`, `_` or `-` between them"))
    }
}

impl JsonSchema for ProjectName {
    fn schema_name() -> Cow<'static, str> {
        "ProjectName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": NAME_PATTERN})
    }
}

/// Which examples are run: all, none, or so many that are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum VerifyRows {
    /// None.
    None,
    /// All.
    All,
    /// So many, drawn by the seed.
    Sample(usize),
}

impl std::str::FromStr for VerifyRows {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::None),
            "all" => Ok(Self::All),
            _ => {
                let count = text.strip_prefix("sample=").and_then(|count| count.parse().ok());
                count.map(Self::Sample).ok_or_else(|| "it is `none`, `all` or `sample=N`".to_owned())
            }
        }
    }
}

impl From<VerifyRows> for String {
    fn from(rows: VerifyRows) -> Self {
        match rows {
            VerifyRows::None => "none".to_owned(),
            VerifyRows::All => "all".to_owned(),
            VerifyRows::Sample(count) => format!("sample={count}"),
        }
    }
}

impl<'de> Deserialize<'de> for VerifyRows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for VerifyRows {
    fn schema_name() -> Cow<'static, str> {
        "VerifyRows".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^(none|all|sample=[0-9]+)$"})
    }
}

/// Version specifiers as PEP 440 has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions(pub VersionSpecifiers);

impl<'de> Deserialize<'de> for Versions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // The parser draws the text again below its message; the complaint shows the place in the file.
        let wrong = |error: &dyn std::fmt::Display| {
            let message = error.to_string();
            let first = message.lines().next().unwrap_or_default().trim_end_matches(':').to_owned();
            D::Error::custom(format!("not a version range (write it as in \">=1.0,<3\"): {first}"))
        };
        text.parse().map(Self).map_err(|error| wrong(&error))
    }
}

impl JsonSchema for Versions {
    fn schema_name() -> Cow<'static, str> {
        "Versions".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Version specifiers as PEP 440 has them, separated by commas.",
            "examples": [">=1.0,<3"],
        })
    }
}

/// A number from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(pub f64);

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        if (0.0..=1.0).contains(&number) {
            Ok(Self(number))
        } else {
            Err(D::Error::custom("not from 0 to 1"))
        }
    }
}

impl JsonSchema for Share {
    fn schema_name() -> Cow<'static, str> {
        "Share".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": 0, "maximum": 1})
    }
}

/// A day, ISO 8601.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub jiff::civil::Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let day = text.parse().ok().map(Self);
        day.ok_or_else(|| D::Error::custom("not a day: write it as in \"2024-06-30\""))
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date"})
    }
}

/// Licences by their SPDX ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenceList(pub Licences);

impl<'de> Deserialize<'de> for LicenceList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ids = Vec::<String>::deserialize(deserializer)?;
        Licences::new(ids)
            .map(Self)
            .map_err(|error| D::Error::custom(format!("not an SPDX licence id: `{}`", error.0)))
    }
}

impl JsonSchema for LicenceList {
    fn schema_name() -> Cow<'static, str> {
        "LicenceList".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": {"type": "string"},
            "description": "Licences by their SPDX ids.",
            "examples": [["MIT", "Apache-2.0"]],
        })
    }
}
