//! Every check of the fake: each wrong thing is refused as Apple refuses it.

mod exchange;
mod notices;
mod page;

use super::{
    authorize::{AppleAnswer, AppleProfile},
    client::AppleClientKey,
    fake::FakeApple,
    settings::FakeAppleSettings,
};
use crate::fakes::sign_in::{
    jwt::{ReceivedToken, part},
    test_forms::{CHALLENGE, at, encoded, json_of, with},
};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use ring::{
    rand::SystemRandom,
    signature::{self, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use serde_json::{Value, json};

const BASE: &str = "http://127.0.0.1:7003";
const ORIGIN: &str = "http://127.0.0.1:8080";
const CALLBACK: &str = "http://127.0.0.1:8080/v1/login/apple/callback";
const NONCE: &str = "a nonce of ours";

/// The parameters of our own sign-in.
const ASKED: [(&str, &str); 9] = [
    ("client_id", "com.cinemaxsai.web"),
    ("redirect_uri", CALLBACK),
    ("response_type", "code"),
    ("response_mode", "form_post"),
    ("scope", "name email"),
    ("state", "a state of ours"),
    ("nonce", NONCE),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

/// A fake, and our client there.
struct Bench {
    apple: FakeApple,
    key: AppleClientKey,
}

impl Bench {
    fn new() -> Self {
        let key = AppleClientKey::generate().unwrap();
        let apple = FakeApple::new(FakeAppleSettings::new(BASE, ORIGIN, key.public.clone()));
        Self { apple, key }
    }

    fn get(&self, now: Timestamp, path: &str) -> Response<Bytes> {
        self.apple.handle(now, Request::get(path).body(Bytes::new()).unwrap())
    }

    fn post(&self, now: Timestamp, path: &str, form: &[(&str, &str)]) -> Response<Bytes> {
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.apple.handle(now, request.body(Bytes::from(encoded(form))).unwrap())
    }

    /// Signs the person in, with the parameters of our own sign-in changed so.
    fn signed_in(&self, now: Timestamp, profile: &AppleProfile, changes: &[(&str, &str)]) -> AppleAnswer {
        let url = format!("{}?{}", self.apple.settings().authorize_url(), encoded(&with(&ASKED, changes)));
        self.apple.sign_in(now, &url, profile).unwrap()
    }

    /// A client secret, with its header and claims changed so.
    fn secret(&self, now: Timestamp, header: &[(&str, Value)], claims: &[(&str, Value)]) -> String {
        let mut parts = [
            json!({ "alg": "ES256", "kid": "LOCAL0KEY1" }),
            json!({
                "iss": "CINEMAXSAI", "iat": now.as_second(), "exp": now.as_second() + 300, "aud": BASE,
                "sub": "com.cinemaxsai.web",
            }),
        ];
        for (part, changes) in parts.iter_mut().zip([header, claims]) {
            for (name, value) in changes {
                match value {
                    Value::Null => drop(part.as_object_mut().unwrap().remove(*name)),
                    value => part[*name] = value.clone(),
                }
            }
        }
        let message = parts.each_ref().map(part).join(".");
        let signature = self.pair().sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    /// The key pair in the file that Apple gave us.
    fn pair(&self) -> EcdsaKeyPair {
        let lines: Vec<_> = self.key.pem.lines().collect();
        assert!(lines[0].starts_with("-----BEGIN ") && lines[lines.len() - 1].starts_with("-----END "));
        let der = BASE64_STANDARD.decode(lines[1..lines.len() - 1].concat()).unwrap();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &SystemRandom::new()).unwrap()
    }

    /// The claims of a token that a published key has signed.
    fn verified(&self, token: &str) -> Option<Value> {
        let read = ReceivedToken::parse(token)?;
        let published = json_of(&self.get(at(0), "/auth/keys"));
        let key = published["keys"].as_array()?.iter().find(|key| key["kid"] == read.header["kid"])?;
        let number = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        let public = signature::RsaPublicKeyComponents { n: number("n"), e: number("e") };
        let good = public.verify(&signature::RSA_PKCS1_2048_8192_SHA256, read.message, &read.signature);
        good.ok().filter(|()| read.header["alg"] == "RS256").map(|()| read.claims)
    }
}
