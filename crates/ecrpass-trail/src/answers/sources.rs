//! Tokens fetched from where they never were: what a stolen session looks like.
//!
//! Only calls straight to the API show an address; the pulls that follow show none. People travel and machines come and
//! go, so that a new address alone says nothing: it takes a session or a key that is used from elsewhere as well, by
//! another program or by another way.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ecrpass_core::redact::redact;
use ecrpass_core::time::{EpochSeconds, rfc3339};

use crate::calls::Point;
use crate::evidence::{Evidence, First, Kind};
use crate::report::charts::Axis;
use crate::report::{Incident, Record, Signal, Source};

/// How many calls from usual places there must be.
const ENOUGH: u64 = 10;

/// A share of all calls that is too large to be unusual, as one in so many.
const RARE: u64 = 4;

/// Calls from one address.
#[derive(Default)]
struct Place<'a> {
    kinds: Vec<&'a Kind>,
    count: u64,
}

impl<'a> Place<'a> {
    fn agents(&self) -> BTreeSet<&'a str> {
        self.kinds.iter().map(|kind| program(&kind.of.agent)).collect()
    }

    fn sessions(&self) -> BTreeSet<&'a str> {
        let kinds = self.kinds.iter();
        // A key that never expires is a session without end.
        kinds
            .flat_map(|kind| [kind.of.session.as_ref(), kind.of.key.as_ref()])
            .filter(|s| !s.is_empty())
            .collect()
    }

    fn uses_endpoint(&self) -> bool {
        self.kinds.iter().any(|kind| !kind.of.endpoint.is_empty())
    }
}

/// The incidents.
pub fn incidents(evidence: &Evidence, axis: &Axis) -> Vec<Incident> {
    let mut callers: BTreeMap<&str, BTreeMap<&str, Place<'_>>> = BTreeMap::new();
    let is_direct =
        |kind: &&Kind| kind.is_counted() && !kind.failed() && kind.of.address.parse::<IpAddr>().is_ok();
    for kind in evidence.kinds.iter().filter(is_direct) {
        let place = callers.entry(&kind.of.principal).or_default().entry(&kind.of.address).or_default();
        place.kinds.push(kind);
        place.count += kind.count();
    }
    let mut found = Vec::new();
    for (principal, places) in callers {
        for address in places.keys() {
            if let Some(signs) = signs(address, &places) {
                found.extend(
                    places.get(address).and_then(|place| incident(principal, address, place, &signs, axis)),
                );
            }
        }
    }
    found
}

/// What is unusual about an address, in words; `None` where it is not enough.
fn signs(address: &str, places: &BTreeMap<&str, Place<'_>>) -> Option<Vec<&'static str>> {
    let place = places.get(address)?;
    let others: Vec<(&str, &Place<'_>)> =
        places.iter().filter(|(other, _)| **other != address).map(|(other, place)| (*other, place)).collect();
    let rest: u64 = others.iter().map(|(_, place)| place.count).sum();
    if rest < ENOUGH || place.count > rest / RARE {
        return None;
    }
    let share = |is: &dyn Fn(&str, &Place<'_>) -> bool| -> u64 {
        others.iter().filter(|(other, place)| is(other, place)).map(|(_, place)| place.count).sum()
    };
    // Nine in ten.
    let is_usual = |count: u64| count * 10 >= rest * 9;
    let sessions = place.sessions();
    let shares_session = others.iter().any(|(_, other)| !other.sessions().is_disjoint(&sessions));
    let agents = place.agents();
    let is_new_program = share(&|_, other| !other.agents().is_disjoint(&agents)) == 0;
    let leaves_endpoint = !place.uses_endpoint() && is_usual(share(&|_, other| other.uses_endpoint()));
    let leaves_network = !is_private(address) && is_usual(share(&|other, _| is_private(other)));
    let is_far = share(&|other, _| network(other) == network(address)) == 0;
    let by_the_way = [
        (is_new_program, "by a program that this principal was never seen with"),
        (leaves_endpoint, "not through the VPC endpoint that the other calls go through"),
        (leaves_network, "from a public address, while the others come from private ones"),
    ];
    let mut signs: Vec<&str> = by_the_way.iter().filter(|(is, _)| *is).map(|(_, words)| *words).collect();
    // The same session in two places, and one of them is odd; or a new program in a new network that also takes
    // another way.
    let is_unusual = is_far && (shares_session && !signs.is_empty() || signs.len() >= 2);
    if shares_session {
        signs.insert(0, "with a session or key that is used from elsewhere, too");
    }
    is_unusual.then_some(signs)
}

fn incident(
    principal: &str,
    address: &str,
    place: &Place<'_>,
    signs: &[&str],
    axis: &Axis,
) -> Option<Incident> {
    let points: Vec<Point> = place.kinds.iter().flat_map(|kind| kind.points.iter().copied()).collect();
    let from = points.iter().map(Point::begin).min()?;
    let until = points.iter().map(Point::end).max()?;
    let usual = place.kinds.iter().max_by_key(|kind| kind.count())?;
    let record: Option<&First> =
        place.kinds.iter().filter_map(|kind| kind.first_record(EpochSeconds::MIN)).min();
    let mut events: Vec<String> = place.kinds.iter().map(|kind| kind.of.call.to_string()).collect();
    events.sort();
    events.dedup();
    let mut agents: Vec<String> = place
        .kinds
        .iter()
        .map(|kind| redact(&kind.of.agent).into_owned())
        .filter(|a| !a.is_empty())
        .collect();
    agents.sort();
    agents.dedup();
    agents.truncate(5);
    let nonempty = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let first_record = Record { time: rfc3339(from), event_id: record.map(|first| first.id.clone()) };
    Some(Incident {
        events,
        last: Some(rfc3339(until)),
        count: place.count,
        account: usual.of.account.to_string(),
        region: usual.of.region.to_string(),
        source: Some(Source {
            address: address.to_owned(),
            agents,
            session: nonempty(&usual.of.session),
            access_key_id: record.and_then(|first| nonempty(&first.key)),
        }),
        why: format!("{} calls from {address}: {}.", place.count, signs.join("; ")),
        chart: axis.chart(points.into_iter()),
        ..Incident::new(Signal::UnusualSource, principal, first_record)
    })
}

/// A program without its version: what stands before the first slash or space.
fn program(agent: &str) -> &str {
    agent.split(['/', ' ']).next().unwrap_or_default()
}

/// Whether an address is of a network of one's own. Sources: RFC 1918, RFC 6598, RFC 4193.
fn is_private(address: &str) -> bool {
    match address.parse() {
        Ok(IpAddr::V4(v4)) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || a == 100 && (64..128).contains(&b)
        }
        Ok(IpAddr::V6(v6)) => {
            v6.is_loopback() || v6.segments().first().is_some_and(|first| first & 0xfe00 == 0xfc00)
        }
        Err(_) => false,
    }
}

/// The network an address is in: of private ones a wide one, of others a narrow one.
fn network(address: &str) -> Option<Vec<u8>> {
    let address: IpAddr = address.parse().ok()?;
    let (bytes, length) = match address {
        IpAddr::V4(v4) if is_private(&v4.to_string()) => (v4.octets().to_vec(), 2),
        IpAddr::V4(v4) => (v4.octets().to_vec(), 3),
        IpAddr::V6(v6) => (v6.octets().to_vec(), 6),
    };
    Some(bytes.into_iter().take(length).collect())
}
