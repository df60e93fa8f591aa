//! The kinds of difference between tools, each seen on the wire by the lab.

use ecrpass_core::environment::EnvironmentInMemory;

use super::*;
use crate::credential_chain::tests::files;

use SourceKind::{Container, Environment, InstanceMetadata, Profile, WebIdentity};

const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4"), ("AWS_SECRET_ACCESS_KEY", "s3cr3t")];
const OFF: (&str, &str) = ("AWS_EC2_METADATA_DISABLED", "true");

fn choices(variables: &[(&str, &str)], config: &str, credentials: &str) -> Vec<Choice> {
    let environment = EnvironmentInMemory::of_variables(variables.iter().copied());
    let surroundings = Surroundings { environment: &environment, files: &files(config, credentials) };
    let prospects = Prospects::unknown(0);
    Tool::ALL.into_iter().map(|tool| surroundings.choice(tool, &prospects, None)).collect()
}

/// What ecrpass, the AWS CLI, Amazon's helper and the JavaScript SDK use.
fn uses(variables: &[(&str, &str)], config: &str) -> Vec<Option<SourceKind>> {
    choices(variables, config, "").into_iter().map(|choice| choice.uses).collect()
}

fn key(profile: &str) -> String {
    format!("[{profile}]\naws_access_key_id = AKIARZPUZDIKGB2VALC4\naws_secret_access_key = x\n")
}

#[test]
fn places_are_asked_in_different_orders() {
    let profile = key("default");
    let role = format!(
        "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n{}",
        key("profile base")
    );
    let process = "[default]\ncredential_process = echo\n";
    let irsa = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r")];
    assert_eq!(uses(&KEYS, &profile), [Some(Environment); 4]);
    assert_eq!(uses(&[], &profile), [Some(Profile); 4]);
    assert_eq!(uses(&[], ""), [Some(InstanceMetadata); 4]);
    assert_eq!(uses(&[OFF], ""), [None; 4]);
    // The token file is not there: whoever picks the web identity stops.
    assert_eq!(uses(&irsa, &profile), [None, None, None, Some(Profile)]);
    assert_eq!(uses(&irsa, &role), [None, Some(Profile), None, Some(Profile)]);
    assert_eq!(uses(&irsa, process), [None, None, None, Some(Profile)]);
    let named = [KEYS[0], KEYS[1], ("AWS_PROFILE", "default")];
    assert_eq!(
        uses(&named, &profile),
        [Some(Environment), Some(Environment), Some(Environment), Some(Profile)]
    );
    let container = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x")];
    assert_eq!(uses(&container, ""), [Some(Container); 4]);
}

#[test]
fn a_token_file_that_is_there_is_used() {
    let mut environment = EnvironmentInMemory::of_variables([
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r"),
    ]);
    environment.files.insert("/t".into(), "token".to_owned());
    let surroundings = Surroundings { environment: &environment, files: &files("", "") };
    for tool in Tool::ALL {
        assert_eq!(surroundings.choice(tool, &Prospects::unknown(0), None).uses, Some(WebIdentity));
    }
}

