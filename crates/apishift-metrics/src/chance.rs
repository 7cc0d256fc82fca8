//! Draws without putting back.

/// Chance that `drawn` of `all` things, drawn without putting back, hold none of the `marked` ones:
/// `C(all - marked, drawn) / C(all, drawn)`. The two numbers can change places, so that the product has as many factors as the
/// smaller one has; each is at most 1, so that nothing overflows.
pub(crate) fn miss(all: u64, marked: u64, drawn: u64) -> f64 {
    if all.checked_sub(marked).is_none_or(|unmarked| drawn > unmarked) {
        return 0.0;
    }
    let (few, many) = (marked.min(drawn), marked.max(drawn));
    (0..few).map(|at| (all - many - at) as f64 / (all - at) as f64).product()
}

/// Chances that `drawn` of `all` things hold 0, 1, 2, .. `drawn` of the `marked` ones (hypergeometric), into `chances`, whose
/// length is made `drawn + 1`.
///
/// From the likeliest number outwards, then divided by the sum: what is too small for a float is at the ends, where it does not
/// matter.
pub(crate) fn hypergeometric(all: u64, marked: u64, drawn: u32, chances: &mut Vec<f64>) {
    chances.clear();
    chances.resize(drawn as usize + 1, 0.0);
    let (n, m, s) = (all as f64, marked as f64, f64::from(drawn));
    let drawn = u64::from(drawn);
    let rest = all.saturating_sub(marked);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most `drawn`, which is 32 bits; not negative"
    )]
    let [least, most, mode] = [
        drawn.saturating_sub(rest) as usize,
        drawn.min(marked) as usize,
        ((s + 1.0) * (m + 1.0) / (n + 2.0)) as usize,
    ];
    if least > most {
        return;
    }
    let likeliest = mode.clamp(least, most);
    chances[likeliest] = 1.0;
    let ratio = |at: usize| {
        let j = at as f64;
        (m - j) * (s - j) / ((j + 1.0) * (n - m - s + j + 1.0))
    };
    for at in likeliest..most {
        chances[at + 1] = chances[at] * ratio(at);
    }
    for at in (least..likeliest).rev() {
        chances[at] = chances[at + 1] / ratio(at);
    }
    let sum: f64 = chances.iter().sum();
    for chance in chances {
        *chance /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_is_symmetric_and_certain_at_the_ends() {
        // C(7,3) / C(10,3) = 35 / 120.
        assert!((miss(10, 3, 3) - 35.0 / 120.0).abs() < 1e-15);
        // C(6,2) / C(10,2) = 15 / 45, and C(8,4) / C(10,4) = 70 / 210.
        assert!((miss(10, 4, 2) - 1.0 / 3.0).abs() < 1e-15 && (miss(10, 2, 4) - 1.0 / 3.0).abs() < 1e-15);
        assert_eq!((miss(10, 0, 5), miss(10, 6, 5), miss(0, 0, 0)), (1.0, 0.0, 1.0));
        assert!(miss(u64::MAX, u64::MAX, 2) <= 0.0);
    }

    #[test]
    fn draws_have_the_chances_of_the_urn() {
        // 5 things, 3 of them marked, 3 drawn: C(3,j) C(2,3-j) / C(5,3) = 0, 3, 6, 1 tenths.
        let mut chances = Vec::new();
        hypergeometric(5, 3, 3, &mut chances);
        for (chance, tenths) in chances.iter().zip([0.0, 3.0, 6.0, 1.0]) {
            assert!((chance - tenths / 10.0).abs() < 1e-15, "{chances:?}");
        }
        // Where the first chance is too small for a float, the sum is still one.
        hypergeometric(1_000_200, 1_000_000, 100, &mut chances);
        let sum: f64 = chances.iter().sum();
        assert!((sum - 1.0).abs() < 1e-12 && chances[100] > 0.97, "{}", chances[100]);
        hypergeometric(4, 4, 2, &mut chances);
        assert_eq!(chances, [0.0, 0.0, 1.0]);
        hypergeometric(3, 0, 2, &mut chances);
        assert_eq!(chances, [1.0, 0.0, 0.0]);
    }
}
