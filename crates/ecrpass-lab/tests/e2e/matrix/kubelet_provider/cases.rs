//! The cases that both providers are run on, and where they differ, and why.

use std::ops::RangeInclusive;

use ecrpass_lab::{HOST, Lab};
use ecrpass_local::{Role, WebIdentityTrust};
use serde_json::{Value, json};

use super::{Outcome, pod};

/// What both, or each, are to come to.
#[derive(Debug)]
pub enum Wanted {
    /// The same.
    Same(Outcome),
    /// Not the same.
    Differs {
        ours: Outcome,
        upstreams: Outcome,
        /// How often ours and upstream's ask AWS for a token, where that is the difference.
        calls: Option<(u64, RangeInclusive<u64>)>,
        /// Why ours does otherwise.
        reason: &'static str,
    },
}

impl Wanted {
    /// Why they differ.
    pub fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Same(_) => None,
            Self::Differs { reason, .. } => Some(reason),
        }
    }
}

/// A case.
pub struct Case {
    pub name: &'static str,
    /// The images that are asked for.
    pub images: Vec<String>,
    /// The registry behind an alias.
    pub stands_for: Option<&'static str>,
    /// The version of the protocol.
    pub api: &'static str,
    pub args: &'static str,
    /// Whether service accounts' tokens are sent.
    pub tokens: bool,
    pub pods: Vec<Value>,
    pub env: Vec<(&'static str, String)>,
    /// The configuration of our provider.
    pub settings: Option<String>,
    pub faults: Vec<&'static str>,
    /// The node's role by the metadata service, in place of a key.
    pub node_role: bool,
    pub together: bool,
    pub wanted: Wanted,
}

impl Case {
    fn new(name: &'static str, image: &str, wanted: Wanted) -> Self {
        Self {
            name,
            images: vec![image.split('/').next().unwrap_or_default().to_owned()],
            stands_for: None,
            api: "v1",
            args: "[]",
            tokens: false,
            pods: vec![pod(image)],
            env: Vec::new(),
            settings: None,
            faults: Vec::new(),
            node_role: false,
            together: false,
            wanted,
        }
    }

    fn fault(mut self, fault: &'static str) -> Self {
        self.faults.push(fault);
        self
    }

    fn env(mut self, name: &'static str, value: &str) -> Self {
        self.env.push((name, value.to_owned()));
        self
    }

    /// For the service account `shop/web`, with these annotations and that token.
    fn account(mut self, token: &str, annotations: Value) -> Self {
        self.tokens = true;
        self.node_role = true;
        for pod in &mut self.pods {
            pod["account"] = "web".into();
            pod["uid"] = "u-1".into();
            pod["token"] = token.into();
            pod["annotations"] = annotations.clone();
        }
        self
    }

