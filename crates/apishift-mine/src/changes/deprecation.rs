//! Marks of a definition, read: what each is about and what it says to use instead.

use std::collections::BTreeSet;

use apishift_syntax::surface::{Mark, MarkSource, MarkSubject, MarkVerb};
use apishift_types::{Evidence, EvidenceSource, Version};

use crate::{
    message::{self, Known, Named, Strength, Subject},
    surface::{DefId, PublicApi, Signature},
};

/// What a mark is about, its place and its text taken together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    /// The symbol is deprecated.
    Symbol,
    /// A parameter is deprecated.
    Parameter(String),
    /// A parameter has to be given by keyword.
    KeywordOnly(String),
    /// Behaviour changes; of one parameter, where one is named.
    Behaviour(Option<String>),
    /// A parameter exists since then.
    Since(Option<String>),
}

/// A mark, read.
#[derive(Clone, Debug)]
pub(super) struct Statement<'a> {
    pub about: About,
    pub mark: &'a Mark,
    /// The definition whose source holds it.
    pub def: DefId,
    /// The text of the message, also where another module holds it.
    pub text: &'a str,
}

impl Statement<'_> {
    /// What the mark says to use instead, best first.
    pub(super) fn replacements(&self) -> Vec<Named> {
        let direct = self.mark.replacement.as_ref().map(|path| Named {
            path: path.trim_end_matches("()").to_owned(),
            as_parameter: matches!(self.about, About::Parameter(_)),
            as_rename: matches!(self.about, About::Parameter(_)),
            strength: Strength::Code,
        });
        direct.into_iter().chain(message::replacements(self.text)).collect()
    }

    /// Whether the directive names a version from before this one: the documentation came later than the change.
    pub(super) fn is_older_than(&self, old: &Version) -> bool {
        self.version().is_some_and(|version| minor(&version) < minor(old))
    }

    /// Whether the mark has no version, one after the old release, or its text names the new release.
    pub(super) fn speaks_of(&self, (old, new): (&Version, &Version)) -> bool {
        let Some(version) = self.version() else { return true };
        let (major, minor_part) = minor(new);
        let named = format!("{major}.{minor_part}");
        (minor(&version) > minor(old) && version <= *new)
            || self
                .text
                .split(|c: char| !(c.is_ascii_digit() || c == '.'))
                .any(|word| word.trim_end_matches('.') == named)
    }

    fn version(&self) -> Option<Version> {
        let version = self.mark.version.as_deref().filter(|_| self.mark.source == MarkSource::Directive)?;
        version.trim_start_matches('v').parse().ok()
    }

    pub(super) fn evidence(&self, api: &PublicApi) -> Evidence {
        let source = match self.mark.source {
            MarkSource::Decorator | MarkSource::Warning => EvidenceSource::DeprecationMessage,
            MarkSource::Directive => EvidenceSource::DocstringDirective,
        };
        let mut text = self.text.to_owned();
        if let (MarkSource::Directive, Some(version)) = (self.mark.source, &self.mark.version) {
            let verb = match self.mark.verb {
                MarkVerb::Deprecated => "deprecated",
                MarkVerb::Changed => "versionchanged",
                MarkVerb::Added => "versionadded",
                MarkVerb::KeywordOnly => "keyword only",
            };
            text.insert_str(0, &format!("{verb}:: {version} "));
            text.truncate(text.trim_end().len());
        }
        Evidence { source, text, path: api.place_of(self.def).0.to_owned(), line: self.mark.line }
    }
}

/// Major and minor part: what directives give.
fn minor(version: &Version) -> (u64, u64) {
    let release = version.release();
    (release.first().copied().unwrap_or(0), release.get(1).copied().unwrap_or(0))
}

