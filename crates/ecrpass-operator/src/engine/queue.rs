//! The objects that are to be changed, in what order and how fast: what is urgent first, the rest at the rate that was set.

use std::collections::{BTreeMap, VecDeque};

use crate::work::Target;

/// Urgent writes in a second, at most.
const URGENT_PER_SECOND: u32 = 250;

/// Writes at the same time.
pub const AT_ONCE: usize = 16;

/// The queue.
#[derive(Debug)]
pub struct Queue {
    waiting: BTreeMap<Target, bool>,
    urgent: VecDeque<Target>,
    others: VecDeque<Target>,
    fast: Bucket,
    slow: Bucket,
}

/// So many in a second, and a second's worth at once.
#[derive(Debug)]
struct Bucket {
    per_second: u32,
    /// In thousandths of one.
    level: i64,
    at: i64,
}

impl Bucket {
    fn new(per_second: u32) -> Self {
        Self { per_second, level: i64::from(per_second) * 1000, at: i64::MIN }
    }

    fn fill(&mut self, now: i64) {
        if self.at != i64::MIN {
            let passed = now.saturating_sub(self.at).clamp(0, 1000);
            self.level =
                (self.level + passed * i64::from(self.per_second)).min(i64::from(self.per_second) * 1000);
        }
        self.at = now;
    }

    fn take(&mut self) -> bool {
        let enough = self.level >= 1000;
        if enough {
            self.level -= 1000;
        }
        enough
    }

    /// When there will be one.
    fn next(&self) -> i64 {
        let missing = (1000 - self.level).max(0);
        self.at.saturating_add((missing + i64::from(self.per_second) - 1) / i64::from(self.per_second.max(1)))
    }
}

impl Queue {
    /// An empty queue with that rate for what is not urgent.
    pub fn new(per_second: u32) -> Self {
        Self {
            waiting: BTreeMap::new(),
            urgent: VecDeque::new(),
            others: VecDeque::new(),
            fast: Bucket::new(URGENT_PER_SECOND),
            slow: Bucket::new(per_second),
        }
    }

    /// Puts an object in. Once is enough; what becomes urgent moves up.
    pub fn push(&mut self, target: Target, urgent: bool) {
        match self.waiting.get_mut(&target) {
            Some(known) if *known || !urgent => {}
            Some(known) => {
                *known = true;
                self.urgent.push_back(target);
            }
            None => {
                let line = if urgent { &mut self.urgent } else { &mut self.others };
                line.push_back(target.clone());
                self.waiting.insert(target, urgent);
            }
        }
    }

    /// The next one that may be changed now.
    pub fn pop(&mut self, now: i64) -> Option<Target> {
        self.fast.fill(now);
        self.slow.fill(now);
        while let Some(target) = self.urgent.front() {
            if self.waiting.get(target) != Some(&true) {
                self.urgent.pop_front();
                continue;
            }
            if !self.fast.take() {
                return None;
            }
            let target = self.urgent.pop_front()?;
            self.waiting.remove(&target);
            return Some(target);
        }
        while let Some(target) = self.others.front() {
            if self.waiting.get(target) != Some(&false) {
                self.others.pop_front();
                continue;
            }
            if !self.slow.take() {
                return None;
            }
            let target = self.others.pop_front()?;
            self.waiting.remove(&target);
            return Some(target);
        }
        None
    }

    /// When the next one may be changed; `None` where there is none.
    pub fn next(&self) -> Option<i64> {
        if self.waiting.is_empty() {
            return None;
        }
        Some(if self.urgent.is_empty() { self.slow.next() } else { self.fast.next() })
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::work::Object;

    fn target(name: usize) -> Target {
        Target { namespace: Arc::from(format!("n{name}").as_str()), object: Object::Secret(0) }
    }

    #[test]
    fn what_is_urgent_comes_first_and_once() {
        let mut queue = Queue::new(1);
        queue.push(target(1), false);
        queue.push(target(2), true);
        queue.push(target(1), true);
        queue.push(target(1), false);
        let order: Vec<_> = std::iter::from_fn(|| queue.pop(0)).collect();
        assert_eq!(order, [target(2), target(1)]);
        assert!(queue.is_empty() && queue.next().is_none());
        // And again, from where it was left.
        queue.push(target(1), false);
        assert_eq!(queue.pop(0), Some(target(1)));
    }

    #[test]
    fn the_rate_holds_and_urgency_goes_ahead_of_it() {
        let mut queue = Queue::new(20);
        (0..1000).for_each(|number| queue.push(target(number), false));
        let mut written = 0;
        for second in 0..10 {
            for step in 0..10 {
                written += std::iter::from_fn(|| queue.pop(second * 1000 + step * 100)).count();
            }
        }
        assert!((200..=220).contains(&written), "{written}");
        assert!(queue.next().is_some_and(|next| next <= 10_000));
        (0..1000).for_each(|number| queue.push(target(5000 + number), true));
        let mut urgent = 0;
        for step in 0..50 {
            urgent += std::iter::from_fn(|| queue.pop(10_000 + step * 100))
                .filter(|one| *one.namespace >= *"n5000")
                .count();
        }
        assert!(urgent >= 950, "{urgent}");
    }
}
