//! What the records say, ordered: calls by kind and time, changes, and where the records are from.

use std::sync::Arc;

use std::collections::BTreeMap;

use ecrpass_core::time::EpochSeconds;

use crate::calls::{Peak, Point};
use crate::change::Change;
use crate::event::is_ecr;
use crate::outside::Stretch;
use crate::series::Series;

/// The first record of some calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct First {
    /// When.
    pub time: u32,
    /// The record's id.
    pub id: String,
    /// What it says.
    pub message: String,
    /// The key that signed.
    pub key: String,
}

/// Calls of one kind.
#[derive(Clone, Debug, Default)]
pub struct Kind {
    /// What they have in common.
    pub of: Series<Arc<str>>,
    /// When they were, in their order.
    pub points: Vec<Point>,
    /// The first record of each hour with failures, in their order; of calls that succeeded, the first of all.
    pub firsts: Vec<First>,
}

impl Kind {
    /// How many calls.
    pub fn count(&self) -> u64 {
        self.points.iter().map(|point| point.count).sum()
    }

    /// Whether they failed.
    pub fn failed(&self) -> bool {
        !self.of.error.is_empty()
    }

    /// Whether these are calls of ECR that a caller is known of: what tables count.
    pub fn is_counted(&self) -> bool {
        is_ecr(&self.of.source) && !self.of.is_owners_copy
    }

    /// The first call, or the last one.
    pub fn first(&self) -> Option<EpochSeconds> {
        self.points.first().map(Point::begin)
    }

    /// The last call.
    pub fn last(&self) -> Option<EpochSeconds> {
        self.points.iter().map(Point::end).max()
    }

    /// The last call before a moment.
    pub fn last_before(&self, moment: EpochSeconds) -> Option<EpochSeconds> {
        let before = self.points.iter().filter(|point| point.begin() < moment);
        before.map(|point| point.end().min(moment - 1)).max()
    }

    /// The first call after a moment.
    pub fn first_after(&self, moment: EpochSeconds) -> Option<EpochSeconds> {
        let after = self.points.iter().filter(|point| point.end() > moment);
        after.map(|point| point.begin().max(moment + 1)).min()
    }

    /// The first record from a moment on, if it is known.
    pub fn first_record(&self, from: EpochSeconds) -> Option<&First> {
        self.firsts.iter().filter(|first| EpochSeconds::from(first.time) >= from).min()
    }
}

/// Where records are from: account, region, service.
pub type Place = (String, String, String);

/// What the records say.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The calls, ordered by what they have in common.
    pub kinds: Vec<Kind>,
    /// The changes, in their order.
    pub changes: Vec<Change>,
    /// Whether there were more changes than are kept.
    pub lost_changes: bool,
    /// The most calls within a second, by account, region and call.
    pub peaks: Vec<((String, String, String), Peak)>,
    /// Where records are from, and the first and the last of each.
    pub places: BTreeMap<Place, (EpochSeconds, EpochSeconds)>,
    /// Records that came after their hour was closed: copies among them would be counted twice.
    pub late: u64,
    /// Calls without a time that can be read.
    pub untimed: u64,
    /// From when on calls were asked for.
    pub since: Option<EpochSeconds>,
    /// The calls before that moment, by kind, in no order.
    pub earlier: Vec<(Series<Arc<str>>, Stretch)>,
    /// The calls of ECR before the time that was asked for.
    pub before: Option<Stretch>,
    /// Those after it.
    pub after: Option<Stretch>,
}

impl Evidence {
    /// When the first record is of.
    pub fn from(&self) -> Option<EpochSeconds> {
        self.places.values().map(|(first, _)| *first).min()
    }

    /// When the last record is of: nothing is known of what came then.
    pub fn until(&self) -> Option<EpochSeconds> {
        self.places.values().map(|(_, last)| *last).max()
    }

    /// Whether there are records of a service in an account, or in any.
    pub fn has(&self, account: Option<&str>, region: Option<&str>, service: &str) -> bool {
        self.places.keys().any(|(of, at, by)| {
            account.is_none_or(|account| account == of)
                && region.is_none_or(|region| region == at)
                && by == service
        })
    }

    /// All calls of a principal.
    pub fn all_of(&self, principal: &str) -> &[Kind] {
        let from = self.kinds.partition_point(|kind| kind.of.principal.as_ref() < principal);
        let rest = self.kinds.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|kind| *kind.of.principal == *principal)).unwrap_or_default()
    }

    /// Calls that a principal made at ECR.
    pub fn of_principal(&self, principal: &str) -> impl Iterator<Item = &Kind> {
        self.all_of(principal).iter().filter(|kind| kind.is_counted())
    }

    /// Everybody who called.
    pub fn principals(&self) -> impl Iterator<Item = &str> {
        self.kinds
            .chunk_by(|a, b| a.of.principal == b.of.principal)
            .filter_map(|kinds| kinds.first().map(|kind| kind.of.principal.as_ref()))
    }

    /// Whether a principal was seen at ECR.
    pub fn uses_ecr(&self, principal: &str) -> bool {
        self.of_principal(principal).next().is_some()
    }
}
