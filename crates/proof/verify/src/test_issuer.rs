//! Tokens, good and bad, of an issuer whose key lies in a folder.

use crate::request_list::{Key, Token};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::crypto::sign;
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Map, Value, json};
use std::error::Error;
use std::path::Path;

/// Whom good tokens are for.
pub const AUDIENCE: &str = "verify";

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Signs whatever it is asked to.
pub struct Issuer {
    url: String,
    key: EncodingKey,
    other_key: EncodingKey,
    jwk: Jwk,
    key_id: String,
}

impl Issuer {
    /// The issuer at `url` with the keys in `folder`, which are made the first time.
    pub fn open(url: &str, folder: &Path) -> Result<Self> {
        let key = key_in(folder)?;
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256)?;
        let key_id = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.key_id = Some(key_id.clone());
        Ok(Self {
            url: url.to_owned(),
            key,
            other_key: key_in(&folder.join("other"))?,
            jwk,
            key_id,
        })
    }

    /// `iss`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The public key, as identity providers show it.
    pub fn key_set(&self) -> Value {
        json!({ "keys": [self.jwk] })
    }

    /// A token that differs from a good one as `wanted` says.
    pub fn token(&self, wanted: &Token, now: Timestamp) -> Result<String> {
        let now = now.as_second();
        let mut header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.key_id });
        change(&mut header, &wanted.header);
        let mut claims = json!({
            "iss": self.url, "sub": "somebody", "aud": AUDIENCE, "iat": 0, "exp": 300,
        });
        change(&mut claims, &wanted.claims);
        for name in ["exp", "nbf", "iat"] {
            if let Some(seconds) = claims[name].as_i64() {
                claims[name] = Value::from(now + seconds);
            }
        }
        if let Some(issuer) = claims["iss"].as_str() {
            claims["iss"] = Value::from(issuer.replace("ISSUER", &self.url));
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let message = signed.as_bytes();
        let signature = match wanted.key {
            Key::Own => sign(message, &self.key, Algorithm::RS256)?,
            Key::Rs384 => sign(message, &self.key, Algorithm::RS384)?,
            Key::Other => sign(message, &self.other_key, Algorithm::RS256)?,
            Key::Public => {
                let secret = EncodingKey::from_secret(self.key_set().to_string().as_bytes());
                sign(message, &secret, Algorithm::HS256)?
            }
            Key::None => String::new(),
        };
        Ok(format!("{signed}.{signature}"))
    }
}

fn change(what: &mut Value, by: &Map<String, Value>) {
    let Value::Object(fields) = what else {
        return;
    };
    for (name, value) in by {
        // A claim that is null is taken away, but for the one that is there to be null.
        if value.is_null() && name != "null" {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
}

/// The key of a development issuer in `folder`.
fn key_in(folder: &Path) -> Result<EncodingKey> {
    local::Issuer::open(folder)?;
    let pem = std::fs::read(folder.join("issuer-key.pem"))?;
    Ok(EncodingKey::from_rsa_pem(&pem)?)
}
