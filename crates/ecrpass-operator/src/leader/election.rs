//! The rules: when to take the lease, and for how long to believe in it. No clock of another machine is trusted: a lease
//! is over when its holder has not renewed it for its length, by this machine's own time since it was seen to change.

/// How long a lease is good for, in milliseconds.
pub const LENGTH: i64 = 15_000;
/// After how long without a renewal the holder stops writing: before anybody else may begin.
pub const STOP: i64 = 10_000;
/// How often the holder renews it.
pub const RENEW: i64 = 5_000;
/// How often others look.
pub const LOOK: i64 = 2_000;

/// A lease, as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Who holds it.
    pub holder: Option<String>,
    /// Anything that changes with each renewal.
    pub version: String,
    /// How long it is good for, in milliseconds.
    pub length: i64,
}

/// What to do about a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is none: make it.
    Create,
    /// It is free, or over: take it.
    Take,
    /// It is ours: renew it.
    Renew,
    /// Somebody else's.
    Wait,
}

/// What one replica knows. Times are its own, in milliseconds.
#[derive(Clone, Debug)]
pub struct Election {
    /// Who we are.
    pub identity: String,
    seen: Option<(Seen, i64)>,
    renewed: Option<i64>,
}

impl Election {
    /// For a replica of that name.
    pub fn new(identity: String) -> Self {
        Self { identity, seen: None, renewed: None }
    }

    /// What to do about a lease that was read now.
    pub fn decide(&mut self, lease: Option<&Seen>, now: i64) -> Step {
        let Some(lease) = lease else { return Step::Create };
        let holder = lease.holder.as_deref().filter(|holder| !holder.is_empty());
        match holder {
            None => return Step::Take,
            Some(holder) if holder == self.identity => return Step::Renew,
            Some(_) => {}
        }
        self.renewed = None;
        match &self.seen {
            Some((seen, since)) if seen == lease => {
                let length = if lease.length > 0 { lease.length } else { LENGTH };
                if now.saturating_sub(*since) > length { Step::Take } else { Step::Wait }
            }
            _ => {
                self.seen = Some((lease.clone(), now));
                Step::Wait
            }
        }
    }

    /// The lease was written; the request was sent at this time.
    pub fn wrote(&mut self, sent: i64) {
        self.renewed = Some(sent);
    }

    /// Somebody else was faster.
    pub fn lost(&mut self) {
        self.renewed = None;
    }

    /// Until when this replica may write.
    pub fn leads_until(&self) -> Option<i64> {
        self.renewed.map(|renewed| renewed.saturating_add(STOP))
    }

    /// How long until the next look.
    pub fn pause(&self, now: i64) -> i64 {
        if self.leads_until().is_some_and(|until| now < until) { RENEW } else { LOOK }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A lease in a server, and when it was written.
    #[derive(Default)]
    struct Server {
        lease: Option<Seen>,
        writes: u32,
    }

    impl Server {
        fn write(&mut self, identity: &str) {
            self.writes += 1;
            let holder = Some(identity.to_owned());
            self.lease = Some(Seen { holder, version: self.writes.to_string(), length: LENGTH });
        }
    }

    /// One look of a replica whose clock is off by `skew`.
    fn look(server: &mut Server, election: &mut Election, now: i64) -> Step {
        let step = election.decide(server.lease.as_ref(), now);
        if step != Step::Wait {
            server.write(&election.identity.clone());
            election.wrote(now);
        }
        step
    }

    #[test]
    fn the_other_leads_within_a_lease_and_a_look() {
        let mut server = Server::default();
        let (mut one, mut two) = (Election::new("one".to_owned()), Election::new("two".to_owned()));
        assert_eq!(look(&mut server, &mut one, 0), Step::Create);
        assert_eq!(look(&mut server, &mut one, RENEW), Step::Renew);
        // Its clock is two hours ahead, which does not matter.
        let ahead = 7_200_000;
        let mut now = RENEW;
        loop {
            if look(&mut server, &mut two, now + ahead) == Step::Take {
                break;
            }
            now += LOOK;
        }
        assert!(now <= RENEW + LENGTH + 2 * LOOK, "{now}");
        // The first has stopped by then, and waits when it comes back.
        assert!(one.leads_until().unwrap() <= now);
        assert_eq!(look(&mut server, &mut one, now), Step::Wait);
        assert_eq!(one.leads_until(), None);
    }

    #[test]
    fn a_lease_that_was_given_back_is_taken_at_once() {
        let mut election = Election::new("one".to_owned());
        let free = Seen { holder: Some(String::new()), version: "1".to_owned(), length: LENGTH };
        assert_eq!(election.decide(Some(&free), 0), Step::Take);
        assert_eq!(election.decide(Some(&Seen { holder: None, ..free }), 0), Step::Take);
    }

    proptest! {
        /// Replicas that look at random moments, are cut off, and have clocks of their own: never do two believe at once
        /// that they may write.
        #[test]
        fn never_two_at_once(
            steps in proptest::collection::vec((0_usize..3, 100_i64..9_000, any::<bool>()), 1..300),
            skews in proptest::array::uniform3(-100_000_i64..100_000),
        ) {
            let mut server = Server::default();
            let mut elections: Vec<Election> = (0..3).map(|n| Election::new(n.to_string())).collect();
            let mut now = 0;
            for (who, pause, reachable) in steps {
                now += pause;
                if reachable {
                    look(&mut server, &mut elections[who], now + skews[who]);
                }
                let leading = elections.iter().zip(skews).filter(|(election, skew)| {
                    election.leads_until().is_some_and(|until| now + skew < until)
                });
                prop_assert!(leading.count() <= 1);
            }
        }
    }
}
