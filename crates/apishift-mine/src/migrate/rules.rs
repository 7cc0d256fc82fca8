//! Rules: API changes as the engine looks for them.

use std::collections::{BTreeMap, BTreeSet};

use apishift_types::{ApiChange, ChangeKind, EvidenceSource, Version};
use sha2::{Digest, Sha256};

use super::{
    check::is_builtin,
    defaults::{default_of, says_without_effect, values_in},
    prefilter::Telling,
    relevance::{AllWords, Relevance},
    vocabulary::{code_words, word_id},
};
use crate::{changes::is_marker, shape::ShapeChange};

/// What an edit has to do to follow a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A function, class, attribute or module is no longer used.
    Name,
    /// A method is no longer used: `Class.method` among [`Rule::paths`].
    Method,
    /// A keyword is no longer given to a callable.
    Keyword(String),
    /// An argument that was given by position is given by keyword.
    KeywordOnly(String),
    /// A keyword is now given where the default was relied upon.
    Default(String),
    /// A call is written in another shape, its arguments being the same.
    CallShape(ShapeChange),
}

/// One step in the life of an API: deprecated here, removed there.
#[derive(Clone, Debug)]
pub struct Step {
    /// Id of the [`ApiChange`].
    pub change_id: String,
    /// First release with it.
    pub version: Option<Version>,
    /// Its day, ISO 8601.
    pub date: Option<String>,
    /// The day of the release before it. Of a minor series often only the last patch release is mined, years after the
    /// first one, which is what users follow: from this day on an edit may answer to the change.
    pub since: Option<String>,
    /// Whether a text says what changed (not only two signatures).
    pub told: bool,
    /// Whether the text is a deprecation message or directive.
    pub best: bool,
}

/// What API changes of one symbol (and parameter) ask of code that uses it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Distribution name of the library.
    pub library: String,
    /// What an edit has to do.
    pub subject: Subject,
    /// Public dotted paths of the symbol; for parameters, of the callable.
    pub paths: Vec<String>,
    /// Last components of what to use instead, where known: a dotted path's parts, or a parameter.
    pub replacement: Vec<String>,
    /// Code words that the evidence names.
    pub words: BTreeSet<String>,
    /// Keywords of the call by which the evidence writes the replacement: `Other(loss="hinge", penalty=None)`.
    pub keywords: BTreeSet<String>,
    /// Parameters of the new signature.
    pub parameters: BTreeSet<String>,
    /// What it means to leave the parameter out, where that is known and the same in all releases; tokens joined.
    pub default: Option<String>,
    /// Values that the evidence or the defaults of the signatures name, without quotes.
    pub values: BTreeSet<String>,
    /// The evidence says that the parameter does nothing.
    pub without_effect: bool,
    /// The changes, oldest first.
    pub steps: Vec<Step>,
}

impl Rule {
    /// The name that old code writes: last part of the symbol.
    pub fn old_name(&self) -> &str {
        self.paths.first().and_then(|path| path.rsplit('.').next()).unwrap_or_default()
    }

    /// Whether it is about a name that a builtin of Python has too, and whose texts speak of it: `numpy.float`.
    pub(super) fn is_of_builtin(&self) -> bool {
        let name = self.old_name();
        self.subject == Subject::Name && self.words.contains(name) && is_builtin(name)
    }

    /// Top-level import name of the library.
    pub fn root(&self) -> &str {
        self.paths.first().and_then(|path| path.split('.').next()).unwrap_or_default()
    }

