//! What verdicts on a sample say of the whole.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{AuditError, Judged, Verdict};

/// A share of a sample, and what it says of the share of the whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// So many.
    pub count: usize,
    /// Of so many.
    pub of: usize,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Share {
    /// With Wilson's interval for 95 % (E. B. Wilson 1927), which holds for small samples and shares near one too.
    pub fn of(count: usize, of: usize) -> Self {
        /// Of the normal distribution, for 95 % between the ends.
        const Z: f64 = 1.959_963_984_540_054;
        if of == 0 {
            return Self { count, of, low: 0.0, high: 1.0 };
        }
        let (n, share) = (of as f64, count as f64 / of as f64);
        let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self { count, of, low: (middle - half).max(0.0), high: (middle + half).min(1.0) }
    }

    /// The share itself; nothing of nothing is 0.
    pub fn value(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.count as f64 / self.of as f64 }
    }
}

/// How many rows a reader calls good.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Precision {
    /// Good ones of all.
    pub good: Share,
    /// Good and tolerable ones of all.
    pub tolerable: Share,
    /// Rows whose text is good, of those where that was judged.
    pub update_info: Share,
    /// Good ones by whose code it is, by what changed, by library.
    pub by: BTreeMap<&'static str, BTreeMap<String, Share>>,
}

/// Counts a reader's verdicts.
pub fn precision(lines: &[Judged]) -> Precision {
    let is_good = |line: &Judged| line.verdict == Some(Verdict::Good);
    let count = |holds: &dyn Fn(&Judged) -> bool| lines.iter().filter(|line| holds(line)).count();
    let texts = count(&|line| line.update_info.is_some());
    let group = |of: fn(&Judged) -> &str| -> BTreeMap<String, Share> {
        let mut groups: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for line in lines {
            let group = groups.entry(of(line)).or_default();
            group.0 += usize::from(is_good(line));
            group.1 += 1;
        }
        groups.into_iter().map(|(name, (good, all))| (name.to_owned(), Share::of(good, all))).collect()
    };
    Precision {
        good: Share::of(count(&is_good), lines.len()),
        tolerable: Share::of(count(&|line| line.verdict != Some(Verdict::Bad)), lines.len()),
        update_info: Share::of(count(&|line| line.update_info == Some(Verdict::Good)), texts),
        by: BTreeMap::from([
            ("origin", group(|line| &line.origin)),
            ("change_kind", group(|line| &line.change_kind)),
            ("dependency", group(|line| &line.dependency)),
        ]),
    }
}

/// How far two readers agree.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// Rows with the same verdict, of those that both read.
    pub same: Share,
    /// Cohen's kappa: agreement beyond that of chance, 1 where they always agree (J. Cohen 1960).
    pub kappa: f64,
    /// Ids of rows with other verdicts, with both.
    pub differ: Vec<(String, Verdict, Verdict)>,
}

/// Compares two readers, on the rows that both read.
pub fn agreement(first: &[Judged], second: &[Judged]) -> Result<Agreement, AuditError> {
    let known: BTreeMap<&str, Verdict> =
        second.iter().filter_map(|line| Some((line.id.as_str(), line.verdict?))).collect();
    let both: Vec<(&str, Verdict, Verdict)> = first
        .iter()
        .filter_map(|line| Some((line.id.as_str(), line.verdict?, *known.get(line.id.as_str())?)))
        .collect();
    if both.is_empty() {
        return Err(AuditError::NothingShared);
    }
    let n = both.len() as f64;
    let same = both.iter().filter(|(_, a, b)| a == b).count();
    let by_chance: f64 = [Verdict::Good, Verdict::Tolerable, Verdict::Bad]
        .into_iter()
        .map(|verdict| {
            let a = both.iter().filter(|(_, a, _)| *a == verdict).count() as f64;
            let b = both.iter().filter(|(_, _, b)| *b == verdict).count() as f64;
            a * b / (n * n)
        })
        .sum();
    let kappa = if by_chance < 1.0 { (same as f64 / n - by_chance) / (1.0 - by_chance) } else { 1.0 };
    let differ =
        both.iter().filter(|(_, a, b)| a != b).map(|(id, a, b)| ((*id).to_owned(), *a, *b)).collect();
    Ok(Agreement { same: Share::of(same, both.len()), kappa, differ })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, origin: &str, verdict: Verdict) -> Judged {
        Judged {
            id: id.to_owned(),
            dependency: "numpy".to_owned(),
            origin: origin.to_owned(),
            change_kind: "removed".to_owned(),
            unit_kind: "test".to_owned(),
            verdict: Some(verdict),
            update_info: None,
            reason: String::new(),
        }
    }

    #[test]
    fn intervals_are_those_of_the_literature() {
        // Newcombe 1998, table I, method 3 (Wilson): 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (count, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let share = Share::of(count, of);
            assert!((share.low - low).abs() < 5e-5 && (share.high - high).abs() < 5e-5, "{share:?}");
        }
    }

    #[test]
    fn shares_are_told_apart_by_group() {
        let lines = [
            line("1", "own", Verdict::Good),
            line("2", "own", Verdict::Tolerable),
            line("3", "dependent", Verdict::Bad),
            line("4", "dependent", Verdict::Good),
        ];
        let precision = precision(&lines);
        assert_eq!((precision.good.count, precision.tolerable.count, precision.good.of), (2, 3, 4));
        assert_eq!(precision.update_info.of, 0);
        assert_eq!(precision.by["origin"]["dependent"].count, 1);
        assert_eq!(precision.by["dependency"]["numpy"].of, 4);
    }

    #[test]
    fn agreement_is_counted_on_what_both_read() {
        // 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: kappa 0.4.
        let pairs = [(20, Verdict::Good, Verdict::Good), (5, Verdict::Good, Verdict::Bad)]
            .into_iter()
            .chain([(10, Verdict::Bad, Verdict::Good), (15, Verdict::Bad, Verdict::Bad)]);
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for (count, a, b) in pairs {
            for _ in 0..count {
                let id = first.len().to_string();
                first.push(line(&id, "own", a));
                second.push(line(&id, "own", b));
            }
        }
        first.push(line("only first", "own", Verdict::Good));
        let agreement = agreement(&first, &second).unwrap();
        assert_eq!((agreement.same.count, agreement.same.of, agreement.differ.len()), (35, 50, 15));
        assert!((agreement.kappa - 0.4).abs() < 1e-12, "{}", agreement.kappa);
        assert!(matches!(super::agreement(&first[50..], &second), Err(AuditError::NothingShared)));
    }
}
