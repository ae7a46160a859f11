//! Statistics of measurements.

/// The median: as many values are below as above. 0 without values.
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The quantile: the value below which the share `at` of all values lies, interpolated
/// between its neighbours. 0 without values.
#[must_use]
pub fn quantile(values: &[f64], at: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = at.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let (low, high) = (sorted[below], sorted[place.ceil() as usize]);
    low + (high - low) * (place - below as f64)
}

/// The difference of two measurements, as a share of the smaller.
#[must_use]
pub fn difference(one: f64, other: f64) -> f64 {
    let (small, large) = (one.min(other), one.max(other));
    if small > 0.0 { large / small - 1.0 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_ignores_outliers() {
        assert_eq!(median(&[3.0, 1.0, 1_000.0, 2.0, 2.5]), 2.5);
        assert_eq!(median(&[4.0, 1.0]), 2.5);
        assert_eq!(median(&[7.0]), 7.0);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn a_quantile_lies_between_its_neighbours() {
        let values = [10.0, 20.0, 30.0, 40.0, 50.0];
        for (at, expected) in [(0.0, 10.0), (0.25, 20.0), (0.3, 22.0), (1.0, 50.0), (2.0, 50.0)] {
            assert!((quantile(&values, at) - expected).abs() < 1e-9, "{at}");
        }
    }

    #[test]
    fn a_difference_has_no_direction() {
        assert!((difference(100.0, 103.0) - 0.03).abs() < 1e-9);
        assert!((difference(103.0, 100.0) - 0.03).abs() < 1e-9);
        assert_eq!(difference(0.0, 0.0), 0.0);
    }
}
