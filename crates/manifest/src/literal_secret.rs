//! Recognizes secrets that are written where everybody can read them.

/// The words of names whose values are secret.
const SECRET_WORDS: [&str; 9] = [
    "SECRET",
    "SECRETS",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "TOKEN",
    "KEY",
    "CREDENTIAL",
    "CREDENTIALS",
];

/// The shortest text that is examined for randomness.
const RANDOM_LENGTH: usize = 20;

/// Random letters and digits of that length have about four bits of entropy for each character. Words
/// have fewer.
const RANDOM_ENTROPY: f64 = 3.7;

/// Returns why the variable `name` with the value `text` looks like a secret.
///
/// Numbers and booleans are not secret, so `TOKEN_MINUTES` may be "15".
#[must_use]
pub fn literal_secret(name: &str, text: &str) -> Option<&'static str> {
    let is_setting = text.is_empty() || text.parse::<f64>().is_ok() || text.parse::<bool>().is_ok();
    if is_setting {
        return None;
    }
    let name = name.to_ascii_uppercase();
    if name.split('_').any(|word| SECRET_WORDS.contains(&word)) {
        return Some("the name is that of a secret");
    }
    if text.contains("-----BEGIN") {
        return Some("the value looks like a private key");
    }
    if has_access_key(text) {
        return Some("the value looks like an access key of AWS");
    }
    if has_password(text) {
        return Some("the URL contains a password");
    }
    is_random(text).then_some("the value looks random, like a secret")
}

/// Returns whether `text` has the id of an access key: `AKIA` or `ASIA`, and 16 capitals or digits.
fn has_access_key(text: &str) -> bool {
    let is_key = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    text.split(|c| !is_key(c))
        .any(|word| word.len() == 20 && (word.starts_with("AKIA") || word.starts_with("ASIA")))
}

/// Returns whether `text` is a URL with `user:password@`.
fn has_password(text: &str) -> bool {
    let authority = text
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    authority
        .and_then(|authority| authority.rsplit_once('@'))
        .is_some_and(|(user, _)| user.contains(':'))
}

/// Returns whether `text` has a long word of random letters and digits: hexadecimal, or of both cases.
fn is_random(text: &str) -> bool {
    let is_encoded = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let is_random_word = |word: &str| {
        let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
        let is_hex = word.chars().all(|c| c.is_ascii_hexdigit());
        let has_both_cases = has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase);
        word.len() >= RANDOM_LENGTH
            && word.chars().all(is_encoded)
            && has(char::is_ascii_alphabetic)
            && has(char::is_ascii_digit)
            && (is_hex || (has_both_cases && entropy(word) > RANDOM_ENTROPY))
    };
    text.split(['-', '_']).any(is_random_word)
}

/// Returns Shannon's entropy in bits for each character.
#[allow(clippy::cast_precision_loss, reason = "texts are short")]
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = text.len() as f64;
    counts
        .into_iter()
        .filter(|count| *count > 0)
        .map(|count| f64::from(count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::literal_secret;

    #[test]
    fn what_looks_like_a_secret_is_recognized() {
        for (name, text) in [
            ("API_KEY", "abc"),
            ("db_password", "hunter2"),
            ("PASSWORD_OF_ANN", "hunter2"),
            ("ID", "AKIAIOSFODNN7EXAMPLE"),
            ("PEM", "-----BEGIN PRIVATE KEY-----"),
            ("DATABASE", "postgres://ann:hunter2@db.example/notes"),
            ("SIGNER", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"),
            ("CLIENT", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
            ("SALT", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"),
        ] {
            assert!(literal_secret(name, text).is_some(), "{name}={text}");
        }
    }

    #[test]
    fn ordinary_settings_are_no_secrets() {
        for (name, text) in [
            ("LOG_LEVEL", "info"),
            ("TOKEN_MINUTES", "15"),
            ("USE_TOKEN", "true"),
            ("MONKEY", "capuchin"),
            ("HOMEPAGE", "https://notes.example/about?page=1"),
            ("QUEUE", "arn:aws:sqs:eu-central-1:111122223333:Notes"),
            ("FEATURES", "search,export-as-csv,share"),
            ("GREETING", "Welcome to the library of 2026"),
            ("FILE", "sample-data-of-january-2026"),
            ("TITLE", "Sample-Data-Of-The-Month-Of-January-2026"),
            ("ID", "0f8fad5b-d9cb-469f-a165-70867728950e"),
        ] {
            assert_eq!(literal_secret(name, text), None, "{name}={text}");
        }
    }
}
