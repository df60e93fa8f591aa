//! Clusters of Amazon EKS that a kubeconfig names, for `setup`: the account and the region that their images are often in.

use std::collections::BTreeSet;

use ecrpass_core::Arn;
use ecrpass_core::account::is_account_id;

/// A cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EksCluster {
    /// The account it is in.
    pub account: String,
    /// Its region.
    pub region: String,
    /// Its name.
    pub name: String,
}

/// The clusters that a kubeconfig names by their ARN, as `aws eks update-kubeconfig` writes it as context, cluster and
/// user. Source: aws-cli `awscli/customizations/eks/kubeconfig.py`.
pub fn eks_clusters(text: &str) -> BTreeSet<EksCluster> {
    let words = text.split(|c: char| c.is_whitespace() || "\"',[]{}".contains(c));
    let cluster = |word: &str| {
        let arn = Arn::parse(word).filter(|arn| arn.service == "eks" && is_account_id(arn.account))?;
        let name = arn.resource_of_kind("cluster")?.trim_end_matches(':');
        (!arn.region.is_empty()).then(|| EksCluster {
            account: arn.account.to_owned(),
            region: arn.region.to_owned(),
            name: name.to_owned(),
        })
    };
    words.filter(|word| word.starts_with("arn:")).filter_map(cluster).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_of_eks_are_found_once_each() {
        let text = r#"
apiVersion: v1
clusters:
- cluster: {server: "https://ABC.gr7.eu-west-1.eks.amazonaws.com"}
  name: arn:aws:eks:eu-west-1:123456789012:cluster/prod
contexts:
- context:
    cluster: arn:aws:eks:eu-west-1:123456789012:cluster/prod
    user: "arn:aws:eks:eu-west-1:123456789012:cluster/prod"
  name: prod
- context: {cluster: kind-kind, user: kind-kind}
  name: kind-kind
- name: arn:aws-cn:eks:cn-north-1:210987654321:cluster/test
- name: arn:aws:iam::123456789012:role/x
- name: arn:aws:eks:eu-west-1:ACCOUNT:cluster/x
"#;
        let found: Vec<(String, String)> =
            eks_clusters(text).into_iter().map(|one| (one.account, one.region)).collect();
        let expected = [("123456789012", "eu-west-1"), ("210987654321", "cn-north-1")];
        assert_eq!(found, expected.map(|(account, region)| (account.to_owned(), region.to_owned())));
        assert!(eks_clusters("").is_empty());
    }
}
