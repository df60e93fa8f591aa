//! Takes events in any order and keeps what the answers need of them, in a bounded space.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter;

use ecrpass_core::time::EpochSeconds;

use crate::calls::{Calls, Kinds, Row};
use crate::change::Change;
use crate::ecs::cannot_pull;
use crate::event::{Event, Sink};
use crate::evidence::{Evidence, First, Kind};
use crate::names::{Name, Names, cut};
use crate::outside::{self, Stretch};
use crate::series::{Series, message};

/// How many kinds of calls are told apart by machine and session; what comes after that only by what was called.
const MOST_KINDS: usize = 200_000;

/// How many changes are kept, the latest.
const MOST_CHANGES: usize = 100_000;

/// How many hours of failures have their first record kept.
const MOST_FIRSTS: usize = 500_000;

/// How many accounts, regions and services are told apart.
const MOST_PLACES: usize = 20_000;

/// How much is kept of a message, in bytes.
const LONGEST_MESSAGE: usize = 1_024;

/// From when to when calls are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Not before this moment.
    pub since: Option<EpochSeconds>,
    /// Before this moment.
    pub until: Option<EpochSeconds>,
}

impl Span {
    /// Whether a moment is in it.
    pub fn has(&self, time: EpochSeconds) -> bool {
        self.since.is_none_or(|since| time >= since) && self.until.is_none_or(|until| time < until)
    }
}

/// What was seen so far.
#[derive(Clone, Debug, Default)]
pub struct Accumulator {
    span: Span,
    names: Names,
    numbers: HashMap<Series<Name>, u32>,
    kinds: Vec<Series<Name>>,
    calls: Calls,
    firsts: HashMap<(u32, u32), First>,
    changes: BTreeMap<(EpochSeconds, String), Change>,
    /// Whether the oldest changes had to go.
    lost_changes: bool,
    places: HashMap<(Name, Name, Name), (EpochSeconds, EpochSeconds)>,
    untimed: u64,
    /// The calls before the time that is asked for, by kind.
    earlier: HashMap<Series<Name>, Stretch>,
    before: Option<Stretch>,
    after: Option<Stretch>,
}

impl Accumulator {
    /// Looks at the calls of a span of time. Changes count that were made before it, too: they may be causes.
    pub fn of(span: Span) -> Self {
        Self { span, ..Self::default() }
    }

    fn take_call(&mut self, event: &Event<'_>) {
        let Ok(time) = u32::try_from(event.time) else {
            self.untimed += 1;
            return;
        };
        if time == 0 {
            self.untimed += 1;
            return;
        }
        let series = Series::of(event);
        let number = self.number(series);
        let has_address = !series.address.is_empty();
        if !series.error.is_empty() || has_address {
            let hour = if series.error.is_empty() { 0 } else { time / 3_600 };
            let message = message(event);
            let first = First {
                time,
                id: cut(&event.id, 128).to_owned(),
                message: cut(message, LONGEST_MESSAGE).to_owned(),
                key: cut(event.caller.access_key.as_deref().unwrap_or_default(), 128).to_owned(),
            };
            self.keep_first((number, hour), first);
        }
        let row = Row { id: id(event), series: number, time };
        let kinds = Kinds { all: &self.kinds, order: &order(&self.kinds, &self.names) };
        self.calls.push(row, &kinds);
    }

    /// A call that is not within the time that is asked for.
    fn take_outside(&mut self, event: &Event<'_>) {
        if event.time <= 0 {
            self.untimed += 1;
            return;
        }
        let call = Stretch::at(event.time);
        let is_before = self.span.since.is_some_and(|since| event.time < since);
        if event.is_ecr() && !event.is_owners_copy() {
            outside::add(if is_before { &mut self.before } else { &mut self.after }, Some(call));
        }
        if is_before {
            let series = Series::of(event).coarse().map(|text| self.names.of(text));
            self.keep_earlier(series, call);
        }
    }

    fn keep_earlier(&mut self, series: Series<Name>, calls: Stretch) {
        if let Some(known) = self.earlier.get_mut(&series) {
            *known = known.and(calls);
        } else if self.earlier.len() < MOST_KINDS {
            self.earlier.insert(series, calls);
        }
    }

    /// The number of a kind of calls. Made-up names must not fill the memory: from some number of kinds on, machines are
    /// no longer told apart.
    fn number(&mut self, series: Series<&str>) -> u32 {
        let series = if self.kinds.len() >= MOST_KINDS { series.coarse() } else { series };
        let series = series.map(|text| self.names.of(text));
        self.number_named(series)
    }

    fn number_named(&mut self, series: Series<Name>) -> u32 {
        if let Some(number) = self.numbers.get(&series) {
            return *number;
        }
        let number = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
        self.kinds.push(series);
        self.numbers.insert(series, number);
        number
    }

    fn keep_first(&mut self, key: (u32, u32), first: First) {
        if let Some(known) = self.firsts.get_mut(&key) {
            if first < *known {
                *known = first;
            }
        } else if self.firsts.len() < MOST_FIRSTS {
            self.firsts.insert(key, first);
        }
    }

    fn keep_change(&mut self, change: Change) {
        self.changes.insert((change.time, change.id.clone()), change);
        while self.changes.len() > MOST_CHANGES {
            self.changes.pop_first();
            self.lost_changes = true;
        }
    }

    fn see(&mut self, place: (Name, Name, Name), (first, last): (EpochSeconds, EpochSeconds)) {
        if let Some((from, until)) = self.places.get_mut(&place) {
            (*from, *until) = ((*from).min(first), (*until).max(last));
        } else if self.places.len() < MOST_PLACES {
            self.places.insert(place, (first, last));
        }
    }

