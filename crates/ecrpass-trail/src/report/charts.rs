//! Small charts over time: how many calls in each part of it.

use ecrpass_core::time::EpochSeconds;

use crate::calls::Point;

/// Into how many parts the time is cut.
const PARTS: usize = 48;

/// The time that charts are over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    from: EpochSeconds,
    /// How long each part is, in seconds.
    part: EpochSeconds,
}

impl Axis {
    /// Over a span of time.
    pub fn over(from: EpochSeconds, until: EpochSeconds) -> Self {
        let parts = EpochSeconds::try_from(PARTS).unwrap_or(1);
        let part = ((until - from) / parts + 1).max(1);
        Self { from, part }
    }

    /// How many calls are in each part.
    pub fn chart(&self, points: impl Iterator<Item = Point>) -> Vec<u64> {
        let mut parts = vec![0; PARTS];
        for point in points {
            let at = usize::try_from((point.begin() - self.from).max(0) / self.part).unwrap_or(PARTS);
            if let Some(part) = parts.get_mut(at.min(PARTS - 1)) {
                *part += point.count;
            }
        }
        parts
    }
}

/// The chart in one line of text.
pub fn bars(chart: &[u64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = chart.iter().copied().max().unwrap_or_default().max(1);
    let bar = |count: u64| match count {
        0 => '·',
        count => {
            let at = usize::try_from((count * 8).div_ceil(most)).unwrap_or(8).clamp(1, 8);
            BARS.get(at - 1).copied().unwrap_or('█')
        }
    };
    chart.iter().map(|count| bar(*count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_in_the_chart() {
        let axis = Axis::over(1_000, 1_000 + 48 * 60);
        let points = [(1_000, 1), (1_059, 2), (3_880, 4), (9_999, 8)];
        let chart = axis.chart(points.iter().map(|&(at, count)| Point { first: at, last: at, count }));
        assert_eq!((chart.len(), chart.iter().sum::<u64>(), chart[0], chart[47]), (48, 15, 3, 12));
        // A single moment is a span, too.
        assert_eq!(Axis::over(5, 5).chart([Point { first: 5, last: 5, count: 1 }].into_iter())[0], 1);
    }

    #[test]
    fn bars_are_as_high_as_there_are_calls() {
        assert_eq!(bars(&[0, 1, 4, 8]), "·▁▄█");
        assert_eq!(bars(&[0, 0]), "··");
        assert_eq!(bars(&[u64::from(u32::MAX)]), "█");
    }
}
