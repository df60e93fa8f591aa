//! How much text AWS takes. Sources: IAM User Guide, "IAM and AWS STS quotas"; Organizations User Guide, "Quotas"; VPC User
//! Guide, "Amazon VPC quotas"; API reference of ECR. IAM counts no white space; the others count it.

use crate::document::model::Document;
use crate::document::problem::ProblemKind;
use crate::layer::Layer;

/// The most characters of a document in a layer, whether white space counts, and what is limited so.
fn limit(layer: Layer) -> (usize, bool, &'static str) {
    match layer {
        // What is inline with a role may be longest, all of it together.
        Layer::Identity => (10_240, false, "a role's inline policies together"),
        Layer::Boundary => (6_144, false, "a managed policy"),
        Layer::Session => (2_048, false, "a session policy"),
        Layer::Trust => (8_192, false, "a trust policy, with a raised quota,"),
        Layer::ServiceControl => (10_240, true, "a service control policy"),
        Layer::ResourceControl => (5_120, true, "a resource control policy"),
        Layer::Repository => (10_240, true, "a repository policy"),
        Layer::Registry => (10_240, true, "a registry policy"),
        Layer::Endpoint => (20_480, true, "an endpoint policy"),
    }
}

/// Reports a document that is too long to be attached.
pub(super) fn check(document: &Document, layer: Layer, report: &mut impl FnMut(usize, ProblemKind)) {
    let (limit, counts_space, what) = limit(layer);
    let text = document.text();
    let size = text.chars().filter(|c| counts_space || !c.is_ascii_whitespace()).count();
    if size > limit {
        report(document.span.start, ProblemKind::OverLimit { size, limit, what });
    }
}
