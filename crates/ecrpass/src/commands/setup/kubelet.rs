//! The kubelet's `CredentialProviderConfig`.

use ecrpass_core::Registry;

/// A configuration that has the kubelet ask `ecr-credential-provider` for these registries.
///
/// Source: Kubernetes, "Configure a kubelet image credential provider"; cloud-provider-aws
/// `docs/credential_provider.md`. A pattern covers one label of a host, so the hosts themselves are named.
pub fn credential_provider_config(hosts: &[String]) -> String {
    let images: String = hosts.iter().map(|host| format!("      - \"{host}\"\n")).collect();
    let public = hosts.iter().any(|host| Registry::parse(host).is_ok_and(|registry| registry.is_public()));
    let note = if public {
        "# public.ecr.aws serves anonymous pulls too; with credentials, its rate limits are higher.\n"
    } else {
        ""
    };
    format!(
        "# Save it on every node, for instance as /etc/kubernetes/credential-provider.yaml, put cloud-provider-aws's
# ecr-credential-provider into /etc/kubernetes/credential-provider-bin, and start the kubelet with
#   --image-credential-provider-config=/etc/kubernetes/credential-provider.yaml
#   --image-credential-provider-bin-dir=/etc/kubernetes/credential-provider-bin
# The node's role needs AmazonEC2ContainerRegistryPullOnly. EKS's own nodes have all of this.
{note}apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
  - name: ecr-credential-provider
    matchImages:
{images}    defaultCacheDuration: \"6h\"
    apiVersion: credentialprovider.kubelet.k8s.io/v1
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_registry_is_matched() {
        let hosts = ["123456789012.dkr.ecr.us-east-1.amazonaws.com".to_owned(), "public.ecr.aws".to_owned()];
        insta::assert_snapshot!(credential_provider_config(&hosts));
    }
}
