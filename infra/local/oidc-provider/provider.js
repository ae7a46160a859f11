/* The local Google by the certified `oidc-provider` of npm (https://github.com/panva/node-oidc-provider).

Argument: the one registered redirect URI. The program listens on a free loopback port, and then writes one
JSON line to stdout: port, client_id, client_secret.

The library checks the protocol. This file adds the client, the people, the page where they sign in, and what
Google asks for: the nonce is required, `prompt=select_account` is known, and nobody is asked for consent. ID
tokens follow the clock of LOCAL_CLOCK_FILE, if there is one. */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { errors, interactionPolicy, Provider } from 'oidc-provider';

const SCOPE = 'openid email profile';
const FORM_BYTES = 4096;
const secret = () => randomBytes(32).toString('base64url');

/** The machine's time plus the milliseconds in the file, wherever the library asks for the time. */
function followClock(file) {
  const machine = Date.now;
  Date.now = () => machine() + Number(readFileSync(file, 'ascii'));
}

/** Every person has an account at Google. */
const findAccount = (_, sub) => ({
  accountId: sub,
  claims: () => ({
    sub,
    email: sub.includes('@') ? sub : `${sub}@example.com`,
    email_verified: true,
    name: sub.split('@')[0].replace(/^./, (first) => first.toUpperCase()),
    picture: `https://lh3.googleusercontent.com/a/${encodeURIComponent(sub)}`,
  }),
});

/** The consent that Google never asks for. */
async function loadExistingGrant({ oidc }) {
  const grant = new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
  grant.addOIDCScope(SCOPE);
  await grant.save();
  return grant;
}

function policy() {
  const prompts = interactionPolicy.base();
  prompts.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  return prompts;
}

function configuration(client) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    claims: { email: ['email', 'email_verified'], profile: ['name', 'picture'] },
    clients: [client],
    // Google's ID tokens have the claims of the scopes.
    conformIdTokenClaims: false,
    cookies: { keys: [secret()] },
    features: { devInteractions: { enabled: false } },
    findAccount,
    interactions: { policy: policy(), url: (_, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
    loadExistingGrant,
    pkce: { required: () => true },
    responseTypes: ['code'],
    ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 3600, Session: 3600 },
  };
}

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sign in – Google Accounts</title>
<style>body { max-width: 28rem; margin: 4rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }</style>
<h1>Sign in</h1>
<p>to continue to Cinemaxsai</p>
<form method="post">
<p><label>E-mail or name<br>
<input name="sub" maxlength="200" required autofocus autocomplete="off" autocapitalize="none" spellcheck="false"></label>
<p><button>Next</button>
<button name="action" value="deny" formnovalidate>Cancel</button>
</form>
<p>This is a stand-in on this machine. It asks for nothing secret.
`;

async function form(request) {
  let text = '';
  for await (const part of request) {
    text += part;
    if (text.length > FORM_BYTES) throw new errors.InvalidRequest('the form is too long');
  }
  return new URLSearchParams(text);
}

/** The page of one sign-in. The library finds the sign-in by the browser's cookie. */
async function interact(provider, ctx) {
  await provider.interactionDetails(ctx.req, ctx.res);
  if (ctx.method !== 'POST') {
    ctx.type = 'html';
    ctx.set('cache-control', 'no-store');
    ctx.body = PAGE;
    return;
  }
  const fields = await form(ctx.req);
  const sub = fields.get('sub')?.trim();
  const isCanceled = fields.get('action') === 'deny';
  if (!isCanceled && !sub) throw new errors.InvalidRequest('sub is required');
  const result = isCanceled ? { error: 'access_denied' } : { select_account: {}, login: { accountId: sub } };
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  ctx.status = 303;
}

function application(issuer, client) {
  const provider = new Provider(issuer, configuration(client));
  provider.use(async (ctx, next) => {
    if (ctx.path.startsWith('/interaction/')) return interact(provider, ctx);
    if (ctx.path === '/auth' && !ctx.query.nonce) ctx.throw(400, 'nonce is required');
    return next();
  });
  return provider.callback();
}

async function main(redirectUri) {
  // The parent reads one line of stdout. All other output goes to the log.
  console.info = console.log = console.error;
  if (process.env.LOCAL_CLOCK_FILE) followClock(process.env.LOCAL_CLOCK_FILE);
  const client = {
    client_id: `${randomBytes(8).toString('hex')}.apps.example`,
    client_secret: secret(),
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'client_secret_post',
  };
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.on('request', application(`http://127.0.0.1:${port}`, client));
  process.stdout.write(`${JSON.stringify({ port, client_id: client.client_id, client_secret: client.client_secret })}\n`);
}

await main(process.argv[2]);
