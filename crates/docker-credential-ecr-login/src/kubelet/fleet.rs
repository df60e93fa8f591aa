//! A model of a fleet: 10,000 nodes that pull for 48 hours, with storms, and how often AWS is asked for a token meanwhile,
//! by this provider and by upstream's. What is decided, and for how long an answer is kept, is decided by the very
//! functions that the provider uses; time and chance are the model's.
//!
//! What it finds is written to docs/fleet/nodes.csv, of which `cargo xtask generate` makes the plot in docs/kubernetes.md;
//! with ECRPASS_WRITE_FLEET set, this test writes it anew.

use std::path::Path;

use ecrpass_core::time::Moment;
use ecrpass_core::token::LIFETIME;
use ecrpass_helper::freshness::{Issue, Verdict, judge};

use super::answer::duration;

const NODES: usize = 10_000;
const HOURS: i64 = 48;

/// AWS answers so many calls of one account in one region. Source: ECR service quotas, "Rate of GetAuthorizationToken requests".
const QUOTA: u32 = 500;

/// How often a node pulls an image that it does not have, on average, in seconds.
const BETWEEN_PULLS: i64 = 20 * 60;

/// How many images a node pulls when it starts.
const AT_START: u32 = 50;

/// A row of the file, in seconds.
const ROW: i64 = 300;

/// Something that happens to many nodes.
struct Storm {
    at: i64,
    /// Over what time.
    over: i64,
    nodes: std::ops::Range<usize>,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// New machines, or machines that were switched off: nothing is cached.
    Start,
    /// The kubelet is started again: what it has in memory is gone.
    Restart,
    /// A new version of everything: one image more.
    Deploy,
}

const HOUR: i64 = 3600;

/// The fleet starts over an hour; an autoscaler; an update of the kubelet; a zone that comes back; a deployment.
const STORMS: [Storm; 6] = [
    Storm { at: 0, over: HOUR, nodes: 0..8000, what: What::Start },
    Storm { at: 9 * HOUR, over: 60, nodes: 8000..10_000, what: What::Start },
    Storm { at: 17 * HOUR, over: 600, nodes: 0..10_000, what: What::Restart },
    Storm { at: 24 * HOUR, over: 120, nodes: 0..3333, what: What::Start },
    Storm { at: 32 * HOUR, over: 60, nodes: 0..10_000, what: What::Deploy },
    Storm { at: 40 * HOUR, over: 60, nodes: 0..10_000, what: What::Deploy },
];

/// Chance that is the same each time. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators".
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: i64) -> i64 {
        (self.next() % u64::try_from(end).unwrap()).try_into().unwrap()
    }

    /// Until the next of what happens by chance, once in so many seconds.
    fn until_next(&mut self, mean: i64) -> i64 {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (-(1.0 - unit).ln() * mean as f64) as i64 + 1
    }
}

/// What a node remembers.
#[derive(Clone, Default)]
struct Node {
    /// Until when the kubelet has an answer.
    answered_until: i64,
    /// The token in our cache.
    cached: Option<Issue>,
    boots: u32,
}

/// A provider, as far as the model is concerned: how often AWS is asked when the kubelet wants so many images at once, and
/// how long the kubelet keeps the answer.
trait Provider {
    fn ask(&self, node: &mut Node, now: i64, images: u32) -> (u32, i64);
}

struct Ours;

impl Provider for Ours {
    fn ask(&self, node: &mut Node, now: i64, _: u32) -> (u32, i64) {
        let moment = Moment { boot: Some(node.boots.to_string()), since_boot: Some(now), wall: now };
        let verdict = node.cached.as_ref().map_or(Verdict::Discard, |issue| judge(issue, 0, &moment));
        let mut calls = 0;
        if verdict != Verdict::Serve {
            // One of the processes; the others wait for it.
            calls = 1;
            node.cached =
                Some(Issue { moment: moment.clone(), aws_time: Some(now), aws_expires_at: now + LIFETIME });
        }
        let left = node.cached.as_ref().map_or(0, |issue| issue.left(&moment));
        (calls, duration(left))
    }
}

