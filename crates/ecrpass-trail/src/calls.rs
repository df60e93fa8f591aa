//! Counts calls, each once, in a bounded space: a call is a row until there are too many of them.
//!
//! Two trails may hold the same record, and a call across accounts leaves two with one shared id. Which rows belong
//! together is known when all are there, so rows are kept and made one late. Where they are too many, the hours at the
//! beginning are closed: their rows become counts, and a record of such an hour that comes later is counted without
//! being compared with them. (Readers leave out what they read twice; see [`crate::event::Sink`].)

use std::cmp::Ordering;
use std::collections::BTreeMap;

use ecrpass_core::time::EpochSeconds;

use crate::names::Name;
use crate::series::Series;

/// How many rows are kept: 32 MiB of them, in each thread.
pub const MOST_ROWS: usize = 2 << 20;

/// How finely the calls of closed hours are kept, in seconds.
const WINDOW: u32 = 60;

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// What its copies have in common.
    pub id: u64,
    /// The number of its kind.
    pub series: u32,
    /// When, in seconds since the epoch.
    pub time: u32,
}

/// Calls of one kind within a short time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
    /// How many.
    pub count: u64,
}

impl Point {
    /// When it began.
    pub fn begin(&self) -> EpochSeconds {
        EpochSeconds::from(self.first)
    }

    /// When it ended.
    pub fn end(&self) -> EpochSeconds {
        EpochSeconds::from(self.last)
    }

    /// The two together.
    pub fn and(self, other: Self) -> Self {
        let (first, last) = (self.first.min(other.first), self.last.max(other.last));
        Self { first, last, count: self.count + other.count }
    }
}

/// Account, region and call: what a quota is for.
pub type Quota = (Name, Name, Name);

/// The most calls within a second, and the first second with so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peak {
    /// How many.
    pub count: u64,
    /// When.
    pub at: u32,
}

impl Peak {
    /// The higher of two, of equal ones the earlier.
    pub fn or(self, other: Self) -> Self {
        match self.count.cmp(&other.count).then(other.at.cmp(&self.at)) {
            Ordering::Less => other,
            _ => self,
        }
    }
}

/// The calls of all kinds.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    rows: Vec<Row>,
    /// Hours before this moment are closed.
    closed_until: u32,
    closed: BTreeMap<(u32, u32), Point>,
    peaks: Vec<(Quota, Peak)>,
    late: u64,
}

/// What is known of the kinds of calls.
pub struct Kinds<'a> {
    /// They, by their numbers.
    pub all: &'a [Series<Name>],
    /// Their order, by what they say: that of their numbers depends on what came first.
    pub order: &'a dyn Fn(u32, u32) -> Ordering,
}

impl Kinds<'_> {
    fn of(&self, row: &Row) -> Option<&Series<Name>> {
        usize::try_from(row.series).ok().and_then(|number| self.all.get(number))
    }

    fn is_owners_copy(&self, row: &Row) -> bool {
        self.of(row).is_some_and(|series| series.is_owners_copy)
    }
}

impl Calls {
    /// Takes a call.
    pub fn push(&mut self, row: Row, kinds: &Kinds<'_>) {
        self.rows.push(row);
        if self.rows.len() >= MOST_ROWS {
            self.make_room(kinds);
        }
    }

    /// Takes all that another has; its kinds have other numbers.
    pub fn merge(&mut self, other: Self, renumber: &[u32], rename: &dyn Fn(Name) -> Name, kinds: &Kinds<'_>) {
        let new = |series: u32| usize::try_from(series).ok().and_then(|number| renumber.get(number)).copied();
        for row in other.rows {
            if let Some(series) = new(row.series) {
                self.push(Row { series, ..row }, kinds);
            }
        }
        for ((series, window), point) in other.closed {
            if let Some(series) = new(series) {
                self.add_closed(series, window, point);
            }
        }
        for ((account, region, call), peak) in other.peaks {
            self.add_peak((rename(account), rename(region), rename(call)), peak);
        }
        self.closed_until = self.closed_until.max(other.closed_until);
        self.late += other.late;
    }

