//! What is printed for a POSIX shell, and what for PowerShell.

use super::*;

#[test]
fn words_are_words_there_too() {
    assert_eq!(quoted(r"C:\Users\ada\.docker\config.json"), r"C:\Users\ada\.docker\config.json");
    assert_eq!(quoted("a b"), "'a b'");
    assert_eq!(quoted("it's"), "'it''s'");
    assert_eq!(quoted("\u{2019}; calc; \u{2019}"), "'\u{2019}\u{2019}; calc; \u{2019}\u{2019}'");
    assert_eq!(quoted("$(calc)`n"), "'$(calc)`n'");
    assert_eq!(quoted("a,b"), "'a,b'");
    assert_eq!(quoted("-a.b"), "'-a.b'");
    assert_eq!(quoted(""), "''");
    assert_eq!(quoted("a\nb"), "'ab'");
}

#[test]
fn our_commands_run_there() {
    for (posix, powershell) in [
        (
            "ecrpass setup 123456789012.dkr.ecr.us-east-1.amazonaws.com",
            "ecrpass setup 123456789012.dkr.ecr.us-east-1.amazonaws.com",
        ),
        (
            r"ecrpass fix --config 'C:\Users\a b\config.json'",
            r"ecrpass fix --config 'C:\Users\a b\config.json'",
        ),
        (r"ecrpass fix 'it'\''s'", "ecrpass fix 'it''s'"),
        ("export AWS_PROFILE=prod", "$Env:AWS_PROFILE = 'prod'"),
        ("export AWS_PROFILE='a b' && aws sso login", "$Env:AWS_PROFILE = 'a b'; if ($?) { aws sso login }"),
        (
            "unset AWS_SESSION_TOKEN AWS_SECURITY_TOKEN",
            "Remove-Item Env:AWS_SESSION_TOKEN, Env:AWS_SECURITY_TOKEN",
        ),
        (
            r#"export PATH="$PATH":'C:\a b' && ecrpass setup h"#,
            r"$Env:PATH += ';C:\a b'; if ($?) { ecrpass setup h }",
        ),
        (
            "mv ~/.docker/config.json x.broken && ecrpass setup h",
            "Move-Item \"$HOME/.docker/config.json\" x.broken; if ($?) { ecrpass setup h }",
        ),
        (
            "sudo ln -sf \"$(command -v ecrpass)\" '/a b/x'",
            "New-Item -ItemType SymbolicLink -Force -Path '/a b/x' -Target (Get-Command ecrpass).Source",
        ),
        ("command -v docker-credential-ecr-login", "Get-Command docker-credential-ecr-login"),
        (
            "aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin h.com",
            "cmd /c \"aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin h.com\"",
        ),
        ("docker push x 2>&1 | ecrpass explain", "docker push x 2>&1 | ecrpass explain"),
        ("AWS_PROFILE=prod docker pull x", "$Env:AWS_PROFILE = 'prod'; docker pull x"),
        ("chmod 600 'C:\\a b'", "icacls 'C:\\a b' /inheritance:r /grant:r \"${Env:USERNAME}:F\""),
        ("ecrpass setup <registry>", "ecrpass setup <registry>"),
        ("sudo -H ecrpass fix # as root", "ecrpass fix # as root"),
        ("'C:\\a b\\x.exe' version", "& 'C:\\a b\\x.exe' version"),
        ("cat \"$HOME/.aws/a b\"", "Get-Content \"$HOME/.aws/a b\""),
        ("ecrpass resolve ''", "ecrpass resolve ''"),
        ("echo '{}' > 'C:\\a b'", "Set-Content -Path 'C:\\a b' -Value '{}'"),
        ("diff a b", "Compare-Object (Get-Content a) (Get-Content b)"),
        ("ls -ld 'C:\\a b'", "Get-Acl 'C:\\a b' | Format-List"),
        (
            "eval \"$(aws configure export-credentials --profile 'a b' --format env)\"",
            "aws configure export-credentials --profile 'a b' --format powershell | Invoke-Expression",
        ),
    ] {
        assert_eq!(translated(posix).as_deref(), Some(powershell), "{posix}");
    }
}

#[test]
fn what_windows_does_not_have_is_not_made_up() {
    for posix in [
        "sudo chown \"$(id -u):$(id -g)\" x",
        "for x in a; do b; done",
        "echo `id`",
        "a || b",
        "a > b",
        "a < b",
        "sudo systemctl start docker",
        "ls *.json",
        "echo 'open",
        "echo \"open",
        "a &",
        "echo ${X%%:*}",
    ] {
        assert_eq!(translated(posix), None, "{posix}");
    }
}

#[test]
fn nothing_gets_out_of_a_quoted_word() {
    for hostile in
        ["a'; calc; '", "$(calc)", "`calc`", "a;calc", "a\u{2018};calc", "&calc", "a|calc", "@x", "a\"b"]
    {
        let line = format!("ecrpass fix {}", crate::shell::quoted(hostile));
        let translated = translated(&line).unwrap();
        let word = translated.strip_prefix("ecrpass fix ").unwrap();
        let inner = word.strip_prefix('\'').and_then(|word| word.strip_suffix('\'')).unwrap();
        // Every quote inside is doubled, so that none of them ends the word.
        let quotes = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
        let mut run = 0;
        for c in inner.chars() {
            if quotes(c) {
                run += 1;
            } else {
                assert_eq!(run % 2, 0, "{translated}");
                run = 0;
            }
        }
        assert_eq!(run % 2, 0, "{translated}");
    }
}
