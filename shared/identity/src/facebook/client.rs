//! Exchanges codes of Facebook.

use super::{
    app_secret::AppSecret,
    graph::{self, Debugged, Me},
    settings::FacebookSettings,
};
use crate::{
    exchange::{ANSWER_BYTES, Client, TokenEndpoint, unreadable},
    profile::{self, IdentityProfile},
    provider::IdentityProvider,
    urls::parse_configured,
};
use bytes::Bytes;
use http::{
    HeaderValue, Method,
    header::{ACCEPT, AUTHORIZATION},
};
use kernel::{Error, Result, Timestamp};
use net::Http;
use serde::{Deserialize, de::DeserializeOwned};

/// The fields of a person that we read. The picture has the size in pixels.
const FIELDS: &str = "id,name,email,picture.width(256).height(256)";

/// Exchanges codes of Facebook for profiles.
pub(crate) struct Facebook {
    http: Http,
    app_id: String,
    app_secret: String,
    key: AppSecret,
    graph_url: String,
    endpoint: TokenEndpoint,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

impl Facebook {
    /// Facebook with these settings.
    ///
    /// # Errors
    /// `internal` if the URL does not parse, or the app secret is empty.
    pub(crate) fn new(http: Http, settings: FacebookSettings) -> Result<Self> {
        let FacebookSettings { app_id, app_secret, graph_url, public_origin } = settings;
        parse_configured("Graph API", &graph_url)?;
        let key = AppSecret::new(&app_secret)?;
        let graph_url = graph_url.trim_end_matches('/').to_owned();
        let token_url = format!("{graph_url}/oauth/access_token");
        let endpoint = TokenEndpoint::new(http.clone(), token_url, &public_origin, IdentityProvider::Facebook)?;
        Ok(Self { http, app_id, app_secret, key, graph_url, endpoint: endpoint.of_graph(graph::code_refusal) })
    }

    /// Exchanges the returned code for an access token, asks Facebook for which app and user it is, and
    /// reads the user. Three requests. Not safe to repeat: a code can be exchanged once.
    ///
    /// # Errors
    /// `sign_in_failed` if the code is used, expired or not ours, or the token is not one of a user of our
    /// app; `unavailable` if Facebook does not answer; `internal` if Facebook refuses our app id or secret.
    pub(crate) async fn exchange_code(&self, code: &str, verifier: &str, now: Timestamp) -> Result<IdentityProfile> {
        let client = Client { id: &self.app_id, secret: &self.app_secret };
        let Token { access_token } = self.endpoint.exchange(client, code, verifier).await?;
        let token = profile::opaque_token(access_token).ok_or_else(unreadable)?;
        let user = self.debug(&token).await?.user(&self.app_id, now)?;
        let me: Me = self.get("me", ("fields", FIELDS), &token).await?;
        me.profile_of(user, &self.graph_url)
    }

    /// Facebook documents the token that is asked about as a part of the query. Our own token, which
    /// contains the secret, goes into a header.
    async fn debug(&self, token: &str) -> Result<Debugged> {
        let ours = format!("{}|{}", self.app_id, self.app_secret);
        self.get("debug_token", ("input_token", token), &ours).await
    }

    /// A read of the Graph API with the proof of the access token. The token itself stays out of the URL.
    async fn get<T: DeserializeOwned>(&self, path: &str, parameter: (&str, &str), access_token: &str) -> Result<T> {
        let mut url = parse_configured("Graph API", &format!("{}/{path}", self.graph_url))?;
        url.query_pairs_mut()
            .append_pair(parameter.0, parameter.1)
            .append_pair("appsecret_proof", &self.key.proof(access_token));
        let mut bearer = HeaderValue::try_from(format!("Bearer {access_token}")).map_err(Error::internal)?;
        bearer.set_sensitive(true);
        let request = http::Request::builder()
            .method(Method::GET)
            .uri(url.as_str())
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, bearer)
            .body(Bytes::new())
            .map_err(Error::internal)?;
        graph::read(&self.http.fetch(request, ANSWER_BYTES).await?)
    }
}