    /// The calls of each kind in their order, the peaks, and how many calls came too late to be compared.
    pub fn finish(mut self, kinds: &Kinds<'_>) -> (Vec<Vec<Point>>, Vec<(Quota, Peak)>, u64) {
        self.make_single(kinds);
        let rows = std::mem::take(&mut self.rows);
        self.count_peaks(&rows, kinds);
        let mut points: Vec<Vec<Point>> = vec![Vec::new(); kinds.all.len()];
        let mut of = |series: u32, point: Point| {
            if let Some(points) = usize::try_from(series).ok().and_then(|number| points.get_mut(number)) {
                points.push(point);
            }
        };
        for ((series, _), point) in std::mem::take(&mut self.closed) {
            of(series, point);
        }
        for row in rows {
            of(row.series, Point { first: row.time, last: row.time, count: 1 });
        }
        for points in &mut points {
            points.sort_unstable();
            points.dedup_by(|next, kept| {
                let same = next.first == kept.first && next.last == kept.last;
                if same {
                    kept.count += next.count;
                }
                same
            });
        }
        (points, self.peaks, self.late)
    }

    /// Leaves one row for each call. Of the two records of a call across accounts the caller's stays: the owner's may
    /// not know who called.
    fn make_single(&mut self, kinds: &Kinds<'_>) {
        self.rows.sort_unstable_by(|a, b| {
            let by_id = a.id.cmp(&b.id);
            let by_owner = || kinds.is_owners_copy(a).cmp(&kinds.is_owners_copy(b));
            let by_series = || match a.series == b.series {
                true => Ordering::Equal,
                false => (kinds.order)(a.series, b.series),
            };
            by_id.then_with(by_owner).then_with(|| a.time.cmp(&b.time)).then_with(by_series)
        });
        self.rows.dedup_by_key(|row| row.id);
    }

    /// Closes the first half of the time if single rows are still too many. Failures stay rows if they can: what is said
    /// of them is exact.
    fn make_room(&mut self, kinds: &Kinds<'_>) {
        self.make_single(kinds);
        if self.rows.len() < MOST_ROWS / 4 * 3 {
            return;
        }
        self.close_half(kinds, &|row| kinds.of(row).is_none_or(|series| series.error.is_empty()));
        if self.rows.len() >= MOST_ROWS / 4 * 3 {
            self.close_half(kinds, &|_| true);
        }
    }

    fn close_half(&mut self, kinds: &Kinds<'_>, may_close: &dyn Fn(&Row) -> bool) {
        let mut times: Vec<u32> = self.rows.iter().map(|row| row.time).collect();
        let half = times.len() / 2;
        let (_, median, _) = times.select_nth_unstable(half);
        // Whole hours; where all lies in one, that one.
        let hour = (*median / 3_600).saturating_mul(3_600);
        let is_one_hour = !self.rows.iter().any(|row| row.time < hour);
        let until = if is_one_hour { hour.saturating_add(3_600) } else { hour };
        let (close, keep): (Vec<Row>, Vec<Row>) =
            std::mem::take(&mut self.rows).into_iter().partition(|row| row.time < until && may_close(row));
        self.rows = keep;
        self.late += close.iter().filter(|row| row.time < self.closed_until).count() as u64;
        self.closed_until = self.closed_until.max(until);
        self.count_peaks(&close, kinds);
        // Of the owner's copies only failures are ever asked for.
        let is_needed = |row: &Row| {
            kinds.of(row).is_some_and(|series| !series.is_owners_copy || !series.error.is_empty())
        };
        for row in close.into_iter().filter(is_needed) {
            let point = Point { first: row.time, last: row.time, count: 1 };
            self.add_closed(row.series, row.time / WINDOW, point);
        }
    }

    fn add_closed(&mut self, series: u32, window: u32, point: Point) {
        let entry = self.closed.entry((series, window));
        entry.and_modify(|known| *known = known.and(point)).or_insert(point);
    }

