//! The caller, as the authorizer read it from the token.

use std::{collections::BTreeSet, fmt::Display, str::FromStr};

use serde_json::Value;

use crate::{Problem, gateway_event::Claims};

/// The caller of a route that takes a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller<Id> {
    /// The subject of the token.
    pub id: Id,
    scopes: BTreeSet<String>,
}

impl<Id: FromStr<Err: Display> + PartialEq> Caller<Id> {
    /// Reads the claims of the caller's token. The scopes are taken from the claims: on a route that
    /// asks for none, an HTTP API leaves `jwt.scopes` out, and a REST API has no such list.
    /// `scope_prefix` is what the issuer puts before each scope (Cognito: the resource server's
    /// identifier and a slash).
    pub(crate) fn read(claims: Option<&Claims>, scope_prefix: &str) -> Result<Self, Problem> {
        let Some(claims) = claims else {
            return Err(Problem::internal(
                "the event has no caller: the route has no JWT authorizer",
            ));
        };
        let id = subject(Some(claims))
            .parse()
            .map_err(|error: Id::Err| Problem::UnsupportedSubject(error.to_string()))?;
        let claim = claims.scp.as_ref().or(claims.scope.as_ref());
        let scopes = claim
            .map_or_else(Vec::new, scopes)
            .into_iter()
            .filter_map(|scope| scope.strip_prefix(scope_prefix))
            .map(str::to_owned)
            .collect();
        Ok(Self { id, scopes })
    }

    /// Whether the token has a scope. `scope` is spelled as in the declarations of routes.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }

    /// Requires that the caller is `user` or has `scope`. Other callers get a 404: a 403 would
    /// disclose that the user exists.
    ///
    /// # Errors
    ///
    /// [`Problem::NotFound`].
    pub fn must_be(&self, user: &Id, scope: &str) -> Result<(), Problem> {
        if self.id == *user || self.has_scope(scope) {
            Ok(())
        } else {
            Err(Problem::NotFound)
        }
    }
}

/// Returns the scopes of a claim: a text or, in the events of a REST API with a JWT authorizer, a list.
/// A claim of another shape has no scopes.
fn scopes(claim: &Value) -> Vec<&str> {
    let scopes: Option<Vec<&str>> = match claim {
        Value::String(text) => Some(words(text)),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    };
    scopes
        .filter(|scopes| scopes.iter().all(|scope| scope.chars().all(is_in_scopes)))
        .unwrap_or_default()
}

/// Splits a text, or a list that API Gateway writes as the text `[a b]`. It writes a list in a list as
/// `[[a b]]` and an object as `map[k:a b]` or as JSON. A part of such a text is not a scope.
fn words(claim: &str) -> Vec<&str> {
    let list = claim
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let words = list.unwrap_or(claim).split(' ');
    words.filter(|word| !word.is_empty()).collect()
}

/// Whether a scope may contain `c`: the characters of RFC 6749 section 3.3 without brackets, which
/// API Gateway puts around lists and objects.
fn is_in_scopes(c: char) -> bool {
    c.is_ascii_graphic() && !r#""\[]"#.contains(c)
}

/// The subject of the caller's token; empty without a token.
pub(crate) fn subject(claims: Option<&Claims>) -> &str {
    let subject = claims.and_then(|claims| claims.sub.as_ref());
    subject.and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// An id of lower-case letters.
    #[derive(Debug, PartialEq)]
    struct Id(String);

    impl FromStr for Id {
        type Err = &'static str;

        fn from_str(text: &str) -> Result<Self, Self::Err> {
            let valid = !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase());
            valid.then(|| Self(text.to_owned())).ok_or("is not valid")
        }
    }

    fn caller(claims: &[(&str, &str)], scope_prefix: &str) -> Result<Caller<Id>, Problem> {
        let claims = claims.iter().map(|(k, v)| ((*k).to_owned(), (*v).into()));
        let claims = serde_json::from_value(Value::Object(claims.collect()));
        Caller::read(Some(&claims.unwrap()), scope_prefix)
    }

    #[test]
    fn scopes_are_read_from_the_claim_in_either_spelling() {
        for claims in [
            [("sub", "ada"), ("scope", "a:b c:d")],
            [("sub", "ada"), ("scp", "[a:b c:d]")],
        ] {
            let caller = caller(&claims, "").unwrap();
            assert!(
                caller.has_scope("a:b") && caller.has_scope("c:d") && !caller.has_scope("a"),
                "{claims:?}"
            );
        }
    }

    #[test]
    fn a_claim_of_another_shape_grants_no_scope() {
        for (claim, granted) in [
            ("users:read", true),
            ("[users:read]", true),
            (" a  users:read ", true),
            ("[a users:read]", true),
            // In the event, a list of "users:read x" is the same text as a list of two scopes.
            ("[users:read x]", true),
            ("", false),
            ("[]", false),
            ("[users:read", false),
            ("users:read]", false),
            ("[[users:read]]", false),
            ("[a [users:read b]]", false),
            ("[users:read] [b]", false),
            ("map[a:x users:read y]", false),
            ("[map[a:x users:read y]]", false),
            (r#"{"a":"x users:read y"}"#, false),
            (r#"["users:read"]"#, false),
            ("a\tusers:read", false),
            ("a\u{a0}users:read b", false),
            ("users:read \u{202e}", false),
            ("users:read,b", false),
        ] {
            let caller = caller(&[("sub", "ada"), ("scope", claim)], "").unwrap();
            assert_eq!(caller.has_scope("users:read"), granted, "{claim:?}");
        }
    }

    #[test]
    fn scopes_in_a_list_are_read_from_typed_claims() {
        for (claim, granted) in [
            (json!(["a", "users:read"]), true),
            (json!(["users:read x"]), false),
            (json!(["users:read", "a[b"]), false),
            (json!(["users:read", 7]), false),
            (json!({ "users:read": true }), false),
        ] {
            let claims = json!({ "sub": "ada", "scp": claim });
            let claims = serde_json::from_value(claims).unwrap();
            let caller = Caller::<Id>::read(Some(&claims), "").unwrap();
            assert_eq!(caller.has_scope("users:read"), granted, "{claims:?}");
        }
    }

    #[test]
    fn only_scopes_with_the_issuers_prefix_count() {
        let caller = caller(
            &[("sub", "ada"), ("scope", "api/users:read users:write")],
            "api/",
        )
        .unwrap();

        assert!(caller.has_scope("users:read"));
        assert!(!caller.has_scope("users:write"));
    }

    #[test]
    fn another_caller_gets_a_404() {
        let caller = caller(&[("sub", "ada"), ("scope", "users:read")], "").unwrap();

        assert!(
            caller
                .must_be(&"ada".parse().unwrap(), "users:write")
                .is_ok()
        );
        assert!(
            caller
                .must_be(&"bob".parse().unwrap(), "users:read")
                .is_ok()
        );
        assert!(matches!(
            caller.must_be(&"bob".parse().unwrap(), "users:write"),
            Err(Problem::NotFound)
        ));
    }

    #[test]
    fn a_token_without_a_usable_subject_is_refused() {
        assert!(matches!(
            caller(&[], ""),
            Err(Problem::UnsupportedSubject(_))
        ));
        assert!(matches!(
            caller(&[("sub", "a/b")], ""),
            Err(Problem::UnsupportedSubject(_))
        ));
    }

    #[test]
    fn an_event_without_an_authorizer_is_internal() {
        assert!(matches!(
            Caller::<Id>::read(None, ""),
            Err(Problem::Internal(_))
        ));
    }
}
