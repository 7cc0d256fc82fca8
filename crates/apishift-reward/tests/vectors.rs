//! The table of vectors, which the tests of the Python package read too.

use std::{collections::BTreeMap, thread};

use apishift_reward::{Component, Faults, RewardSpec, Target};
use apishift_syntax::grammar::STACK;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    vector: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    why: String,
    #[serde(default)]
    spec: Option<toml::Value>,
    code: Option<String>,
    completion: Option<String>,
    target: String,
    old: Option<String>,
    signature: Option<String>,
    expect: BTreeMap<Component, f64>,
    total: Option<f64>,
}

impl Vector {
    fn spec(&self) -> RewardSpec {
        match &self.spec {
            None => RewardSpec::default(),
            Some(toml::Value::String(name)) => RewardSpec::preset(name).expect("a preset"),
            Some(table) => table.clone().try_into().expect("a table of rewards"),
        }
    }

    fn completion(&self) -> String {
        let of_code = |code: &String| format!("why</think>\n<answer>\n```python\n{code}\n```\n</answer>");
        self.completion.clone().or_else(|| self.code.as_ref().map(of_code)).expect("a code or a completion")
    }
}

fn table() -> Vec<Vector> {
    toml::from_str::<Table>(include_str!("vectors.toml")).expect("the table is one").vector
}

/// The threads that give rewards have stacks of their own.
fn on_a_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread");
        thread.join().expect("it does not panic")
    })
}

#[test]
fn rewards_are_what_the_table_says() {
    let vectors = table();
    assert!(vectors.len() >= 68, "eight of the paper, and sixty more");
    let wrong: Vec<String> = on_a_stack(|| vectors.iter().flat_map(wrong).collect());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn wrong(vector: &Vector) -> Vec<String> {
    let target = Target {
        new_code: &vector.target,
        old_code: vector.old.as_deref(),
        signature: vector.signature.as_deref(),
    };
    let given = |spec: &RewardSpec| spec.reward(&vector.completion(), &spec.reference(&target));
    let mut spec = vector.spec();
    let total = given(&spec).total;
    spec.weights = vector.expect.keys().map(|component| (*component, 1.0)).collect();
    let mut wrong = Vec::new();
    for ((component, value), expected) in given(&spec).components.iter().zip(vector.expect.values()) {
        if value.to_bits() != expected.to_bits() {
            wrong.push(format!("{}: {} is {value:?}, not {expected:?}", vector.why, component.as_str()));
        }
    }
    if vector.total.is_some_and(|expected| expected.to_bits() != total.to_bits()) {
        wrong.push(format!("{}: the total is {total:?}", vector.why));
    }
    wrong
}

#[test]
fn the_corrected_rewards_have_no_fault() {
    assert_eq!(RewardSpec::default().faults, Faults::NONE);
    assert_eq!(RewardSpec::recode().faults, Faults::all());
}