    /// Counts the calls of each second.
    fn count_peaks(&mut self, rows: &[Row], kinds: &Kinds<'_>) {
        let mut quotas: BTreeMap<(u32, u32, u32), (Quota, Vec<u32>)> = BTreeMap::new();
        for row in rows {
            let Some(series) = kinds.of(row).filter(|series| !series.is_owners_copy) else { continue };
            let quota = (series.account, series.region, series.call);
            let key = (series.account.number(), series.region.number(), series.call.number());
            quotas.entry(key).or_insert_with(|| (quota, Vec::new())).1.push(row.time);
        }
        for (quota, mut seconds) in quotas.into_values() {
            seconds.sort_unstable();
            let peak = seconds
                .chunk_by(|a, b| a == b)
                .filter_map(|second| Some(Peak { count: second.len() as u64, at: *second.first()? }))
                .reduce(Peak::or);
            if let Some(peak) = peak {
                self.add_peak(quota, peak);
            }
        }
    }

    fn add_peak(&mut self, quota: Quota, peak: Peak) {
        match self.peaks.iter_mut().find(|(of, _)| *of == quota) {
            Some((_, known)) => *known = known.or(peak),
            None => self.peaks.push((quota, peak)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Names;

    fn kinds_of(calls: &[(&str, bool)]) -> Vec<Series<Name>> {
        let mut names = Names::default();
        calls
            .iter()
            .map(|&(call, is_owners_copy)| Series {
                call: names.of(call),
                is_owners_copy,
                ..Series::default()
            })
            .collect()
    }

    fn finish(rows: &[Row], all: &[Series<Name>]) -> (Vec<Vec<Point>>, Vec<(Quota, Peak)>, u64) {
        let kinds = Kinds { all, order: &|a, b| a.cmp(&b) };
        let mut calls = Calls::default();
        for row in rows {
            calls.push(*row, &kinds);
        }
        calls.finish(&kinds)
    }

    fn row(id: u64, series: u32, time: u32) -> Row {
        Row { id, series, time }
    }

    #[test]
    fn a_call_counts_once_and_the_callers_record_stays() {
        let all = kinds_of(&[("a", true), ("a", false)]);
        let (points, peaks, late) =
            finish(&[row(1, 0, 10), row(1, 1, 10), row(2, 1, 10), row(2, 1, 10)], &all);
        assert_eq!(points, [vec![], vec![Point { first: 10, last: 10, count: 2 }]]);
        assert_eq!((peaks.len(), peaks[0].1, late), (1, Peak { count: 2, at: 10 }, 0));
        // Of a call that only the owner has a record of, that one.
        assert_eq!(finish(&[row(1, 0, 10)], &all).0[0].len(), 1);
    }

    #[test]
    fn the_highest_second_counts_and_of_equal_ones_the_first() {
        let all = kinds_of(&[("a", false), ("b", false)]);
        let rows: Vec<Row> = [(9, 0), (8, 0), (8, 0), (7, 0), (7, 0), (8, 1)]
            .iter()
            .enumerate()
            .map(|(id, &(time, series))| row(id as u64, series, time))
            .collect();
        let peaks: Vec<Peak> = finish(&rows, &all).1.into_iter().map(|(_, peak)| peak).collect();
        assert_eq!(peaks, [Peak { count: 2, at: 7 }, Peak { count: 1, at: 8 }]);
    }

    #[test]
    fn too_many_rows_become_counts_and_none_is_lost() {
        let all = kinds_of(&[("a", false)]);
        let kinds = Kinds { all: &all, order: &|a, b| a.cmp(&b) };
        let mut calls = Calls::default();
        let many = MOST_ROWS as u64 + 1_000;
        for id in 0..many {
            // Some hours, and every call twice in a row.
            let time = u32::try_from(id / 100).unwrap();
            calls.push(row(id, 0, time), &kinds);
            calls.push(row(id, 0, time), &kinds);
        }
        assert!(calls.rows.len() < MOST_ROWS && calls.closed_until > 0);
        let (points, peaks, late) = calls.finish(&kinds);
        assert_eq!(points[0].iter().map(|point| point.count).sum::<u64>(), many);
        assert_eq!((peaks[0].1, late), (Peak { count: 100, at: 0 }, 0));
    }
}
