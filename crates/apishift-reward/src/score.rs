//! The rewards themselves.

use apishift_syntax::grammar::Code;

use crate::{
    CodePlace, Component, Fault, Faults, RewardSpec,
    completion::{
        answer, first_block, first_strict_block, is_well_formed, last_block, last_strict_block, strip,
    },
    normal::normalised,
    similarity::edit_similarity,
    usage::{Change, Usage},
};

/// Longest code that is looked at, in bytes; a longer one counts as none. Two codes of this length take half a second.
pub const MAX_CODE: usize = 256 << 10;

/// What a completion should say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target<'a> {
    /// The code that answers the change.
    pub new_code: &'a str,
    /// The code before. `None`: components of the API are 0.
    pub old_code: Option<&'a str>,
}

/// A [`Target`], read once for all the completions that are compared with it.
#[derive(Debug)]
pub struct Reference<'a> {
    new_code: &'a str,
    normalised: String,
    change: Option<Change>,
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
    pub fn reference<'a>(&self, target: &Target<'a>) -> Reference<'a> {
        let wants_api = self.weights.keys().any(|component| component.is_of_api());
        let code = Code::read(target.new_code, self.python);
        Reference {
            new_code: target.new_code,
            normalised: normalised(target.new_code, &code, self.faults),
            change: target.old_code.filter(|_| wants_api).map(|old| Change::between(old, target.new_code)),
        }
    }

    /// The reward of a completion. The calling thread needs [`apishift_syntax::grammar::STACK`].
    ///
    /// Whatever the text, there is one; no text makes it panic. Time grows with the text's length, and with the product of the
    /// lengths of code and target where one of `em` and `es` is asked for.
    pub fn reward(&self, completion: &str, reference: &Reference<'_>) -> Reward {
        let code = self.code_of(completion).filter(|code| code.len() <= MAX_CODE);
        let read = code.map(|code| Look::at(code, self));
        let components: Vec<(Component, f64)> = self
            .weights
            .keys()
            .map(|component| {
                let value = match (component, &read) {
                    (Component::Format, _) => {
                        if is_well_formed(completion, self.prefilled) {
                            1.0
                        } else {
                            -1.0
                        }
                    }
                    (component, None) => without_code(*component),
                    (component, Some(look)) => look.value(*component, reference),
                };
                (*component, value)
            })
            .collect();
        let total = components.iter().map(|(component, value)| self.weights[component] * value).sum();
        Reward { total, components }
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
        Self { code, source, normalised, parses, spec }
    }

    fn value(&self, component: Component, reference: &Reference<'_>) -> f64 {
        let change = |measure: fn(&Change, &Usage) -> f64| {
            let change = reference.change.as_ref().filter(|_| self.code.is_valid());
            change.map_or(0.0, |change| measure(change, &Usage::of(self.source)))
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
            Component::AstMatch => {
                let target = Code::read(reference.new_code, self.spec.python);
                f64::from(u8::from(self.code.has_form_of(&target)))
            }
            Component::NewApi => change(Change::new_api),
            Component::OldApi => change(Change::old_api),
            Component::CallMatch => change(Change::call_match),
        }
    }

    fn is_equal(&self, reference: &Reference<'_>) -> bool {
        self.normalised == reference.normalised
    }

    fn exact(&self, reference: &Reference<'_>) -> f64 {
        if self.is_equal(reference) { EQUAL } else { OTHER }
    }

    fn edits(&self, reference: &Reference<'_>) -> f64 {
        edit_similarity(&self.normalised, &reference.normalised) * 3.5 + OTHER
    }
}
