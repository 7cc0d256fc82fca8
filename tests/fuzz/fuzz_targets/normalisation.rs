//! What is normalised stays as it is when it is normalised again, and an equal code is as near as can be.

#![no_main]

use apishift_reward::{CodePlace, Component, Item, RewardSpec, Target};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|code: &str| {
    let spec = RewardSpec {
        code: CodePlace::Text,
        weights: [(Component::Em, 1.0), (Component::Es, 1.0), (Component::Syntax, 1.0)].into(),
        ..RewardSpec::default()
    };
    let normalised = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(512 << 20);
        let work = || apishift_reward::normalised(code, spec.python);
        thread.spawn_scoped(scope, work).expect("a thread can be started").join().expect("it does not panic")
    });
    let with = |completion| Item { completion, target: Target::code(code) };
    let rewards = spec.rewards(&[with(code), with(&normalised)], 1).expect("a thread can be started");
    assert_eq!(rewards[0].components[..2], [(Component::Em, 2.0), (Component::Es, 2.0)], "equal to itself");
    let is_python = rewards[0].components[2].1 > 0.0;
    // What a backslash at the end goes on with is nothing, which is gone.
    if is_python && !normalised.ends_with('\\') {
        assert_eq!(rewards[1].components, rewards[0].components, "{normalised:?}");
    }
});
