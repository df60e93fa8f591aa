//! A secret that is known by the name in front of it, and stands once more where nothing says what it is: in a path, in an
//! image's name.

use std::ops::Range;

/// The shortest value that is looked for, in bytes: shorter ones may be words of the text.
const SHORTEST: usize = 20;

/// How many values are looked for.
const MOST: usize = 64;

/// Where else what is hidden stands in a text, in its order. `hidden` are the places that are known.
pub(super) fn places(text: &str, hidden: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut values: Vec<&str> = Vec::new();
    for value in hidden.iter().filter_map(|bytes| text.get(bytes.clone())) {
        if values.len() < MOST && is_random(value) && !values.contains(&value) {
            values.push(value);
        }
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    for value in values {
        found.extend(text.match_indices(value).map(|(start, _)| start..start + value.len()));
    }
    found.sort_by_key(|bytes| (bytes.start, bytes.end));
    let mut end = 0;
    found.retain(|bytes| {
        let next = hidden.partition_point(|known| known.end <= bytes.start);
        let is_new = bytes.start >= end && hidden.get(next).is_none_or(|known| known.start >= bytes.end);
        if is_new {
            end = bytes.end;
        }
        is_new
    });
    found
}

/// Whether a value is nothing that a text is written with: a name of a bucket, a path.
fn is_random(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    value.len() >= SHORTEST
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && !has(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::super::redact;

    #[test]
    fn a_secret_is_hidden_wherever_it_stands() {
        let key = ["q7Xr2mPz9Lk4Vt8Bn3Wc", "6Yd1Hs5Jf0GaQeRuTiOp"].concat();
        let text = format!(
            "docker push 123456789012.dkr.ecr.us-east-1.amazonaws.com/{key}/app:v1\nexport AWS_SECRET_ACCESS_KEY={key}\nls /x/{key}/y {key}.z\n"
        );
        let safe = redact(&text);
        assert!(!safe.contains(&key), "{safe}");
        assert_eq!(safe.matches("[redacted]").count(), 4, "{safe}");
        assert_eq!(redact(&safe), safe);
        assert!(safe.contains("amazonaws.com/[redacted]/app:v1"), "{safe}");
    }

    #[test]
    fn what_may_be_a_word_stays() {
        let text = "PASSWORD=production\nls /srv/production\nSECRET=arn-of-the-production-cluster\ncd arn-of-the-production-cluster\n";
        assert!(
            redact(text).contains("/srv/production") && redact(text).contains("cd arn-of"),
            "{}",
            redact(text)
        );
    }
}
