mod client_secret;
mod exchange;
mod revocation;

use crate::test_partner::{APPLE_ISSUER, APPLE_KEY_PUBLIC, KEY_ID, SERVICES_ID, TEAM_ID, now};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

/// Checks a client secret as Apple does: by the public key, and each header and claim.
#[track_caller]
fn assert_is_client_secret(secret: &str) {
    let (message, signature) = secret.rsplit_once('.').unwrap();
    let (header, claims) = message.split_once('.').unwrap();
    let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let mut point = vec![4_u8];
    point.extend(APPLE_KEY_PUBLIC.into_iter().flat_map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()));
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    key.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).expect("signed by our key");
    assert_eq!(read(header), json!({"typ": "JWT", "alg": "ES256", "kid": KEY_ID}));
    let second = now().as_second();
    let expected = json!({"iss": TEAM_ID, "iat": second, "exp": second + 300, "aud": APPLE_ISSUER, "sub": SERVICES_ID});
    assert_eq!(read(claims), expected);
}
