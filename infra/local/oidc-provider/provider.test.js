/* Signs in as the service does, and as it must not. `npm test` runs this file; it needs no network. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

const REDIRECT_URI = 'http://127.0.0.1:9/v1/login/google/callback';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const AHEAD = 86_400;

const folder = mkdtempSync(join(tmpdir(), 'oidc-provider-'));
const clock = join(folder, 'clock');
let child;
let ours;

before(async () => {
  writeFileSync(clock, '0');
  const program = [join(import.meta.dirname, 'provider.js'), REDIRECT_URI];
  const env = { ...process.env, LOCAL_CLOCK_FILE: clock };
  child = spawn(process.execPath, program, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  ours = JSON.parse((await lines.next()).value);
});

after(() => {
  child.kill();
  rmSync(folder, { recursive: true });
});

/** A browser: it keeps cookies, and shows redirects instead of following them. */
class Browser {
  cookies = new Map();

  async open(url, fields) {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    const body = fields && new URLSearchParams(fields);
    const answer = await fetch(url, { method: body ? 'POST' : 'GET', body, headers: { cookie }, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (value) this.cookies.set(name, value);
      else this.cookies.delete(name);
    }
    const to = answer.headers.get('location');
    return { status: answer.status, location: to && new URL(to, url).href, text: await answer.text() };
  }
}

function authorization(changes = {}) {
  const right = {
    response_type: 'code',
    client_id: ours.client_id,
    redirect_uri: REDIRECT_URI,
    scope: 'openid email profile',
    prompt: 'select_account',
    state: 's.t',
    nonce: 'n-1',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
  };
  const all = Object.entries({ ...right, ...changes }).filter(([, value]) => value !== undefined);
  return `http://localhost:${ours.port}/auth?${new URLSearchParams(all)}`;
}

/** Signs in up to the way back to us. */
async function comeBack(browser, fields) {
  const page = (await browser.open(authorization())).location;
  assert.match((await browser.open(page)).text, /name="sub"/);
  return browser.open((await browser.open(page, fields)).location);
}

function queryOf(location) {
  assert.ok(location.startsWith(`${REDIRECT_URI}?`), location);
  return Object.fromEntries(new URL(location).searchParams);
}

async function codeOf(sub) {
  return queryOf((await comeBack(new Browser(), { sub })).location).code;
}

async function exchange(changes) {
  const { client_id, client_secret } = ours;
  const right = { grant_type: 'authorization_code', client_id, client_secret, redirect_uri: REDIRECT_URI };
  const body = new URLSearchParams({ ...right, code_verifier: VERIFIER, ...changes });
  const answer = await fetch(`http://127.0.0.1:${ours.port}/token`, { method: 'POST', body });
  return [answer.status, await answer.json()];
}

const decode = (part) => JSON.parse(Buffer.from(part, 'base64url'));

async function claimsOf(token) {
  const [header, payload, signature] = token.split('.');
  const { alg, kid } = decode(header);
  const { keys } = await (await fetch(`http://127.0.0.1:${ours.port}/jwks`)).json();
  const key = createPublicKey({ key: keys.find((one) => one.kid === kid), format: 'jwk' });
  assert.equal(alg, 'RS256');
  assert.ok(verify('sha256', `${header}.${payload}`, key, Buffer.from(signature, 'base64url')), 'a wrong signature');
  return decode(payload);
}

test('a person signs in and the ID token has the claims of Google', async () => {
  const back = queryOf((await comeBack(new Browser(), { sub: 'ada@example.org' })).location);
  assert.equal(back.state, 's.t');
  const [status, tokens] = await exchange({ code: back.code });
  assert.equal(status, 200);
  const { iat, exp, ...claims } = await claimsOf(tokens.id_token);
  assert.ok(Math.abs(iat - Date.now() / 1000) < 60 && exp > iat);
  assert.deepEqual(claims, {
    iss: `http://127.0.0.1:${ours.port}`,
    aud: ours.client_id,
    nonce: 'n-1',
    sub: 'ada@example.org',
    email: 'ada@example.org',
    email_verified: true,
    name: 'Ada',
    picture: 'https://lh3.googleusercontent.com/a/ada%40example.org',
  });
});

test('a code works once, with its verifier, its redirect URI and the secret', async () => {
  const used = await codeOf('ada');
  assert.equal((await exchange({ code: used }))[0], 200);
  const invalid = [400, 'invalid_grant'];
  const cases = [
    [used, {}, invalid],
    [await codeOf('ada'), { code_verifier: `${VERIFIER}x` }, invalid],
    [await codeOf('ada'), { redirect_uri: `${REDIRECT_URI}/x` }, invalid],
    [await codeOf('ada'), { client_secret: 'x' }, [401, 'invalid_client']],
  ];
  for (const [code, changes, expected] of cases) {
    const [status, { error }] = await exchange({ code, ...changes });
    assert.deepEqual([status, error], expected, JSON.stringify(changes));
  }
});

test('an authorization without PKCE by S256, with another redirect URI or without a nonce is refused', async () => {
  const without = { code_challenge: undefined, code_challenge_method: undefined };
  for (const changes of [without, { code_challenge_method: 'plain' }, { code_challenge_method: undefined }]) {
    const { location } = await new Browser().open(authorization(changes));
    assert.equal(queryOf(location).error, 'invalid_request', JSON.stringify(changes));
  }
  for (const changes of [{ redirect_uri: `${REDIRECT_URI}/x` }, { client_id: 'x' }, { nonce: undefined }]) {
    const { status, location } = await new Browser().open(authorization(changes));
    assert.deepEqual([status, location], [400, null], JSON.stringify(changes));
  }
});

test('a person may cancel, and nobody answers in the browser of another', async () => {
  const back = queryOf((await comeBack(new Browser(), { action: 'deny' })).location);
  assert.deepEqual([back.error, back.state], ['access_denied', 's.t']);
  const page = (await new Browser().open(authorization())).location;
  assert.equal((await new Browser().open(page, { sub: 'ada' })).status, 400);
});

test('a second person signs in with the same browser', async () => {
  const browser = new Browser();
  await comeBack(browser, { sub: 'ada' });
  // The library ends the first session by a form, which its page sends.
  const { text } = await comeBack(browser, { sub: 'bob' });
  const [, action] = text.match(/action="([^"]+)"/);
  const fields = [...text.matchAll(/name="([^"]+)" value="([^"]+)"/g)].map(([, name, value]) => [name, value]);
  const { location } = await browser.open((await browser.open(action, fields)).location);
  const [, tokens] = await exchange({ code: queryOf(location).code });
  assert.equal((await claimsOf(tokens.id_token)).sub, 'bob');
});

test('tokens follow the clock of the platform', async () => {
  writeFileSync(clock, String(AHEAD * 1000));
  const [, tokens] = await exchange({ code: await codeOf('ada') });
  const { iat } = await claimsOf(tokens.id_token);
  assert.ok(Math.abs(iat - AHEAD - Date.now() / 1000) < 60, `the token is of ${iat}`);
});