    /// All that was seen, ordered and each call once.
    pub fn finish(self) -> Evidence {
        let kinds = Kinds { all: &self.kinds, order: &order(&self.kinds, &self.names) };
        let (points, peaks, late) = self.calls.finish(&kinds);
        let text = |name: Name| self.names.text(name).to_owned();
        drop(self.numbers);
        let mut firsts: Vec<((u32, u32), First)> = self.firsts.into_iter().collect();
        firsts.sort_unstable_by_key(|(series_and_hour, _)| *series_and_hour);
        let mut firsts = firsts.into_iter().peekable();
        let mut firsts_of = |number| {
            iter::from_fn(|| firsts.next_if(|((series, _), _)| *series == number))
                .map(|(_, first)| first)
                .collect()
        };
        let mut all: Vec<Kind> = (0_u32..)
            .zip(self.kinds.iter().zip(points))
            .map(|(number, (series, points))| Kind {
                of: Series::named(series, &self.names),
                points,
                firsts: firsts_of(number),
            })
            .filter(|kind| !kind.points.is_empty())
            .collect();
        all.sort_by(|a, b| a.of.cmp(&b.of));
        let mut peaks: Vec<_> = peaks
            .into_iter()
            .map(|((account, region, call), peak)| ((text(account), text(region), text(call)), peak))
            .collect();
        peaks.sort();
        Evidence {
            kinds: all,
            changes: self.changes.into_values().collect(),
            lost_changes: self.lost_changes,
            peaks,
            places: self
                .places
                .iter()
                .map(|(&(account, region, service), &span)| {
                    ((text(account), text(region), text(service)), span)
                })
                .collect(),
            late,
            untimed: self.untimed,
            since: self.span.since,
            earlier: self
                .earlier
                .iter()
                .map(|(series, calls)| (Series::named(series, &self.names), *calls))
                .collect(),
            before: self.before,
            after: self.after,
        }
    }
}

/// The order of kinds by what they say.
fn order<'a>(kinds: &'a [Series<Name>], names: &'a Names) -> impl Fn(u32, u32) -> std::cmp::Ordering + 'a {
    let said = move |number: u32| {
        let series = usize::try_from(number).ok().and_then(|number| kinds.get(number));
        series.map(|series| Series::<&str>::said(series, names))
    };
    move |a, b| said(a).cmp(&said(b))
}

/// What the copies of a call have in common, as a number. A record without an id is known by what it says.
fn id(event: &Event<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let id = event.call_id();
    if id.is_empty() {
        (event.time, &event.name, &event.region, &event.caller.principal, &event.address).hash(&mut hasher);
    } else {
        id.hash(&mut hasher);
    }
    hasher.finish()
}

/// Whether a call is counted: of ECR all of them; of STS those that ask for a role and are refused, or that an identity
/// provider vouches for; of ECS the tasks that could not pull.
fn is_counted(event: &Event<'_>) -> bool {
    if event.is_ecr() || cannot_pull(event).is_some() {
        return true;
    }
    let failed = event.error.as_deref().is_some_and(|error| !error.is_empty());
    event.source == "sts.amazonaws.com"
        && match event.name.as_ref() {
            "AssumeRole" => failed,
            "AssumeRoleWithWebIdentity" | "AssumeRoleWithSAML" => true,
            _ => false,
        }
}

impl Sink for Accumulator {
    fn take(&mut self, event: &Event<'_>) {
        if event.time > 0 {
            let place =
                (self.names.of(&event.account), self.names.of(&event.region), self.names.of(&event.source));
            self.see(place, (event.time, event.time));
        }
        if self.span.until.is_none_or(|until| event.time < until)
            && let Some(change) = Change::of(event)
        {
            self.keep_change(change);
        }
        match is_counted(event) {
            true if self.span.has(event.time) => self.take_call(event),
            true => self.take_outside(event),
            false => {}
        }
    }

    fn merge(&mut self, other: Self) {
        let Self { names, kinds, calls, firsts, changes, lost_changes, places, untimed, earlier, .. } = other;
        outside::add(&mut self.before, other.before);
        outside::add(&mut self.after, other.after);
        for (series, stretch) in earlier {
            let series = series.map(|name| self.names.of(names.text(name)));
            self.keep_earlier(series, stretch);
        }
        let mut renumber = Vec::with_capacity(kinds.len());
        for series in &kinds {
            let series = series.map(|name| self.names.of(names.text(name)));
            renumber.push(self.number_named(series));
        }
        let places: Vec<_> = places
            .into_iter()
            .map(|((account, region, service), span)| {
                let mut renamed = |name: Name| self.names.of(names.text(name));
                ((renamed(account), renamed(region), renamed(service)), span)
            })
            .collect();
        for ((series, hour), first) in firsts {
            let series = usize::try_from(series).ok().and_then(|number| renumber.get(number)).copied();
            if let Some(series) = series {
                self.keep_first((series, hour), first);
            }
        }
        for change in changes.into_values() {
            self.keep_change(change);
        }
        for (place, span) in places {
            self.see(place, span);
        }
        self.lost_changes |= lost_changes;
        self.untimed += untimed;
        // Every name of another's peaks is one of its kinds', so that all of them are known here by now.
        let known: &Names = &self.names;
        let rename = |name: Name| known.known(names.text(name));
        let merged = Kinds { all: &self.kinds, order: &order(&self.kinds, known) };
        self.calls.merge(calls, &renumber, &rename, &merged);
    }
}
