//! From a list of manifests down to the image for a platform: a list may hold lists, which the OCI image specification
//! allows (`image-index.md`). A registry's answers decide how deep that goes, so that it is bounded.

use crate::manifest::{Manifest, Piece, image_for, lists_in};

/// How many lists in one another are opened, with the first.
pub const DEEPEST: usize = 4;

/// How many manifests are asked for at most, after the first list.
pub const MOST: usize = 8;

/// What was found below a list.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Below {
    /// The layers of the image; `None` where there is none for the platform.
    pub layers: Option<Vec<Piece>>,
    /// The platforms of all lists that were read.
    pub platforms: Vec<String>,
    /// Whether there is more below than was looked at.
    pub is_cut: bool,
}

/// Looks for the image for a platform below a list, with `ask` for the manifest of a digest. Where any image will do and
/// none fits, it is the first.
///
/// # Errors
/// What `ask` fails with.
pub fn descend<E>(
    list: &[u8],
    wanted: &str,
    any_will_do: bool,
    ask: &mut dyn FnMut(&str) -> Result<Vec<u8>, E>,
) -> Result<Below, E> {
    let mut below = Below::default();
    let (mut to_ask, mut spare, mut asked) = (Vec::new(), None, 0);
    open(list, 1, wanted, &mut to_ask, &mut spare, &mut below);
    loop {
        let (digest, depth) = match (to_ask.pop(), &mut spare) {
            (Some(next), _) => next,
            // It is an image, or a list that was looked through.
            (None, spare) if any_will_do => match spare.take() {
                Some(digest) => (digest, DEEPEST),
                None => return Ok(below),
            },
            (None, _) => return Ok(below),
        };
        if asked == MOST {
            below.is_cut = true;
            return Ok(below);
        }
        asked += 1;
        let body = ask(&digest)?;
        match Manifest::parse(&body) {
            Manifest::Image { layers, .. } => {
                below.layers = Some(layers);
                return Ok(below);
            }
            Manifest::Index { .. } if depth < DEEPEST => {
                open(&body, depth + 1, wanted, &mut to_ask, &mut spare, &mut below);
            }
            Manifest::Index { .. } => below.is_cut = true,
        }
    }
}

/// Notes what a list holds: what fits is asked for first, then the lists in it, in their order.
fn open(
    list: &[u8],
    depth: usize,
    wanted: &str,
    to_ask: &mut Vec<(String, usize)>,
    spare: &mut Option<String>,
    below: &mut Below,
) {
    let Manifest::Index { platforms, first } = Manifest::parse(list) else { return };
    for platform in platforms {
        if !below.platforms.contains(&platform) {
            below.platforms.push(platform);
        }
    }
    let lists = lists_in(list);
    if spare.is_none() {
        *spare = first.filter(|first| !lists.contains(first));
    }
    to_ask.extend(lists.into_iter().rev().map(|digest| (digest, depth)));
    to_ask.extend(image_for(list, wanted).map(|digest| (digest, depth)));
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::{Value, json};

    use super::*;

    const LIST: &str = "application/vnd.oci.image.index.v1+json";

    fn image(digest: &str, architecture: &str) -> Value {
        json!({"digest": digest, "platform": {"os": "linux", "architecture": architecture}})
    }

    fn list(entries: &[Value]) -> Value {
        json!({"mediaType": LIST, "manifests": entries})
    }

    fn nested(digest: &str) -> Value {
        json!({"digest": digest, "mediaType": LIST})
    }

    fn layers(digest: &str) -> Value {
        json!({"layers": [{"digest": digest}]})
    }

    /// What is found, and what was asked for.
    fn find(first: &Value, held: &[(&str, Value)], wanted: &str, any_will_do: bool) -> (Below, Vec<String>) {
        let held: HashMap<&str, String> =
            held.iter().map(|(digest, body)| (*digest, body.to_string())).collect();
        let mut asked = Vec::new();
        let below = descend(first.to_string().as_bytes(), wanted, any_will_do, &mut |digest| {
            asked.push(digest.to_owned());
            held.get(digest).map(|body| body.clone().into_bytes()).ok_or("there is none")
        });
        (below.unwrap(), asked)
    }

    fn found(below: &Below) -> Option<&str> {
        Some(below.layers.as_ref()?.first()?.digest.as_str())
    }

    #[test]
    fn lists_in_lists_lead_to_the_image() {
        let held = [
            ("one", list(&[image("arm", "arm64"), nested("deep")])),
            ("deep", list(&[image("ibm", "s390x")])),
            ("two", list(&[image("amd", "amd64")])),
            ("arm", layers("of-arm")),
            ("ibm", layers("of-ibm")),
            ("amd", layers("of-amd")),
        ];
        let first = list(&[nested("one"), nested("two")]);
        let (amd, asked) = find(&first, &held, "linux/amd64", true);
        assert_eq!((found(&amd), asked.join(" ").as_str()), (Some("of-amd"), "one deep two amd"));
        let (ibm, asked) = find(&first, &held, "linux/s390x", false);
        assert_eq!((found(&ibm), asked.join(" ").as_str()), (Some("of-ibm"), "one deep ibm"));
        // What fits is asked for before the lists beside it.
        let (plain, asked) = find(&list(&[nested("one"), image("amd", "amd64")]), &held, "linux/amd64", true);
        assert_eq!((found(&plain), asked.join(" ").as_str()), (Some("of-amd"), "amd"));
        // Any will do, or only that one.
        let (any, _) = find(&first, &held, "linux/ppc64le", true);
        assert_eq!(found(&any), Some("of-arm"));
        let (none, _) = find(&first, &held, "linux/ppc64le", false);
        assert_eq!((none.layers.is_none(), none.is_cut), (true, false));
        assert_eq!(none.platforms, ["linux/arm64", "linux/s390x", "linux/amd64"]);
        // A list that says its platform is followed where that fits.
        let whole = list(&[json!({"digest": "two", "mediaType": LIST,
            "platform": {"os": "linux", "architecture": "amd64"}})]);
        assert_eq!(found(&find(&whole, &held, "linux/amd64", false).0), Some("of-amd"));
    }

    #[test]
    fn neither_depth_nor_breadth_is_endless() {
        let digests: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let chain: Vec<(&str, Value)> = digests
            .iter()
            .zip(digests.iter().skip(1))
            .map(|(digest, next)| (digest.as_str(), list(&[nested(next)])))
            .collect();
        let (below, asked) = find(&list(&[nested("0")]), &chain, "linux/amd64", true);
        assert!(below.is_cut && below.layers.is_none() && asked.len() == DEEPEST, "{asked:?}");
        let broad: Vec<Value> = digests.iter().map(|digest| nested(digest)).collect();
        let empty: Vec<(&str, Value)> = digests.iter().map(|digest| (digest.as_str(), list(&[]))).collect();
        let (below, asked) = find(&list(&broad), &empty, "linux/amd64", false);
        assert!(below.is_cut && asked.len() == MOST, "{asked:?}");
        // What names itself.
        let (below, asked) = find(&list(&[nested("x")]), &[("x", list(&[nested("x")]))], "linux/amd64", true);
        assert!(below.is_cut && asked.len() <= MOST, "{asked:?}");
    }

    #[test]
    fn what_cannot_be_had_ends_it() {
        let list = list(&[nested("gone")]).to_string();
        let failed = descend(list.as_bytes(), "linux/amd64", true, &mut |_| Err::<Vec<u8>, _>("gone"));
        assert_eq!(failed, Err("gone"));
    }
}