    /// The configuration of the kubelet.
    pub fn config(&self) -> String {
        let images: Vec<String> = self.images.iter().map(|image| format!("\"{image}\"")).collect();
        let tokens = if self.tokens {
            "    tokenAttributes:\n      serviceAccountTokenAudience: sts.amazonaws.com\n      cacheType: ServiceAccount\n      requireServiceAccount: false\n      optionalServiceAccountAnnotationKeys: [eks.amazonaws.com/ecr-role-arn, eks.amazonaws.com/role-arn]\n"
        } else {
            ""
        };
        format!(
            "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n  - name: ecr-credential-provider\n    apiVersion: credentialprovider.kubelet.k8s.io/{}\n    defaultCacheDuration: 12h\n    matchImages: [{}]\n    args: {}\n{tokens}",
            self.api,
            images.join(", "),
            self.args
        )
    }
}

fn differs(ours: Outcome, upstreams: Outcome, reason: &'static str) -> Wanted {
    Wanted::Differs { ours, upstreams, calls: None, reason }
}

/// All of them.
pub fn all(lab: &Lab) -> Vec<Case> {
    let mut cases = hosts();
    cases.extend(aws());
    cases.extend(accounts(lab));
    cases
}

fn hosts() -> Vec<Case> {
    use Outcome::{Nothing, Opens, Refused};
    let same = |name, image: &str| Case::new(name, image, Wanted::Same(Opens));
    vec![
        same("a private registry", &format!("{HOST}/team/app")),
        same("another account", "210987654321.dkr.ecr.us-east-1.amazonaws.com/base"),
        same("another region than the variable's", "123456789012.dkr.ecr.us-west-2.amazonaws.com/app"),
        same("the public host in a path", &format!("{HOST}/public.ecr.aws/nginx/nginx")),
        same("FIPS", "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app"),
        same("dual-stack", "123456789012.dkr-ecr.us-west-2.on.aws/app"),
        same("China", "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app"),
        same("an isolated partition", "123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov/app"),
        same("ECR Public", "public.ecr.aws/nginx/nginx"),
        Case { args: "[get-credentials]", ..same("arguments", &format!("{HOST}/team/app")) },
        Case::new(
            "a port",
            &format!("{HOST}:443/team/app"),
            differs(
                Opens,
                Nothing,
                "upstream's key has no port, so that the kubelet never uses it for an image that has one",
            ),
        ),
        Case::new(
            "upper case",
            "123456789012.DKR.ECR.US-WEST-2.AMAZONAWS.COM/app",
            differs(
                Opens,
                Refused,
                "names of hosts have no case; upstream's gives a token of the default region",
            ),
        ),
        Case::new(
            "a host that looks like ECR's",
            "123456789012.dkr.ecr.us-west-2.amazonaws.com.evil.example/app",
            differs(
                Nothing,
                Refused,
                "a token of ECR opens every registry that the node may read, and upstream's sends it there",
            ),
        ),
        Case::new(
            "another registry",
            "registry.k8s.io/pause",
            differs(
                Nothing,
                Refused,
                "upstream's sends a token of ECR to whatever matchImages lets through; here only to configured aliases",
            ),
        ),
        Case::new(
            "a region with the suffix of another partition",
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com/app",
            differs(
                Nothing,
                Refused,
                "there is no such registry: ours says the right host in place of a login for nobody",
            ),
        ),
        Case {
            stands_for: Some(HOST),
            settings: Some(format!("[[registry]]\nhost = \"localhost:5000\"\nalias_of = \"{HOST}\"\n")),
            ..Case::new(
                "an alias with a port",
                "localhost:5000/app",
                differs(Opens, Nothing, "upstream's knows no aliases, and its key for this one has no port"),
            )
        },
        Case {
            api: "v1alpha1",
            ..Case::new(
                "version v1alpha1 of the protocol",
                &format!("{HOST}/team/app"),
                differs(
                    Opens,
                    Nothing,
                    "configurations of 1.20 to 1.26 name it, and newer kubelets still speak it",
                ),
            )
        },
    ]
}

fn aws() -> Vec<Case> {
    use Outcome::{Nothing, Opens};
    let image = format!("{HOST}/team/app");
    let images: Vec<String> = (0..20).map(|number| format!("{HOST}/team/app-{number}")).collect();
    let public: Vec<Value> = (0..4).map(|number| pod(&format!("public.ecr.aws/a/b{number}"))).collect();
    vec![
        Case { node_role: true, ..Case::new("the node's role", &image, Wanted::Same(Opens)) },
        Case::new("denied", &image, Wanted::Same(Nothing)).fault("deny:GetAuthorizationToken"),
        Case::new("throttled twice", &image, Wanted::Same(Opens)).fault("throttle:GetAuthorizationToken=2"),
        Case::new("an answer without a token", &image, Wanted::Same(Nothing)).fault("no-tokens:ecr"),
        Case::new("a token that is none", &image, Wanted::Same(Nothing)).fault("broken-tokens:ecr"),
        Case {
            pods: images.iter().map(|image| pod(image)).collect(),
            together: true,
            ..Case::new(
                "twenty images at once",
                &image,
                Wanted::Differs {
                    ours: Opens,
                    upstreams: Opens,
                    // The kubelet keeps an answer for the registry: an image that it comes to after the first answer
                    // costs no call, and a busy machine comes to some of the twenty that late.
                    calls: Some((1, 2..=20)),
                    reason: "the kubelet runs a provider per image, and upstream's has no cache: a node's start is a call to AWS for nearly each",
                },
            )
        },
        Case {
            pods: public,
            ..Case::new(
                "public tokens are refused",
                "public.ecr.aws/a/b",
                Wanted::Differs {
                    ours: Nothing,
                    upstreams: Nothing,
                    calls: Some((1, 4..=4)),
                    reason: "an empty answer is kept for five minutes; upstream's fails anew at every pull, which is logged as an error",
                },
            )
        }
        .fault("deny:ecr-public"),
    ]
}

fn accounts(lab: &Lab) -> Vec<Case> {
    use Outcome::{Nothing, Opens};
    let trust = WebIdentityTrust {
        issuer: "oidc.ecrpass.example".to_owned(),
        audience: "sts.amazonaws.com".to_owned(),
        subject: "system:serviceaccount:shop:web".to_owned(),
    };
    let role = lab.ecr.add_role(Role::new("123456789012", "shop-pull").web_identity(trust));
    let token = lab.ecr.service_account_token("shop", "web", "u-1", 3600).expose().to_owned();
    let over = lab.ecr.service_account_token("shop", "web", "u-1", -60).expose().to_owned();
    let other = lab.ecr.service_account_token("shop", "other", "u-1", 3600).expose().to_owned();
    let image = format!("{HOST}/team/app");
    let annotation = json!({"eks.amazonaws.com/ecr-role-arn": role});
    let irsa = json!({"eks.amazonaws.com/role-arn": role});
    vec![
        Case::new("a role by annotation", &image, Wanted::Same(Opens)).account(&token, annotation.clone()),
        Case::new("a role by variable", &image, Wanted::Same(Opens))
            .env("AWS_ECR_ROLE_ARN", &role)
            .account(&token, json!({})),
        Case::new("no role: the node's", &image, Wanted::Same(Opens)).account(&token, json!({})),
        Case::new("IRSA's annotation, not asked for", &image, Wanted::Same(Opens)).account(&token, irsa.clone()),
        Case::new("a token that is over", &image, Wanted::Same(Nothing)).account(&over, annotation.clone()),
        Case::new("an account that the role does not trust", &image, Wanted::Same(Nothing))
            .account(&other, annotation.clone()),
        Case::new("an annotation that is no role", &image, Wanted::Same(Nothing))
            .account(&token, json!({"eks.amazonaws.com/ecr-role-arn": "not-a-role"})),
        Case {
            settings: Some("[service_account]\nrequire_role = true\n".to_owned()),
            ..Case::new(
                "no role, and one is required",
                &image,
                differs(Nothing, Opens, "a forgotten annotation must not pull with the node's rights; upstream's has no such setting"),
            )
        }
        .account(&token, json!({})),
        Case {
            settings: Some("[service_account]\nrole_annotations = [\"eks.amazonaws.com/role-arn\"]\n".to_owned()),
            ..Case::new(
                "IRSA's annotation, asked for",
                &image,
                differs(Opens, Opens, "cloud-provider-aws#1264 asks for it: upstream's pulls with the node's role"),
            )
        }
        .account(&token, irsa),
    ]
}
