//! Rewards of completions, whole and in parts. Elements are completions of one function each.

use std::hint::black_box;

use apishift_bench::synthetic;
use apishift_reward::{Item, RewardSpec, Target, edit_distance, normalised};
use apishift_syntax::grammar::Code;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Completions of a batch.
const COUNT: usize = 1000;

/// Characters of a code, about: what a row of the dataset has.
const LENGTH: usize = 500;

/// Codes of about [`LENGTH`] characters, and others that differ from them in a few places.
fn codes() -> Vec<(String, String)> {
    let module = synthetic::module(1, true);
    let lines: Vec<&str> = module.lines().collect();
    let code = |start: usize| {
        let mut code = String::from("def example(first, second):\n");
        for line in lines.iter().cycle().skip(start) {
            let line = line.trim_start();
            if line.starts_with('#') || line.is_empty() || line.ends_with(':') || line.contains("\"\"\"") {
                continue;
            }
            let call = format!("    first = second.call({line:?}, {start})  # {}\n", line.len());
            code.push_str(&call);
            if code.len() > LENGTH {
                break;
            }
        }
        code
    };
    (0..COUNT).map(|start| (code(start), code(start).replace("call", "other"))).collect()
}

fn rewards(c: &mut Criterion) {
    let codes = codes();
    let completions: Vec<String> = codes
        .iter()
        .map(|(code, _)| format!("It was renamed.</think>\n<answer>\n```python\n{code}```\n</answer>"))
        .collect();
    let items: Vec<Item<'_>> = completions
        .iter()
        .zip(&codes)
        .map(|(completion, (_, target))| Item { completion, target: Target::code(target) })
        .collect();
    let mut group = c.benchmark_group("rewards");
    group.throughput(Throughput::Elements(COUNT as u64));
    let spec = RewardSpec::default();
    for threads in [1, 2] {
        group.bench_function(format!("default, {threads} threads"), |b| {
            b.iter(|| spec.rewards(black_box(&items), threads).expect("threads can be started"));
        });
    }
    group.bench_function("parse", |b| {
        b.iter(|| {
            codes.iter().filter(|(code, _)| Code::read(black_box(code), spec.python).is_valid()).count()
        });
    });
    group.bench_function("parse and normalise", |b| {
        b.iter(|| {
            codes.iter().map(|(code, _)| normalised(black_box(code), spec.python).len()).sum::<usize>()
        });
    });
    group.bench_function("distance", |b| {
        b.iter(|| codes.iter().map(|(one, two)| edit_distance(black_box(one), two)).sum::<usize>());
    });
    group.finish();
}

criterion_group!(benches, rewards);
criterion_main!(benches);