/// Upstream's: no cache, half of the token's life. Source: cloud-provider-aws 1.37.1, `cmd/ecr-credential-provider/main.go`;
/// the kubelet merges calls for one image only.
struct Upstreams;

impl Provider for Upstreams {
    fn ask(&self, _: &mut Node, _: i64, images: u32) -> (u32, i64) {
        (images, LIFETIME / 2)
    }
}

/// The calls in each second.
fn calls(provider: &dyn Provider) -> Vec<u32> {
    let end = HOURS * HOUR;
    let mut seconds = vec![0; usize::try_from(end).unwrap()];
    for number in 0..NODES {
        let mut chance = Chance(number as u64);
        let mut node = Node::default();
        let mut events: Vec<(i64, Option<What>)> = Vec::new();
        for storm in STORMS.iter().filter(|storm| storm.nodes.contains(&number)) {
            events.push((storm.at + chance.below(storm.over), Some(storm.what)));
        }
        let mut at = events.iter().map(|(at, _)| *at).min().unwrap_or(end);
        loop {
            at += chance.until_next(BETWEEN_PULLS);
            if at >= end {
                break;
            }
            events.push((at, None));
        }
        events.sort_by_key(|(at, _)| *at);
        for (at, what) in events {
            let images = match what {
                Some(What::Start) => {
                    node = Node { boots: node.boots + 1, cached: node.cached, answered_until: 0 };
                    AT_START
                }
                Some(What::Restart) => {
                    node.answered_until = 0;
                    1
                }
                Some(What::Deploy) | None => 1,
            };
            if at < node.answered_until {
                continue;
            }
            let (calls, kept) = provider.ask(&mut node, at, images);
            node.answered_until = at + kept;
            seconds[usize::try_from(at).unwrap()] += calls;
        }
    }
    seconds
}

/// The worst second of each row.
fn peaks(seconds: &[u32]) -> Vec<u32> {
    let row = usize::try_from(ROW).unwrap();
    seconds.chunks(row).map(|row| row.iter().copied().max().unwrap_or_default()).collect()
}

#[test]
fn a_fleet_in_a_storm_stays_far_below_the_quota() {
    let (ours, upstreams) = (calls(&Ours), calls(&Upstreams));
    let total = |seconds: &[u32]| seconds.iter().map(|calls| u64::from(*calls)).sum::<u64>();
    let peak = |seconds: &[u32]| seconds.iter().copied().max().unwrap_or_default();
    let over = |seconds: &[u32]| seconds.iter().filter(|calls| **calls > QUOTA).count();
    // At every moment, storms included.
    assert!(peak(&ours) <= QUOTA / 2, "{}", peak(&ours));
    assert_eq!(over(&ours), 0);
    // The model is none if nobody has the trouble that it is about.
    assert!(peak(&upstreams) > QUOTA && over(&upstreams) > 30, "{} {}", peak(&upstreams), over(&upstreams));
    // No node asks more often than twice in a token's life and once more in a start.
    let starts: usize =
        STORMS.iter().filter(|storm| storm.what == What::Start).map(|storm| storm.nodes.len()).sum();
    let most = NODES as u64 * u64::try_from(HOURS * HOUR / (LIFETIME / 2)).unwrap() + starts as u64;
    assert!(total(&ours) <= most, "{} of {most}", total(&ours));
    assert!(total(&upstreams) > 2 * total(&ours), "{} and {}", total(&upstreams), total(&ours));

    let rows = peaks(&ours).into_iter().zip(peaks(&upstreams)).enumerate();
    let rows: String = rows
        .map(|(row, (ours, upstreams))| format!("{},{ours},{upstreams}\n", row as i64 * ROW / 60))
        .collect();
    let text = format!(
        "# {NODES} nodes: calls to GetAuthorizationToken in the worst second of five minutes. In all: ours {}, upstream's {}; seconds above {QUOTA}: {}, {}\nminute,ours,upstream\n{rows}",
        total(&ours),
        total(&upstreams),
        over(&ours),
        over(&upstreams)
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/fleet/nodes.csv");
    if std::env::var_os("ECRPASS_WRITE_FLEET").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == text, "docs/fleet/nodes.csv is out of date: run this with ECRPASS_WRITE_FLEET=1");
}
