//! What the syntax stage says of texts: a path on each line of standard input, a JSON object on each line of output, and
//! the seconds that all of it took on standard error, without reading.
//!
//! `syntax 3.11 3 < paths`: as Python 3.11 has it, three times over. Compared with `CPython` by `peers/syntax.py`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what it says is its output")]

use std::{
    env, fs,
    io::{self, BufRead},
    thread,
    time::Instant,
};

use anyhow::Context;
use apishift_syntax::grammar::{STACK, Syntax, check};

fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let version = arguments.next().context("name a version, such as 3.11")?;
    let (major, minor) = version.split_once('.').context("name a version, such as 3.11")?;
    let version = (major.parse()?, minor.parse()?);
    let rounds: u32 = arguments.next().context("name a number of rounds")?.parse()?;
    let paths: Vec<String> = io::stdin().lock().lines().collect::<Result<_, _>>()?;
    let texts: Vec<Option<String>> = paths.iter().map(|path| fs::read_to_string(path).ok()).collect();
    let look = move || {
        let start = Instant::now();
        let mut said = Vec::new();
        for _ in 0..rounds {
            said = texts.iter().map(|text| text.as_ref().map(|text| check(text, version))).collect();
        }
        (said, start.elapsed() / rounds)
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(look)?;
    let (said, seconds) = thread.join().map_err(|_panic| anyhow::anyhow!("parse a text: it panicked"))?;
    for (path, said) in paths.iter().zip(said) {
        let (verdict, why) = match said {
            None => ("unread", String::new()),
            Some(Syntax::Valid) => ("valid", String::new()),
            Some(Syntax::Invalid(why)) => ("invalid", why),
            Some(Syntax::Unsure(why)) => ("unsure", why.to_owned()),
        };
        println!("{}", serde_json::json!({ "path": path, "verdict": verdict, "why": why }));
    }
    eprintln!("{}", seconds.as_secs_f64());
    Ok(())
}
