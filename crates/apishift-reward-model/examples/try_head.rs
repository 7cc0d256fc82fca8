//! Research: trains a head on a table of candidates, and prints what it is worth by operator. `try_head MODEL CACHE OPTIONS.json TABLE..`

use std::{collections::BTreeMap, env, path::Path, time::Instant};

use apishift_nn::{
    ModelConfig, WeightFiles,
    torch::{Decoder, Parameters, Precision, TorchError},
};
use apishift_reward_model::{
    Baseline, Encoded, LinearModel, LinearOptions, PairOptions, Problem, baseline_scores, encode, pairs,
    problems,
    torch::{Backbone, Features, Head, Sample, TrainOptions, scores, train},
};
use apishift_store::{CandidateTable, read_table};
use apishift_tokens::ChatTokenizer;
use tch::{Device, Tensor};
use xxhash_rust::xxh3::xxh3_64_with_seed;

struct Base<'a>(&'a WeightFiles);
impl Parameters for Base<'_> {
    fn take(&mut self, name: &str, _: &[usize]) -> Result<Tensor, TorchError> {
        let stored = self.0.get(name).ok_or_else(|| TorchError::Shape(name.to_owned()))?;
        let shape: Vec<i64> = stored.shape.iter().map(|size| *size as i64).collect();
        Ok(Tensor::f_from_data_size(stored.bytes, &shape, tch::Kind::Float)?)
    }
}

fn accuracy(scores: &[f64], right: &[bool], keep: &dyn Fn(usize) -> bool) -> Option<f64> {
    let (mut won, mut all) = (0.0, 0.0);
    for (chosen, _) in right.iter().enumerate().filter(|(_, right)| **right) {
        for (rejected, _) in right.iter().enumerate().filter(|(place, right)| !**right && keep(*place)) {
            all += 1.0;
            won += if scores[chosen] > scores[rejected] {
                1.0
            } else if scores[chosen] < scores[rejected] {
                0.0
            } else {
                0.5
            };
        }
    }
    (all > 0.0).then(|| won / all)
}

fn mean(values: impl Iterator<Item = f64>) -> (f64, f64, usize) {
    let values: Vec<f64> = values.collect();
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let spread = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n / n).sqrt();
    (mean, spread, values.len())
}

