//! Tests of the order of logins and pushes.

use super::*;

const US: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const EU: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const OTHER: &str = "210987654321.dkr.ecr.us-east-1.amazonaws.com";

fn exactly(text: &str) -> Known {
    Known::Exactly(text.to_owned())
}

fn deed(at: usize, what: What) -> Deed {
    Deed::new(at..at + 1, what)
}

fn login(at: usize, host: &str, region: Known) -> Deed {
    let (client, user) = ("docker".to_owned(), exactly("AWS"));
    deed(at, What::Login { client, host: exactly(host), user, region, to_all: false })
}

fn push(at: usize, image: &str) -> Deed {
    let image = if image.contains("${") { Known::Made(image.to_owned()) } else { exactly(image) };
    deed(at, What::Push { client: "docker".to_owned(), image })
}

fn kinds(deeds: &[Deed], start: Start) -> Vec<ProblemKind> {
    problems(deeds, start).into_iter().map(|problem| problem.kind).collect()
}

#[test]
fn a_push_without_a_login_is_found_where_nothing_can_be_there() {
    let deeds = [push(0, &format!("{US}/a:${{SHA}}"))];
    assert_eq!(kinds(&deeds, Start::Empty), [ProblemKind::NoLogin { later: false }]);
    assert!(kinds(&deeds, Start::Unknown).is_empty());
    let late = [push(0, &format!("{US}/a")), login(1, US, Known::Unknown)];
    assert_eq!(kinds(&late, Start::Unknown), [ProblemKind::NoLogin { later: true }]);
}

#[test]
fn a_login_of_another_region_or_account_is_named() {
    let region = |region: &str| ProblemKind::LoginOfOtherRegion { region: region.to_owned() };
    assert_eq!(
        kinds(&[login(0, EU, Known::Unknown), push(1, &format!("{US}/a"))], Start::Unknown),
        [region("eu-west-1")]
    );
    let account = ProblemKind::LoginOfOtherAccount { account: "123456789012".to_owned() };
    assert_eq!(
        kinds(&[login(0, US, Known::Unknown), push(1, &format!("{OTHER}/a"))], Start::Unknown),
        [account]
    );
    let password = ProblemKind::PasswordOfOtherRegion { region: "eu-west-1".to_owned() };
    assert_eq!(kinds(&[login(0, US, exactly("eu-west-1"))], Start::Unknown), [password]);
}

#[test]
fn what_may_be_right_is_not_reported() {
    let image = format!("{US}/a");
    let unknown_account = "${secrets.ID}.dkr.ecr.us-east-1.amazonaws.com";
    for first in [
        deed(0, What::MayLogIn),
        deed(0, What::Helper { hosts: Vec::new() }),
        deed(0, What::Helper { hosts: vec![US.to_owned()] }),
        login(0, US, Known::named("REGION")),
        login(0, US, exactly("us-east-1")),
    ] {
        assert!(kinds(&[first, push(1, &image)], Start::Empty).is_empty());
    }
    let host = Known::Made(unknown_account.to_owned());
    let secret = What::Login {
        client: String::new(),
        host,
        user: Known::Unknown,
        region: Known::Unknown,
        to_all: false,
    };
    assert!(kinds(&[deed(0, secret), push(1, &image)], Start::Empty).is_empty());
    assert!(kinds(&[push(0, "${REGISTRY}/a"), push(1, "acme/app")], Start::Empty).is_empty());
}

#[test]
fn loops_and_matrices_agree_with_themselves() {
    let regions = Known::one_of(["us-east-1".to_owned(), "eu-west-1".to_owned()]);
    let hosts = crate::host::host_of(&exactly("123456789012"), &regions);
    let image = Known::concat([&hosts, &exactly("/a")]);
    let login = What::Login {
        client: "docker".to_owned(),
        host: hosts,
        user: exactly("AWS"),
        region: regions,
        to_all: false,
    };
    let push = What::Push { client: "docker".to_owned(), image };
    assert!(kinds(&[deed(0, login), deed(1, push)], Start::Empty).is_empty());
}

#[test]
fn one_registry_is_one_problem() {
    let deeds = [login(0, EU, Known::Unknown), push(1, &format!("{US}/a:1")), push(2, &format!("{US}/b:1"))];
    let problems = problems(&deeds, Start::Unknown);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].deeds.len(), 3);
}
