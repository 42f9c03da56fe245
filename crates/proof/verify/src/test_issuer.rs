//! Issues valid and invalid tokens.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{
    Algorithm, EncodingKey,
    crypto::sign,
    jwk::{Jwk, ThumbprintHash},
};
use rsa::{
    RsaPrivateKey,
    pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey},
};
use serde_json::{Map, Value, json};

use crate::{
    Result,
    request_list::{Key, Token},
};

/// The audience of valid tokens.
pub const AUDIENCE: &str = "verify";

pub struct TestIssuer {
    url: String,
    key: EncodingKey,
    other_key: EncodingKey,
    jwk: Jwk,
    key_id: String,
}

impl TestIssuer {
    /// Returns the issuer at `url` with the keys in `folder`. Creates the keys if they are missing.
    ///
    /// # Errors
    /// Fails if the keys cannot be read or written.
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

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the JSON Web Key Set with the public key.
    #[must_use]
    pub fn key_set(&self) -> Value {
        json!({ "keys": [self.jwk] })
    }

    /// Returns a valid token with the changes of `wanted`.
    pub(crate) fn token(&self, wanted: &Token, now: Timestamp) -> Result<String> {
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

fn change(object: &mut Value, changes: &Map<String, Value>) {
    for (name, value) in changes {
        object[name] = value.clone();
    }
    if let Value::Object(fields) = object {
        // The claim `null` tests how a null claim arrives.
        fields.retain(|name, value| !value.is_null() || name == "null");
    }
}

/// Returns the key of a development issuer in `folder`.
fn key_in(folder: &Path) -> Result<EncodingKey> {
    local::Issuer::open(folder)?;
    let pem = fs::read_to_string(folder.join("issuer-key.pem"))?;
    let key = RsaPrivateKey::from_pkcs1_pem(&pem)?.to_pkcs1_der()?;
    Ok(EncodingKey::from_rsa_der(key.as_bytes()))
}
