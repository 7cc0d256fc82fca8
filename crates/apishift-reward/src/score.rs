//! The rewards themselves.

use std::cell::OnceCell;

use apishift_syntax::{code::Usage, grammar::Code, surface::Callable};

use crate::{
    CodePlace, Component, Fault, Faults, RewardSpec,
    completion::{
        answer, first_block, first_strict_block, is_well_formed, last_block, last_strict_block, strip,
    },
    normal::normalised,
    similarity::edit_similarity,
    usage::{Change, KnownCallable},
};

/// Longest code that is looked at, in bytes; a longer one counts as none. The distance of two texts of this length took 3 s on one
/// core; a longer target takes longer in proportion.
pub const MAX_CODE: usize = 256 << 10;

/// What a completion should say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target<'a> {
    /// The code that answers the change.
    pub new_code: &'a str,
    /// The code before. `None`: the components of a change of the API are 0.
    pub old_code: Option<&'a str>,
    /// How what the new code calls may be called, as [`apishift_syntax::surface::Callable`] reads it. `None`: the component
    /// `signature` is 0.
    pub signature: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// A code, of which nothing more is known.
    pub fn code(new_code: &'a str) -> Self {
        Self { new_code, old_code: None, signature: None }
    }
}

/// A [`Target`], read once for all the completions that are compared with it.
#[derive(Debug)]
pub struct Reference {
    code: Code,
    normalised: String,
    change: Option<Change>,
    callable: Option<KnownCallable>,
}

/// A reward.
#[derive(Clone, Debug, PartialEq)]
pub struct Reward {
    /// The weighted sum.
    pub total: f64,
    /// The components that were asked for, unweighted, in the order of [`Component::ALL`].
    pub components: Vec<(Component, f64)>,
}

impl RewardSpec {
    /// Reads a target. The calling thread needs [`apishift_syntax::grammar::STACK`].
    pub fn reference(&self, target: &Target<'_>) -> Reference {
        let wants_api = self.components().any(Component::is_of_api);
        let code = Code::read(target.new_code, self.python);
        let normalised = normalised(target.new_code, &code, self.faults);
        let change = target.old_code.filter(|_| wants_api).map(|old| Change::between(old, target.new_code));
        let wants_signature = self.components().any(|component| component == Component::Signature);
        let callable = target.signature.filter(|_| wants_signature).and_then(Callable::read);
        let callable =
            callable.and_then(|callable| KnownCallable::new(callable, &Usage::of(target.new_code)));
        Reference { code, normalised, change, callable }
    }

    /// The reward of a completion. The calling thread needs [`apishift_syntax::grammar::STACK`].
    ///
    /// Whatever the text, there is one; no text makes it panic. Time grows with the text's length, and with the product of the
    /// lengths of code and target where one of `em` and `es` is asked for.
    pub fn reward(&self, completion: &str, reference: &Reference) -> Reward {
        let code = self.code_of(completion).filter(|code| code.len() <= MAX_CODE);
        let read = code.map(|code| Look::at(code, self));
        let components: Vec<(Component, f64)> = self
            .components()
            .map(|component| {
                let value = match (component, &read) {
                    (Component::Format, _) => {
                        if is_well_formed(completion, self.prefilled) {
                            1.0
                        } else {
                            -1.0
                        }
                    }
                    (component, None) => without_code(component),
                    (component, Some(look)) => look.value(component, reference),
                };
                (component, value)
            })
            .collect();
        Reward { total: self.total(&components), components }
    }

    /// The code of a completion, where there is one.
    pub fn code_of<'a>(&self, completion: &'a str) -> Option<&'a str> {
        let is_strict = self.faults.has(Fault::StrictFence);
        let code = match self.code {
            CodePlace::Text => return Some(completion),
            _ if self.faults.has(Fault::BlockAnywhere) => {
                if is_strict {
                    first_strict_block(completion)
                } else {
                    first_block(completion)
                }
            }
            CodePlace::Block => {
                if is_strict {
                    last_strict_block(completion)
                } else {
                    last_block(completion)
                }
            }
            CodePlace::Answer => {
                let answer = answer(completion)?;
                if is_strict { last_strict_block(answer) } else { last_block(answer) }
            }
        };
        code.map(strip)
    }
}

fn without_code(component: Component) -> f64 {
    match component {
        Component::Em | Component::EmStar | Component::Es | Component::EsStar => WRONG_SYNTAX,
        _ => 0.0,
    }
}

/// Rewards of the paper: of an equal code, of another one, of what does not parse.
const EQUAL: f64 = 2.0;
const OTHER: f64 = -1.5;
const WRONG_SYNTAX: f64 = -2.0;

/// A code, read once for all components.
struct Look<'a> {
    code: Code,
    source: &'a str,
    normalised: String,
    /// Whether it parses, as the released code asks: of the normalised text.
    parses: bool,
    /// What several components need, once one of them does.
    usage: OnceCell<Usage>,
    edit_similarity: OnceCell<f64>,
    spec: &'a RewardSpec,
}

impl<'a> Look<'a> {
    fn at(source: &'a str, spec: &'a RewardSpec) -> Self {
        let code = Code::read(source, spec.python);
        let normalised = normalised(source, &code, spec.faults);
        let parses = if spec.faults == Faults::NONE {
            code.is_valid()
        } else {
            Code::read(&normalised, spec.python).is_valid()
        };
        Self {
            code,
            source,
            normalised,
            parses,
            usage: OnceCell::new(),
            edit_similarity: OnceCell::new(),
            spec,
        }
    }

    fn value(&self, component: Component, reference: &Reference) -> f64 {
        let change = |measure: fn(&Change, &Usage) -> f64| {
            let change = reference.change.as_ref().filter(|_| self.code.is_valid());
            change.map_or(0.0, |change| measure(change, self.usage()))
        };
        match component {
            Component::Format => 0.0,
            Component::Em => self.exact(reference),
            Component::EmStar => {
                let equal_first = !self.spec.faults.has(Fault::ParseFirst) && self.is_equal(reference);
                if self.parses || equal_first { self.exact(reference) } else { WRONG_SYNTAX }
            }
            Component::Es => self.edits(reference),
            Component::EsStar => {
                if self.parses {
                    self.edits(reference)
                } else {
                    WRONG_SYNTAX
                }
            }
            Component::Syntax => f64::from(u8::from(self.code.is_valid())),
            Component::AstMatch => f64::from(u8::from(self.code.has_form_of(&reference.code))),
            Component::NewApi => change(Change::new_api),
            Component::OldApi => change(Change::old_api),
            Component::CallMatch => change(Change::call_match),
            Component::Signature => {
                let callable = reference.callable.as_ref().filter(|_| self.code.is_valid());
                callable.map_or(0.0, |callable| callable.accepted(self.usage()))
            }
        }
    }

    fn usage(&self) -> &Usage {
        self.usage.get_or_init(|| Usage::of(self.source))
    }

    fn is_equal(&self, reference: &Reference) -> bool {
        self.normalised == reference.normalised
    }

    fn exact(&self, reference: &Reference) -> f64 {
        if self.is_equal(reference) { EQUAL } else { OTHER }
    }

    fn edits(&self, reference: &Reference) -> f64 {
        let similarity = || edit_similarity(&self.normalised, &reference.normalised);
        self.edit_similarity.get_or_init(similarity) * 3.5 + OTHER
    }
}
