//! What a stretch of a log tells of its logins: whether they were for what is used afterwards.

use super::ecr_images::ecr_images;
use super::line_features::wrong_user;
use super::stamp::stamp;
use ecrpass_core::account::is_account_id;

/// Tags for all lines of the stretch.
pub fn tags(lines: &[&str]) -> Vec<&'static str> {
    let is_login = |line: &&&str| {
        let line = without_level(&line.to_ascii_lowercase());
        line.contains("login") && !line.contains("error") && !line.contains("succeeded")
            || line.contains("logging in")
            || line.contains("login succeeded") && line.contains(".dkr.ecr")
    };
    let mut tags = Vec::new();
    let (logins, others): (Vec<&&str>, Vec<&&str>) = lines.iter().partition(is_login);
    if logins.iter().any(|line| wrong_user(line)) && lines.iter().any(|line| line.contains(".dkr.ecr")) {
        tags.push("@wrong-user");
    }
    if lines.iter().any(|line| asks_private(line) && line.contains("public.ecr.aws")) || asked_apart(lines) {
        tags.push("@private-token-to-public");
    }
    if asks_through_terminal(lines) {
        tags.push("@terminal-password");
    }
    if logs_in_afterwards(lines) {
        tags.push("@login-afterwards");
    }
    if is_old(lines) {
        tags.push("@login-is-old");
    }
    let logged_in: Vec<(&str, &str)> = logins
        .iter()
        .flat_map(|line| ecr_images(line))
        .filter(|image| !image.public)
        .map(|image| (image.account, image.region))
        .collect();
    let asked: Vec<&str> = logins.iter().filter_map(|line| region_option(line)).collect();
    let used: Vec<(&str, &str)> = others
        .iter()
        .flat_map(|line| ecr_images(line))
        .filter(|image| !image.public)
        .map(|image| (image.account, image.region))
        .collect();
    let is_region = |text: &str| {
        text.matches('-').count() >= 2
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let regions: Vec<&str> = asked
        .iter()
        .copied()
        .chain(logged_in.iter().map(|login| login.1))
        .filter(|region| is_region(region))
        .collect();
    let differs = |region: &str| is_region(region) && !regions.is_empty() && !regions.contains(&region);
    let within = logged_in
        .iter()
        .any(|login| asked.iter().any(|asked| is_region(asked) && is_region(login.1) && *asked != login.1));
    if within || used.iter().any(|image| differs(image.1)) {
        tags.push("@region-mismatch");
    } else if !logged_in.is_empty()
        && used.iter().any(|image| {
            is_account_id(image.0)
                && logged_in.iter().all(|login| is_account_id(login.0) && login.0 != image.0)
        })
    {
        tags.push("@account-mismatch");
    }
    tags
}

/// A line in lower case without the level that a logger gives to all it passes on: an error is what the line itself says.
fn without_level(line: &str) -> String {
    const LEVELS: [&str; 4] =
        ["\"level\":\"error\"", "\"level\": \"error\"", "level=error", "\"severity\":\"error\""];
    LEVELS.iter().fold(line.to_owned(), |line, level| line.replace(level, ""))
}

/// The command that asks for the password runs in a container, or on another machine, that has a terminal, which ends
/// lines in its own way.
fn asks_through_terminal(lines: &[&str]) -> bool {
    const ELSEWHERE: [&str; 6] =
        ["docker run ", "docker exec ", "podman run ", "kubectl exec ", "docker compose run ", "ssh -t"];
    const TERMINAL: [&str; 5] = ["-t", "-it", "-ti", "-tt", "--tty"];
    lines.iter().any(|line| line.contains("get-login-password"))
        && lines.iter().any(|line| {
            ELSEWHERE.iter().any(|elsewhere| line.contains(elsewhere))
                && line.split_whitespace().any(|word| TERMINAL.contains(&word))
        })
}