    /// The change that an edit in a release of the library (by version) or of a dependent (by day) answers to: the
    /// newest told one that was out by then, else one whose minor series may have begun by then.
    pub fn step_by(&self, version: Option<&Version>, day: Option<&str>) -> Option<&Step> {
        let is_due = |step: &&Step| version.zip(step.version.as_ref()).is_none_or(|(limit, at)| at <= limit);
        let by = |of: fn(&Step) -> Option<&str>| {
            let is_out = move |step: &&Step| day.zip(of(step)).is_none_or(|(limit, at)| at <= limit);
            let steps: Vec<&Step> = self.steps.iter().filter(is_due).filter(is_out).collect();
            let newest = |fits: fn(&Step) -> bool| steps.iter().rfind(|step| fits(step)).copied();
            newest(|step| step.best).or_else(|| newest(|step| step.told)).or_else(|| newest(|_| true))
        };
        by(|step| step.date.as_deref()).or_else(|| by(|step| step.since.as_deref()))
    }
}

/// All rules, indexed by what old code writes.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    /// The rules, in a stable order.
    pub rules: Vec<Rule>,
    /// Rules by public dotted path of their symbol or callable.
    pub by_path: BTreeMap<String, Vec<usize>>,
    /// Rules on methods (and keywords of methods) by the method's name.
    pub by_method: BTreeMap<String, Vec<usize>>,
    /// Top-level import names of the libraries.
    pub roots: BTreeSet<String>,
    /// Words by which files are told that can follow a rule.
    pub(super) telling: Telling,
    /// Rules by the words of the files in which they have a say.
    pub(super) relevance: Relevance,
    /// A hash of all names in `roots`.
    pub(super) roots_digest: [u8; 32],
}

impl RuleSet {
    /// Rules from the rows of `api_changes`. Changes that ask nothing of old code (additions) make none.
    pub fn new(changes: &[ApiChange]) -> Self {
        let mut families: BTreeMap<(String, String, Option<String>, u8), Vec<&ApiChange>> = BTreeMap::new();
        for change in changes {
            if let Some(class) = class_of(change) {
                let key = (change.library.clone(), change.symbol.clone(), about(change), class);
                families.entry(key).or_default().push(change);
            }
        }
        let days = changes.iter().filter_map(|change| {
            Some(((change.library.as_str(), change.new_version.as_str()), change.release_date.as_deref()?))
        });
        let days: Days<'_> = days.collect();
        let mut set = Self::default();
        for (_, family) in families {
            if let Some(rule) = rule_of(&family, &days) {
                set.add(rule);
            }
        }
        set.roots_digest = Sha256::digest(format!("{:?}", set.roots)).into();
        set
    }

    /// A hash of all that can have a say where these words are: rules, and libraries that have any.
    pub(super) fn digest(&self, words: &AllWords) -> [u8; 32] {
        let named: Vec<&String> = self.roots.iter().filter(|root| words.has(word_id(root))).collect();
        Sha256::digest(format!("{named:?} {:?}", self.relevance.digest(words))).into()
    }

    fn add(&mut self, rule: Rule) {
        let at = self.rules.len();
        for path in &rule.paths {
            self.by_path.entry(path.clone()).or_default().push(at);
            self.roots.extend(path.split('.').next().map(str::to_owned));
        }
        let method = match &rule.subject {
            Subject::Method => true,
            Subject::Keyword(_) | Subject::Default(_) | Subject::KeywordOnly(_) => {
                rule.paths.iter().all(|p| is_member(p))
            }
            Subject::Name | Subject::CallShape(_) => false,
        };
        if method {
            self.by_method.entry(rule.old_name().to_owned()).or_default().push(at);
        }
        let root = rule.root();
        match &rule.subject {
            Subject::Name
                if rule.replacement.last().is_some_and(|last| last == rule.old_name())
                    && !rule.is_of_builtin() =>
            {
                // Of a move the last part stays; other parts of the old path fall, or parts of the new one rise.
                let before: BTreeSet<&str> = rule.paths.iter().flat_map(|path| path.split('.')).collect();
                let after: BTreeSet<&str> = rule.replacement.iter().map(String::as_str).collect();
                before.difference(&after).for_each(|part| self.telling.falls(root, part));
                after.difference(&before).for_each(|part| self.telling.rises(root, part));
            }
            Subject::Name | Subject::Method => {
                self.telling.falls(root, rule.old_name());
                if rule.is_of_builtin() {
                    self.telling.bares(root, rule.old_name());
                }
            }
            Subject::Keyword(parameter) => {
                self.telling.falls(root, parameter);
            }
            Subject::Default(parameter) | Subject::KeywordOnly(parameter) => {
                self.telling.rises(root, parameter);
            }
            Subject::CallShape(change) => match change.keyword() {
                Some(keyword) if change.drops_keyword() => {
                    self.telling.falls(root, keyword);
                }
                Some(keyword) if change.adds_keyword() => {
                    self.telling.rises(root, keyword);
                }
                Some(_) | None => {
                    self.telling.reshapes(root, rule.old_name());
                }
            },
        }
        self.relevance.add(&rule);
        self.rules.push(rule);
    }
}

