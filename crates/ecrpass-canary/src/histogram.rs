//! How long a step took, counted in buckets.

/// The upper bounds of the buckets, in seconds; above the last is one more.
pub const BOUNDS: [f64; 8] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// A histogram of seconds. It never shrinks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    counts: [u64; BOUNDS.len() + 1],
    sum: f64,
}

impl Histogram {
    /// Counts one.
    pub fn observe(&mut self, seconds: f64) {
        let at = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        if let Some(count) = self.counts.get_mut(at) {
            *count = count.saturating_add(1);
        }
        self.sum += seconds.max(0.0);
    }

    /// How many there were in each bucket, the last one above all bounds.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Each bucket's upper bound and how many there were in it.
    pub fn buckets(&self) -> Vec<(f64, u64)> {
        BOUNDS.into_iter().chain([f64::INFINITY]).zip(self.counts).collect()
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All of them together.
    pub fn sum(&self) -> f64 {
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_counted_once_and_a_bound_belongs_to_its_bucket() {
        let mut histogram = Histogram::default();
        for seconds in [0.05, 0.051, 3.0, 10.0, 11.0] {
            histogram.observe(seconds);
        }
        assert_eq!(histogram.counts(), [1, 1, 0, 0, 0, 0, 1, 1, 1]);
        assert_eq!((histogram.count(), histogram.sum()), (5, 24.101));
        assert_eq!(histogram.buckets().last(), Some(&(f64::INFINITY, 1)));
    }
}