/// The only login was made after what failed for want of one.
fn logs_in_afterwards(lines: &[&str]) -> bool {
    let first = |text: &str| lines.iter().position(|line| line.contains(text));
    first("Login Succeeded")
        .zip(first("no basic auth credentials"))
        .is_some_and(|(login, failed)| login > failed)
}

/// How long a token lives, in seconds.
const LIFE: u64 = 12 * 3600;

/// The last login was made so long before the refusal that its token had expired, by the times in the lines.
fn is_old(lines: &[&str]) -> bool {
    let Some(refused) = lines.iter().position(|line| line.contains("authorization token has expired")) else {
        return false;
    };
    let login = lines
        .iter()
        .take(refused)
        .rev()
        .find(|line| line.contains("Login Succeeded") || line.contains("Logging into registry"));
    let times = login
        .and_then(|login| stamp(login.as_bytes()))
        .zip(lines.get(refused).and_then(|refused| stamp(refused.as_bytes())));
    times.is_some_and(|(login, refused)| {
        let day = if login.0 == refused.0 { 0 } else { 24 * 3600 };
        (day + seconds(&refused.1)).saturating_sub(seconds(&login.1)) >= LIFE
    })
}

/// The seconds since midnight of `hh:mm:ss`.
fn seconds(time: &str) -> u64 {
    time.split(':').fold(0, |sum, part| sum * 60 + part.parse().unwrap_or(0))
}

/// A password of private registries' is asked for.
fn asks_private(line: &str) -> bool {
    line.contains("aws ecr get-login")
}

/// The command that asks for a password of private registries' stands in one line, the login to ECR Public in the next.
fn asked_apart(lines: &[&str]) -> bool {
    let logs_in = |line: &&str| line.contains(" login ") && line.contains("public.ecr.aws");
    let pairs = lines.iter().zip(lines.iter().skip(1));
    pairs.filter(|(ask, _)| asks_private(ask)).any(|(_, next)| logs_in(next))
}

/// The region a token is asked for.
fn region_option(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("get-login")?.1.split_once("--region")?;
    rest.trim_start_matches(['=', ' ']).split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: &str =
        "aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin";

    #[test]
    fn logins_for_something_else_are_seen() {
        let us = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        let eu = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        let other = "999999999999.dkr.ecr.us-east-1.amazonaws.com";
        for (lines, expected) in [
            (vec![format!("{LOGIN} {us}"), format!("docker push {us}/a")], &[][..]),
            (vec![format!("{LOGIN} {eu}")], &["@region-mismatch"]),
            (vec![format!("{LOGIN} {us}"), format!("docker push {eu}/a")], &["@region-mismatch"]),
            (vec![format!("{LOGIN} {us}"), format!("docker push {other}/a")], &["@account-mismatch"]),
            (
                vec![
                    format!("{{\"level\": \"error\", \"msg\": \"{LOGIN} {us}\"}}"),
                    format!("{{\"level\": \"error\", \"msg\": \"docker push {other}/a\"}}"),
                ],
                &["@account-mismatch"],
            ),
            (vec![format!("docker login -u ada -p x {us}")], &["@wrong-user"]),
            (vec![format!("docker push {other}/a")], &[]),
            (
                vec![format!("Authenticating {us}: Login Succeeded"), format!("docker pull {other}/a")],
                &["@account-mismatch"],
            ),
            (
                vec!["no basic auth credentials".to_owned(), "Login Succeeded".to_owned()],
                &["@login-afterwards"],
            ),
            (
                vec![
                    "08:00:02 Login Succeeded".to_owned(),
                    "20:00:03 Your authorization token has expired".to_owned(),
                ],
                &["@login-is-old"],
            ),
            (
                vec![
                    "2026-02-11T22:00:02 Login Succeeded".to_owned(),
                    "2026-02-12T01:00:03 Your authorization token has expired".to_owned(),
                ],
                &[],
            ),
        ] {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            assert_eq!(tags(&lines), expected, "{lines:?}");
        }
    }
}