/// The library of Python itself, where a pipeline has it under its usual name.
const PYTHON: &str = "python";

/// Days of releases (library and version) that changed something.
type Days<'a> = BTreeMap<(&'a str, &'a str), &'a str>;

/// Whether the path names something in a class: its last but one part looks like a class name.
fn is_member(path: &str) -> bool {
    path.rsplit('.').nth(1).is_some_and(|part| part.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Changes of one class of one symbol make one rule.
fn class_of(change: &ApiChange) -> Option<u8> {
    match (change.kind, &change.parameter) {
        (ChangeKind::Added | ChangeKind::ParameterAdded | ChangeKind::BehaviourNoted, _) => None,
        (ChangeKind::CallShapeChanged, _) => Some(4),
        (ChangeKind::DefaultChanged, Some(_)) => Some(2),
        (ChangeKind::ParameterKeywordOnly, Some(_)) => Some(3),
        (ChangeKind::DefaultChanged | ChangeKind::ParameterKeywordOnly, None) => None,
        (_, Some(_)) => Some(1),
        (_, None) => Some(0),
    }
}

/// What of the symbol a change is about: a parameter, or a shape of its calls.
fn about(change: &ApiChange) -> Option<String> {
    match shape_of(change) {
        Some(shape) => Some(format!("{} {}", shape.from, shape.to)),
        None => change.parameter.clone(),
    }
}

fn shape_of(change: &ApiChange) -> Option<ShapeChange> {
    let is_shape = change.kind == ChangeKind::CallShapeChanged;
    let (old, new) =
        change.old_signature.as_deref().zip(change.new_signature.as_deref()).filter(|_| is_shape)?;
    ShapeChange::read(old, new)
}

fn rule_of(family: &[&ApiChange], days: &Days<'_>) -> Option<Rule> {
    let first = family.first()?;
    let subject = match (class_of(first)?, &first.parameter) {
        (4, _) => Subject::CallShape(shape_of(first)?),
        (1, Some(parameter)) => Subject::Keyword(parameter.clone()),
        (2, Some(parameter)) => Subject::Default(parameter.clone()),
        (3, Some(parameter)) => Subject::KeywordOnly(parameter.clone()),
        _ if is_member(&first.symbol) => Subject::Method,
        _ => Subject::Name,
    };
    let mut paths = vec![first.symbol.clone()];
    paths.extend(family.iter().flat_map(|change| change.aliases.iter().cloned()).collect::<BTreeSet<_>>());
    let mut seen = BTreeSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    let is_public = |path: &&String| !path.rsplit('.').next().is_some_and(|last| last.starts_with('_'));
    let replacement = family.iter().rev().find_map(|change| change.replacement.as_ref().filter(is_public));
    let replacement: Vec<String> = replacement
        .map(|text| text.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect())
        .unwrap_or_default();
    let mut words = BTreeSet::new();
    let mut values = BTreeSet::new();
    let texts = family.iter().flat_map(|change| &change.evidence);
    let texts: Vec<&str> =
        texts.filter(|e| e.source != EvidenceSource::Signature).map(|e| e.text.as_str()).collect();
    for text in &texts {
        words.append(&mut code_words(text));
        values.append(&mut values_in(text));
    }
    let keywords = replacement.last().map(|name| keywords_of(name, &texts)).unwrap_or_default();
    let defaults = |of: fn(&ApiChange) -> Option<&str>| -> BTreeSet<String> {
        let signatures = family.iter().filter_map(|change| of(change).zip(change.parameter.as_deref()));
        let known = signatures.filter_map(|(signature, parameter)| default_of(signature, parameter));
        known.filter(|default| !is_marker(default)).collect()
    };
    let before = defaults(|change| change.old_signature.as_deref());
    let after = defaults(|change| change.new_signature.as_deref());
    values.extend(before.iter().chain(&after).map(|default| default.trim_matches('"').to_owned()));
    let default = before.first().filter(|_| before.len() == 1).cloned();
    let parameters = family
        .iter()
        .filter_map(|change| change.new_signature.as_deref())
        .flat_map(signature_words)
        .collect();
    let told = !texts.is_empty();
    let without_effect = texts.iter().any(|text| says_without_effect(text));
    let mut steps: Vec<Step> = family.iter().map(|change| step_of(change, days)).collect();
    steps.sort_by(|a, b| a.version.cmp(&b.version).then_with(|| a.change_id.cmp(&b.change_id)));
    // Of two signatures alone, nobody knows whether code had to follow: a default may only be spelled anew. And what a
    // changelog says of a default seldom asks for anything.
    let asks = (told && !matches!(subject, Subject::Default(_)))
        || steps.iter().any(|step| step.best)
        || matches!(subject, Subject::Name | Subject::Method | Subject::Keyword(_))
            && !replacement.is_empty();
    if !asks {
        return None;
    }
    Some(Rule {
        library: first.library.clone(),
        subject,
        paths,
        replacement,
        words,
        keywords,
        parameters,
        default,
        values,
        without_effect,
        steps,
    })
}

fn step_of(change: &ApiChange, days: &Days<'_>) -> Step {
    let best = change
        .evidence
        .iter()
        .any(|e| matches!(e.source, EvidenceSource::DeprecationMessage | EvidenceSource::DocstringDirective));
    Step {
        change_id: change.id.clone(),
        version: change.new_version.parse().ok(),
        date: change.release_date.clone(),
        since: since(change, days).map(str::to_owned),
        told: change.evidence.iter().any(|e| e.source != EvidenceSource::Signature),
        best,
    }
}

/// From when on an edit may answer to a change, see [`Step::since`].
fn since<'a>(change: &ApiChange, days: &Days<'a>) -> Option<&'a str> {
    let day = |version: &str| days.get(&(change.library.as_str(), version)).copied();
    if change.library != PYTHON {
        return day(&change.old_version);
    }
    // Python warns for two releases at least before something goes (PEP 387).
    let minor: u32 = change.new_version.strip_prefix("3.")?.parse().ok()?;
    (minor.saturating_sub(3)..minor).find_map(|minor| day(&format!("3.{minor}")))
}

/// Keywords of calls of `name` in the texts.
fn keywords_of(name: &str, texts: &[&str]) -> BTreeSet<String> {
    let calls = texts.iter().flat_map(|text| text.split(name).skip(1)).filter_map(|after| {
        let inside = after.strip_prefix('(')?;
        inside.split_once(')').map(|(arguments, _)| arguments)
    });
    let names = calls.flat_map(|arguments| {
        arguments.split(',').filter_map(|part| part.split_once('=').map(|(name, _)| name.trim().to_owned()))
    });
    names.filter(|name| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')).collect()
}

/// Names in a signature: parameters, and words of their defaults.
fn signature_words(signature: &str) -> Vec<String> {
    super::vocabulary::words_of(signature).map(|(_, word)| word.to_owned()).collect()
}
