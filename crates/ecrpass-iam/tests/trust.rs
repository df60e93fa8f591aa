//! Trust policies: whom they let in, whom they keep out, and what is refused for letting in too many.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)] // a test's way of failing

use ecrpass_core::Partition;
use ecrpass_iam::context::Context;
use ecrpass_iam::generate::format::json;
use ecrpass_iam::generate::trust::place::{Place, Trusted};
use ecrpass_iam::generate::{Draft, Kind, Refusal, Wanted, generate};
use ecrpass_iam::{Layer, Policies, Principal, Request, Verdict, document, evaluate};

const ACCOUNT: &str = "111122223333";

fn draft(place: Place, claims: &[(&str, &str)]) -> Result<Draft, Refusal> {
    let claims = claims.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let wanted = Wanted {
        kinds: vec![Kind::Trust],
        account: Some(ACCOUNT.to_owned()),
        trust: Some(Trusted { place, claims }),
        ..Wanted::default()
    };
    generate(&wanted).map(|mut drafts| drafts.remove(0))
}

/// Whether the trust policy lets in who comes with these keys.
fn verdict(draft: &Draft, action: &str, keys: &[(&str, &str)]) -> Verdict {
    let text = json::document(draft);
    let trust =
        document::read("trust.json", &text).accepted().unwrap_or_else(|wrong| panic!("{text} {wrong:?}"));
    assert_eq!(document::check(&trust, Layer::Trust), [], "{text}");
    let (_, names) = draft.statements[0].principal.as_ref().unwrap().parts();
    let mut context = Context::complete();
    for (key, value) in keys {
        context = context.with(key, *value);
    }
    let request = Request {
        principal: Principal::parse(&names[0]).unwrap(),
        action: action.to_owned(),
        resource: "arn:aws:iam::111122223333:role/ci".to_owned(),
        context,
    };
    evaluate(&Policies { trust: Some(trust), ..Policies::default() }, &request).verdict
}

/// Names and values.
type Pairs = &'static [(&'static str, &'static str)];

/// A place, its claims, issuer and audience, whose subjects are let in, and whose are not.
type Federated = (Place, Pairs, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// A place, its claims, the actions of its policy, the keys a service comes with, and one that is wrong.
type Service = (Place, Pairs, &'static [&'static str], Pairs, Option<(&'static str, &'static str)>);

const WEB: &str = "sts:AssumeRoleWithWebIdentity";

