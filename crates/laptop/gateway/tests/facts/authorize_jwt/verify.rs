//! Algorithms, signatures, and the claims that are checked.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::*;

// Fact 5.3.
#[test]
fn rs256_rs384_and_rs512_are_accepted() {
    for algorithm in [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512] {
        let token = sign_as(algorithm, Some("key-1"), &KEY, &good_claims());
        accepted(&api(), &bearing("/notes", &token));
    }
}

// Fact 5.3.
#[test]
fn every_other_algorithm_is_refused() {
    let public_key_as_secret = EncodingKey::from_secret(&key_set());
    let hs256 = sign_as(
        Algorithm::HS256,
        Some("key-1"),
        &public_key_as_secret,
        &good_claims(),
    );
    assert_invalid(
        &bearing("/notes", &hs256),
        "signing method HS256 is invalid",
    );
    let ps256 = sign_as(Algorithm::PS256, Some("key-1"), &KEY, &good_claims());
    assert_invalid(
        &bearing("/notes", &ps256),
        "signing method PS256 is invalid",
    );
    // Headers {"alg":"none"}, {"alg":"a\"\r\nb"} and {"kid":"key-1"}.
    for (head, description) in [
        ("eyJhbGciOiJub25lIn0", "signing method none is invalid"),
        ("eyJhbGciOiJhXCJcclxuYiJ9", "signing method ab is invalid"),
        (
            "eyJraWQiOiJrZXktMSJ9",
            "signing method (alg) is unspecified.",
        ),
    ] {
        assert_invalid(&bearing("/notes", &format!("{head}.e30.")), description);
    }
}

// Fact 5.4.
#[test]
fn a_wrong_claim_is_refused() {
    let later = seconds() + 60;
    for (change, description) in [
        (
            json!({"iss": "https://issuer.example.com/"}),
            "issuer does not match",
        ),
        (json!({"iss": null}), "issuer does not match"),
        (
            json!({"aud": null}),
            "the token does not have a valid audience",
        ),
        (
            json!({"aud": []}),
            "the token does not have a valid audience",
        ),
        (
            json!({"aud": "note"}),
            "the token does not have a valid audience",
        ),
        (json!({"exp": seconds()}), "Token is expired"),
        (json!({"exp": seconds() - 1}), "Token is expired"),
        (json!({"exp": null}), "Token is expired"),
        (json!({"exp": "tomorrow"}), "Token is expired"),
        (json!({"nbf": later}), "Token is not valid yet"),
        (json!({"iat": later}), "Token used before issued"),
        (json!({"nbf": "x"}), "Token is not valid yet"),
    ] {
        assert_invalid(&bearing("/notes", &sign(&claims(change))), description);
    }
}

// Fact 5.4.
#[test]
fn unusual_but_valid_claims_are_accepted() {
    for change in [
        json!({"aud": ["others", "more"]}),
        json!({"aud": null, "client_id": "notes"}),
        json!({"iat": null, "nbf": null}),
        json!({"exp": seconds() + 1}),
        json!({"exp": (seconds() as f64) + 1.5}),
    ] {
        accepted(&api(), &bearing("/notes", &sign(&claims(change))));
    }
}

// Fact 5.4.
#[test]
fn the_client_id_counts_only_without_an_audience() {
    let token = sign(&claims(json!({"aud": "others", "client_id": "notes"})));

    assert_invalid(
        &bearing("/notes", &token),
        "the token does not have a valid audience",
    );
}

// Fact 5.4.
#[test]
fn a_wrong_key_a_wrong_kid_and_a_changed_token_are_refused() {
    let other_key = sign_as(Algorithm::RS256, Some("key-1"), &OTHER_KEY, &good_claims());
    assert_invalid(
        &bearing("/notes", &other_key),
        "crypto/rsa: verification error",
    );
    for kid in [Some("key-2"), Some(""), None] {
        let token = sign_as(Algorithm::RS256, kid, &KEY, &good_claims());
        assert_invalid(
            &bearing("/notes", &token),
            "unable to find a key for the token",
        );
    }
    let token = token();
    let other = sign(&claims(json!({"sub": "bob"})));
    let [head, _, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!("a token has three parts");
    };
    let payload = other.split('.').nth(1).unwrap();
    assert_invalid(
        &bearing("/notes", &format!("{head}.{payload}.{signature}")),
        "crypto/rsa: verification error",
    );
    assert_invalid(
        &bearing("/notes", &format!("{head}.{payload}.")),
        "crypto/rsa: verification error",
    );
    assert_invalid(&bearing("/notes", "!.e30.AAAA"), "token is malformed");
}

/// Returns whether the token of `key-1` is accepted if the provider publishes that key with these fields.
fn accepts_with_key(change: &Value) -> bool {
    let mut set: Value = serde_json::from_slice(&key_set()).unwrap();
    for (name, value) in change.as_object().unwrap() {
        set["keys"][0][name] = value.clone();
    }
    let api = api();
    let request = bearing("/notes", &token());
    for _ in 0..2 {
        if let Decision::Fetch(document) = receive(&api, &request, now()) {
            let answer = match document.url() {
                "https://issuer.example.com/keys" => Ok(set.to_string().into()),
                _ => provide(&document),
            };
            api.supply(&document, answer, now());
        }
    }
    matches!(receive(&api, &request, now()), Decision::Invoke(_))
}

// Fact 5.4.
#[test]
fn a_key_is_used_only_for_its_own_algorithm_and_purpose() {
    assert!(accepts_with_key(&json!({"alg": "RS256", "use": "sig"})));
    assert!(!accepts_with_key(&json!({"alg": "RS512"})));
    assert!(!accepts_with_key(&json!({"use": "enc"})));
    assert!(!accepts_with_key(&json!({"kty": "EC"})));
}

#[test]
fn a_modulus_with_a_leading_zero_is_read() {
    let set: Value = serde_json::from_slice(&key_set()).unwrap();
    let modulus = URL_SAFE_NO_PAD
        .decode(set["keys"][0]["n"].as_str().unwrap())
        .unwrap();
    let padded = URL_SAFE_NO_PAD.encode([vec![0], modulus].concat());

    assert!(accepts_with_key(&json!({ "n": padded })));
    assert!(!accepts_with_key(&json!({ "n": "not base64!" })));
}

// Fact 5.11.
#[test]
fn no_clock_skew_is_allowed() {
    let early = bearing("/notes", &sign(&claims(json!({"nbf": seconds() + 30}))));
    let late = bearing("/notes", &sign(&claims(json!({"exp": seconds() - 30}))));

    for request in [early, late] {
        assert_eq!(refused(&api(), &request).status(), 401);
    }
}

// Fact 5.3 crit.
#[test]
fn a_critical_header_parameter_is_refused() {
    // Header {"alg":"RS256","kid":"key-1","crit":["b64"],"b64":false}.
    let head = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImtleS0xIiwiY3JpdCI6WyJiNjQiXSwiYjY0IjpmYWxzZX0";
    let token = format!("{head}.e30.AAAA");

    assert_invalid(
        &bearing("/notes", &token),
        "token has an unsupported critical header parameter",
    );
}
