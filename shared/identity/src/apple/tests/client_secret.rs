//! Keys that can sign a client secret, and keys that cannot.

use super::assert_is_client_secret;
use crate::{
    apple::client_secret::ClientSecrets,
    test_partner::{apple_key_der, apple_settings, now, pem},
};
use kernel::{Error, Result};

/// A short element of DER (X.690 §8.1).
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut element = vec![tag, u8::try_from(content.len()).unwrap()];
    element.extend(content);
    element
}

/// PKCS#8 around a private key without its public point; `curve` is the object identifier.
fn pkcs8(curve: &[u8], key: &[u8]) -> Vec<u8> {
    let algorithm = element(0x30, &[&[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01], curve]);
    let ec_key = element(0x30, &[&[0x02, 0x01, 0x01], &element(0x04, &[key])]);
    element(0x30, &[&[0x02, 0x01, 0x00], &algorithm, &element(0x04, &[&ec_key])])
}

/// Apple's form with the public point of another key: the base point of the curve (SEC 2 §2.4.2).
fn with_foreign_point() -> Vec<u8> {
    let mut der = apple_key_der();
    der.truncate(der.len() - GENERATOR.len());
    der.extend(GENERATOR);
    der
}

const P_256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P_384: [u8; 7] = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];

/// The 32 bytes of the private key.
fn scalar() -> Vec<u8> {
    apple_key_der()[36..68].to_vec()
}

fn secrets(private_key: String) -> Result<ClientSecrets> {
    let mut settings = apple_settings();
    settings.private_key = private_key;
    ClientSecrets::new(&settings)
}

#[test]
fn every_form_of_the_key_file_signs_the_same() {
    let file = pem(&apple_key_der());
    let first = secrets(file.clone()).unwrap().sign(now()).unwrap();
    assert_is_client_secret(&first);
    for form in [
        file.replace('\n', "\r\n"),
        file.trim().to_owned(),
        format!("\n  {file}\n"),
        // Without the public point.
        pem(&pkcs8(&P_256, &scalar())),
    ] {
        assert_eq!(secrets(form.clone()).unwrap().sign(now()).unwrap(), first, "{form}");
    }
}

#[test]
fn a_client_secret_is_made_for_its_request() {
    let secrets = secrets(pem(&apple_key_der())).unwrap();
    let later = now().checked_add(std::time::Duration::from_secs(1)).unwrap();
    assert_ne!(secrets.sign(now()).unwrap(), secrets.sign(later).unwrap());
}

#[test]
fn a_malformed_key_is_refused_and_the_error_names_the_secret() {
    let file = pem(&apple_key_der());
    for (name, key) in [
        ("nothing", String::new()),
        ("no PEM", "key".to_owned()),
        ("the base64 alone", file.lines().filter(|line| !line.starts_with('-')).collect::<String>()),
        ("without its last line", file.replace("-----END", "")),
        ("another kind of key", file.replace("PRIVATE", "EC PRIVATE")),
        ("a public key", file.replace("PRIVATE", "PUBLIC")),
        ("two keys", format!("{file}{file}")),
        ("line breaks as text", file.replace('\n', "\\n")),
        ("no base64", file.replace('M', "!")),
        ("cut bytes", pem(&apple_key_der()[..100])),
        ("no bytes", pem(&[])),
        ("a key of P-384", pem(&pkcs8(&P_384, &[7; 48]))),
        ("a key of 33 bytes", pem(&pkcs8(&P_256, &[7; 33]))),
        ("the number zero", pem(&pkcs8(&P_256, &[0; 32]))),
        ("a public point of another key", pem(&with_foreign_point())),
    ] {
        match secrets(key) {
            Err(Error::Internal(cause)) => {
                let said = cause.to_string();
                assert!(said.contains("`apple-private-key`") && !said.contains("MIGT"), "{name}: {said}");
            }
            Err(other) => panic!("{name}: {other:?}"),
            Ok(_) => panic!("{name} was accepted"),
        }
    }
}

const GENERATOR: [u8; 64] = [
    0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d,
    0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a,
    0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb,
    0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
];
