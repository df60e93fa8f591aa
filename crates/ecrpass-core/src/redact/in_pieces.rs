//! Secrets that are written in pieces: strings over lines, strings that are joined, documents within commands, keys and
//! values on lines of their own. And what stays of the text around them.

use super::redact;
use super::written::is_safe;

#[test]
fn strings_go_on_over_lines() {
    for (text, safe) in [
        (
            "PASSWORD='hunter2 x\nhunter2'\nexport A='b c'",
            "PASSWORD='[redacted]\n[redacted]'\nexport A='b c'",
        ),
        ("PASSWORD=\"hunter2\n\nx\\\"hunter2\"; x", "\n\n[redacted]\"; x"),
        ("export DB_PASSWORD='\nhunter2\n'\nx", "='\n[redacted]\n'\nx"),
        ("docker login -u me -p 'x\nhunter2' h", "-p '[redacted]\n[redacted]' h"),
        ("docker login --password $'x\nhunter2' h", "\n[redacted] h"),
        ("docker login --password='x\nhunter2' h && echo 'x'", "\n[redacted]' h && echo 'x'"),
        ("mysql -p'x\nhunter2' db", "\n[redacted]' db"),
        ("curl -u 'me:x\nhunter2' https://h", "-u 'me:[redacted]\n[redacted]' https://h"),
        ("vault login \"x\nhunter2\" y", "\n[redacted]\" y"),
        ("password = 'x\nhunter2'\n", "password = '[redacted]\n[redacted]'\n"),
        ("SIGNING_KEY='S3hunter2Key9abc\nhunter2'", "='[redacted]\n[redacted]'"),
    ] {
        is_safe(text, &redact(text), safe);
    }
    // A quote that begins another string ends none, and what is far away belongs to nobody.
    let far = format!("PASSWORD='x\n{}' y", "a b\n".repeat(1000));
    for (text, safe) in [
        ("PASSWORD='x\necho it\nA='b c'\n", "PASSWORD='[redacted]\necho it\nA='b c'\n"),
        ("{password: 'x\nA: 'b c' d", "{password: '[redacted]\nA: 'b c' d"),
        (&far, &far.replace("='x", "='[redacted]")),
    ] {
        assert_eq!(redact(text), safe);
    }
}

#[test]
fn strings_that_are_joined_go_together() {
    for (text, safe) in [
        ("def password = \"hunter2\" + \"hunter2\" // x", "password = [redacted] // x"),
        ("password = 'x' +\n  'hunter2'\nx = 1", "= [redacted]\n  [redacted]\nx = 1"),
        ("{\"a\": \"password = \\\"x\\\" + \\\"hunter2\\\" y\"}", "= [redacted] y\"}"),
        ("{password: \"x\" + env.X + 'hunter2', user: \"y\" + z}", "{password: [redacted], user: \"y\" + z}"),
        ("SIGNING_KEY = \"S3hunter2Key9abc\" + \"hunter2\";", "KEY = [redacted];"),
        ("{name: \"API_TOKEN\", value: \"x\" + \"hunter2\"}", "value: [redacted]}"),
        ("password = \"x\" + \"hunter2é\né", "password = [redacted]\né"),
        ("password = \"x\" + \"hunter2é", "password = [redacted]"),
        ("a(\"PW='hunter2'\" + \"x\")", "a(\"PW='[redacted]'\" + \"x\")"),
        ("$password = \"x\" . 'hunter2'; // y", "$password = [redacted]; // y"),
        ("password = \"x\" .. \"hunter2\" -- y", "password = [redacted] -- y"),
        ("password = \"x\".strip() + \"hunter2\"\ny", "password = [redacted]\ny"),
        ("password = \"x\" \"hunter2\" # y", "password = [redacted] # y"),
        ("password = (\"x\"\n    \"hunter2\"\n)", "password = ([redacted]\n    [redacted]\n)"),
        ("password = (\n    \"x\"\n    \"hunter2\"\n)", "password = (\n    [redacted]\n    [redacted]\n)"),
    ] {
        is_safe(text, &redact(text), safe);
    }
    for (text, safe) in [
        ("password = \"x\" + y + z\na = \"b\"", "password = \"[redacted]\" + y + z\na = \"b\""),
        (
            "{\"password\": \"x\", \"a\": \"b\" + \"c\"}",
            "{\"password\": \"[redacted]\", \"a\": \"b\" + \"c\"}",
        ),
        ("PASSWORD=\"x\"\n\"$DOCKER\" login", "PASSWORD=\"[redacted]\"\n\"$DOCKER\" login"),
        ("docker login -p \"x\" \"$HOST\"", "docker login -p \"[redacted]\" \"$HOST\""),
        ("PASSWORD=\"x\" && echo \"y\"", "PASSWORD=\"[redacted]\" && echo \"y\""),
        ("password = \"x\". Then \"y\"", "password = \"[redacted]\". Then \"y\""),
    ] {
        assert_eq!(redact(text), safe);
    }
}

#[test]
fn documents_that_a_command_prints_go() {
    for (text, safe) in [
        ("PASSWORD=$(cat <<EOF\nhunter2\nEOF\n)\necho x", "$(cat <<EOF\n[redacted]\nEOF\n)\necho x"),
        ("docker login -p \"$(cat <<'EOF'\nhunter2 x\nEOF\n)\" h", "<<'EOF'\n[redacted]\nEOF\n)\" h"),
        ("docker login -p \"$(cat <<-\"X\"\n\thunter2\n\tX\n)\" h", "\n\t[redacted]\n\tX\n)\" h"),
        ("TOKEN=$(base64 -d <<E\nhunter2\nE\n)", "<<E\n[redacted]\nE\n)"),
    ] {
        is_safe(text, &redact(text), safe);
    }
    for text in [
        "PASSWORD=$(cat <<EOF\n$PW\nEOF\n)\necho x",
        "TOKEN=$(curl -d @- https://h <<EOF\n{\"user\": \"me\"}\nEOF\n)",
        "cat <<EOF\nthe text\nEOF\n",
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn keys_of_yaml_may_stand_alone() {
    for (text, safe) in [
        ("a: 1\n? password\n: hunter2 x\nb: 2", "? password\n: [redacted]\nb: 2"),
        ("a:\n  ? \"token\"\n  : 'hunter2'\n  ? x\n  : y", "\n  : '[redacted]'\n  ? x\n  : y"),
        ("? DB_PASSWORD\n: |\n  hunter2\n  hunter2\nb: 2", ": |\n  [redacted]\n  [redacted]\nb: 2"),
        ("? password\n:\n  hunter2\nb: 2", ":\n  [redacted]\nb: 2"),
    ] {
        is_safe(text, &redact(text), safe);
    }
    for text in [
        "what is the token?\n: x",
        "is it the password? token\nx: y",
        "? token\n: ${{ secrets.TOKEN }}",
        "? password\n? x\n: y",
    ] {
        assert_eq!(redact(text), text);
    }
}