#[test]
fn tokens_of_whom_is_meant_are_let_in_and_no_others() {
    let github: Pairs =
        &[("repository", "team/app"), ("repository-id", "22"), ("owner-id", "11"), ("branch", "main")];
    let cases: &[Federated] = &[
        (
            Place::Github,
            github,
            "token.actions.githubusercontent.com",
            "sts.amazonaws.com",
            &["repo:team/app:ref:refs/heads/main", "repo:team@11/app@22:ref:refs/heads/main"],
            &[
                "repo:team/app:ref:refs/heads/maintenance",
                "repo:team/app:pull_request",
                "repo:team@11/app@23:ref:refs/heads/main",
                "repo:team@12/app@22:ref:refs/heads/main",
                "repo:other/app:ref:refs/heads/main",
            ],
        ),
        (
            Place::Gitlab,
            &[("project", "group/app"), ("branch", "main")],
            "gitlab.com",
            "https://gitlab.com",
            &["project_path:group/app:ref_type:branch:ref:main"],
            &[
                "project_path:group/app:ref_type:tag:ref:main",
                "project_path:group/app2:ref_type:branch:ref:main",
            ],
        ),
        (
            Place::CircleCi,
            &[("organization", "org-1"), ("project", "p-1")],
            "oidc.circleci.com/org/org-1",
            "org-1",
            &["org/org-1/project/p-1/user/u-9"],
            &["org/org-1/project/p-2/user/u-9"],
        ),
        (
            Place::CircleCi,
            &[
                ("organization", "org-1"),
                ("project", "p-1"),
                ("origin", "github.com/team/app"),
                ("branch", "main"),
                ("tag", "v*"),
            ],
            "oidc.circleci.com/org/org-1",
            "org-1",
            &[
                "org/org-1/project/p-1/user/01234567-89ab-cdef-0123-456789abcdef/vcs-origin/github.com/team/app/vcs-ref/refs/heads/main",
                "org/org-1/project/p-1/user/01234567-89ab-cdef-0123-456789abcdef/vcs-origin/github.com/team/app/vcs-ref/refs/tags/v1",
            ],
            &[
                "org/org-1/project/p-1/user/01234567-89ab-cdef-0123-456789abcdef",
                "org/org-1/project/p-1/user/01234567-89ab-cdef-0123-456789abcdef/vcs-origin/github.com/team/app/vcs-ref/refs/heads/dev",
                // A branch with such a name.
                "org/org-1/project/p-1/user/01234567-89ab-cdef-0123-456789abcdef/vcs-origin/github.com/team/app/vcs-ref/refs/heads/x/vcs-origin/github.com/team/app/vcs-ref/refs/heads/main",
            ],
        ),
        (
            Place::Bitbucket,
            &[("workspace", "ws"), ("workspace-id", "{w-1}"), ("repository-id", "r-1")],
            "api.bitbucket.org/2.0/workspaces/ws/pipelines-config/identity/oidc",
            "ari:cloud:bitbucket::workspace/w-1",
            &["{r-1}:{e-1}:{s-1}", "{w-1}:{r-1}:{s-1}"],
            &["{r-2}:{e-1}:{s-1}", "{w-1}:{r-2}:{s-1}", "r-1:x"],
        ),
        (
            Place::Buildkite,
            &[("organization", "acme"), ("pipeline", "app"), ("branch", "main")],
            "agent.buildkite.com",
            "sts.amazonaws.com",
            &["organization:acme:pipeline:app:ref:refs/heads/main:commit:abc:step:push"],
            &["organization:acme:pipeline:app:ref:refs/heads/other:commit:abc:step:push"],
        ),
        (
            Place::AzureDevops,
            &[
                ("organization-id", "g-1"),
                ("organization", "acme"),
                ("project", "Web App"),
                ("connection", "aws"),
            ],
            "vstoken.dev.azure.com/g-1",
            "api://AzureADTokenExchange",
            &["sc://acme/Web App/aws"],
            &["sc://acme/Web App/aws2", "sc://other/Web App/aws"],
        ),
        (
            Place::TerraformCloud,
            &[("organization", "acme"), ("project", "web"), ("workspace", "prod"), ("run-phase", "apply")],
            "app.terraform.io",
            "aws.workload.identity",
            &["organization:acme:project:web:workspace:prod:run_phase:apply"],
            &["organization:acme:project:web:workspace:prod:run_phase:plan"],
        ),
        (
            Place::Jenkins,
            &[
                ("host", "https://jenkins.example.com/oidc/"),
                ("job", "https://jenkins.example.com/job/app/"),
                ("aud", "aws"),
            ],
            "jenkins.example.com/oidc",
            "aws",
            &["https://jenkins.example.com/job/app/"],
            &["https://jenkins.example.com/job/app2/"],
        ),
        (
            Place::Irsa,
            &[
                ("host", "oidc.eks.eu-west-1.amazonaws.com/id/ABC"),
                ("namespace", "ci"),
                ("service-account", "builder"),
            ],
            "oidc.eks.eu-west-1.amazonaws.com/id/ABC",
            "sts.amazonaws.com",
            &["system:serviceaccount:ci:builder"],
            &["system:serviceaccount:ci:builder2", "system:serviceaccount:other:builder"],
        ),
    ];
    for (place, claims, issuer, audience, in_, out) in cases {
        let draft = draft(*place, claims).unwrap();
        let (_, names) = draft.statements[0].principal.as_ref().unwrap().parts();
        assert_eq!(names, [format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}")]);
        let (aud, sub) = (format!("{issuer}:aud"), format!("{issuer}:sub"));
        let come = |audience: &str, subject: &str| verdict(&draft, WEB, &[(&aud, audience), (&sub, subject)]);
        for subject in *in_ {
            assert_eq!(come(audience, subject), Verdict::Allowed, "{place:?} {subject}");
            assert_eq!(come("another", subject), Verdict::ImplicitlyDenied, "{place:?} {subject}");
        }
        for subject in *out {
            assert_eq!(come(audience, subject), Verdict::ImplicitlyDenied, "{place:?} {subject}");
        }
        // Neither without a subject: then it would be anybody's.
        assert_eq!(verdict(&draft, WEB, &[(&aud, audience)]), Verdict::ImplicitlyDenied, "{place:?}");
    }
}

#[test]
fn wildcards_are_compared_as_such() {
    for (place, claims) in [
        (Place::Gitlab, &[("project", "group/*"), ("ref", "*")][..]),
        (Place::Irsa, &[("host", "a.b"), ("namespace", "ci"), ("service-account", "*")]),
    ] {
        let draft = draft(place, claims).unwrap();
        let subject =
            draft.statements[0].conditions.iter().find(|condition| condition.key.ends_with(":sub")).unwrap();
        assert_eq!(subject.operator, "StringLike", "{place:?}");
    }
    let exact =
        draft(Place::Irsa, &[("host", "a.b"), ("namespace", "ci"), ("service-account", "x")]).unwrap();
    assert!(exact.statements[0].conditions.iter().all(|condition| condition.operator == "StringEquals"));
}

#[test]
fn services_are_let_in_for_this_account() {
    const ANCHOR: &str = "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/t-1";
    const SOURCE: (&str, &str) = ("aws:SourceAccount", ACCOUNT);
    let cases: &[Service] = &[
        (Place::Lambda, &[], &["sts:AssumeRole"], &[], None),
        (Place::Ec2, &[], &["sts:AssumeRole"], &[], None),
        (Place::AppRunner, &[], &["sts:AssumeRole"], &[], None),
        (Place::PullThroughCache, &[], &["sts:AssumeRole"], &[], None),
        (Place::CreationTemplate, &[], &["sts:AssumeRole"], &[], None),
        (
            Place::EcsTasks,
            &[("region", "eu-west-1")],
            &["sts:AssumeRole"],
            &[SOURCE, ("aws:SourceArn", "arn:aws:ecs:eu-west-1:111122223333:task/x")],
            Some(("aws:SourceAccount", "999999999999")),
        ),
        (
            Place::CodeBuild,
            &[("project", "app")],
            &["sts:AssumeRole"],
            &[SOURCE, ("aws:SourceArn", "arn:aws:codebuild:eu-west-1:111122223333:project/app")],
            Some(("aws:SourceArn", "arn:aws:codebuild:eu-west-1:111122223333:project/other")),
        ),
        (
            Place::PodIdentity,
            &[("cluster", "prod"), ("namespace", "ci"), ("service-account", "builder")],
            &["sts:AssumeRole", "sts:TagSession"],
            &[
                ("aws:RequestTag/kubernetes-namespace", "ci"),
                ("aws:RequestTag/kubernetes-service-account", "builder"),
                ("aws:RequestTag/eks-cluster-arn", "arn:aws:eks:eu-west-1:111122223333:cluster/prod"),
            ],
            Some(("aws:RequestTag/kubernetes-namespace", "default")),
        ),
        (
            Place::RolesAnywhere,
            &[("trust-anchor", ANCHOR), ("cn", "host-1")],
            &["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            &[("aws:SourceArn", ANCHOR), ("aws:PrincipalTag/x509Subject/CN", "host-1")],
            Some(("aws:PrincipalTag/x509Subject/CN", "host-2")),
        ),
    ];
    for (place, claims, actions, keys, wrong) in cases {
        let draft = draft(*place, claims).unwrap();
        assert_eq!(draft.statements[0].actions, *actions, "{place:?}");
        for action in *actions {
            assert_eq!(verdict(&draft, action, keys), Verdict::Allowed, "{place:?} {action}");
            if let Some(wrong) = wrong {
                let keys: Vec<_> = keys.iter().copied().chain([*wrong]).collect();
                assert_eq!(verdict(&draft, action, &keys), Verdict::ImplicitlyDenied, "{place:?} {wrong:?}");
            }
        }
    }
}

#[test]
fn what_would_let_in_too_many_is_refused() {
    let github: &[(&str, &str)] = &[("repository", "team/app"), ("repository-id", "22"), ("owner-id", "11")];
    let with = |more: &[(&'static str, &'static str)]| [github, more].concat();
    for (place, claims, what) in [
        (Place::Github, vec![], "without repository"),
        (Place::Github, with(&[]), "which jobs"),
        (Place::Github, vec![("repository", "team/app"), ("branch", "main")], "owner-id is not given"),
        (
            Place::Github,
            vec![("repository", "team/app"), ("branch", "main"), ("repository-id", "*"), ("owner-id", "1")],
            "`*`",
        ),
        (
            Place::Github,
            vec![("repository", "team/app"), ("branch", "main"), ("repository-id", "1"), ("owner-id", "*")],
            "`*`",
        ),
        (Place::Github, vec![("repository", "team/*"), ("branch", "main")], "cannot be `team/*`"),
        (Place::Github, vec![("repository", "team"), ("branch", "main")], "not a repository of GitHub"),
        (Place::Github, with(&[("ref", "main")]), "not a ref"),
        (Place::Github, with(&[("branch", "${aws:x}")]), "cannot be"),
        (Place::Github, with(&[("colour", "red")]), "no claim `colour`"),
        (Place::Gitlab, vec![("project", "g/p")], "which pipelines"),
        (
            Place::Bitbucket,
            vec![("workspace", "w"), ("workspace-id", "*"), ("repository-id", "r")],
            "cannot be `*`",
        ),
        (
            Place::TerraformCloud,
            vec![("organization", "*"), ("project", "p"), ("workspace", "w")],
            "cannot be `*`",
        ),
        (
            Place::TerraformCloud,
            vec![("organization", "o"), ("project", "p"), ("workspace", "w"), ("run-phase", "x")],
            "no phase",
        ),
        (Place::Irsa, vec![("host", "x y")], "not an issuer"),
        (Place::RolesAnywhere, vec![("trust-anchor", "arn:aws:iam::1:role/x")], "not a trust anchor"),
        (Place::Ec2, vec![("branch", "main")], "no claim"),
    ] {
        let refused = draft(place, &claims).unwrap_err();
        assert!(refused.what.contains(what) && !refused.next.is_empty(), "{what}: {refused}");
    }
    let nobody = Wanted { kinds: vec![Kind::Trust], account: Some(ACCOUNT.to_owned()), ..Wanted::default() };
    assert!(generate(&nobody).unwrap_err().what.contains("who may use"));
    let named = Wanted { principals: vec!["arn:aws:iam::111122223333:user/a".to_owned()], ..nobody };
    let draft = generate(&named).unwrap().remove(0);
    assert_eq!(verdict(&draft, "sts:AssumeRole", &[]), Verdict::Allowed);
}

#[test]
fn only_one_form_of_subjects_is_written_where_that_is_asked_for() {
    let subjects = |form: &str| {
        let mut claims = vec![("repository", "team/app"), ("environment", "prod:eu"), ("subject", form)];
        claims.extend([("repository-id", "22"), ("owner-id", "11")]);
        draft(Place::Github, &claims).unwrap().statements[0].conditions[1].values.clone()
    };
    assert_eq!(subjects("names"), ["repo:team/app:environment:prod%3Aeu"]);
    assert_eq!(subjects("ids"), ["repo:team@11/app@22:environment:prod%3Aeu"]);
    assert_eq!(subjects("both").len(), 2);
    let server =
        [("repository", "team/app"), ("branch", "main"), ("host", "github.example.com/_services/token")];
    assert_eq!(draft(Place::Github, &server).unwrap().statements[0].conditions[1].values.len(), 1);
}

#[test]
fn ec2_is_called_otherwise_in_other_partitions() {
    let wanted = Wanted {
        kinds: vec![Kind::Trust],
        principals: vec!["arn:aws-cn:iam::111122223333:role/node".to_owned()],
        trust: Some(Trusted { place: Place::Ec2, claims: Vec::new() }),
        ..Wanted::default()
    };
    let draft = generate(&wanted).unwrap().remove(0);
    assert_eq!((draft.partition, draft.holder.as_deref()), (Partition::AwsCn, Some("node")));
    assert_eq!(draft.statements[0].principal.as_ref().unwrap().parts().1, ["ec2.amazonaws.com.cn"]);
}
