//! Every cause has a runbook that leads from doubt to proof, on each of its platforms.

use super::*;

fn details() -> Details {
    Details {
        host: Some("123456789012.dkr.ecr.eu-west-1.amazonaws.com".to_owned()),
        region: Some("eu-west-1".to_owned()),
        repository: Some("team/app".to_owned()),
        tag: Some("1".to_owned()),
        namespace: Some("shop".to_owned()),
        pod: Some("web-1".to_owned()),
        ..Details::default()
    }
}

#[test]
fn every_cause_has_every_part_that_it_needs() {
    for cause in DiagnosisId::ALL {
        let runbook = runbook(Some(cause), &Details::default(), &[]);
        let phases: Vec<Phase> = runbook.sections.iter().map(|section| section.phase).collect();
        for phase in [
            Phase::Confirm,
            Phase::Credentials,
            Phase::Recover,
            Phase::Retrigger,
            Phase::Verify,
            Phase::Prevent,
        ] {
            assert!(phases.contains(&phase), "{cause}: {phases:?}");
        }
        assert!(phases.is_sorted(), "{cause}: {phases:?}");
        assert!(!runbook.platforms.is_empty(), "{cause}");
        for platform in &runbook.platforms {
            let of_platform =
                |section: &Section| section.steps.iter().any(|step| step.platform == Some(*platform));
            assert!(
                runbook.sections.iter().filter(|section| of_platform(section)).count() >= 4,
                "{cause} {platform:?}"
            );
        }
    }
}

#[test]
fn what_is_known_is_filled_in_and_the_rest_is_left_open() {
    let runbook = runbook(Some(DiagnosisId::TagNotFound), &details(), &[Platform::Eks]);
    let commands: Vec<&str> = runbook
        .sections
        .iter()
        .flat_map(|section| &section.steps)
        .filter_map(|step| step.command.as_deref())
        .collect();
    assert!(
        commands.contains(&"kubectl get pod web-1 -n shop -o json | ecrpass explain pod"),
        "{commands:?}"
    );
    assert!(commands.contains(&"kubectl rollout status <workload> -n shop --timeout 10m"), "{commands:?}");
    let canary = "ecrpass canary --once 123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:1";
    assert!(commands.contains(&canary), "{commands:?}");
    assert!(!commands.iter().any(|command| command.contains("aws lambda")), "{commands:?}");
}

#[test]
fn platforms_are_those_of_the_cause_unless_said() {
    let of = |cause, platforms: &[Platform]| runbook(Some(cause), &Details::default(), platforms).platforms;
    assert_eq!(of(DiagnosisId::LambdaRepoPolicyMissing, &[]), [Platform::Lambda]);
    assert_eq!(of(DiagnosisId::LambdaRepoPolicyMissing, &[Platform::Ecs]), [Platform::Ecs]);
    assert_eq!(of(DiagnosisId::IamMissingPullAction, &[]), Platform::ALL);
    assert_eq!(runbook(None, &details(), &[]).platforms, Platform::ALL);
}

#[test]
fn causes_are_on_the_platforms_where_they_can_happen() {
    let of = |cause| Platform::of_cause(Some(cause));
    assert_eq!(of(DiagnosisId::AppRunnerAccessRole), [Platform::AppRunner]);
    assert_eq!(of(DiagnosisId::NotEcr), [Platform::Eks]);
    for pushed in
        [DiagnosisId::IamMissingPushAction, DiagnosisId::ImageMissingLocally, DiagnosisId::TagImmutable]
    {
        assert_eq!(of(pushed), [Platform::Ec2, Platform::Ci], "{pushed}");
    }
    // Lambda asks for no token, and pulls inside of AWS.
    for cause in [DiagnosisId::IamMissingGetAuthorizationToken, DiagnosisId::NetworkTimeoutRegistry] {
        assert!(!of(cause).contains(&Platform::Lambda), "{cause}");
    }
    let at = |place: &str| Details { place: Some(place.to_owned()), ..Details::default() };
    assert_eq!(Platform::of_puller(&at("app-runner")), Some(Platform::AppRunner));
    assert_eq!(Platform::of_puller(&at("argo-cd")), Some(Platform::Eks));
    assert_eq!(Platform::of_puller(&at("gitlab-runner")), Some(Platform::Ci));
    let pod = Details { client: Some("kubelet".to_owned()), ..Details::default() };
    assert_eq!(Platform::of_puller(&pod), Some(Platform::Eks));
    let job = Details { ci: Some("github-actions".to_owned()), ..pod };
    assert_eq!(Platform::of_puller(&job), Some(Platform::Ci));
    assert_eq!(Platform::of_puller(&Details::default()), None);
}