#[test]
fn what_is_named_and_missing_ends_some_and_not_others() {
    let named = [KEYS[0], KEYS[1], ("AWS_PROFILE", "gone"), OFF];
    assert_eq!(uses(&named, &key("default")), [Some(Environment), None, None, None]);
    let container = [("AWS_PROFILE", "gone"), ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x")];
    assert_eq!(uses(&container, ""), [None, None, None, Some(Container)]);
    // Half a key ends botocore's search only.
    assert_eq!(uses(&KEYS[..1], &key("default")), [Some(Profile), None, Some(Profile), Some(Profile)]);
    // Set to nothing is a name to botocore.
    let nothing = [("AWS_PROFILE", "")];
    assert_eq!(uses(&nothing, &key("default")), [Some(Profile), None, Some(Profile), Some(Profile)]);
    // botocore reads the older name first.
    let both = [("AWS_PROFILE", "a"), ("AWS_DEFAULT_PROFILE", "b")];
    let found = choices(&both, &format!("{}{}", key("profile a"), key("profile b")), "");
    let profiles: Vec<_> = found.iter().map(|choice| choice.profile.as_deref().unwrap_or_default()).collect();
    assert_eq!(profiles, ["a", "b", "a", "a"]);
}

#[test]
fn files_are_read_by_different_rules() {
    let all = |config: &str| uses(&[OFF], config);
    let rest = [Some(Profile), None, Some(Profile), Some(Profile)];
    assert_eq!(all(&format!("{}[profile x]\n[profile x]\n", key("default"))), rest, "a section twice");
    assert_eq!(
        all(&format!("{}aws_access_key_id = AKIARZPUZDIKGB2VALC4\n", key("default"))),
        rest,
        "a setting twice"
    );
    assert_eq!(
        all(&format!("\u{feff}{}", key("default"))),
        [Some(Profile), None, None, Some(Profile)],
        "a mark"
    );
    let conflict = "[default]\n<<<<<<< HEAD\naws_access_key_id = AKIARZPUZDIKGB2VALC4\naws_secret_access_key = x\n=======\n";
    assert_eq!(all(conflict), [None, None, Some(Profile), Some(Profile)], "a merge");
    let comment = "[default]\naws_access_key_id = AKIARZPUZDIKGB2VALC4 # mine\naws_secret_access_key = x\n";
    let refused: Vec<_> = choices(&[], comment, "").iter().map(|choice| choice.refused.is_some()).collect();
    assert_eq!(refused, [false, true, false, false], "a comment behind a value");
    let quoted = "[default]\naws_access_key_id = \"AKIARZPUZDIKGB2VALC4\"\naws_secret_access_key = \"x\"\n";
    let refused: Vec<_> = choices(&[], quoted, "").iter().map(|choice| choice.refused.is_some()).collect();
    assert_eq!(refused, [true, true, false, true], "quotes");
    let spaced = [("AWS_PROFILE", "x"), OFF];
    assert_eq!(uses(&spaced, &key(" profile x ")), [Some(Profile), None, Some(Profile), None]);
    let upper = "[default]\nAWS_ACCESS_KEY_ID = AKIARZPUZDIKGB2VALC4\nAWS_SECRET_ACCESS_KEY = x\n";
    assert_eq!(all(upper), [Some(Profile), Some(Profile), Some(Profile), None], "capitals");
}

#[test]
fn roles_need_one_source() {
    let base = key("profile base");
    let role = |settings: &str| {
        let config = format!("[default]\nrole_arn = arn:aws:iam::1:role/r\n{settings}{base}");
        choices(&[OFF], &config, "").iter().map(|choice| choice.uses.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(role("source_profile = base\n"), [true; 4]);
    assert_eq!(role(""), [false; 4]);
    assert_eq!(role("source_profile = gone\n"), [false; 4]);
    assert_eq!(role("source_profile = base\ncredential_source = Environment\n"), [true, false, false, false]);
    assert_eq!(
        role("source_profile = base\nmfa_serial = arn:aws:iam::1:mfa/m\n"),
        [true, false, false, false]
    );
    let own =
        "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = s\n[profile s]\nlogin_session = x\n";
    let found: Vec<_> = choices(&[OFF], own, "").iter().map(|choice| choice.uses.is_some()).collect();
    assert_eq!(found, [true, true, false, true], "a login session is no source in Go");
    let circle = "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = s\n[profile s]\nrole_arn = arn:aws:iam::1:role/s\nsource_profile = default\n";
    assert_eq!(uses(&[OFF], circle), [None; 4]);
}

#[test]
fn kinds_in_one_profile_are_picked_in_different_orders() {
    let sso = "sso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x\n";
    let config = format!("{}{sso}", key("default"));
    let by_role: Vec<_> = choices(&[], &config, "").into_iter().map(|choice| choice.role).collect();
    assert_eq!(by_role, [Some("r".to_owned()), Some("r".to_owned()), None, None]);
    let process =
        format!("[default]\ncredential_process = echo\n{}", key("default").replace("[default]\n", ""));
    let keys: Vec<_> = choices(&[], &process, "").iter().map(|choice| choice.key.is_some()).collect();
    assert_eq!(keys, [false, false, true, true]);
    let keys: Vec<_> = choices(&[], "[default]\ncredential_process = echo\n", &key("default"))
        .iter()
        .map(|c| c.key.is_some())
        .collect();
    assert_eq!(keys, [false, true, true, true], "the AWS CLI takes keys of the credentials file first");
}

#[test]
fn regions_come_from_different_names() {
    let region = |variables: &[(&str, &str)]| -> Vec<Option<String>> {
        let config = format!("{}region = eu-west-1\n", key("default"));
        choices(variables, &config, "").into_iter().map(|choice| choice.region).collect()
    };
    let some = |name: &str| Some(name.to_owned());
    assert_eq!(region(&[]), [None, some("eu-west-1"), None, some("eu-west-1")]);
    assert_eq!(region(&[("AWS_REGION", "a")]), [None, some("eu-west-1"), None, some("a")]);
    assert_eq!(region(&[("AWS_DEFAULT_REGION", "a")]), [None, some("a"), None, some("eu-west-1")]);
}

#[test]
fn sign_ins_and_instances_are_taken_as_they_were_found() {
    let environment = EnvironmentInMemory::default();
    let config = "[default]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x\n";
    let held = files(config, "");
    let sso = Surroundings { environment: &environment, files: &held };
    let none = files("", "");
    let bare = Surroundings { environment: &environment, files: &none };
    for tool in Tool::ALL {
        for (found, good) in
            [(SignIn::Missing, false), (SignIn::Ended, false), (SignIn::Lasts(Some(9)), true)]
        {
            let sign_in = |name: &str| if name == "s" { found } else { SignIn::Unknown };
            let prospects = Prospects { sso: &sign_in, ..Prospects::unknown(0) };
            let choice = sso.choice(tool, &prospects, None);
            assert_eq!(choice.uses.is_some(), good, "{tool:?} {found:?}");
            assert_eq!(choice.expires, good.then_some(9));
        }
        let role = Prospects { instance: &|| Instance::Role("web".to_owned()), ..Prospects::unknown(0) };
        assert!(bare.choice(tool, &role, None).takes.unwrap().contains("role web"));
        for instance in [Instance::Absent, Instance::NoRole] {
            let found = || instance.clone();
            let prospects = Prospects { instance: &found, ..Prospects::unknown(0) };
            assert_eq!(bare.choice(tool, &prospects, None).uses, None);
        }
    }
}

#[test]
fn who_has_to_sign_in_is_the_profile_at_the_end_of_the_chain() {
    let sso = "sso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x\n";
    let role = "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = corp\n";
    let environment = EnvironmentInMemory::default();
    let missing = |_: &str| SignIn::Missing;
    let prospects = Prospects { sso: &missing, login: &missing, ..Prospects::unknown(0) };
    let held = files(&format!("{role}[profile corp]\n{sso}"), "");
    let surroundings = Surroundings { environment: &environment, files: &held };
    for tool in Tool::ALL {
        let stops = surroundings.choice(tool, &prospects, None).stops;
        assert!(stops.is_some_and(|why| why.ends_with("aws sso login --profile corp")), "{tool:?}");
    }
}

#[test]
fn an_indented_comment_is_more_of_no_value() {
    let config = format!("{}  # mine\n\t; and mine\n", key("default"));
    for choice in choices(&[OFF], &config, "") {
        assert_eq!((choice.uses, choice.refused), (Some(Profile), None), "{:?}", choice.tool);
    }
}

#[test]
fn a_key_is_not_signed_with_what_no_secret_can_hold() {
    let refused = |variables: &[(&str, &str)], config: &str| -> Vec<bool> {
        choices(variables, config, "").iter().map(|choice| choice.refused.is_some()).collect()
    };
    let file = |secret: &str| {
        format!("[default]\naws_access_key_id = AKIARZPUZDIKGB2VALC4\naws_secret_access_key = {secret}\n")
    };
    assert_eq!(refused(&[], &file("s3cr3t")), [false; 4]);
    assert_eq!(refused(&[], &file("s3cr3t ; mine")), [false, true, false, false], "a comment");
    assert_eq!(refused(&[], &file("\"s3cr3t\"")), [true, true, false, true], "quotes");
    // In variables only ecrpass cuts white space off.
    let spaced = [KEYS[0], ("AWS_SECRET_ACCESS_KEY", "s3cr3t\n")];
    assert_eq!(refused(&spaced, ""), [false, true, true, true], "a line end");
}

#[test]
fn what_no_header_can_carry_is_not_sent() {
    let token = [KEYS[0], KEYS[1], ("AWS_SESSION_TOKEN", "t0ken\n")];
    assert_eq!(uses(&token, ""), [Some(Environment), None, None, None]);
    let id = [("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4\n"), KEYS[1]];
    assert_eq!(uses(&id, ""), [Some(Environment), None, None, None]);
}

#[test]
fn an_instance_that_is_switched_off_is_no_named_source() {
    let config = "[default]\nrole_arn = arn:aws:iam::1:role/r\ncredential_source = Ec2InstanceMetadata\n";
    assert_eq!(uses(&[], config), [Some(Profile); 4]);
    assert_eq!(uses(&[OFF], config), [None, None, None, Some(Profile)]);
}

#[test]
fn the_aws_cli_measures_what_it_asks_sts_for() {
    let base = key("profile base");
    let role = |settings: &str| {
        uses(
            &[OFF],
            &format!("[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n{settings}{base}"),
        )
    };
    let stops = [Some(Profile), None, Some(Profile), Some(Profile)];
    for settings in ["external_id = x\n", "role_session_name = m\n", "duration_seconds = 60\n"] {
        assert_eq!(role(settings), stops, "{settings}");
    }
    for settings in [
        "external_id = xy\n",
        "role_session_name = me\n",
        "duration_seconds = 900\n",
        "duration_seconds = 1h\n",
    ] {
        assert_eq!(role(settings), [Some(Profile); 4], "{settings}");
    }
}
