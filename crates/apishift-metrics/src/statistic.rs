//! A number over problems, each of which may count several times.

/// Draws that are looked at together.
pub const DRAWS: usize = 8;

/// What a bootstrap can draw again: a number that follows from problems with weights.
pub trait Statistic {
    /// Whether the problem at this place changes the number at all.
    fn uses(&self, problem: usize) -> bool;

    /// The number, the problem at place `i` taken `weights[i]` times; `None` where they say nothing.
    fn value(&self, weights: &[u32]) -> Option<f64>;

    /// The number in [`DRAWS`] draws at once. A statistic with much to walk through does so once for all of them.
    fn values(&self, weights: &[[u32; DRAWS]]) -> [Option<f64>; DRAWS] {
        let mut of_draw = vec![0; weights.len()];
        std::array::from_fn(|draw| {
            for (weight, all) in of_draw.iter_mut().zip(weights) {
                *weight = all[draw];
            }
            self.value(&of_draw)
        })
    }
}

/// The mean of one number for each problem; those without one are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Means(pub Vec<Option<f64>>);

impl Statistic for Means {
    fn uses(&self, problem: usize) -> bool {
        self.0.get(problem).is_some_and(Option::is_some)
    }

    fn value(&self, weights: &[u32]) -> Option<f64> {
        let (mut sum, mut of) = (0.0, 0.0);
        for (value, &weight) in self.0.iter().zip(weights) {
            if let Some(value) = value {
                sum += f64::from(weight) * value;
                of += f64::from(weight);
            }
        }
        (of > 0.0).then(|| sum / of)
    }
}

/// One number less another, both of the same draw: the paired comparison of two scorers on the same problems.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "a pair of borrowed traits has nothing to show")]
pub struct Difference<'a>(pub &'a dyn Statistic, pub &'a dyn Statistic);

impl Statistic for Difference<'_> {
    fn uses(&self, problem: usize) -> bool {
        self.0.uses(problem) || self.1.uses(problem)
    }

    fn value(&self, weights: &[u32]) -> Option<f64> {
        Some(self.0.value(weights)? - self.1.value(weights)?)
    }

    fn values(&self, weights: &[[u32; DRAWS]]) -> [Option<f64>; DRAWS] {
        let (one, other) = (self.0.values(weights), self.1.values(weights));
        std::array::from_fn(|draw| Some(one[draw]? - other[draw]?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_count_as_often_as_they_are_drawn() {
        let means = Means(vec![Some(1.0), None, Some(0.0), Some(0.5)]);
        assert_eq!(means.value(&[1, 1, 1, 1]), Some(0.5));
        assert_eq!(means.value(&[3, 9, 1, 0]), Some(0.75));
        assert_eq!((means.value(&[0, 4, 0, 0]), means.value(&[])), (None, None));
        assert!(means.uses(0) && !means.uses(1) && !means.uses(4));
    }

    #[test]
    fn a_difference_is_of_one_draw() {
        let (one, other) = (Means(vec![Some(1.0), Some(0.0)]), Means(vec![Some(0.5), Some(0.0)]));
        let difference = Difference(&one, &other);
        assert_eq!((difference.value(&[1, 0]), difference.value(&[1, 1])), (Some(0.5), Some(0.25)));
        assert_eq!(difference.value(&[0, 0]), None);
    }
}