/// A look at the reader's docker, network or credentials proves nothing of a pull on a platform of AWS's or in a cluster.
#[test]
fn what_is_pulled_elsewhere_is_not_looked_for_on_the_readers_machine() {
    let commands = |cause, client: Option<&str>, platforms: &[Platform]| -> Vec<String> {
        let details = Details { client: client.map(str::to_owned), ..details() };
        let runbook = runbook(Some(cause), &details, platforms);
        let confirm = runbook.sections.iter().find(|section| section.phase == Phase::Confirm).unwrap();
        confirm.steps.iter().filter_map(|step| step.command.clone()).collect()
    };
    let of_the_reader = |command: &String| {
        let first = command.split_whitespace().find(|word| !["sudo", "-H"].contains(word)).unwrap();
        match first {
            "aws" => {
                ["aws sts get-caller-identity", "aws configure"].iter().any(|own| command.starts_with(own))
            }
            "docker" => !command.starts_with("docker buildx imagetools"),
            "ecrpass" => !["ecrpass audit", "ecrpass trail"].iter().any(|other| command.starts_with(other)),
            word => !["kubectl", "journalctl", "crictl", "ps", "gh"].contains(&word),
        }
    };
    let clients = [(Platform::Ecs, "ecs-agent"), (Platform::Lambda, "lambda"), (Platform::Eks, "kubelet")];
    for cause in DiagnosisId::ALL {
        for platform in [Platform::Ecs, Platform::Lambda, Platform::Eks, Platform::AppRunner] {
            let client = clients.iter().find(|(of, _)| *of == platform).map(|(_, client)| *client);
            for client in [None, client] {
                let commands = commands(cause, client, &[platform]);
                let wrong: Vec<_> = commands.iter().filter(|command| of_the_reader(command)).collect();
                assert!(!commands.is_empty() && wrong.is_empty(), "{cause} {platform:?}: {wrong:?}");
            }
        }
    }
    // Where the reader's machine is the one that pulls, or one of several, its own state is what counts.
    for platforms in [&[Platform::Ec2][..], &[Platform::Ci], &[Platform::Ecs, Platform::Ec2], &[]] {
        let commands = commands(DiagnosisId::NotLoggedIn, None, platforms);
        assert!(commands.iter().any(of_the_reader), "{platforms:?}: {commands:?}");
    }
}

#[test]
fn values_from_outside_stay_words() {
    let hostile = Details { pod: Some("a; rm -rf /".to_owned()), ..details() };
    let runbook = runbook(None, &hostile, &[Platform::Eks]);
    let json = serde_json::to_string(&runbook).unwrap();
    assert!(json.contains("get pod 'a; rm -rf /' -n shop"), "{json}");
}

#[test]
fn pages_have_every_part_and_no_cause_twice() {
    for platform in Platform::ALL {
        let page = page(platform);
        for phase in Phase::ALL {
            assert_eq!(page.matches(&format!("\n## {}\n", phase.title())).count(), 1, "{page}");
        }
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| [")).collect();
        let mut unique = rows.clone();
        unique.dedup();
        assert!(!rows.is_empty() && rows.len() == unique.len());
    }
    assert_eq!(index().matches(".md)").count(), Platform::ALL.len());
}
