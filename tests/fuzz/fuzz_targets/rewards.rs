//! Any completion has a reward within its bounds, for any target, with and without faults, wherever the code is looked for.

#![no_main]

use apishift_reward::{CodePlace, Component, GroundTruth, Item, RewardSpec};
use libfuzzer_sys::fuzz_target;

fn item<'a>(completion: &'a str, truth: &'a GroundTruth) -> Item<'a> {
    Item { completion, target: truth.target() }
}

/// Between the parts of an input: completion, new code, old code, signature.
const SEPARATOR: char = '\u{1f}';

fuzz_target!(|input: &str| {
    let mut parts = input.splitn(4, SEPARATOR);
    let mut part = || parts.next().unwrap_or_default();
    let (completion, new_code, old_code, signature) = (part(), part(), part(), part());
    let truth = GroundTruth {
        new_code: new_code.to_owned(),
        old_code: Some(old_code.to_owned()),
        target_signature: Some(signature.to_owned()),
    };
    let carried = GroundTruth::read(new_code);
    let wrapped = format!("</think><answer>```python\n{completion}\n```</answer>");
    for preset in [RewardSpec::default(), RewardSpec::recode()] {
        for code in [CodePlace::Answer, CodePlace::Block, CodePlace::Text] {
            let weights = Component::ALL.into_iter().map(|component| (component, 1.0)).collect();
            let spec = RewardSpec { code, weights, ..preset.clone() };
            let items = [item(completion, &truth), item(&wrapped, &truth), item(completion, &carried)];
            for reward in spec.rewards(&items, 1).expect("a thread can be started") {
                for (component, value) in reward.components {
                    let (least, most) = component.bounds();
                    assert!((least..=most).contains(&value), "{component:?}: {value}");
                }
            }
        }
    }
});
