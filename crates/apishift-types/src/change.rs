//! API changes between two releases of a library.

use serde::{Deserialize, Serialize};

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A public name was added.
    Added,
    /// A public name is gone.
    Removed,
    /// A public name is gone, and the same thing has another name in the same place.
    Renamed,
    /// A public name is gone, and the same thing is to be had under another path.
    Moved,
    /// A parameter was added.
    ParameterAdded,
    /// A parameter is gone.
    ParameterRemoved,
    /// A parameter has another name.
    ParameterRenamed,
    /// A parameter that could be given by position has to be given by keyword.
    ParameterKeywordOnly,
    /// A parameter's default is another one.
    DefaultChanged,
    /// A name or a parameter was marked as deprecated.
    Deprecated,
    /// Documentation notes a change of behaviour that signatures do not show.
    BehaviourNoted,
    /// A call's shape changed behind `*args` or `**kwargs`: seen in how the library's own code calls it.
    CallShapeChanged,
    /// Somebody else's record tells of it, and not of which kind it is.
    Unclassified,
}

impl ChangeKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 13] = [
        Self::Added,
        Self::Removed,
        Self::Renamed,
        Self::Moved,
        Self::ParameterAdded,
        Self::ParameterRemoved,
        Self::ParameterRenamed,
        Self::ParameterKeywordOnly,
        Self::DefaultChanged,
        Self::Deprecated,
        Self::BehaviourNoted,
        Self::CallShapeChanged,
        Self::Unclassified,
    ];

    /// The name in tables: `snake_case`, as serde writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Moved => "moved",
            Self::ParameterAdded => "parameter_added",
            Self::ParameterRemoved => "parameter_removed",
            Self::ParameterRenamed => "parameter_renamed",
            Self::ParameterKeywordOnly => "parameter_keyword_only",
            Self::DefaultChanged => "default_changed",
            Self::Deprecated => "deprecated",
            Self::BehaviourNoted => "behaviour_noted",
            Self::CallShapeChanged => "call_shape_changed",
            Self::Unclassified => "unclassified",
        }
    }
}

/// Where a piece of evidence stands, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceSource {
    /// The text of a deprecation warning or decorator.
    DeprecationMessage,
    /// A `deprecated`, `versionchanged` or `versionremoved` directive of a docstring.
    DocstringDirective,
    /// A paragraph of the changelog, in the section of the version.
    Changelog,
    /// The message of the commit that made the change.
    CommitMessage,
    /// A record of another dataset.
    Record,
    /// Stubs say since which version something is elsewhere or has another name: in this project's words.
    Stub,
    /// How the library's own tests, docs and examples call it, before and after: in this project's words.
    Usage,
    /// Only the two signatures.
    Signature,
}

/// One text that says what changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where it stands.
    pub source: EvidenceSource,
    /// The text, dedented, without comment or docstring marks; at most a few paragraphs.
    pub text: String,
    /// File in the release's tree (commit id for [`EvidenceSource::CommitMessage`]).
    pub path: String,
    /// First line in that file, from 1; 0 where there is none.
    pub line: u32,
}

/// One row of the table `api_changes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiChange {
    /// Content hash of library, versions, kind, symbol and parameter: 16 hex digits.
    pub id: String,
    /// Distribution name of the library.
    pub library: String,
    /// The last release mined before the change.
    pub old_version: String,
    /// The first release mined with the change.
    pub new_version: String,
    /// Release day of the new version, ISO 8601; `None` where unknown.
    pub release_date: Option<String>,
    /// What changed.
    pub kind: ChangeKind,
    /// Shortest public path of what changed, dotted: `pkg.mod.Class.method`.
    pub symbol: String,
    /// Other public paths of the same thing, sorted.
    pub aliases: Vec<String>,
    /// What the symbol is: `module`, `class`, `function`, `method`, `property`, `attribute`.
    pub symbol_kind: String,
    /// Parameter that the change is about, where it is about one.
    pub parameter: Option<String>,
    /// What to use instead: a dotted path, a bare name or, for a parameter, the other parameter's name.
    pub replacement: Option<String>,
    /// Signature (or value, or shape of calls) before, `None` for an added name.
    pub old_signature: Option<String>,
    /// Signature (or value, or shape of calls) after, `None` for a removed name.
    pub new_signature: Option<String>,
    /// How what new code calls may be called in the new release, `numpy.linalg.norm(x, ord=None)`: the symbol, where the change
    /// is about how to call it, else its replacement. `None` where that is no callable of this library, or has several
    /// signatures.
    pub target_signature: Option<String>,
    /// Texts that say so, best first.
    pub evidence: Vec<Evidence>,
    /// File of the definition in the tree that has it (the new one, else the old one).
    pub path: String,
    /// Line of the definition, from 1.
    pub line: u32,
}
