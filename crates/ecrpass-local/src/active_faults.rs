//! The faults in force, and which of them apply to a call.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ecrpass_iam::denial::Reason;
use ecrpass_iam::policy_kind::PolicyKind;

use crate::calls::matches_target;
use crate::faults::{Fault, FaultKind};

/// The faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// Ends the faults that are written like `text`; all of one name with the bare name.
    pub(crate) fn remove(&self, text: &str) -> usize {
        let mut faults = self.lock();
        let before = faults.len();
        faults.retain(|fault| fault.kind.name() != text && fault.to_string() != text);
        before - faults.len()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// What applies to a call that is being made, counting it against faults that happen only so many times.
    ///
    /// `wanted` leaves out what cannot happen to this call.
    pub(crate) fn take(&self, service: &str, operation: &str, wanted: impl Fn(FaultKind) -> bool) -> Active {
        let mut faults = self.lock();
        let mut active = Active::default();
        faults.retain_mut(|fault| {
            if !matches_target(&fault.target, service, operation) || !wanted(fault.kind) {
                return true;
            }
            active.0.push(fault.kind);
            match &mut fault.times {
                Some(times) => {
                    *times -= 1;
                    *times > 0
                }
                None => true,
            }
        });
        active
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The faults that apply to one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Active(Vec<FaultKind>);

impl Active {
    pub(crate) fn has(&self, kind: FaultKind) -> bool {
        self.0.contains(&kind)
    }

    /// Why a denial that is in force denies; `usual` is the reason of the plain one.
    pub(crate) fn denial(&self, usual: Reason) -> Option<Reason> {
        if self.has(FaultKind::Deny) {
            Some(usual)
        } else {
            self.has(FaultKind::VpcEndpointDeny).then_some(Reason::NotAllowed(PolicyKind::Endpoint))
        }
    }

    /// How long the answer is to wait.
    pub(crate) fn latency(&self) -> Duration {
        self.0
            .iter()
            .map(|kind| match kind {
                FaultKind::Latency(delay) => *delay,
                _ => Duration::ZERO,
            })
            .sum()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().map(|kind| kind.name().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_used_up() {
        let faults = Faults::default();
        faults.add(Fault::new(FaultKind::Throttle).on("GetAuthorizationToken").times(2));
        assert!(!faults.take("sts", "AssumeRole", |_| true).has(FaultKind::Throttle));
        assert!(faults.take("ecr", "GetAuthorizationToken", |_| true).has(FaultKind::Throttle));
        assert!(faults.take("ecr", "GetAuthorizationToken", |_| true).has(FaultKind::Throttle));
        assert!(!faults.take("ecr", "GetAuthorizationToken", |_| true).has(FaultKind::Throttle));
        assert!(faults.list().is_empty());
    }

    #[test]
    fn faults_end_by_name_or_text() {
        let faults = Faults::default();
        faults.add("deny:registry".parse().unwrap());
        faults.add("deny:sts".parse().unwrap());
        assert_eq!(faults.remove("deny:sts"), 1);
        assert_eq!(faults.list().len(), 1);
        assert_eq!(faults.remove("deny"), 1);
        assert_eq!(faults.remove("deny"), 0);
    }
}
