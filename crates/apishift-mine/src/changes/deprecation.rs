//! Marks of a definition, read: what each is about and what it says to use instead.

use std::collections::BTreeSet;

use apishift_syntax::surface::{Mark, MarkSource, MarkSubject, MarkVerb};
use apishift_types::{Evidence, EvidenceSource};

use crate::{
    message::{self, Known, Named, Subject},
    surface::{DefId, PublicApi},
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
    pub text: String,
}

impl Statement<'_> {
    /// What the mark says to use instead, best first.
    pub(super) fn replacements(&self) -> Vec<Named> {
        let direct = self.mark.replacement.as_ref().map(|path| Named {
            path: path.trim_end_matches("()").to_owned(),
            as_parameter: matches!(self.about, About::Parameter(_)),
            as_rename: matches!(self.about, About::Parameter(_)),
            is_code: true,
        });
        direct.into_iter().chain(message::replacements(&self.text)).collect()
    }

    pub(super) fn evidence(&self, api: &PublicApi) -> Evidence {
        let source = match self.mark.source {
            MarkSource::Decorator | MarkSource::Warning => EvidenceSource::DeprecationMessage,
            MarkSource::Directive => EvidenceSource::DocstringDirective,
        };
        let mut text = self.text.clone();
        if let (MarkSource::Directive, Some(version)) = (self.mark.source, &self.mark.version) {
            let verb = match self.mark.verb {
                MarkVerb::Deprecated => "deprecated",
                MarkVerb::Changed => "versionchanged",
                MarkVerb::Added => "versionadded",
                MarkVerb::KeywordOnly => "keyword only",
            };
            text = format!("{verb}:: {version} {text}").trim_end().to_owned();
        }
        Evidence { source, text, path: api.place_of(self.def).0.to_owned(), line: self.mark.line }
    }
}

/// Statements about a function or class (its constructor included) that has these names and parameters.
pub(super) fn statements<'a>(api: &'a PublicApi, def: DefId) -> Vec<Statement<'a>> {
    let item = api.item(def);
    let is_class = item.as_class().is_some();
    let signature = api.signature(def);
    let mut names: Vec<&str> = vec![&item.name];
    names.extend(
        api.class_of(def).filter(|_| item.name.starts_with("__")).map(|class| api.item(class).name.as_str()),
    );
    let mut params: BTreeSet<&str> = BTreeSet::new();
    if let Some(signature) = &signature {
        params.extend(signature.params.iter().map(|p| p.name.as_str()));
        params.extend(signature.accepted.iter().map(|(old, _)| old.as_str()));
    }
    // The parameters that only the marks name: behind `**kwargs`, or of a constructor that is not known.
    let is_open = signature.as_ref().is_none_or(super::super::surface::Signature::takes_any_keyword);
    let mut out = Vec::new();
    let own = item.marks.iter().map(|mark| (mark, def, true));
    let init = signature.as_ref().filter(|s| is_class && s.def != def).map(|s| s.def);
    let is_own_init = init.is_some_and(|init| api.class_of(init) == Some(def));
    let inits = init
        .into_iter()
        .flat_map(|init| api.item(init).marks.iter().map(move |mark| (mark, init, is_own_init)));
    for (mark, holder, speaks_for_symbol) in own.chain(inits) {
        let mut params = params.clone();
        if let (true, MarkSubject::Parameter(name)) = (is_open, &mark.subject) {
            params.insert(name);
        }
        let params: Vec<&str> = params.into_iter().collect();
        let text = api.text_of(holder, mark);
        let known = Known { symbol: &names, params: &params };
        let Some(about) = about(mark, &text, known) else { continue };
        if about == About::Symbol && !speaks_for_symbol {
            continue;
        }
        out.push(Statement { about, mark, def: holder, text });
    }
    out
}

fn about(mark: &Mark, text: &str, known: Known<'_>) -> Option<About> {
    let is_param = |name: &str| known.params.contains(&name);
    let placed = match &mark.subject {
        MarkSubject::Parameter(name) if is_param(name) => Some(name.clone()),
        MarkSubject::Parameter(_) | MarkSubject::Attribute(_) => return None,
        MarkSubject::Symbol | MarkSubject::Conditional => None,
    };
    match mark.verb {
        MarkVerb::Added => return Some(About::Since(placed)),
        MarkVerb::Changed => return Some(About::Behaviour(placed)),
        MarkVerb::KeywordOnly => return placed.map(About::KeywordOnly),
        MarkVerb::Deprecated => {}
    }
    let read = message::subject(text, known);
    // The form of a decorator says what it marks.
    if mark.source == MarkSource::Decorator {
        return Some(placed.map_or(About::Symbol, About::Parameter));
    }
    let is_conditional = mark.subject == MarkSubject::Conditional;
    Some(match (read, placed) {
        (Subject::Parameter(name), _) => About::Parameter(name),
        (Subject::Value(name), _) => About::Behaviour(Some(name)),
        (Subject::Implicit, Some(name)) => About::Parameter(name),
        (Subject::Symbol, None) => About::Symbol,
        (Subject::Implicit, None) if !is_conditional => About::Symbol,
        (Subject::Symbol | Subject::Other, placed) => About::Behaviour(placed),
        (Subject::Implicit, None) => About::Behaviour(None),
    })
}