/// Statements about a function or class (its constructor included) that has these names and parameters.
pub(super) fn statements(api: &PublicApi, def: DefId) -> Vec<Statement<'_>> {
    let item = api.item(def);
    let is_class = item.as_class().is_some();
    let signature = api.signature(def);
    let mut names: Vec<&str> = vec![&item.name];
    // Messages name what people import, whatever it is called at home.
    names.extend(api.places(def).iter().map(|(_, name)| name.as_str()));
    names.extend(
        api.class_of(def).filter(|_| item.name.starts_with("__")).map(|class| api.item(class).name.as_str()),
    );
    let mut params: BTreeSet<&str> = BTreeSet::new();
    if let Some(signature) = &signature {
        params.extend(signature.params.iter().map(|p| p.name.as_str()));
        params.extend(signature.accepted.iter().map(|(old, _)| old.as_str()));
    }
    // The parameters that only the marks name: behind `**kwargs`, or of a constructor that is not known.
    let is_open = signature.as_ref().is_none_or(Signature::takes_any_keyword);
    let mut out = Vec::new();
    let own = api.marks(def).iter().map(|mark| (mark, def, true));
    let init = signature.as_ref().filter(|s| is_class && s.def != def).map(|s| s.def);
    let is_own_init = init.is_some_and(|init| api.class_of(init) == Some(def));
    let inits =
        init.into_iter().flat_map(|init| api.marks(init).iter().map(move |mark| (mark, init, is_own_init)));
    for (mark, holder, speaks_for_symbol) in own.chain(inits) {
        let mut params = params.clone();
        if let (true, MarkSubject::Parameter(name)) = (is_open, &mark.subject) {
            params.insert(name);
        }
        let params: Vec<&str> = params.into_iter().collect();
        let Some(text) = api.text_of(holder, mark) else { continue };
        let known = Known { symbol: &names, params: &params };
        for about in about(mark, text, known) {
            if about != About::Symbol || speaks_for_symbol {
                out.push(Statement { about, mark, def: holder, text });
            }
        }
    }
    // Decorators and warnings say it in fewer and plainer words than documentation.
    out.sort_by_key(|statement| statement.mark.source);
    out
}

fn about(mark: &Mark, text: &str, known: Known<'_>) -> Vec<About> {
    let placed = match &mark.subject {
        MarkSubject::Parameter(name) if known.params.contains(&name.as_str()) => Some(name.clone()),
        MarkSubject::Parameter(_) | MarkSubject::Attribute(_) => return Vec::new(),
        MarkSubject::Symbol | MarkSubject::Conditional => None,
    };
    match mark.verb {
        MarkVerb::Added => return vec![About::Since(placed)],
        MarkVerb::Changed => return vec![About::Behaviour(placed)],
        MarkVerb::KeywordOnly => return placed.map(About::KeywordOnly).into_iter().collect(),
        MarkVerb::Deprecated => {}
    }
    // The form of a decorator says what it marks.
    if mark.source == MarkSource::Decorator {
        return vec![placed.map_or(About::Symbol, About::Parameter)];
    }
    let is_conditional = mark.subject == MarkSubject::Conditional;
    let read = match message::subject(text, known) {
        // A directive says by its name that something goes, and so does a warning that is always met.
        Subject::Silent if mark.source == MarkSource::Directive => Subject::Implicit,
        Subject::Silent if placed.is_none() && !is_conditional => Subject::Implicit,
        read => read,
    };
    vec![match (read, placed) {
        (Subject::Parameters(names), placed) if names.is_empty() => {
            placed.map_or(About::Behaviour(None), About::Parameter)
        }
        (Subject::Parameters(names), _) => return names.into_iter().map(About::Parameter).collect(),
        (Subject::Value(name), _) => About::Behaviour(Some(name)),
        (Subject::Implicit, Some(name)) => About::Parameter(name),
        (Subject::Symbol, None) => About::Symbol,
        (Subject::Implicit, None) if !is_conditional => About::Symbol,
        (_, placed) => About::Behaviour(placed),
    }]
}
