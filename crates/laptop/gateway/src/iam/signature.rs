//! Verifies AWS Signature Version 4: signs the request again and compares.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        SignableBody, SignableRequest, SignatureLocation, SigningError, SigningSettings, sign,
    },
    sign::v4,
};
use http::header;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use percent_encoding::percent_decode_str;
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::Principal;
use crate::{client_request::Request, identity::REGION, limits, request_target::origin_form};

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SERVICE: &str = "execute-api";
/// Seven days.
const LONGEST_PRESIGNED: u64 = 604_800;
/// The query parameters of a signature. Signing adds all but the last again.
const SIGNATURE_PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
];

/// The signature of a request, not verified yet.
#[derive(Debug)]
pub(super) struct Signature {
    credential: Credential,
    signed_headers: Vec<String>,
    signature: String,
    date: Timestamp,
    session_token: Option<String>,
    /// How long a presigned URL is valid.
    expires: Option<Duration>,
}

#[derive(Debug)]
struct Credential {
    access_key_id: String,
    day: String,
    region: String,
    service: String,
}

#[derive(Debug, Error)]
pub(crate) enum SignatureError {
    #[error("the request is not signed")]
    Missing,
    #[error("the request is signed in the Authorization header and in the query")]
    Twice,
    #[error("{0} of the signature is missing or invalid")]
    Incomplete(&'static str),
    #[error("the signature is for {0}, not for the region, service and day of this request")]
    Scope(String),
    #[error("the signature's date is too far from now, or the presigned URL has expired")]
    Date,
    #[error("the session token is not that of the principal")]
    SessionToken,
    #[error("the signed header {0} cannot be read")]
    Header(String),
    #[error("the signature does not match the request")]
    Mismatch,
    #[error("the request cannot be signed")]
    Unsignable(#[source] SigningError),
    #[error("the signing parameters are incomplete")]
    Parameters(#[source] v4::signing_params::BuildError),
}

impl Signature {
    /// Reads the `Authorization` header or the query of a presigned URL.
    pub(super) fn read(request: &Request) -> Result<Signature, SignatureError> {
        let query = query(request);
        if query.contains_key("X-Amz-Algorithm") {
            let authorization = request.headers.get(header::AUTHORIZATION);
            if authorization.is_some_and(|value| value.as_bytes().starts_with(b"AWS4-")) {
                return Err(SignatureError::Twice);
            }
            Signature::read_query(&query)
        } else {
            Signature::read_header(request)
        }
    }

    fn read_header(request: &Request) -> Result<Signature, SignatureError> {
        let text = |name: &str| {
            request
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let authorization = text("authorization").ok_or(SignatureError::Missing)?;
        let parameters = authorization
            .strip_prefix(ALGORITHM)
            .filter(|rest| rest.starts_with(' '))
            .ok_or(SignatureError::Missing)?;
        let parameters: BTreeMap<&str, &str> = parameters
            .split(',')
            .filter_map(|parameter| parameter.trim().split_once('='))
            .collect();
        let parameter = |name: &'static str| {
            parameters
                .get(name)
                .copied()
                .ok_or(SignatureError::Incomplete(name))
        };
        Ok(Signature {
            credential: Credential::read(parameter("Credential")?)?,
            signed_headers: names(parameter("SignedHeaders")?),
            signature: parameter("Signature")?.to_owned(),
            date: text("x-amz-date")
                .and_then(date)
                .ok_or(SignatureError::Incomplete("X-Amz-Date"))?,
            session_token: text("x-amz-security-token").map(str::to_owned),
            expires: None,
        })
    }

    fn read_query(query: &BTreeMap<String, String>) -> Result<Signature, SignatureError> {
        let parameter = |name: &'static str| {
            query
                .get(name)
                .map(String::as_str)
                .ok_or(SignatureError::Incomplete(name))
        };
        if parameter("X-Amz-Algorithm")? != ALGORITHM {
            return Err(SignatureError::Incomplete("X-Amz-Algorithm"));
        }
        let expires = parameter("X-Amz-Expires")?
            .parse()
            .ok()
            .filter(|seconds| (1..=LONGEST_PRESIGNED).contains(seconds))
            .ok_or(SignatureError::Incomplete("X-Amz-Expires"))?;
        Ok(Signature {
            credential: Credential::read(parameter("X-Amz-Credential")?)?,
            signed_headers: names(parameter("X-Amz-SignedHeaders")?),
            signature: parameter("X-Amz-Signature")?.to_owned(),
            date: date(parameter("X-Amz-Date")?).ok_or(SignatureError::Incomplete("X-Amz-Date"))?,
            session_token: query.get("X-Amz-Security-Token").cloned(),
            expires: Some(Duration::from_secs(expires)),
        })
    }

    pub(super) fn access_key_id(&self) -> &str {
        &self.credential.access_key_id
    }

    /// Checks region, service, date and session token.
    pub(super) fn check(
        &self,
        principal: &Principal,
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        self.check_scope()?;
        self.check_date(now)?;
        if self.session_token != principal.session_token {
            return Err(SignatureError::SessionToken);
        }
        Ok(())
    }

    /// Signs the request again as the principal, and compares the signatures.
    pub(super) fn verify(
        &self,
        request: &Request,
        body: &[u8],
        principal: &Principal,
    ) -> Result<(), SignatureError> {
        let expected = self.expected(request, body, principal)?;
        if expected.as_bytes().ct_eq(self.signature.as_bytes()).into() {
            Ok(())
        } else {
            Err(SignatureError::Mismatch)
        }
    }

    fn check_scope(&self) -> Result<(), SignatureError> {
        let day = self
            .date
            .to_zoned(TimeZone::UTC)
            .strftime("%Y%m%d")
            .to_string();
        let Credential {
            day: signed_day,
            region: signed_region,
            service,
            ..
        } = &self.credential;
        if *signed_day == day && signed_region == REGION && service == SERVICE {
            return Ok(());
        }
        Err(SignatureError::Scope(format!(
            "{signed_day}/{signed_region}/{service}"
        )))
    }

    fn check_date(&self, now: Timestamp) -> Result<(), SignatureError> {
        let age = now.duration_since(self.date);
        let fresh_for = self.expires.unwrap_or(limits::SIGNATURE_AGE);
        let fresh = match Duration::try_from(age) {
            Ok(age) => age <= fresh_for,
            Err(_) => age.unsigned_abs() <= limits::SIGNATURE_AGE,
        };
        if fresh {
            Ok(())
        } else {
            Err(SignatureError::Date)
        }
    }

    fn expected(
        &self,
        request: &Request,
        body: &[u8],
        principal: &Principal,
    ) -> Result<String, SignatureError> {
        let presigned = self.expires.is_some();
        let mut settings = SigningSettings::default();
        // Exactly the headers that the client lists.
        settings.excluded_headers = None;
        settings.expires_in = self.expires;
        settings.signature_location = if presigned {
            SignatureLocation::QueryParams
        } else {
            SignatureLocation::Headers
        };
        let identity = Credentials::new(
            principal.access_key_id.as_str(),
            principal.secret_access_key.as_str(),
            self.session_token.clone(),
            None,
            "principal",
        )
        .into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(SERVICE)
            .time(SystemTime::from(self.date))
            .settings(settings)
            .build()
            .map_err(SignatureError::Parameters)?
            .into();
        let signable = SignableRequest::new(
            request.method.as_str(),
            url(request, presigned),
            self.headers(request)?.into_iter(),
            SignableBody::Bytes(body),
        )
        .map_err(SignatureError::Unsignable)?;
        let signed = sign(signable, &parameters).map_err(SignatureError::Unsignable)?;
        Ok(signed.signature().to_owned())
    }

    /// Returns the signed headers with their values.
    fn headers<'a>(
        &'a self,
        request: &'a Request,
    ) -> Result<Vec<(&'a str, &'a str)>, SignatureError> {
        let mut headers = Vec::new();
        for name in &self.signed_headers {
            if name == header::AUTHORIZATION.as_str() {
                return Err(SignatureError::Header(name.clone()));
            }
            for value in request.headers.get_all(name) {
                let value = value
                    .to_str()
                    .map_err(|_| SignatureError::Header(name.clone()))?;
                headers.push((name.as_str(), value));
            }
        }
        Ok(headers)
    }
}

impl Credential {
    /// `AKID/20260710/us-east-1/execute-api/aws4_request`.
    fn read(text: &str) -> Result<Credential, SignatureError> {
        let parts: Vec<&str> = text.split('/').collect();
        let [access_key_id, day, region, service, "aws4_request"] = parts[..] else {
            return Err(SignatureError::Incomplete("Credential"));
        };
        Ok(Credential {
            access_key_id: access_key_id.to_owned(),
            day: day.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }
}

/// Returns the URL that was signed: without the parameters of the signature, if it is presigned. The
/// host is signed as a header. A plus sign is literal, while aws-sigv4 would read it as a space.
fn url(request: &Request, presigned: bool) -> String {
    let target = String::from_utf8_lossy(origin_form(&request.target).unwrap_or(b"/"));
    let Some((path, query)) = target.split_once('?') else {
        return format!("https://gateway{target}");
    };
    let is_signed = |pair: &&str| !presigned || !SIGNATURE_PARAMETERS.contains(&&*name_of(pair));
    let signed: Vec<&str> = query.split('&').filter(is_signed).collect();
    let query = signed.join("&").replace('+', "%2B");
    format!("https://gateway{path}?{query}")
}

fn query(request: &Request) -> BTreeMap<String, String> {
    let target = String::from_utf8_lossy(&request.target);
    let query = target.split_once('?').map_or("", |(_, query)| query);
    query
        .split('&')
        .map(|pair| {
            let value = pair.split_once('=').map_or("", |(_, value)| value);
            let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
            (name_of(pair), value)
        })
        .collect()
}

fn name_of(pair: &str) -> String {
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    percent_decode_str(name).decode_utf8_lossy().into_owned()
}

fn names(list: &str) -> Vec<String> {
    list.split(';').map(str::to_ascii_lowercase).collect()
}

/// `20260710T191905Z`.
fn date(text: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    let zoned = civil.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}
