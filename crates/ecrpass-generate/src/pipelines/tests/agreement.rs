//! Both sides of what is written fit together: the pipeline and its role, whatever was wished for.

use ecrpass_audit::yaml;
use ecrpass_iam::context::Context;
use ecrpass_iam::generate::format::json;
use ecrpass_iam::generate::{Draft, Kind};
use ecrpass_iam::{Policies, Principal, Request, Task, Verdict, document, evaluate};
use proptest::prelude::*;

use super::wishes::{IMAGE, deeds, found, least, pairs, strings, text};
use crate::pipelines::{System, Wanted, generate, quote, refs, roles};

/// Whether the trust policy lets in a token with this subject.
fn lets_in(trust: &Draft, subject: &str) -> bool {
    let read = document::read("trust.json", &json::document(trust)).accepted().unwrap();
    let statement = &trust.statements[0];
    let (_, names) = statement.principal.as_ref().unwrap().parts();
    let issuer = names[0].split_once("oidc-provider/").unwrap().1.to_owned();
    let audience = roles::audience(std::slice::from_ref(trust)).unwrap().to_owned();
    let context = Context::complete()
        .with(&format!("{issuer}:aud"), audience.as_str())
        .with(&format!("{issuer}:sub"), subject);
    let request = Request {
        principal: Principal::parse(&names[0]).unwrap(),
        action: "sts:AssumeRoleWithWebIdentity".to_owned(),
        resource: format!("arn:{}:iam::123456789012:role/x", trust.partition.id()),
        context,
    };
    evaluate(&Policies { trust: Some(read), ..Policies::default() }, &request).verdict == Verdict::Allowed
}

/// The subjects of the pipeline that is written, and those of neighbours.
fn subjects(system: System, branch: &str) -> (Vec<String>, Vec<String>) {
    let user = "01234567-89ab-cdef-0123-456789abcdef";
    match system {
        System::Github => (
            vec![
                format!("repo:team/app:ref:refs/heads/{branch}"),
                format!("repo:team@11/app@22:ref:refs/heads/{branch}"),
            ],
            vec![
                format!("repo:team/app2:ref:refs/heads/{branch}"),
                format!("repo:team@11/app@23:ref:refs/heads/{branch}"),
                format!("repo:team/app:ref:refs/heads/x{branch}"),
                "repo:team/app:pull_request".to_owned(),
            ],
        ),
        System::Gitlab => (
            vec![format!("project_path:team/app:ref_type:branch:ref:{branch}")],
            vec![
                format!("project_path:team/app:ref_type:tag:ref:{branch}"),
                format!("project_path:team/app/x:ref_type:branch:ref:{branch}"),
            ],
        ),
        System::Jenkins => (
            vec!["https://jenkins.example.com/job/app/".to_owned()],
            vec!["https://jenkins.example.com/job/app2/".to_owned()],
        ),
        System::Circleci => (
            vec![format!(
                "org/o-1/project/p-1/user/{user}/vcs-origin/github.com/team/app/vcs-ref/refs/heads/{branch}"
            )],
            vec![
                format!(
                    "org/o-1/project/p-2/user/{user}/vcs-origin/github.com/team/app/vcs-ref/refs/heads/{branch}"
                ),
                format!("org/o-1/project/p-1/user/{user}"),
                // A branch of that name, by whoever may push any.
                format!(
                    "org/o-1/project/p-1/user/{user}/vcs-origin/github.com/team/app/vcs-ref/refs/heads/x/vcs-origin/github.com/team/app/vcs-ref/refs/heads/{branch}"
                ),
            ],
        ),
        System::Bitbucket => (
            vec!["{r-1}:{e-1}:{s-1}".to_owned(), "{w-1}:{r-1}:{s-1}".to_owned()],
            vec!["{r-2}:{e-1}:{s-1}".to_owned()],
        ),
        System::Buildkite => (
            vec![format!("organization:team:pipeline:app:ref:refs/heads/{branch}:commit:abc:step:s")],
            vec![
                format!("organization:team:pipeline:app2:ref:refs/heads/{branch}:commit:abc:step:s"),
                format!("organization:team:pipeline:app:ref:refs/heads/x{branch}:commit:abc:step:s"),
            ],
        ),
        System::Azure => (vec!["sc://team/app/aws".to_owned()], vec!["sc://team/app/aws2".to_owned()]),
        _ => (Vec::new(), Vec::new()),
    }
}