fn report(name: &str, problems: &[&Problem], scored: &[Vec<f64>]) {
    let right: Vec<Vec<bool>> = problems.iter().map(|problem| problem.right().collect()).collect();
    let (pair, error, n) = mean(scored.iter().zip(&right).filter_map(|(s, r)| accuracy(s, r, &|_| true)));
    let top = scored.iter().zip(&right).map(|(s, r)| {
        let best = s.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let ties: Vec<bool> = s.iter().zip(r).filter(|(s, _)| **s == best).map(|(_, r)| *r).collect();
        ties.iter().filter(|r| **r).count() as f64 / ties.len() as f64
    });
    let top = mean(top).0;
    println!("{name:>14}: pair {pair:.3} +-{error:.3} ({n}), top-1 {top:.3}");
    let mut operators: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for ((problem, s), r) in problems.iter().zip(scored).zip(&right) {
        let mut kinds: Vec<String> = problem
            .candidates
            .iter()
            .filter(|row| row.passed == Some(false))
            .map(|row| row.operator.clone().unwrap_or_else(|| row.source.to_string()))
            .collect();
        kinds.sort();
        kinds.dedup();
        for kind in kinds {
            let keep = |place: usize| {
                problem.candidates[place]
                    .operator
                    .clone()
                    .unwrap_or_else(|| problem.candidates[place].source.to_string())
                    == kind
            };
            operators.entry(kind.clone()).or_default().extend(accuracy(s, r, &keep));
        }
    }
    let text: Vec<String> = operators
        .iter()
        .map(|(kind, values)| {
            format!("{kind} {:.2} ({})", values.iter().sum::<f64>() / values.len() as f64, values.len())
        })
        .collect();
    println!("                {}", text.join(", "));
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [model, cache, options, tables @ ..] = arguments.as_slice() else {
        anyhow::bail!("MODEL CACHE OPTIONS TABLE..")
    };
    let settings: serde_json::Value = serde_json::from_str(options)?;
    let layers = settings["layers"].as_u64().unwrap_or(1) as usize;
    let limit = settings["limit"].as_u64().unwrap_or(1024) as usize;
    let folds = settings["folds"].as_u64().unwrap_or(5);
    let most = settings["problems"].as_u64().unwrap_or(u64::MAX) as usize;
    let mut options = TrainOptions::default();
    if let Some(rate) = settings["rate"].as_f64() {
        options.rate = rate;
    }
    if let Some(epochs) = settings["epochs"].as_u64() {
        options.epochs = epochs as usize;
    }
    if let Some(wd) = settings["decay"].as_f64() {
        options.adam.weight_decay = wd;
    }
    if let Some(batch) = settings["batch"].as_u64() {
        options.batch = batch as usize;
    }
    tch::set_num_threads(settings["threads"].as_i64().unwrap_or(2) as i32);
    let folder = Path::new(model);
    let config = ModelConfig::read(folder)?;
    let files = WeightFiles::open(folder)?;
    let precision =
        if settings["fp32"].as_bool() == Some(true) { Precision::Float32 } else { Precision::Bfloat16 };
    let decoder = Decoder::load(&config, &files, precision, Device::Cpu)?;
    let tokens = ChatTokenizer::open(folder)?;
    let backbone =
        Backbone::new(decoder, layers, &format!("{model} {}", precision.as_str()), Some(Path::new(cache)));
    let mut all = Vec::new();
    for table in tables {
        all.extend(read_table::<CandidateTable>(Path::new(table))?);
    }
    let (mut all, unlabelled) = problems(all);
    all.retain(Problem::is_mixed);
    all.sort_by_key(|problem| xxh3_64_with_seed(problem.task_id.as_bytes(), 1));
    all.truncate(most);
    println!("{} problems, {unlabelled} rows without a label", all.len());
    let start = Instant::now();
    let (mut features, mut nodes, mut tokens_read, mut truncated) = (Vec::new(), 0, 0, 0);
    for (number, problem) in all.iter().enumerate() {
        let encoded: Encoded = encode(problem, &tokens, limit)?;
        truncated += encoded.truncated;
        tokens_read += encoded.texts.iter().map(Vec::len).sum::<usize>();
        let found: Features = backbone.features(&encoded)?;
        if !found.cached {
            nodes += found.nodes;
        }
        features.push(found);
        if number % 100 == 0 {
            eprintln!("{number} of {}, {nodes} nodes, {:.0} s", all.len(), start.elapsed().as_secs_f64());
        }
    }
    println!(
        "{nodes} nodes, {tokens_read} tokens, {truncated} truncated, {:.0} s, {:.0} nodes/s",
        start.elapsed().as_secs_f64(),
        nodes as f64 / start.elapsed().as_secs_f64()
    );
    let right: Vec<Vec<bool>> = all.iter().map(|problem| problem.right().collect()).collect();
    let samples: Vec<Sample<'_>> = features.iter().zip(&right).map(|(f, r)| (f, r.as_slice())).collect();
    let fold = |problem: &Problem| xxh3_64_with_seed(problem.group.as_bytes(), 7) % folds;
    let mut head_scores: Vec<Vec<f64>> = vec![Vec::new(); all.len()];
    let mut combined: Vec<Vec<f64>> = vec![Vec::new(); all.len()];
    let wanted = settings["run"].as_u64().unwrap_or(folds);
    for held in 0..wanted {
        let valid = (held + 1) % folds;
        let of = |wanted: &dyn Fn(u64) -> bool| -> Vec<usize> {
            (0..all.len()).filter(|place| wanted(fold(&all[*place]))).collect()
        };
        let half = |place: &usize| xxh3_64_with_seed(all[*place].group.as_bytes(), 9) % 2 == 0;
        let test = of(&|f| f == held);
        let validation: Vec<usize> = of(&|f| f == valid).into_iter().filter(half).collect();
        let training: Vec<usize> =
            of(&|f| f != held).into_iter().filter(|place| !validation.contains(place)).collect();
        let pick =
            |places: &[usize]| -> Vec<Sample<'_>> { places.iter().map(|place| samples[*place]).collect() };
        let begin = Instant::now();
        let trained = train(
            &config,
            layers,
            &mut Base(&files),
            (&pick(&training), &pick(&validation)),
            &options,
            &mut |p| {
                if let Some(v) = p.validation {
                    eprintln!(
                        "fold {held} epoch {:.0} loss {:.4} acc {:.3} norm {:.2} valid {v:.4} {:.0} s",
                        p.epoch,
                        p.loss,
                        p.accuracy,
                        p.norm,
                        begin.elapsed().as_secs_f64()
                    );
                }
            },
        )?;
        let head = Head::of(&config, layers, &trained)?;
        let with_scalars = |place: usize, s: &[f64]| -> Vec<Vec<f64>> {
            s.iter()
                .zip(&features[place].scalars)
                .map(|(s, x)| std::iter::once(*s).chain(x.iter().copied()).collect())
                .collect()
        };
        let valid_scores = scores(&head, &pick(&validation))?;
        let rows: Vec<(Vec<Vec<f64>>, Vec<_>)> = validation
            .iter()
            .zip(&valid_scores)
            .map(|(place, s)| (with_scalars(*place, s), pairs(&right[*place], PairOptions { most: None }, 0)))
            .collect();
        let linear: Vec<(&[Vec<f64>], &[_])> =
            rows.iter().map(|(f, p)| (f.as_slice(), p.as_slice())).collect();
        let linear = LinearModel::fit(&linear, 7, LinearOptions::default());
        for (place, s) in test.iter().zip(scores(&head, &pick(&test))?) {
            combined[*place] = with_scalars(*place, &s).iter().map(|f| linear.score(f)).collect();
            head_scores[*place] = s;
        }
    }
    let tested: Vec<usize> = (0..all.len()).filter(|place| !head_scores[*place].is_empty()).collect();
    let tested_problems: Vec<&Problem> = tested.iter().map(|place| &all[*place]).collect();
    let take =
        |from: &[Vec<f64>]| -> Vec<Vec<f64>> { tested.iter().map(|place| from[*place].clone()).collect() };
    report("head", &tested_problems, &take(&head_scores));
    report("combined", &tested_problems, &take(&combined));
    let likelihood: Vec<Vec<f64>> =
        features.iter().map(|f| f.scalars.iter().map(|s| s[0]).collect()).collect();
    report("likelihood", &tested_problems, &take(&likelihood));
    for baseline in Baseline::ALL {
        let scored: Vec<Vec<f64>> =
            all.iter().map(|problem| baseline_scores(baseline, &problem.candidates)).collect();
        report(baseline.as_str(), &tested_problems, &take(&scored));
    }
    Ok(())
}
