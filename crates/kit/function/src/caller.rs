//! The caller, as the authorizer read it from the token.

use std::{collections::BTreeSet, fmt::Display, str::FromStr};

use aws_lambda_events::apigw::ApiGatewayRequestAuthorizer;

use crate::Problem;

/// The caller of a route that takes a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller<Id> {
    /// The subject of the token.
    pub id: Id,
    scopes: BTreeSet<String>,
}

impl<Id: FromStr<Err: Display> + PartialEq> Caller<Id> {
    /// Reads the authorizer's block. The scopes are taken from the claims: on a route that asks for
    /// none, API Gateway leaves `jwt.scopes` out. `scope_prefix` is what the issuer puts before each
    /// scope (Cognito: the resource server's identifier and a slash).
    pub(crate) fn read(
        authorizer: Option<&ApiGatewayRequestAuthorizer>,
        scope_prefix: &str,
    ) -> Result<Self, Problem> {
        let Some(jwt) = authorizer.and_then(|authorizer| authorizer.jwt.as_ref()) else {
            return Err(Problem::internal(
                "the event has no caller: the route has no JWT authorizer",
            ));
        };
        let id = subject(authorizer)
            .parse()
            .map_err(|error: Id::Err| Problem::UnsupportedSubject(error.to_string()))?;
        let claim = jwt
            .claims
            .get("scp")
            .or_else(|| jwt.claims.get("scope"))
            .map_or("", String::as_str);
        let scopes = scopes(claim)
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

/// Returns the scopes of a claim, as API Gateway writes it into the event: a text as it is, a list as
/// `[a b]`. A claim of another shape has no scopes. API Gateway writes a list in a list as `[[a b]]`
/// and an object as `map[k:a b]` or as JSON; a part of such a text is not a scope of the token.
fn scopes(claim: &str) -> Vec<&str> {
    let list = claim
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let scopes: Vec<_> = list
        .unwrap_or(claim)
        .split(' ')
        .filter(|scope| !scope.is_empty())
        .collect();
    if scopes.iter().all(|scope| scope.chars().all(is_in_scopes)) {
        scopes
    } else {
        Vec::new()
    }
}

/// Whether a scope may contain `c`: the characters of RFC 6749 section 3.3 without brackets, which
/// API Gateway puts around lists and objects.
fn is_in_scopes(c: char) -> bool {
    c.is_ascii_graphic() && !r#""\[]"#.contains(c)
}

/// The subject of the caller's token; empty without a token.
pub(crate) fn subject(authorizer: Option<&ApiGatewayRequestAuthorizer>) -> &str {
    let jwt = authorizer.and_then(|authorizer| authorizer.jwt.as_ref());
    let subject = jwt.and_then(|jwt| jwt.claims.get("sub"));
    subject.map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
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
        let claims: serde_json::Map<_, _> = claims
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).into()))
            .collect();
        let block = serde_json::json!({ "jwt": { "claims": claims } });
        Caller::read(Some(&serde_json::from_value(block).unwrap()), scope_prefix)
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