fn check_trust(wanted: &Wanted, branch: &str) {
    let system = wanted.system.unwrap();
    let recipe = generate(wanted).unwrap();
    let trust = recipe.drafts.iter().find(|draft| draft.kind == Kind::Trust).unwrap();
    let (own, others) = subjects(system, branch);
    for subject in own {
        assert!(lets_in(trust, &subject), "{}: {subject}", system.id());
    }
    for subject in others {
        assert!(!lets_in(trust, &subject), "{}: {subject}", system.id());
    }
    // The audience that is asked for is the one that is wanted.
    let audience = roles::audience(&recipe.drafts).unwrap();
    let asks = match system {
        System::Gitlab => recipe.files[0].text.contains(&format!("aud: {}", quote::yaml(audience))),
        System::Buildkite => recipe.files[0].text.contains(&format!("--audience {audience}")),
        // The action's own.
        System::Github => {
            audience == "sts.amazonaws.com"
                || recipe.files[0].text.contains(&format!("audience: {}", quote::yaml(audience)))
        }
        _ => true,
    };
    assert!(asks, "{}: {audience}", system.id());
    if system != System::Azure {
        let arn = format!("role/{}", trust.name);
        assert!(recipe.files[0].text.contains(&arn), "{}", system.id());
    }
}

#[test]
fn both_sides_agree() {
    for system in System::ALL.into_iter().filter(|system| system.is_federated()) {
        check_trust(&least(system, IMAGE), "main");
    }
    let audience = Wanted {
        claims: [least(System::Github, IMAGE).claims, pairs(&[("aud", "https://example.com/x")])].concat(),
        ..least(System::Github, IMAGE)
    };
    check_trust(&audience, "main");
}

#[test]
fn the_role_may_do_what_the_pipeline_does() {
    for system in System::ALL.into_iter().filter(|system| *system != System::Lambda) {
        let recipe = generate(&least(system, IMAGE)).unwrap();
        let role = recipe.drafts.iter().find(|draft| draft.kind == Kind::Role).unwrap();
        let task = if system.builds() { Task::Push } else { Task::Pull };
        let allowed: Vec<&str> = role
            .statements
            .iter()
            .flat_map(|statement| statement.actions.iter().map(String::as_str))
            .collect();
        for action in task.actions() {
            assert!(allowed.contains(&action), "{}: {action}", system.id());
        }
        assert!(
            role.statements
                .iter()
                .flat_map(|statement| &statement.resources)
                .all(|resource| resource == "*" || resource.ends_with(":repository/team/app"))
        );
    }
}

/// Names that git takes, hostile ones among them.
fn branch() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9._-]{0,12}(/[a-z0-9][a-z0-9_-]{0,8})?",
        "[a-z]['\"$`;&|()<>#%!,+=]{1,4}[a-z]",
        "[a-z]{1,5}/\\*",
        Just("x'; id; '".replace(' ', "")),
        Just("x\"$(id)\"".to_owned()),
        Just("a#b".to_owned()),
        Just("no".to_owned()),
        Just("1e3".to_owned()),
        Just("<<x>>".to_owned()),
        Just("%(x)".to_owned()),
    ]
    .prop_filter("git takes it", |name| refs::check(name).is_ok())
}

fn images() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        Just("123456789012.dkr.ecr.eu-central-1.amazonaws.com"),
        Just("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"),
        Just("123456789012.dkr.ecr.us-gov-west-1.amazonaws.com"),
        Just("123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu"),
        Just("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com"),
        Just("123456789012.dkr-ecr.us-east-1.on.aws"),
    ];
    (host, "[a-z][a-z0-9]{1,10}([._/-][a-z0-9]{1,8}){0,3}").prop_map(|(host, name)| format!("{host}/{name}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_wanted_parses_is_silent_and_agrees(
        index in 0..System::ALL.len(),
        image in images(),
        branch in branch(),
        context in "[a-z]{1,6}( [a-z'\"`;&#]{1,4})?",
        arm in any::<bool>(),
    ) {
        let system = System::ALL[index];
        let mut wanted = least(system, &image);
        if !wanted.branches.is_empty() {
            wanted.branches = vec![branch.clone()];
        }
        wanted.context = Some(context);
        if arm && !matches!(system, System::Bitbucket) {
            wanted.platforms = strings(&["arm64"]);
        }
        let Ok(recipe) = generate(&wanted) else { return Ok(()) };
        for file in &recipe.files {
            if file.path.ends_with(".yml") || file.path.ends_with(".yaml") {
                let documents = yaml::read(&file.text).map_err(|error| TestCaseError::fail(format!("{error}\n{}", file.text)))?;
                prop_assert_eq!(documents.len(), 1);
            }
            prop_assert!(file.text.ends_with('\n') && !file.text.contains('\t') && !file.text.contains("${{ '"));
        }
        prop_assert_eq!(found(&wanted), Vec::<String>::new());
        if system.builds() {
            let deeds = deeds(&wanted);
            prop_assert!(deeds.contains("Push {") && deeds.contains(&image), "{}", deeds);
        }
        if system.is_federated() {
            check_trust(&wanted, &branch.replace('*', "one"));
        }
        prop_assert_eq!(text(&wanted), text(&wanted));
    }

    #[test]
    fn a_value_of_yaml_is_read_as_itself(value in "[ -~]{0,24}") {
        let document = format!("a: {}\n", quote::yaml(&value));
        let read = yaml::read(&document).unwrap();
        prop_assert_eq!(read[0].text_of("a"), Some(value.as_str()));
    }
}
