//! What is known of the case of a pod, for commands.

use crate::finding::{Details, safe};
use crate::inputs::PodSeen;

/// What is known, with the host of an image of it.
pub fn details(pod: &PodSeen, host: &str) -> Details {
    Details {
        host: Some(host.to_owned()),
        namespace: pod.pod.namespace.as_deref().and_then(safe),
        pod: pod.pod.object.rsplit('/').next().filter(|_| !pod.is_template).and_then(safe),
        client: Some("kubelet".to_owned()),
        ..Details::default()
    }
}
