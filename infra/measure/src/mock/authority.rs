//! Certificates for the mock of AWS, new at each start.

use crate::error::{MeasureError, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::sync::Arc;

/// A root of our own, and a server certificate below one intermediate, as at Amazon. The
/// keys are on the curve P-256; Amazon's are RSA of 2,048 bits, which are a little cheaper
/// to verify.
pub struct Authority {
    root: Vec<u8>,
    server: Arc<ServerConfig>,
}

impl Authority {
    /// A new one, for the name `localhost`.
    ///
    /// # Errors
    /// When the machine gives no random bytes.
    pub fn new() -> Result<Self> {
        Self::make().map_err(MeasureError::during("making certificates"))
    }

    /// The root as DER, for the programs that trust it.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        &self.root
    }

    /// The TLS configuration of the server.
    #[must_use]
    pub fn server(&self) -> Arc<ServerConfig> {
        self.server.clone()
    }

    fn make() -> Result<Self, Box<dyn std::error::Error>> {
        let root = CertifiedIssuer::self_signed(signs("Measure Root")?, KeyPair::generate()?)?;
        let intermediate = CertifiedIssuer::signed_by(signs("Measure Intermediate")?, KeyPair::generate()?, &root)?;
        let key = KeyPair::generate()?;
        let leaf = CertificateParams::new(["localhost".to_owned()])?.signed_by(&key, &intermediate)?;
        let chain = vec![leaf.der().clone(), intermediate.der().clone()];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        Ok(Self { root: root.der().to_vec(), server: Arc::new(server) })
    }
}

fn signs(name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::new(Vec::new())?;
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    Ok(parameters)
}
